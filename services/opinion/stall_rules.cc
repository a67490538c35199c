#include "services/opinion/stall_rules.h"

#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/area/registry.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/opinion/opinion_states.h"

namespace firstfloor::opinion::stall_rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr absl::Duration kPatience = absl::Minutes(30);
constexpr absl::Duration kLongestWindow = absl::Hours(24);

constexpr Move kMoves[] = {
    {STALL_STATE_PLANNED, Act::kOpen, STALL_STATE_OPEN},
    {STALL_STATE_OPEN, Act::kClose, STALL_STATE_CLOSED},
    {STALL_STATE_OPEN, Act::kCloseItself, STALL_STATE_ABNORMAL},
    {STALL_STATE_PLANNED, Act::kCloseItself, STALL_STATE_MISSED},
    {STALL_STATE_PLANNED, Act::kCancel, STALL_STATE_CANCELLED},
    {STALL_STATE_OPEN, Act::kCancel, STALL_STATE_CANCELLED},
    {STALL_STATE_PLANNED, Act::kMove, STALL_STATE_MOVED},
    {STALL_STATE_OPEN, Act::kMove, STALL_STATE_MOVED},
};

std::string NameOf(StallState state) {
  return std::string(absl::StripPrefix(StallState_Name(state), "STALL_STATE_"));
}

absl::StatusOr<Stall> Moving(const Stall& stall, Act act) {
  RETURN_IF_ERROR(CheckMove(stall, act));
  Stall moved = stall;
  moved.set_state(*resource::After(kMoves, stall.state(), act));
  return moved;
}

absl::Status CheckWindow(absl::string_view field, const type::v1::TimeWindow& window) {
  const absl::Time start = FromProto(window.start_time());
  const absl::Time end = FromProto(window.end_time());
  if (!window.has_start_time() || !window.has_end_time() || end <= start) {
    return error::InvalidField(field, "must end after it begins");
  }
  if (end - start > kLongestWindow) return error::InvalidField(field, "must be within 24 hours");
  return absl::OkStatus();
}

// A table stands in a lobby, or in the open between the houses of a compound.
absl::Status CheckPlace(absl::string_view field, absl::string_view area) {
  const std::optional<area::Level> level = area::LevelOf(area);
  if (level.has_value() && *level >= area::Level::kCompound) return absl::OkStatus();
  return error::InvalidField(field, "must be a building, or a compound");
}

absl::StatusOr<Stall> CalledOff(const Stall& stall, Act act, absl::string_view reason_code, absl::Time now) {
  ASSIGN_OR_RETURN(Stall off, Moving(stall, act));
  off.set_reason_code(std::string(reason_code));
  *off.mutable_close_time() = ToProto(now);
  return off;
}

}  // namespace

absl::Span<const Move> Moves() { return kMoves; }

std::vector<StallState> AllowedMoves(StallState from) { return resource::AllAfter(kMoves, from); }

absl::Status CheckMove(const Stall& stall, Act act) {
  if (resource::After(kMoves, stall.state(), act).has_value()) return absl::OkStatus();
  std::vector<std::string> allowed;
  for (const StallState state : AllowedMoves(stall.state())) allowed.push_back(NameOf(state));
  return error::WrongState("STALL_WRONG_STATE", stall.name(), NameOf(stall.state()), allowed);
}

absl::Time SelfCloseTime(const Stall& stall) { return FromProto(stall.window().end_time()) + kPatience; }

bool IsOver(const Stall& stall) {
  return stall.state() != STALL_STATE_PLANNED && stall.state() != STALL_STATE_OPEN;
}

bool TakesFrom(const Stall& stall, absl::string_view area) {
  const absl::string_view community = rules::CommunityOf(stall.area());
  return stall.state() == STALL_STATE_OPEN &&
         area::Covers(community.empty() ? stall.area() : community, area);
}

absl::StatusOr<Stall> Plan(const Stall& stall) {
  RETURN_IF_ERROR(CheckPlace("stall.area", stall.area()));
  RETURN_IF_ERROR(CheckWindow("stall.window", stall.window()));
  std::set<std::string> subjects;
  for (int i = 0; i < stall.team_size(); ++i) {
    const std::string& subject = stall.team(i).person().subject();
    if (!subject.empty() && !subjects.insert(subject).second) {
      return error::InvalidField(absl::StrCat("stall.team[", i, "]"), "is in the team already");
    }
  }
  Stall planned = stall;
  planned.set_state(STALL_STATE_PLANNED);
  return planned;
}

absl::StatusOr<Stall> Open(const Stall& stall, absl::string_view area, bool elsewhere, absl::Time now) {
  ASSIGN_OR_RETURN(Stall open, Moving(stall, Act::kOpen));
  if (now >= SelfCloseTime(stall)) {
    return error::Precondition("STALL_WINDOW_OVER", "the window of the stall is over");
  }
  *open.mutable_open_time() = ToProto(now);
  open.set_elsewhere(elsewhere || (!area.empty() && !area::Covers(stall.area(), area)));
  return open;
}

absl::StatusOr<Stall> Close(const Stall& stall, int64_t visitors, absl::string_view note, absl::Time now) {
  ASSIGN_OR_RETURN(Stall closed, Moving(stall, Act::kClose));
  if (visitors == 0 && note.empty()) return error::InvalidField("note", "is required when nobody came");
  *closed.mutable_close_time() = ToProto(now);
  closed.set_visitors(visitors);
  closed.set_note(std::string(note));
  return closed;
}

absl::StatusOr<Stall> CloseItself(const Stall& stall, absl::Time now) {
  ASSIGN_OR_RETURN(Stall closed, Moving(stall, Act::kCloseItself));
  *closed.mutable_close_time() = ToProto(now);
  return closed;
}

absl::StatusOr<Stall> Cancel(const Stall& stall, absl::string_view reason_code, absl::Time now) {
  return CalledOff(stall, Act::kCancel, reason_code, now);
}

absl::StatusOr<Moved> MoveTo(const Stall& stall, const MoveStallRequest& request,
                             absl::string_view replacement_name, absl::Time now) {
  ASSIGN_OR_RETURN(Stall off, CalledOff(stall, Act::kMove, request.reason_code(), now));
  if (!request.area().empty()) RETURN_IF_ERROR(CheckPlace("area", request.area()));
  RETURN_IF_ERROR(CheckWindow("window", request.window()));
  off.set_replacement(std::string(replacement_name));
  Stall replacement;
  replacement.set_name(std::string(replacement_name));
  replacement.set_area(request.area().empty() ? stall.area() : request.area());
  *replacement.mutable_window() = request.window();
  *replacement.mutable_team() = stall.team();
  replacement.set_campaign(stall.campaign());
  replacement.set_state(STALL_STATE_PLANNED);
  replacement.set_replaces(stall.name());
  return Moved{std::move(off), std::move(replacement)};
}

}  // namespace firstfloor::opinion::stall_rules
