#include "services/deliberation/case_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/resource/transitions.h"

namespace firstfloor::deliberation::rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr resource::Transition<CaseState, CaseMove> kSteps[] = {
    {CASE_STATE_OPEN, CaseMove::kStartMediation, CASE_STATE_MEDIATING},
    {CASE_STATE_OPEN, CaseMove::kEscalate, CASE_STATE_ESCALATED},
    {CASE_STATE_OPEN, CaseMove::kWithdraw, CASE_STATE_WITHDRAWN},
    {CASE_STATE_MEDIATING, CaseMove::kAnswerMediator, CASE_STATE_MEDIATING},
    {CASE_STATE_MEDIATING, CaseMove::kRefuseMediator, CASE_STATE_ESCALATED},
    {CASE_STATE_MEDIATING, CaseMove::kAgree, CASE_STATE_AGREED},
    {CASE_STATE_MEDIATING, CaseMove::kEscalate, CASE_STATE_ESCALATED},
    {CASE_STATE_MEDIATING, CaseMove::kWithdraw, CASE_STATE_WITHDRAWN},
    {CASE_STATE_AGREED, CaseMove::kFollowUp, CASE_STATE_FOLLOW_UP},
    {CASE_STATE_ESCALATED, CaseMove::kConvene, CASE_STATE_CONSULTING},
    {CASE_STATE_ESCALATED, CaseMove::kWithdraw, CASE_STATE_WITHDRAWN},
    {CASE_STATE_CONSULTING, CaseMove::kConvene, CASE_STATE_CONSULTING},
    {CASE_STATE_CONSULTING, CaseMove::kOpenMeeting, CASE_STATE_CONSULTING},
    {CASE_STATE_CONSULTING, CaseMove::kTakePosition, CASE_STATE_CONSULTING},
    {CASE_STATE_CONSULTING, CaseMove::kResolve, CASE_STATE_RESOLVED},
    {CASE_STATE_CONSULTING, CaseMove::kFail, CASE_STATE_FAILED},
    {CASE_STATE_CONSULTING, CaseMove::kWithdraw, CASE_STATE_WITHDRAWN},
    {CASE_STATE_RESOLVED, CaseMove::kPublish, CASE_STATE_RESOLVED},
    {CASE_STATE_RESOLVED, CaseMove::kObject, CASE_STATE_RESOLVED},
    {CASE_STATE_RESOLVED, CaseMove::kAnswerObjection, CASE_STATE_RESOLVED},
    {CASE_STATE_RESOLVED, CaseMove::kFollowUp, CASE_STATE_FOLLOW_UP},
    {CASE_STATE_FOLLOW_UP, CaseMove::kPublish, CASE_STATE_FOLLOW_UP},
    {CASE_STATE_FOLLOW_UP, CaseMove::kObject, CASE_STATE_FOLLOW_UP},
    {CASE_STATE_FOLLOW_UP, CaseMove::kAnswerObjection, CASE_STATE_FOLLOW_UP},
    {CASE_STATE_FOLLOW_UP, CaseMove::kKeep, CASE_STATE_CLOSED},
    {CASE_STATE_FOLLOW_UP, CaseMove::kBreach, CASE_STATE_ESCALATED},
};

std::string ShortName(CaseState state) {
  return std::string(absl::StripPrefix(CaseState_Name(state), "CASE_STATE_"));
}

// No side says of itself that it asked, accepted or acknowledged.
void AddSides(Case& matter, const google::protobuf::RepeatedPtrField<Side>& sides) {
  for (const Side& side : sides) *matter.add_sides() = side;
}

absl::Status CheckSuspended(const Case& matter) {
  if (!matter.resolution().suspended()) return absl::OkStatus();
  return error::Precondition("RESOLUTION_SUSPENDED", "an objection waits for its answer");
}

absl::Status CheckAllAcknowledged(const Case& matter, const RecordAgreementRequest& request) {
  for (const int side : request.acknowledged_sides()) {
    if (side >= matter.sides_size())
      return error::InvalidField("acknowledged_sides", "there is no such side");
  }
  for (int side = 0; side < matter.sides_size(); ++side) {
    const auto& sides = request.acknowledged_sides();
    if (std::find(sides.begin(), sides.end(), side) == sides.end()) {
      return error::Precondition("AGREEMENT_NOT_ACKNOWLEDGED", "every side acknowledges it",
                                 {{"side", absl::StrCat(side)}});
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMediatorAccepted(const Case& matter) {
  for (int side = 0; side < matter.sides_size(); ++side) {
    if (matter.sides(side).mediator_answer() != MEDIATOR_ANSWER_ACCEPTED) {
      return error::Precondition("MEDIATOR_NOT_ACCEPTED", "every side accepts the mediator; silence does not",
                                 {{"side", absl::StrCat(side)}});
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTerms(const Case& matter, const Agreement& agreement, absl::Time now) {
  error::Violations violations;
  for (int i = 0; i < agreement.terms_size(); ++i) {
    const Term& term = agreement.terms(i);
    if (term.has_deadline() && FromProto(term.deadline()) <= now) {
      violations.Add(absl::StrCat("agreement.terms[", i, "].deadline"), "is past");
    }
    if (term.side() >= matter.sides_size()) {
      violations.Add(absl::StrCat("agreement.terms[", i, "].side"), "there is no such side");
    }
  }
  return violations.ToStatus();
}

// What was settled holds no more: it is settled again from the beginning.
void Unsettle(Case& matter) {
  matter.clear_agreement();
  matter.clear_consultation();
  matter.clear_resolution();
  matter.clear_way();
  matter.clear_settle_time();
  for (Side& side : *matter.mutable_sides()) side.clear_acknowledge_time();
}

}  // namespace

std::optional<CaseState> Next(CaseState from, CaseMove move) { return resource::After(kSteps, from, move); }

std::vector<CaseState> AllowedMoves(CaseState from) {
  std::vector<CaseState> states = resource::AllAfter(kSteps, from);
  std::erase(states, from);
  return states;
}

bool IsOver(const Case& matter) {
  return matter.state() == CASE_STATE_CLOSED || matter.state() == CASE_STATE_FAILED ||
         matter.state() == CASE_STATE_WITHDRAWN;
}

absl::Status Check(const Case& matter, CaseMove move) {
  if (Next(matter.state(), move).has_value()) return absl::OkStatus();
  std::vector<std::string> allowed;
  for (const CaseState state : AllowedMoves(matter.state())) allowed.push_back(ShortName(state));
  return error::WrongState("CASE_WRONG_STATE", matter.name(), ShortName(matter.state()), allowed);
}

void Go(Case& matter, CaseMove move, absl::string_view what, absl::Time now, absl::string_view reason) {
  matter.set_state(*Next(matter.state(), move));
  if (matter.state() == CASE_STATE_ESCALATED) matter.set_level(CASE_LEVEL_CONSULTATION);
  if (IsOver(matter)) *matter.mutable_close_time() = ToProto(now);
  Note(matter, what, now);
  matter.mutable_timeline()->rbegin()->set_reason_code(std::string(reason));
}

void Note(Case& matter, absl::string_view what, absl::Time now) {
  CaseStep* step = matter.add_timeline();
  step->set_state(matter.state());
  *step->mutable_step_time() = ToProto(now);
  step->set_what(std::string(what));
}

absl::StatusOr<Case> Open(const OpenCaseRequest& request, const auth::Identity& caller, absl::Time now) {
  Case matter = request.case_();
  const bool handles = caller.Has(api::v1::ROLE_STEWARD, matter.area()) ||
                       caller.Has(api::v1::ROLE_GRID_WORKER, matter.area()) ||
                       caller.Has(api::v1::ROLE_BRANCH_SECRETARY, matter.area()) ||
                       caller.Has(api::v1::ROLE_COMMUNITY_STAFF, matter.area());
  if (!handles && matter.sides_size() == 0) matter.add_sides();
  const int asking = handles ? request.asking_side() : 0;
  if (matter.kind() == CASE_KIND_DISPUTE && matter.sides_size() < 2) {
    return error::InvalidField("case.sides", "a dispute has two sides at least");
  }
  if (matter.sides_size() > 0) {
    if (asking >= matter.sides_size()) return error::InvalidField("asking_side", "there is no such side");
    matter.mutable_sides(asking)->set_asked(true);
    if (!handles) matter.mutable_sides(0)->mutable_representative()->set_subject(caller.subject);
  }
  Begin(matter, now);
  return matter;
}

void Begin(Case& matter, absl::Time now) {
  matter.set_state(CASE_STATE_OPEN);
  matter.set_level(CASE_LEVEL_ON_THE_SPOT);
  if (matter.decision_rule() == DECISION_RULE_UNSPECIFIED) {
    matter.set_decision_rule(DECISION_RULE_CONSENSUS);
  }
  Note(matter, "OPENED", now);
}

absl::Status StartMediation(Case& matter, const StartMediationRequest& request, absl::string_view caller,
                            absl::Time now) {
  RETURN_IF_ERROR(Check(matter, CaseMove::kStartMediation));
  if (matter.kind() != CASE_KIND_DISPUTE || matter.sides_size() + request.sides_size() < 2) {
    return error::Precondition("NO_DISPUTE", "only a dispute of two sides or more is mediated");
  }
  AddSides(matter, request.sides());
  Mediation* mediation = matter.mutable_mediation();
  *mediation->mutable_mediator() = request.mediator();
  if (!request.has_mediator()) mediation->mutable_mediator()->set_subject(std::string(caller));
  *mediation->mutable_start_time() = ToProto(now);
  Go(matter, CaseMove::kStartMediation, "MEDIATION_STARTED", now);
  return absl::OkStatus();
}

absl::Status AnswerMediator(Case& matter, int side, MediatorAnswer answer, absl::Time now) {
  const bool refuses = answer == MEDIATOR_ANSWER_REFUSED;
  const CaseMove move = refuses ? CaseMove::kRefuseMediator : CaseMove::kAnswerMediator;
  RETURN_IF_ERROR(Check(matter, move));
  if (side >= matter.sides_size()) return error::InvalidField("side", "there is no such side");
  matter.mutable_sides(side)->set_mediator_answer(answer);
  Go(matter, move, refuses ? "MEDIATOR_REFUSED" : "MEDIATOR_ACCEPTED", now,
     refuses ? "MEDIATOR_REFUSED" : "");
  return absl::OkStatus();
}

absl::Status Agree(Case& matter, const RecordAgreementRequest& request, absl::Time now) {
  RETURN_IF_ERROR(Check(matter, CaseMove::kAgree));
  RETURN_IF_ERROR(CheckMediatorAccepted(matter));
  RETURN_IF_ERROR(CheckAllAcknowledged(matter, request));
  RETURN_IF_ERROR(CheckTerms(matter, request.agreement(), now));
  Agreement* agreement = matter.mutable_agreement();
  *agreement = request.agreement();
  *agreement->mutable_record_time() = ToProto(now);
  *agreement->mutable_court_confirmation_until_time() = ToProto(now + kCourtConfirmation);
  for (Side& side : *matter.mutable_sides()) *side.mutable_acknowledge_time() = ToProto(now);
  matter.mutable_mediation()->set_record(request.record());
  matter.set_way(CASE_WAY_MEDIATION);
  *matter.mutable_settle_time() = ToProto(now);
  Go(matter, CaseMove::kAgree, "AGREED", now);
  return absl::OkStatus();
}

absl::Status Escalate(Case& matter, const EscalateCaseRequest& request, absl::Time now) {
  RETURN_IF_ERROR(Check(matter, CaseMove::kEscalate));
  AddSides(matter, request.sides());
  Go(matter, CaseMove::kEscalate, "ESCALATED", now, request.reason_code());
  return absl::OkStatus();
}

absl::Status StartFollowUp(Case& matter, absl::Time now) {
  RETURN_IF_ERROR(Check(matter, CaseMove::kFollowUp));
  RETURN_IF_ERROR(CheckSuspended(matter));
  Go(matter, CaseMove::kFollowUp, "FOLLOW_UP", now);
  return absl::OkStatus();
}

absl::Status Visit(Case& matter, const RecordVisitRequest& request, absl::Time now) {
  const CaseMove move = request.kept() ? CaseMove::kKeep : CaseMove::kBreach;
  RETURN_IF_ERROR(Check(matter, move));
  if (request.kept()) RETURN_IF_ERROR(CheckSuspended(matter));
  v1::Visit* visit = matter.mutable_visit();
  *visit->mutable_visit_time() = ToProto(now);
  visit->set_kept(request.kept());
  visit->set_note(request.note());
  if (!request.kept()) {
    matter.set_breaches(matter.breaches() + 1);
    Unsettle(matter);
  }
  Go(matter, move, request.kept() ? "KEPT" : "BREACHED", now, request.kept() ? "" : "BREACH");
  return absl::OkStatus();
}

void Recall(Case& matter, absl::Time now) {
  if (Next(matter.state(), CaseMove::kWithdraw).has_value()) {
    Go(matter, CaseMove::kWithdraw, "WITHDRAWN", now, "RECALLED");
  } else {
    Note(matter, "RECALLED", now);
  }
  matter.clear_text();
  for (Side& side : *matter.mutable_sides()) {
    if (!side.asked()) continue;
    side.clear_representative();
    side.clear_description();
  }
}

absl::Status Withdraw(Case& matter, absl::Time now) {
  RETURN_IF_ERROR(Check(matter, CaseMove::kWithdraw));
  Go(matter, CaseMove::kWithdraw, "WITHDRAWN", now);
  return absl::OkStatus();
}

}  // namespace firstfloor::deliberation::rules
