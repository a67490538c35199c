#include "services/opinion/opinion_states.h"

#include <utility>

#include "absl/strings/strip.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/opinion/taxonomy.h"

namespace firstfloor::opinion::rules {
namespace {

using calendar::ToProto;
using events::v1::OpinionEvent;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr int kMostSteps = 200;

constexpr Move kMoves[] = {
    {OPINION_STATE_RECEIVED, Act::kTriage, OPINION_STATE_TRIAGED},
    {OPINION_STATE_RECEIVED, Act::kAnswer, OPINION_STATE_ANSWERED},
    {OPINION_STATE_RECEIVED, Act::kMerge, OPINION_STATE_DUPLICATE},
    {OPINION_STATE_RECEIVED, Act::kReject, OPINION_STATE_REJECTED},
    {OPINION_STATE_TRIAGED, Act::kReject, OPINION_STATE_REJECTED},
    {OPINION_STATE_RECEIVED, Act::kWithdraw, OPINION_STATE_WITHDRAWN},
    {OPINION_STATE_TRIAGED, Act::kWithdraw, OPINION_STATE_WITHDRAWN},
    {OPINION_STATE_TRIAGED, Act::kStart, OPINION_STATE_IN_PROGRESS},
    {OPINION_STATE_TRIAGED, Act::kEscalate, OPINION_STATE_ESCALATED},
    {OPINION_STATE_TRIAGED, Act::kDispatch, OPINION_STATE_DISPATCHED},
    {OPINION_STATE_TRIAGED, Act::kRefer, OPINION_STATE_REFERRED_OUT},
    {OPINION_STATE_TRIAGED, Act::kTransfer, OPINION_STATE_TRANSFERRING},
    {OPINION_STATE_IN_PROGRESS, Act::kResolve, OPINION_STATE_RESOLVED},
    {OPINION_STATE_ESCALATED, Act::kResolve, OPINION_STATE_RESOLVED},
    {OPINION_STATE_DISPATCHED, Act::kResolve, OPINION_STATE_RESOLVED},
    {OPINION_STATE_IN_PROGRESS, Act::kReturn, OPINION_STATE_TRIAGED},
    {OPINION_STATE_ESCALATED, Act::kReturn, OPINION_STATE_TRIAGED},
    {OPINION_STATE_DISPATCHED, Act::kReturn, OPINION_STATE_TRIAGED},
    {OPINION_STATE_TRANSFERRING, Act::kReturn, OPINION_STATE_TRIAGED},
    {OPINION_STATE_TRANSFERRING, Act::kHandOver, OPINION_STATE_TRANSFERRED},
    {OPINION_STATE_ANSWERED, Act::kClose, OPINION_STATE_CLOSED},
    {OPINION_STATE_RESOLVED, Act::kClose, OPINION_STATE_CLOSED},
    {OPINION_STATE_ANSWERED, Act::kObject, OPINION_STATE_REOPEN_REQUESTED},
    {OPINION_STATE_RESOLVED, Act::kObject, OPINION_STATE_REOPEN_REQUESTED},
    {OPINION_STATE_REOPEN_REQUESTED, Act::kReopen, OPINION_STATE_TRIAGED},
    {OPINION_STATE_REOPEN_REQUESTED, Act::kRefuseReopening, OPINION_STATE_CLOSED},
    {OPINION_STATE_DUPLICATE, Act::kUnmerge, OPINION_STATE_RECEIVED},
};

// After these nobody needs to look at the matter any more, or somebody else does.
bool Ends(Act act) {
  switch (act) {
    case Act::kAnswer:
    case Act::kMerge:
    case Act::kReject:
    case Act::kWithdraw:
    case Act::kRefer:
    case Act::kTransfer:
    case Act::kHandOver:
    case Act::kResolve:
    case Act::kClose:
    case Act::kRefuseReopening:
      return true;
    default:
      return false;
  }
}

// Staff who do this have it in hand.
bool Acknowledges(Act act) {
  switch (act) {
    case Act::kAnswer:
    case Act::kMerge:
    case Act::kReject:
    case Act::kRefer:
    case Act::kTransfer:
    case Act::kResolve:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::Span<const Move> Moves() { return kMoves; }

std::vector<OpinionState> AllowedMoves(OpinionState from) { return resource::AllAfter(kMoves, from); }

absl::Status CheckMove(const Opinion& opinion, Act act) {
  return resource::After(kMoves, opinion.state(), act).has_value() ? absl::OkStatus() : WrongState(opinion);
}

std::string NameOf(OpinionState state) {
  return std::string(absl::StripPrefix(OpinionState_Name(state), "OPINION_STATE_"));
}

std::string NameOf(Satisfaction satisfaction) {
  return std::string(absl::StripPrefix(Satisfaction_Name(satisfaction), "SATISFACTION_"));
}

absl::string_view CommunityOf(absl::string_view area) {
  constexpr size_t kDigits = 9;
  return area.size() < kDigits ? "" : area.substr(0, kDigits);
}

absl::Status WrongState(const Opinion& opinion) {
  std::vector<std::string> allowed;
  for (const OpinionState state : AllowedMoves(opinion.state())) allowed.push_back(NameOf(state));
  return error::WrongState("OPINION_WRONG_STATE", opinion.name(), NameOf(opinion.state()), allowed);
}

bool IsPetition(const Opinion& opinion) { return opinion.kind() == OPINION_KIND_PETITION; }

bool CanBeContacted(const Opinion& opinion, ContactPreference preference) {
  return !opinion.anonymous() || preference <= CONTACT_PREFERENCE_NONE;
}

bool IsOpen(const Opinion& opinion) {
  return !AllowedMoves(opinion.state()).empty() && opinion.state() != OPINION_STATE_DUPLICATE &&
         opinion.state() != OPINION_STATE_ANSWERED && opinion.state() != OPINION_STATE_RESOLVED;
}

absl::Status CheckCategory(absl::string_view category) {
  if (taxonomy::Knows(category)) return absl::OkStatus();
  return error::InvalidField("category", "is not in the taxonomy");
}

void AddStep(Opinion& opinion, absl::string_view what, absl::string_view reason_code, absl::Time now) {
  if (opinion.timeline_size() >= kMostSteps) {
    // How it began stays, and what happened last.
    opinion.mutable_timeline()->erase(opinion.timeline().begin() + 1);
    opinion.set_steps_omitted(opinion.steps_omitted() + 1);
  }
  TimelineStep* step = opinion.add_timeline();
  step->set_state(opinion.state());
  *step->mutable_step_time() = ToProto(now);
  step->set_what(std::string(what));
  step->set_reason_code(std::string(reason_code));
}

void Restrict(Opinion& opinion, Restriction restriction, absl::Time now) {
  if (restriction == opinion.restriction() && opinion.has_restrict_time()) return;
  opinion.set_restriction(restriction);
  opinion.clear_restrict_time();
  if (restriction != RESTRICTION_UNSPECIFIED) *opinion.mutable_restrict_time() = ToProto(now);
  if (restriction == RESTRICTION_CHILD_AT_RISK && !IsEmergency(opinion)) DeclareEmergency(opinion, now);
}

bool IsEmergency(const Opinion& opinion) { return opinion.urgency() == OPINION_URGENCY_EMERGENCY; }

void DeclareEmergency(Opinion& opinion, absl::Time now) {
  opinion.set_urgency(OPINION_URGENCY_EMERGENCY);
  *opinion.mutable_emergency_time() = ToProto(now);
}

bool AcknowledgementOwed(const Opinion& opinion) {
  return IsEmergency(opinion) && !opinion.has_acknowledge_time();
}

bool ReportOwed(const Opinion& opinion) {
  return opinion.restriction() == RESTRICTION_CHILD_AT_RISK && !opinion.has_report_time();
}

OpinionEvent& Tell(Change& change, OpinionState from) {
  OpinionEvent& event = change.steps.emplace_back();
  event.set_from(NameOf(from));
  event.set_to(NameOf(change.opinion.state()));
  return event;
}

OpinionEvent& Tell(Change& change) { return Tell(change, change.opinion.state()); }

absl::StatusOr<Change> Moved(const Opinion& opinion, Act act, absl::string_view what,
                             absl::string_view reason_code, absl::Time now) {
  RETURN_IF_ERROR(CheckMove(opinion, act));
  if (Ends(act) && ReportOwed(opinion)) {
    return error::Precondition("CHILD_HARM_NOT_REPORTED",
                               "suspected harm to a child is reported before anything else; hand it off");
  }
  Change change{opinion, {}};
  change.opinion.set_state(*resource::After(kMoves, opinion.state(), act));
  if (Acknowledges(act) && AcknowledgementOwed(opinion)) {
    *change.opinion.mutable_acknowledge_time() = ToProto(now);
  }
  AddStep(change.opinion, what, reason_code, now);
  return change;
}

absl::StatusOr<Change> MovedAndTold(const Opinion& opinion, Act act, absl::string_view what,
                                    absl::string_view reason_code, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, Moved(opinion, act, what, reason_code, now));
  Tell(change, opinion.state()).mutable_moved()->set_reason_code(std::string(reason_code));
  return change;
}

Change Amended(Change change, std::vector<std::string> fields) {
  auto* amended = Tell(change).mutable_amended();
  for (std::string& field : fields) amended->add_fields(std::move(field));
  return change;
}

void Continue(Change& change, Change next) {
  change.opinion = std::move(next.opinion);
  for (OpinionEvent& step : next.steps) change.steps.push_back(std::move(step));
}

void Closed(Change& change, OpinionState from, absl::string_view rating, absl::Time now) {
  *change.opinion.mutable_close_time() = ToProto(now);
  Tell(change, from).mutable_closed()->set_rating(std::string(rating));
}

}  // namespace firstfloor::opinion::rules
