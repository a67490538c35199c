#include "services/opinion/opinion_rules.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/area/registry.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/opinion/opinion_clock.h"
#include "services/opinion/taxonomy.h"

namespace firstfloor::opinion::rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using events::v1::OpinionEvent;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr size_t kMostSteps = 1000;
constexpr int kMostHandOffs = 20;
constexpr int kReopeningsOfStaff = 2;

constexpr Move kMoves[] = {
    {Act::kTriage, OPINION_STATE_RECEIVED, OPINION_STATE_TRIAGED},
    {Act::kAnswer, OPINION_STATE_RECEIVED, OPINION_STATE_ANSWERED},
    {Act::kMerge, OPINION_STATE_RECEIVED, OPINION_STATE_DUPLICATE},
    {Act::kReject, OPINION_STATE_RECEIVED, OPINION_STATE_REJECTED},
    {Act::kReject, OPINION_STATE_TRIAGED, OPINION_STATE_REJECTED},
    {Act::kWithdraw, OPINION_STATE_RECEIVED, OPINION_STATE_WITHDRAWN},
    {Act::kWithdraw, OPINION_STATE_TRIAGED, OPINION_STATE_WITHDRAWN},
    {Act::kStart, OPINION_STATE_TRIAGED, OPINION_STATE_IN_PROGRESS},
    {Act::kEscalate, OPINION_STATE_TRIAGED, OPINION_STATE_ESCALATED},
    {Act::kDispatch, OPINION_STATE_TRIAGED, OPINION_STATE_DISPATCHED},
    {Act::kRefer, OPINION_STATE_TRIAGED, OPINION_STATE_REFERRED_OUT},
    {Act::kTransfer, OPINION_STATE_TRIAGED, OPINION_STATE_TRANSFERRING},
    {Act::kResolve, OPINION_STATE_IN_PROGRESS, OPINION_STATE_RESOLVED},
    {Act::kResolve, OPINION_STATE_ESCALATED, OPINION_STATE_RESOLVED},
    {Act::kResolve, OPINION_STATE_DISPATCHED, OPINION_STATE_RESOLVED},
    {Act::kReturn, OPINION_STATE_IN_PROGRESS, OPINION_STATE_TRIAGED},
    {Act::kReturn, OPINION_STATE_ESCALATED, OPINION_STATE_TRIAGED},
    {Act::kReturn, OPINION_STATE_DISPATCHED, OPINION_STATE_TRIAGED},
    {Act::kReturn, OPINION_STATE_TRANSFERRING, OPINION_STATE_TRIAGED},
    {Act::kHandOver, OPINION_STATE_TRANSFERRING, OPINION_STATE_TRANSFERRED},
    {Act::kClose, OPINION_STATE_ANSWERED, OPINION_STATE_CLOSED},
    {Act::kClose, OPINION_STATE_RESOLVED, OPINION_STATE_CLOSED},
    {Act::kObject, OPINION_STATE_ANSWERED, OPINION_STATE_REOPEN_REQUESTED},
    {Act::kObject, OPINION_STATE_RESOLVED, OPINION_STATE_REOPEN_REQUESTED},
    {Act::kReopen, OPINION_STATE_REOPEN_REQUESTED, OPINION_STATE_TRIAGED},
    {Act::kRefuseReopening, OPINION_STATE_REOPEN_REQUESTED, OPINION_STATE_CLOSED},
    {Act::kUnmerge, OPINION_STATE_DUPLICATE, OPINION_STATE_RECEIVED},
};

const Move* Find(Act act, OpinionState from) {
  const auto* found = std::find_if(std::begin(kMoves), std::end(kMoves),
                                   [&](const Move& move) { return move.act == act && move.from == from; });
  return found == std::end(kMoves) ? nullptr : found;
}

absl::Status WrongState(const Opinion& opinion) {
  std::vector<std::string> allowed;
  for (const OpinionState state : AllowedMoves(opinion.state())) allowed.push_back(NameOf(state));
  return error::WrongState("OPINION_WRONG_STATE", opinion.name(), NameOf(opinion.state()), allowed);
}

bool IsFinal(const Opinion& opinion) { return AllowedMoves(opinion.state()).empty(); }
bool IsPetition(const Opinion& opinion) { return opinion.kind() == OPINION_KIND_PETITION; }

// Somebody still has to do something about it.
bool IsOpen(const Opinion& opinion) {
  return !IsFinal(opinion) && opinion.state() != OPINION_STATE_DUPLICATE &&
         opinion.state() != OPINION_STATE_ANSWERED && opinion.state() != OPINION_STATE_RESOLVED;
}

void AddStep(Opinion& opinion, absl::string_view what, absl::string_view reason_code, absl::Time now) {
  if (static_cast<size_t>(opinion.timeline_size()) >= kMostSteps) return;
  TimelineStep* step = opinion.add_timeline();
  step->set_state(opinion.state());
  *step->mutable_step_time() = ToProto(now);
  step->set_what(std::string(what));
  step->set_reason_code(std::string(reason_code));
}

// An event of the change, to be given its own content.
OpinionEvent& Tell(Change& change, OpinionState from) {
  OpinionEvent& event = change.steps.emplace_back();
  event.set_from(NameOf(from));
  event.set_to(NameOf(change.opinion.state()));
  return event;
}

OpinionEvent& Tell(Change& change) { return Tell(change, change.opinion.state()); }

// The opinion, moved. The caller tells of it.
absl::StatusOr<Change> Moved(const Opinion& opinion, Act act, absl::string_view what,
                             absl::string_view reason_code, absl::Time now) {
  RETURN_IF_ERROR(CheckMove(opinion, act));
  Change change{opinion, {}};
  change.opinion.set_state(Find(act, opinion.state())->to);
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

void SetSummary(Opinion& opinion, absl::string_view summary) {
  if (!summary.empty()) opinion.set_public_summary(std::string(summary));
}

absl::Status CheckCategory(absl::string_view field, absl::string_view category) {
  if (taxonomy::Knows(category)) return absl::OkStatus();
  return error::InvalidField(field, "is not in the taxonomy");
}

// ---- taking in ----

bool IsResidentOnly(const auth::Identity& caller, absl::string_view area) {
  for (const api::v1::Role role :
       {api::v1::ROLE_VOLUNTEER, api::v1::ROLE_STEWARD, api::v1::ROLE_GRID_WORKER, api::v1::ROLE_PROPERTY,
        api::v1::ROLE_BRANCH_SECRETARY, api::v1::ROLE_COMMUNITY_STAFF}) {
    if (caller.Has(role, area)) return false;
  }
  return !caller.is_service();
}

absl::Status CheckFields(const Opinion& opinion) {
  error::Violations violations;
  if (IsPetition(opinion) != (opinion.petition_type() != PETITION_TYPE_UNSPECIFIED)) {
    violations.Add("opinion.petition_type", "is set with kind PETITION, and only then");
  }
  if (opinion.claimed_supporters() > 0 && opinion.channel() != OPINION_CHANNEL_WECHAT_GROUP) {
    violations.Add("opinion.claimed_supporters", "is set with channel WECHAT_GROUP only");
  }
  if (opinion.channel() == OPINION_CHANNEL_STALL && opinion.stall().empty()) {
    violations.Add("opinion.stall", "is required with channel STALL");
  }
  if (!opinion.category().empty() && !taxonomy::Knows(opinion.category())) {
    violations.Add("opinion.category", "is not in the taxonomy");
  }
  if (opinion.anonymous() && opinion.contact_preference() > CONTACT_PREFERENCE_NONE) {
    violations.Add("opinion.contact_preference", "nobody can be contacted who is anonymous");
  }
  return violations.ToStatus();
}

// Who said it, and who entered it when that is somebody else.
void SetPeople(const SubmitOpinionRequest& request, const auth::Identity& caller, Opinion& opinion) {
  opinion.clear_reporter();
  if (opinion.anonymous()) return;
  *opinion.mutable_reporter() = request.opinion().reporter();
  if (request.has_on_behalf_of()) {
    *opinion.mutable_reporter() = request.on_behalf_of().person();
    *opinion.mutable_on_behalf_of() = request.on_behalf_of();
  } else if (opinion.channel() == OPINION_CHANNEL_APP) {
    opinion.mutable_reporter()->set_subject(caller.subject);
  }
  if (opinion.reporter().subject() != caller.subject) {
    opinion.mutable_entered_by()->set_subject(caller.subject);
  }
}

int WorkdaysOf(const Opinion& opinion) {
  const int days = taxonomy::WorkdaysToAnswer(opinion.category());
  if (opinion.urgency() == OPINION_URGENCY_URGENT) return std::max(1, days / 2);
  if (opinion.urgency() == OPINION_URGENCY_EMERGENCY) return 0;
  return days;
}

// ---- answers ----

// What a first or later answer leaves on the opinion, and its event.
void Answered(Change& change, OpinionState from, OpinionOutcome outcome, absl::string_view answer,
              absl::string_view public_summary, absl::Time now) {
  Opinion& opinion = change.opinion;
  const bool again = opinion.has_resolve_time();
  clock::EndPause(opinion, now);
  opinion.set_outcome(outcome);
  opinion.set_answer(std::string(answer));
  SetSummary(opinion, public_summary);
  *opinion.mutable_resolve_time() = ToProto(now);
  opinion.clear_called_time();
  auto* resolved = Tell(change, from).mutable_resolved();
  resolved->set_outcome(std::string(absl::StripPrefix(OpinionOutcome_Name(outcome), "OPINION_OUTCOME_")));
  resolved->set_on_time(now <= FromProto(opinion.due_time()));
  resolved->set_again(again);
}

void Closed(Change& change, OpinionState from, absl::string_view rating, absl::Time now) {
  *change.opinion.mutable_close_time() = ToProto(now);
  Tell(change, from).mutable_closed()->set_rating(std::string(rating));
}

absl::Status CheckCalled(const Opinion& opinion) {
  if (!clock::CallOwed(opinion)) return absl::OkStatus();
  return error::Precondition("REPORTER_NOT_CALLED",
                             "the reporter asked to be called, and is called before it is closed");
}

// ---- clock ----

absl::Status CheckRuns(const Opinion& opinion) {
  if (!IsOpen(opinion) || opinion.state() == OPINION_STATE_REOPEN_REQUESTED) return WrongState(opinion);
  return absl::OkStatus();
}

absl::Status CheckEmergency(const Opinion& opinion) {
  if (opinion.urgency() == OPINION_URGENCY_EMERGENCY) return absl::OkStatus();
  return error::Precondition("NOT_AN_EMERGENCY", "the opinion is no emergency");
}

// ---- merging ----

absl::Status CheckPair(const Opinion& opinion, const Opinion& into) {
  if (opinion.name() == into.name()) return error::InvalidField("into", "is the opinion itself");
  if (IsPetition(opinion) || IsPetition(into)) {
    return error::Precondition("PETITION_NEVER_MERGED", "petitions are followed one by one");
  }
  if (CommunityOf(opinion.area()) != CommunityOf(into.area())) {
    return error::Precondition("OTHER_COMMUNITY", "opinions of different communities are not merged");
  }
  if (opinion.about_staff() != into.about_staff()) {
    return error::Precondition("ABOUT_STAFF", "what is about staff is not merged with what is not");
  }
  if (into.state() == OPINION_STATE_DUPLICATE || into.state() == OPINION_STATE_REJECTED ||
      into.state() == OPINION_STATE_WITHDRAWN) {
    return error::Precondition("MERGE_TARGET_NOT_FOLLOWED", "the other opinion is not followed itself",
                               {{"state", NameOf(into.state())}});
  }
  return absl::OkStatus();
}

void TellMerged(Change& change, OpinionState from, const std::string& into, bool merged) {
  auto* told = Tell(change, from).mutable_merged();
  told->set_into(into);
  told->set_merged(merged);
}

}  // namespace

absl::Span<const Move> Moves() { return kMoves; }

std::vector<OpinionState> AllowedMoves(OpinionState from) {
  std::vector<OpinionState> states;
  for (const Move& move : kMoves) {
    if (move.from == from && std::find(states.begin(), states.end(), move.to) == states.end()) {
      states.push_back(move.to);
    }
  }
  return states;
}

absl::Status CheckMove(const Opinion& opinion, Act act) {
  return Find(act, opinion.state()) != nullptr ? absl::OkStatus() : WrongState(opinion);
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

absl::Span<const char* const> EmergencyNumbers() {
  static constexpr const char* kNumbers[] = {"110", "119", "120"};
  return kNumbers;
}

absl::StatusOr<Change> Receive(const SubmitOpinionRequest& request, const auth::Identity& caller,
                               absl::Time now) {
  RETURN_IF_ERROR(CheckFields(request.opinion()));
  Change change{request.opinion(), {}};
  Opinion& opinion = change.opinion;
  if (IsResidentOnly(caller, opinion.area()) && opinion.channel() != OPINION_CHANNEL_APP) {
    return error::Make(absl::StatusCode::kPermissionDenied, "CHANNEL_NOT_ALLOWED",
                       "residents submit through channel APP");
  }
  if (opinion.urgency() == OPINION_URGENCY_UNSPECIFIED) opinion.set_urgency(OPINION_URGENCY_NORMAL);
  SetPeople(request, caller, opinion);
  opinion.set_state(OPINION_STATE_RECEIVED);
  *opinion.mutable_receive_time() = ToProto(now);
  clock::Start(opinion, WorkdaysOf(opinion), now);
  AddStep(opinion, "RECEIVED", "", now);
  OpinionEvent& event = Tell(change);
  event.clear_from();
  event.mutable_received()->set_anonymous(opinion.anonymous());
  event.mutable_received()->set_emergency(opinion.urgency() == OPINION_URGENCY_EMERGENCY);
  return change;
}

absl::StatusOr<Change> Triage(const Opinion& opinion, const TriageOpinionRequest& request, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, Moved(opinion, Act::kTriage, "TRIAGED", "", now));
  RETURN_IF_ERROR(CheckCategory("category", request.category()));
  change.opinion.set_category(request.category());
  SetSummary(change.opinion, request.public_summary());
  if (!opinion.has_triage_time()) *change.opinion.mutable_triage_time() = ToProto(now);
  auto* triaged = Tell(change, opinion.state()).mutable_triaged();
  triaged->set_from_category(opinion.category());
  triaged->set_again(opinion.has_triage_time());
  return change;
}

absl::StatusOr<Change> Answer(const Opinion& opinion, const AnswerOpinionRequest& request, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, Moved(opinion, Act::kAnswer, "ANSWERED", "", now));
  const bool categorised = !request.category().empty() && request.category() != opinion.category();
  if (categorised) {
    RETURN_IF_ERROR(CheckCategory("category", request.category()));
    change.opinion.set_category(request.category());
    OpinionEvent& amended = Tell(change, opinion.state());
    amended.set_to(NameOf(opinion.state()));
    amended.mutable_amended()->add_fields("category");
    amended.mutable_amended()->set_from_category(opinion.category());
  }
  Answered(change, opinion.state(),
           request.outcome() == OPINION_OUTCOME_UNSPECIFIED ? OPINION_OUTCOME_EXPLAINED : request.outcome(),
           request.answer(), request.public_summary(), now);
  return change;
}

absl::StatusOr<Change> Reject(const Opinion& opinion, const RejectOpinionRequest& request, absl::Time now) {
  const std::string reason(absl::StripPrefix(RejectReason_Name(request.reason()), "REJECT_REASON_"));
  ASSIGN_OR_RETURN(Change change, MovedAndTold(opinion, Act::kReject, "REJECTED", reason, now));
  if (IsPetition(opinion) && !opinion.has_notice_time()) {
    return error::Precondition("PETITION_NOTICE_NEEDED", "a petition is not refused without written notice");
  }
  if ((request.reason() == REJECT_REASON_ALREADY_DECIDED) != !request.earlier_opinion().empty()) {
    return error::InvalidField("earlier_opinion", "is set with reason ALREADY_DECIDED, and only then");
  }
  change.opinion.set_reject_reason(request.reason());
  change.opinion.set_earlier_opinion(request.earlier_opinion());
  return change;
}

absl::StatusOr<Change> Withdraw(const Opinion& opinion, absl::Time now) {
  return MovedAndTold(opinion, Act::kWithdraw, "WITHDRAWN", "", now);
}

absl::StatusOr<Change> Start(const Opinion& opinion, absl::Time now) {
  return MovedAndTold(opinion, Act::kStart, "STARTED", "", now);
}

absl::StatusOr<Change> Escalate(const Opinion& opinion, const EscalateOpinionRequest& request,
                                absl::string_view case_name, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, Moved(opinion, Act::kEscalate, "ESCALATED", "", now));
  change.opinion.set_case_(std::string(case_name));
  change.opinion.set_topic(request.topic());
  auto* escalated = Tell(change, opinion.state()).mutable_escalated();
  escalated->set_case_(std::string(case_name));
  escalated->set_case_kind(std::string(absl::StripPrefix(CaseKind_Name(request.case_kind()), "CASE_KIND_")));
  return change;
}

absl::StatusOr<Change> Dispatch(const Opinion& opinion, const DispatchOpinionRequest& request,
                                absl::string_view order_name, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, Moved(opinion, Act::kDispatch, "DISPATCHED", "", now));
  if (request.has_wanted_time() && FromProto(request.wanted_time()) < now) {
    return error::InvalidField("wanted_time", "lies in the past");
  }
  change.opinion.set_order(std::string(order_name));
  change.opinion.clear_wanted_time();
  if (request.has_wanted_time()) *change.opinion.mutable_wanted_time() = request.wanted_time();
  Tell(change, opinion.state()).mutable_dispatched()->set_order(std::string(order_name));
  return change;
}

absl::StatusOr<Change> Refer(const Opinion& opinion, const ReferOpinionRequest& request, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, MovedAndTold(opinion, Act::kRefer, "REFERRED_OUT", "", now));
  *change.opinion.mutable_referral() = request.referral();
  change.opinion.set_answer(request.answer());
  clock::EndPause(change.opinion, now);
  return change;
}

absl::StatusOr<Change> Transfer(const Opinion& opinion, absl::string_view district, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, MovedAndTold(opinion, Act::kTransfer, "TRANSFER_OFFERED", "", now));
  if (area::LevelOf(district) != area::Level::kDistrict || area::Covers(district, opinion.area())) {
    return error::InvalidField("district", "must be the code of another district");
  }
  change.opinion.set_transfer_district(std::string(district));
  return change;
}

absl::StatusOr<Change> Resolve(const Opinion& opinion, OpinionOutcome outcome, absl::string_view answer,
                               absl::string_view public_summary, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, Moved(opinion, Act::kResolve, "RESOLVED", "", now));
  Answered(change, opinion.state(), outcome, answer, public_summary, now);
  return change;
}

absl::StatusOr<Change> Return(const Opinion& opinion, absl::string_view reason_code, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, MovedAndTold(opinion, Act::kReturn, "RETURNED", reason_code, now));
  // What ends there later concerns this opinion no more.
  change.opinion.clear_case_();
  change.opinion.clear_order();
  change.opinion.clear_wanted_time();
  change.opinion.clear_transfer_district();
  return change;
}

absl::StatusOr<Change> GiveFeedback(const Opinion& opinion, Satisfaction satisfaction, absl::string_view text,
                                    absl::Time now) {
  const bool objects = satisfaction == SATISFACTION_UNSATISFIED;
  ASSIGN_OR_RETURN(Change change, Moved(opinion, objects ? Act::kObject : Act::kClose,
                                        objects ? "REOPEN_REQUESTED" : "CLOSED", NameOf(satisfaction), now));
  Feedback* feedback = change.opinion.mutable_feedback();
  feedback->set_satisfaction(satisfaction);
  feedback->set_text(std::string(text));
  *feedback->mutable_feedback_time() = ToProto(now);
  Tell(change, opinion.state()).mutable_rated()->set_rating(NameOf(satisfaction));
  if (!objects) Closed(change, change.opinion.state(), NameOf(satisfaction), now);
  return change;
}

absl::StatusOr<Change> Close(const Opinion& opinion, absl::string_view reason_code, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, Moved(opinion, Act::kClose, "CLOSED", reason_code, now));
  RETURN_IF_ERROR(CheckCalled(opinion));
  Closed(change, opinion.state(), "", now);
  return change;
}

absl::StatusOr<Change> DecideReopen(const Opinion& opinion, const DecideReopenRequest& request,
                                    bool by_secretary, absl::Time now) {
  RETURN_IF_ERROR(CheckMove(opinion, Act::kReopen));
  if (opinion.reopen_count() >= kReopeningsOfStaff && !by_secretary) {
    return error::Make(absl::StatusCode::kPermissionDenied, "REOPEN_NEEDS_SECRETARY",
                       "the third reopening is decided by the secretary of the branch");
  }
  if (!request.accept()) {
    RETURN_IF_ERROR(CheckCalled(opinion));
    ASSIGN_OR_RETURN(Change refused,
                     Moved(opinion, Act::kRefuseReopening, "REOPENING_REFUSED", request.reason_code(), now));
    Closed(refused, opinion.state(), NameOf(opinion.feedback().satisfaction()), now);
    return refused;
  }
  ASSIGN_OR_RETURN(Change change,
                   MovedAndTold(opinion, Act::kReopen, "REOPENED", request.reason_code(), now));
  change.opinion.set_reopen_count(opinion.reopen_count() + 1);
  change.opinion.clear_outcome();
  change.opinion.clear_case_();
  change.opinion.clear_order();
  change.opinion.clear_extended();
  clock::Start(change.opinion, opinion.working_days(), now);
  return change;
}

absl::StatusOr<Pair> Merge(const Opinion& opinion, const Opinion& into, absl::Time now) {
  ASSIGN_OR_RETURN(Change merged, Moved(opinion, Act::kMerge, "MERGED", "", now));
  RETURN_IF_ERROR(CheckPair(opinion, into));
  merged.opinion.set_merged_into(into.name());
  TellMerged(merged, opinion.state(), into.name(), true);
  Change stays{into, {}};
  stays.opinion.add_merged_from(opinion.name());
  stays = Amended(std::move(stays), {"merged_from"});
  return Pair{std::move(merged), std::move(stays)};
}

absl::StatusOr<Pair> Unmerge(const Opinion& opinion, const Opinion& into, absl::Time now) {
  ASSIGN_OR_RETURN(Change merged, Moved(opinion, Act::kUnmerge, "UNMERGED", "", now));
  merged.opinion.clear_merged_into();
  TellMerged(merged, opinion.state(), into.name(), false);
  Change stays{into, {}};
  auto* names = stays.opinion.mutable_merged_from();
  names->erase(std::remove(names->begin(), names->end(), opinion.name()), names->end());
  stays = Amended(std::move(stays), {"merged_from"});
  return Pair{std::move(merged), std::move(stays)};
}

absl::StatusOr<Change> Reassign(const Opinion& opinion, absl::string_view area, absl::string_view reason_code,
                                absl::Time now) {
  constexpr size_t kDistrictDigits = 6;
  if (opinion.state() != OPINION_STATE_TRIAGED) return WrongState(opinion);
  if (absl::string_view(opinion.area()).substr(0, kDistrictDigits) != area.substr(0, kDistrictDigits) ||
      CommunityOf(area).empty()) {
    return error::Precondition("OTHER_DISTRICT", "a matter is reassigned inside its district",
                               {{"area", std::string(area)}});
  }
  Change change{opinion, {}};
  change.opinion.set_area(std::string(area));
  AddStep(change.opinion, "REASSIGNED", reason_code, now);
  Tell(change).mutable_reassigned()->set_from_area(opinion.area());
  return change;
}

absl::StatusOr<Change> Support(const Opinion& opinion, absl::string_view supporter) {
  if (opinion.reporter().subject() == supporter) {
    return error::Precondition("OWN_OPINION", "nobody supports their own opinion");
  }
  if (!IsOpen(opinion)) return WrongState(opinion);
  Change change{opinion, {}};
  change.opinion.set_supports(opinion.supports() + 1);
  Tell(change).mutable_supported()->set_supports(change.opinion.supports());
  return change;
}

absl::StatusOr<Change> AskReporter(const Opinion& opinion, absl::string_view question, absl::Time now) {
  RETURN_IF_ERROR(CheckRuns(opinion));
  if (IsPetition(opinion)) {
    return error::Precondition("PETITION_NEVER_PAUSED", "the clock of a petition never stands still");
  }
  if (opinion.has_waiting_since_time()) {
    return error::Precondition("CLOCK_STANDS", "the reporter has been asked already");
  }
  Change change{opinion, {}};
  *change.opinion.mutable_waiting_since_time() = ToProto(now);
  change.opinion.set_question(std::string(question));
  AddStep(change.opinion, "CLOCK_STOPPED", "", now);
  Tell(change).mutable_clock_changed()->set_stopped(true);
  return change;
}

absl::StatusOr<Change> ResumeClock(const Opinion& opinion, absl::Time now) {
  if (!opinion.has_waiting_since_time()) {
    return error::Precondition("CLOCK_RUNS", "the clock does not stand still");
  }
  Change change{opinion, {}};
  clock::EndPause(change.opinion, now);
  AddStep(change.opinion, "CLOCK_RESUMED", "", now);
  Tell(change).mutable_clock_changed();
  return change;
}

absl::StatusOr<Change> ExtendDeadline(const Opinion& opinion, absl::string_view reason_code, int working_days,
                                      absl::Time now) {
  RETURN_IF_ERROR(CheckRuns(opinion));
  if (opinion.extended()) {
    return error::Precondition("ALREADY_EXTENDED", "the one extension was given");
  }
  Change change{opinion, {}};
  change.opinion.set_extended(true);
  clock::MoveBy(change.opinion, working_days, now);
  AddStep(change.opinion, "DEADLINE_EXTENDED", reason_code, now);
  Tell(change).mutable_clock_changed()->set_stopped(opinion.has_waiting_since_time());
  return change;
}

absl::StatusOr<Change> Acknowledge(const Opinion& opinion, absl::Time now) {
  RETURN_IF_ERROR(CheckEmergency(opinion));
  if (opinion.has_acknowledge_time()) {
    return error::Precondition("ALREADY_ACKNOWLEDGED", "somebody has it in hand already");
  }
  Change change{opinion, {}};
  *change.opinion.mutable_acknowledge_time() = ToProto(now);
  AddStep(change.opinion, "ACKNOWLEDGED", "", now);
  return Amended(std::move(change), {"acknowledge_time"});
}

absl::StatusOr<Change> HandOff(const Opinion& opinion, const v1::HandOff& hand_off, absl::Time now) {
  RETURN_IF_ERROR(CheckEmergency(opinion));
  if (opinion.hand_offs_size() >= kMostHandOffs) {
    return error::Precondition("HAND_OFFS_FULL", "it was handed off too often",
                               {{"most", absl::StrCat(kMostHandOffs)}});
  }
  Change change{opinion, {}};
  v1::HandOff* added = change.opinion.add_hand_offs();
  *added = hand_off;
  *added->mutable_hand_off_time() = ToProto(now);
  if (!opinion.has_acknowledge_time()) *change.opinion.mutable_acknowledge_time() = ToProto(now);
  AddStep(change.opinion, "HANDED_OFF", "", now);
  return Amended(std::move(change), {"hand_offs", "acknowledge_time"});
}

absl::StatusOr<Change> GiveNotice(const Opinion& opinion, absl::Time now) {
  if (!IsPetition(opinion)) return error::Precondition("NOT_A_PETITION", "the opinion is no petition");
  if (opinion.has_notice_time()) return error::Precondition("NOTICE_GIVEN", "the notice was given already");
  Change change{opinion, {}};
  *change.opinion.mutable_notice_time() = ToProto(now);
  AddStep(change.opinion, "NOTICE_GIVEN", "", now);
  return Amended(std::move(change), {"notice_time"});
}

absl::StatusOr<Change> RecordCall(const Opinion& opinion, absl::Time now) {
  if (opinion.state() != OPINION_STATE_ANSWERED && opinion.state() != OPINION_STATE_RESOLVED &&
      opinion.state() != OPINION_STATE_REOPEN_REQUESTED) {
    return WrongState(opinion);
  }
  Change change{opinion, {}};
  *change.opinion.mutable_called_time() = ToProto(now);
  AddStep(change.opinion, "CALLED", "", now);
  return Amended(std::move(change), {"called_time"});
}

absl::StatusOr<Change> Update(const Opinion& opinion, const UpdateOpinionRequest& request) {
  Change change{opinion, {}};
  std::vector<std::string> fields;
  for (const std::string& path : request.update_mask().paths()) {
    if (path == "category") {
      if (opinion.state() != OPINION_STATE_TRIAGED) return WrongState(opinion);
      RETURN_IF_ERROR(CheckCategory("category", request.category()));
      change.opinion.set_category(request.category());
    } else if (path == "public_summary") {
      change.opinion.set_public_summary(request.public_summary());
    } else if (path == "contact_preference") {
      change.opinion.set_contact_preference(request.contact_preference());
    } else {
      return error::InvalidField("update_mask", "names a field that cannot be updated");
    }
    if (std::find(fields.begin(), fields.end(), path) == fields.end()) fields.push_back(path);
  }
  if (fields.empty()) return error::InvalidField("update_mask", "names nothing");
  const bool categorised = change.opinion.category() != opinion.category();
  change = Amended(std::move(change), std::move(fields));
  if (categorised) change.steps.back().mutable_amended()->set_from_category(opinion.category());
  return change;
}

std::optional<Change> Lapse(const Opinion& opinion, absl::string_view kind, absl::Time now) {
  const std::vector<clock::Deadline> deadlines = clock::Deadlines(opinion);
  const bool reached = std::any_of(deadlines.begin(), deadlines.end(), [&](const clock::Deadline& deadline) {
    return deadline.kind == kind && deadline.time <= now;
  });
  if (!reached) return std::nullopt;
  Change change{opinion, {}};
  Tell(change).mutable_deadline_passed()->set_deadline(std::string(kind));
  if (kind == clock::kSilence) {
    change.opinion.set_state(Find(Act::kClose, opinion.state())->to);
    AddStep(change.opinion, "CLOSED", kind, now);
    Closed(change, opinion.state(), "", now);
    return change;
  }
  change.opinion.add_lapsed_deadlines(std::string(kind));
  if (kind != clock::kReminder) AddStep(change.opinion, "DEADLINE_PASSED", kind, now);
  return change;
}

}  // namespace firstfloor::opinion::rules
