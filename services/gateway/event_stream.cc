#include "services/gateway/event_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/telemetry/metrics.h"
#include "services/gateway/json.h"
#include "services/gateway/problem.h"
#include "services/gateway/resume.h"

namespace firstfloor::gateway {
namespace {

// Exposed from the start, not from the first stream on.
telemetry::Gauge& open_streams =
    telemetry::GetGauge("firstfloor_http_streams", "Server-Sent Event streams that are open");

class WatchEvents final : public EventSource, public std::enable_shared_from_this<WatchEvents> {
 public:
  WatchEvents(std::shared_ptr<rpc::ClientStream> stream, const Route& route)
      : stream_(std::move(stream)), response_(route.response), message_(route.reply().New()) {
    open_streams.Add(1);
  }
  ~WatchEvents() override {
    stream_->Cancel();
    open_streams.Add(-1);
  }

  void Next(std::function<void(Piece)> done) override {
    stream_->Next(*message_, [self = shared_from_this(), done = std::move(done)](bool more) {
      if (!more) return done({.text = "", .ended = true, .why = ForCallers(self->stream_->status())});
      absl::StatusOr<std::string> event = ToEvent(*self->message_, self->response_);
      if (!event.ok()) return done({.text = "", .ended = true, .why = event.status()});
      done({.text = *std::move(event), .ended = false, .why = absl::OkStatus()});
    });
  }
  void Cancel() override { stream_->Cancel(); }

 private:
  std::shared_ptr<rpc::ClientStream> stream_;
  const google::protobuf::FieldDescriptor* response_;
  std::unique_ptr<google::protobuf::Message> message_;
};

}  // namespace

absl::StatusOr<std::string> ToEvent(const google::protobuf::Message& message,
                                    const google::protobuf::FieldDescriptor* response) {
  absl::StatusOr<std::string> json = ToJson(message, response);
  if (!json.ok()) return json.status();
  const std::string id = EventIdOf(message);
  return absl::StrCat(id.empty() ? "" : absl::StrCat("id: ", id, "\n"), "data: ", *json, "\n\n");
}

std::string FailureEvent(const absl::Status& why) {
  return absl::StrCat("event: error\ndata: ", ProblemJson(why, HttpStatusOf(why.code())), "\n\n");
}

std::shared_ptr<EventSource> StreamEvents(std::shared_ptr<rpc::ClientStream> stream, const Route& route) {
  return std::make_shared<WatchEvents>(std::move(stream), route);
}

}  // namespace firstfloor::gateway
