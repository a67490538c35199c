#include "common/rpc/event_log_handlers.h"

#include <algorithm>
#include <set>

#include "common/area/registry.h"
#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/rpc/follow.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::rpc {
namespace {

using namespace events::v1;  // NOLINT(google-build-using-namespace): the messages of this one service

constexpr int kDefaultPage = 50;
constexpr int kLargestPage = 1000;

// Which events a reader wants.
class Filter {
 public:
  Filter(const google::protobuf::RepeatedPtrField<std::string>& types, std::string area)
      : types_(types.begin(), types.end()), area_(std::move(area)) {}
  bool Passes(const Event& event) const {
    if (!types_.empty() && !types_.contains(event.type())) return false;
    return area_.empty() || area::Covers(area_, event.area());
  }

 private:
  const std::set<std::string> types_;
  const std::string area_;
};

}  // namespace

void EventLogHandlers::Register(Service& service) {
  service.Read("GetHead", this, &EventLogHandlers::GetHead);
  service.Read("ReadEvents", this, &EventLogHandlers::ReadEvents);
  service.Stream("Subscribe", this, &EventLogHandlers::Subscribe);
}

absl::StatusOr<Head> EventLogHandlers::GetHead(Call& call, const GetHeadRequest&) {
  ASSIGN_OR_RETURN(const events::LogHead at, events::ReadHead(call.db()));
  Head head;
  head.set_seq(at.seq);
  head.set_hash(at.hash);
  if (at.seq > 0) *head.mutable_record_time() = calendar::ToProto(at.record_time);
  return head;
}

absl::StatusOr<ReadEventsResponse> EventLogHandlers::ReadEvents(Call& call,
                                                                const ReadEventsRequest& request) {
  if (!request.after_hash().empty()) {
    RETURN_IF_ERROR(events::CheckCursor(call.db(), request.after_seq(), request.after_hash()));
  }
  const int limit = request.page_size() == 0 ? kDefaultPage : std::min(request.page_size(), kLargestPage);
  ASSIGN_OR_RETURN(std::vector<Event> read, events::ReadAfter(call.db(), request.after_seq(), limit));
  ReadEventsResponse response;
  response.set_cursor_seq(request.after_seq());
  response.set_cursor_hash(request.after_hash());
  response.set_at_head(static_cast<int>(read.size()) < limit);
  const Filter filter({}, request.area());
  for (Event& event : read) {
    response.set_cursor_seq(event.seq());
    response.set_cursor_hash(event.hash());
    const bool of_subject = request.subject().empty() || event.subject() == request.subject();
    if (of_subject && filter.Passes(event)) *response.add_events() = std::move(event);
  }
  return response;
}

absl::StatusOr<StreamFlow> EventLogHandlers::Subscribe(Call& call, const SubscribeRequest& request,
                                                       std::shared_ptr<ServerStream> stream) {
  RETURN_IF_ERROR(events::CheckCursor(call.db(), request.after_seq(), request.after_hash()));
  const auto filter = std::make_shared<Filter>(request.types(), request.area());
  Telling telling;
  telling.event = [stream, filter](const Event& event) {
    if (!filter->Passes(event)) return true;
    SubscribeResponse response;
    *response.mutable_event() = event;
    response.set_cursor_seq(event.seq());
    response.set_cursor_hash(event.hash());
    return stream->Write(response);
  };
  telling.heartbeat = [stream](int64_t seq, const std::string& hash) {
    SubscribeResponse heartbeat;
    heartbeat.set_cursor_seq(seq);
    heartbeat.set_cursor_hash(hash);
    return stream->Write(heartbeat);
  };
  return Follow(call, stream, {request.after_seq(), request.after_hash()}, std::move(telling));
}

}  // namespace firstfloor::rpc
