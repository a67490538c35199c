// WatchOpinions: the tail of the log, as far as it concerns the caller.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/area/registry.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/program/house.h"
#include "common/rpc/follow.h"
#include "firstfloor/events/v1/event.pb.h"
#include "services/opinion/confinement.h"
#include "services/opinion/opinion_service.h"
#include "services/opinion/opinion_view.h"

namespace firstfloor::opinion {
namespace {

using events::v1::Event;

constexpr int kMostOwn = 10'000;

// Which events the caller is told of. Used by one thread at a time.
class Filter {
 public:
  Filter(const v1::WatchOpinionsRequest& request, bool sees_restricted)
      : mine_(request.mine()),
        following_(request.following()),
        emergencies_(request.emergencies()),
        sees_restricted_(sees_restricted),
        area_(request.area()),
        states_(request.states().begin(), request.states().end()) {}

  void SetOwn(const std::vector<std::string>& names, std::string actor) {
    own_.insert(names.begin(), names.end());
    actor_ = std::move(actor);
  }
  void SetFollowed(const std::vector<std::string>& names) { followed_.insert(names.begin(), names.end()); }

  // Fills in the message for the event; false if it is not for the caller.
  bool Passes(const Event& event, v1::WatchOpinionsResponse& message) {
    if (!event.has_opinion() || !absl::StartsWith(event.subject(), "opinions/")) return false;
    if (mine_ && event.opinion().has_received()) NoteOwn(event);
    if (following_) NoteFollowed(event);
    const bool leaves = !mine_ && LeavesArea(event);
    if (mine_ ? !IsOwnOrFollowed(event) : !InArea(event) && !leaves) return false;
    if (emergencies_ && !event.opinion().emergency()) return false;
    v1::OpinionState state = v1::OPINION_STATE_UNSPECIFIED;
    v1::OpinionState_Parse(absl::StrCat("OPINION_STATE_", event.opinion().to()), &state);
    if (!states_.empty() && states_.count(state) == 0) return false;
    message.set_name(event.subject());
    message.set_state(state);
    message.set_seq(event.seq());
    message.set_left_area(leaves);
    return true;
  }

 private:
  bool MayBeTold(const Event& event) const {
    return !event.opinion().about_staff() && (!event.opinion().restricted() || sees_restricted_);
  }

  bool InArea(const Event& event) const { return MayBeTold(event) && area::Covers(area_, event.area()); }

  // It was in the area until this change, which is the last that is told.
  bool LeavesArea(const Event& event) const {
    return MayBeTold(event) && event.opinion().has_reassigned() && !area::Covers(area_, event.area()) &&
           area::Covers(area_, event.opinion().reassigned().from_area());
  }

  bool IsOwnOrFollowed(const Event& event) const {
    if (own_.count(event.subject()) != 0) return true;
    const bool confined = event.opinion().about_staff() || event.opinion().restricted();
    return !confined && followed_.count(event.subject()) != 0;
  }

  // What the caller begins or ceases to follow while they watch: by themself, or because what is theirs is
  // merged.
  void NoteFollowed(const Event& event) {
    if (event.opinion().has_followed() && event.actor() == actor_) {
      if (event.opinion().followed().follows()) {
        followed_.insert(event.subject());
      } else {
        followed_.erase(event.subject());
      }
    }
    const auto& merged = event.opinion().merged();
    if (!event.opinion().has_merged()) return;
    if (own_.count(event.subject()) + followed_.count(event.subject()) == 0) return;
    if (merged.merged()) {
      followed_.insert(merged.into());
      because_[event.subject()] = merged.into();
    } else {
      Unlink(event.subject());
    }
  }

  // What `name` was merged into is followed no more, nor what that was merged into in its turn, unless the
  // caller has another reason.
  void Unlink(std::string name) {
    for (auto link = because_.find(name); link != because_.end(); link = because_.find(name)) {
      name = link->second;
      because_.erase(link);
      const bool by_another = std::any_of(because_.begin(), because_.end(),
                                          [&](const auto& other) { return other.second == name; });
      if (by_another) return;
      followed_.erase(name);
      if (own_.count(name) != 0) return;
    }
  }

  // Whoever it was said for is its reporter, if they have an account; otherwise whoever said it by themself.
  void NoteOwn(const Event& event) {
    const events::v1::OpinionReceived& received = event.opinion().received();
    if (received.anonymous()) return;
    const bool by_themself = event.on_behalf_of().empty() && !received.entered_for_another();
    const std::string& reporter = by_themself ? event.actor() : event.on_behalf_of();
    if (reporter == actor_) own_.insert(event.subject());
  }

  const bool mine_;
  const bool following_;
  const bool emergencies_;
  const bool sees_restricted_;
  const std::string area_;
  const std::set<int> states_;
  std::set<std::string> own_;
  std::set<std::string> followed_;
  std::map<std::string, std::string> because_;  // of what was merged while the caller watched: into what
  std::string actor_;
};

}  // namespace

absl::StatusOr<rpc::StreamFlow> OpinionHandlers::Watch(Call& call, const v1::WatchOpinionsRequest& request,
                                                       std::shared_ptr<rpc::ServerStream> stream) {
  RETURN_IF_ERROR(call.Authorize(request.mine() ? "" : request.area(), {.owner = request.mine()}));
  ASSIGN_OR_RETURN(rpc::LogPosition after, rpc::PositionOf(call, request.cursor()));
  const auto filter = std::make_shared<Filter>(
      request, !request.mine() && confinement::HandlesRestricted(call.identity(), request.area()));
  if (request.mine()) {
    ASSIGN_OR_RETURN(const std::string actor, db::Run(call.db(), call.deadline(), [&](db::Transaction& tx) {
                       return call.environment().log->ActorOf(tx, call.subject());
                     }));
    ASSIGN_OR_RETURN(const std::vector<std::string> names,
                     opinions_.NamesOf(call.db(), call.subject(), kMostOwn));
    filter->SetOwn(names, actor);
    if (request.following()) {
      ASSIGN_OR_RETURN(const std::vector<std::string> followed,
                       follows_.NamesOf(call.db(), call.subject(), "", kMostOwn));
      filter->SetFollowed(followed);
    }
  }

  return rpc::Watch<v1::WatchOpinionsResponse>(
      call, stream, std::move(after), [filter](const Event& event, v1::WatchOpinionsResponse& message) {
        return filter->Passes(event, message);
      });
}

}  // namespace firstfloor::opinion
