#include "services/opinion/opinion_rules.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/area/registry.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/opinion/confinement.h"
#include "services/opinion/opinion_clock.h"
#include "services/opinion/petition_rules.h"
#include "services/opinion/taxonomy.h"

namespace firstfloor::opinion::rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using events::v1::OpinionEvent;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr int kReopeningsOfStaff = 2;
constexpr absl::Duration kOldestImport = absl::Hours(10 * 366 * 24);

void SetSummary(Opinion& opinion, absl::string_view summary) {
  if (!summary.empty()) opinion.set_public_summary(std::string(summary));
}

// "zh-Hans-CN", "wuu": parts of letters and digits, the first of letters alone (BCP 47, as far as its form
// goes).
bool IsLanguageTag(absl::string_view tag) {
  constexpr size_t kLongestPart = 8;
  bool first = true;
  for (const absl::string_view part : absl::StrSplit(tag, '-')) {
    if (part.empty() || part.size() > kLongestPart) return false;
    const bool fits = std::all_of(part.begin(), part.end(), [first](char c) {
      return first ? absl::ascii_isalpha(c) : absl::ascii_isalnum(c);
    });
    if (!fits) return false;
    first = false;
  }
  return true;
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

// What holds however an opinion came in.
void CheckFields(const Opinion& opinion, absl::Time received, error::Violations& violations) {
  if (IsPetition(opinion) != (opinion.petition_type() != PETITION_TYPE_UNSPECIFIED)) {
    violations.Add("opinion.petition_type", "is set with kind PETITION, and only then");
  }
  if (opinion.claimed_supporters() > 0 && opinion.channel() != OPINION_CHANNEL_WECHAT_GROUP) {
    violations.Add("opinion.claimed_supporters", "is set with channel WECHAT_GROUP only");
  }
  if (!opinion.category().empty() && !taxonomy::Knows(opinion.category())) {
    violations.Add("opinion.category", "is not in the taxonomy");
  }
  if (!CanBeContacted(opinion, opinion.contact_preference())) {
    violations.Add("opinion.contact_preference", kNobodyToContact);
  }
  if (opinion.has_external_due_time() && FromProto(opinion.external_due_time()) <= received) {
    violations.Add("opinion.external_due_time", "must be after it was received");
  }
  if (opinion.channel() == OPINION_CHANNEL_WECHAT_GROUP && !opinion.excerpt_consent()) {
    violations.Add("opinion.excerpt_consent", "is required with channel WECHAT_GROUP");
  }
  if (!opinion.language().empty() && !IsLanguageTag(opinion.language())) {
    violations.Add("opinion.language", "is not a language tag");
  }
  if (!IsPetition(opinion) && !opinion.forwarded_by().empty()) {
    violations.Add("opinion.forwarded_by", "is set with kind PETITION only");
  }
  if (!IsPetition(opinion) && opinion.representatives_size() > 0) {
    violations.Add("opinion.representatives", "is set with kind PETITION only");
  }
  if (!opinion.about_staff() && opinion.has_concerned()) {
    violations.Add("opinion.concerned", "is set with about_staff only");
  }
}

// What was taken where says at which one.
void CheckPlace(const Opinion& opinion, error::Violations& violations) {
  if (opinion.channel() == OPINION_CHANNEL_STALL && opinion.stall().empty()) {
    violations.Add("opinion.stall", "is required with channel STALL");
  }
  if ((opinion.channel() == OPINION_CHANNEL_HOME_VISIT) == opinion.home_visit().empty()) {
    violations.Add("opinion.home_visit", "is set with channel HOME_VISIT, and only then");
  }
  if ((opinion.channel() == OPINION_CHANNEL_SUGGESTION_BOX) == opinion.box_opening().empty()) {
    violations.Add("opinion.box_opening", "is set with channel SUGGESTION_BOX, and only then");
  }
}

// What a list of another system cannot know, or has to say.
void CheckRow(const ImportOpinionsRequest& row, absl::Time received, absl::Time now,
              error::Violations& violations) {
  const Opinion& opinion = row.opinion();
  if (opinion.external_number().empty()) {
    violations.Add("opinion.external_number", "is required in an import");
  }
  if (!opinion.stall().empty()) violations.Add("opinion.stall", "is not set in an import");
  if (!opinion.home_visit().empty()) violations.Add("opinion.home_visit", "is not set in an import");
  if (!opinion.box_opening().empty()) violations.Add("opinion.box_opening", "is not set in an import");
  if (received > now) violations.Add("receive_time", "lies in the future");
  if (received < now - kOldestImport) violations.Add("receive_time", "lies more than ten years back");
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
  if (IsEmergency(opinion)) return 0;
  return days;
}

// The first category freezes the working days, a later one moves nothing.
void Categorise(Opinion& opinion, const std::string& category, absl::Time now) {
  const bool first = opinion.category().empty();
  opinion.set_category(category);
  if (first) clock::Freeze(opinion, WorkdaysOf(opinion), now);
}

// State, deadline and first step of what is new.
Change TakenIn(Opinion received, absl::Time now) {
  Change change{std::move(received), {}};
  Opinion& opinion = change.opinion;
  if (opinion.urgency() == OPINION_URGENCY_UNSPECIFIED) opinion.set_urgency(OPINION_URGENCY_NORMAL);
  if (opinion.restriction() != RESTRICTION_UNSPECIFIED) Restrict(opinion, opinion.restriction(), now);
  if (IsEmergency(opinion)) DeclareEmergency(opinion, now);
  opinion.set_state(OPINION_STATE_RECEIVED);
  *opinion.mutable_receive_time() = ToProto(now);
  clock::Start(opinion, WorkdaysOf(opinion), now);
  *opinion.mutable_due_time() = ToProto(clock::FirstDue(opinion, opinion.working_days()));
  AddStep(opinion, "RECEIVED", "", now);
  OpinionEvent& event = Tell(change);
  event.clear_from();
  event.mutable_received()->set_anonymous(opinion.anonymous());
  event.mutable_received()->set_emergency(IsEmergency(opinion));
  event.mutable_received()->set_entered_for_another(opinion.has_entered_by());
  return change;
}

// ---- answers ----

// What a first or later answer leaves on the opinion, and its event.
void Answered(Change& change, OpinionState from, OpinionOutcome outcome, const Said& said, absl::Time now) {
  Opinion& opinion = change.opinion;
  const bool again = opinion.has_resolve_time();
  clock::EndPause(opinion, now);
  opinion.set_outcome(outcome);
  if (!said.answer.empty()) opinion.set_answer(std::string(said.answer));
  SetSummary(opinion, said.public_summary);
  if (!said.public_answer.empty()) opinion.set_public_answer(std::string(said.public_answer));
  *opinion.mutable_resolve_time() = ToProto(now);
  opinion.clear_called_time();
  auto* resolved = Tell(change, from).mutable_resolved();
  resolved->set_outcome(std::string(absl::StripPrefix(OpinionOutcome_Name(outcome), "OPINION_OUTCOME_")));
  resolved->set_on_time(now <= FromProto(opinion.due_time()));
  resolved->set_again(again);
}

// What staff owe before they close it.
absl::Status CheckMayEnd(const Opinion& opinion) {
  if (clock::CallOwed(opinion)) {
    return error::Precondition("REPORTER_NOT_CALLED",
                               "the reporter asked to be called, and is called before it is closed");
  }
  return petitions::CheckNoOpenReview(opinion);
}

// What staff owe before they send it away without an answer of their own.
absl::Status CheckMayLeave(const Opinion& opinion) {
  RETURN_IF_ERROR(petitions::CheckNoticeGiven(opinion));
  return petitions::CheckNoOpenReview(opinion);
}

}  // namespace

absl::Span<const char* const> EmergencyNumbers() {
  static constexpr const char* kNumbers[] = {"110", "119", "120"};
  return kNumbers;
}

absl::StatusOr<Change> Receive(const SubmitOpinionRequest& request, const auth::Identity& caller,
                               absl::Time now) {
  error::Violations violations;
  CheckFields(request.opinion(), now, violations);
  CheckPlace(request.opinion(), violations);
  if (request.has_on_behalf_of() && request.on_behalf_of().person().subject() == caller.subject) {
    violations.Add("on_behalf_of.person", "is whoever speaks");
  }
  RETURN_IF_ERROR(violations.ToStatus());
  Opinion opinion = request.opinion();
  if (IsResidentOnly(caller, opinion.area()) && opinion.channel() != OPINION_CHANNEL_APP) {
    return error::Make(absl::StatusCode::kPermissionDenied, "CHANNEL_NOT_ALLOWED",
                       "residents submit through channel APP");
  }
  SetPeople(request, caller, opinion);
  return TakenIn(std::move(opinion), now);
}

absl::StatusOr<Change> Import(const ImportOpinionsRequest& row, const auth::Identity& caller,
                              absl::Time now) {
  const absl::Time received = row.has_receive_time() ? FromProto(row.receive_time()) : now;
  error::Violations violations;
  CheckFields(row.opinion(), received, violations);
  CheckRow(row, received, now, violations);
  RETURN_IF_ERROR(violations.ToStatus());
  if (row.opinion().urgency() == OPINION_URGENCY_EMERGENCY ||
      row.opinion().restriction() == RESTRICTION_CHILD_AT_RISK) {
    return error::Precondition("EMERGENCY_NOT_IMPORTED",
                               "an emergency is submitted, and answered with whom to call");
  }
  Opinion opinion = row.opinion();
  if (opinion.anonymous()) opinion.clear_reporter();
  opinion.mutable_entered_by()->set_subject(caller.subject);
  opinion.set_external_source(row.source());
  return TakenIn(std::move(opinion), received);
}

absl::StatusOr<Change> FromQuestion(const outreach::v1::Question& question,
                                    const events::v1::QuestionReferred& referred, absl::Time now) {
  OpinionKind kind = OPINION_KIND_PROBLEM;
  if (!referred.kind().empty() && !OpinionKind_Parse(absl::StrCat("OPINION_KIND_", referred.kind()), &kind)) {
    return error::Make(absl::StatusCode::kInvalidArgument, "OPINION_KIND_UNKNOWN",
                       "the question was handed on as something that this program does not know",
                       {{"kind", referred.kind()}});
  }
  Opinion opinion;
  opinion.set_name(referred.opinion());
  opinion.set_area(question.area());
  opinion.set_channel(OPINION_CHANNEL_CLASS);
  opinion.set_kind(kind);
  opinion.set_text(question.text());
  opinion.set_class_question(question.name());
  opinion.set_anonymous(question.asker().subject().empty());
  if (!opinion.anonymous()) *opinion.mutable_reporter() = question.asker();
  return TakenIn(std::move(opinion), now);
}

absl::StatusOr<Change> FromTextAnswer(const TextAnswer& answer, const TakeUpTextAnswerRequest& request,
                                      absl::Time now) {
  if (request.kind() == OPINION_KIND_PETITION) {
    return error::InvalidField("kind", "a petition is handed in as one");
  }
  if (!request.category().empty()) RETURN_IF_ERROR(CheckCategory(request.category()));
  Opinion opinion;
  opinion.set_name(answer.opinion());
  opinion.set_area(answer.area());
  opinion.set_channel(OPINION_CHANNEL_SURVEY);
  opinion.set_kind(request.kind());
  opinion.set_urgency(request.urgency());
  opinion.set_category(request.category());
  opinion.set_about_staff(request.about_staff());
  opinion.set_text(answer.text());
  opinion.set_text_answer(answer.name());
  opinion.set_anonymous(!answer.has_respondent());
  if (answer.has_respondent()) *opinion.mutable_reporter() = answer.respondent();
  return TakenIn(std::move(opinion), now);
}

absl::StatusOr<Change> Triage(const Opinion& opinion, const TriageOpinionRequest& request, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, Moved(opinion, Act::kTriage, "TRIAGED", "", now));
  RETURN_IF_ERROR(CheckCategory(request.category()));
  Categorise(change.opinion, request.category(), now);
  SetSummary(change.opinion, request.public_summary());
  if (!opinion.has_triage_time()) *change.opinion.mutable_triage_time() = ToProto(now);
  auto* triaged = Tell(change, opinion.state()).mutable_triaged();
  triaged->set_from_category(opinion.category());
  triaged->set_again(opinion.has_triage_time());
  return change;
}

absl::StatusOr<Change> Answer(const Opinion& opinion, const AnswerOpinionRequest& request, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, Moved(opinion, Act::kAnswer, "ANSWERED", "", now));
  RETURN_IF_ERROR(petitions::CheckNoticeGiven(opinion));
  const bool categorised = !request.category().empty() && request.category() != opinion.category();
  if (categorised) {
    RETURN_IF_ERROR(CheckCategory(request.category()));
    Categorise(change.opinion, request.category(), now);
    OpinionEvent& amended = Tell(change, opinion.state());
    amended.set_to(NameOf(opinion.state()));
    amended.mutable_amended()->add_fields("category");
    amended.mutable_amended()->set_from_category(opinion.category());
  }
  Answered(change, opinion.state(),
           request.outcome() == OPINION_OUTCOME_UNSPECIFIED ? OPINION_OUTCOME_EXPLAINED : request.outcome(),
           {request.answer(), request.public_summary(), request.public_answer()}, now);
  return change;
}

absl::StatusOr<Change> Reject(const Opinion& opinion, const RejectOpinionRequest& request, absl::Time now) {
  const std::string reason(absl::StripPrefix(RejectReason_Name(request.reason()), "REJECT_REASON_"));
  ASSIGN_OR_RETURN(Change change, MovedAndTold(opinion, Act::kReject, "REJECTED", reason, now));
  RETURN_IF_ERROR(CheckMayLeave(opinion));
  if ((request.reason() == REJECT_REASON_ALREADY_DECIDED) != !request.earlier_opinion().empty()) {
    return error::InvalidField("earlier_opinion", "is set with reason ALREADY_DECIDED, and only then");
  }
  change.opinion.set_reject_reason(request.reason());
  change.opinion.set_earlier_opinion(request.earlier_opinion());
  return change;
}

absl::Status CheckEarlier(const Opinion& opinion, const Opinion& earlier) {
  if (CommunityOf(opinion.area()) != CommunityOf(earlier.area())) {
    return error::Precondition("OTHER_COMMUNITY",
                               "what was decided already was decided in the same community");
  }
  if (!earlier.has_resolve_time() && earlier.state() != OPINION_STATE_REFERRED_OUT) {
    return error::Precondition("EARLIER_NOT_ANSWERED", "the earlier opinion has no answer to link to",
                               {{"state", NameOf(earlier.state())}});
  }
  return absl::OkStatus();
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
  RETURN_IF_ERROR(confinement::CheckNotConfined(opinion));
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
  RETURN_IF_ERROR(confinement::CheckNotConfined(opinion));
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
  RETURN_IF_ERROR(CheckMayLeave(opinion));
  *change.opinion.mutable_referral() = request.referral();
  change.opinion.set_answer(request.answer());
  clock::EndPause(change.opinion, now);
  return change;
}

absl::StatusOr<Change> Transfer(const Opinion& opinion, absl::string_view district, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, MovedAndTold(opinion, Act::kTransfer, "TRANSFER_OFFERED", "", now));
  RETURN_IF_ERROR(confinement::CheckNotConfined(opinion));
  RETURN_IF_ERROR(CheckMayLeave(opinion));
  if (area::LevelOf(district) != area::Level::kDistrict || area::Covers(district, opinion.area())) {
    return error::InvalidField("district", "must be the code of another district");
  }
  change.opinion.set_transfer_district(std::string(district));
  return change;
}

absl::StatusOr<Change> Resolve(const Opinion& opinion, OpinionOutcome outcome, const Said& said,
                               absl::Time now) {
  ASSIGN_OR_RETURN(Change change, Moved(opinion, Act::kResolve, "RESOLVED", "", now));
  RETURN_IF_ERROR(petitions::CheckNoticeGiven(opinion));
  Answered(change, opinion.state(), outcome, said, now);
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
  const std::string rating = NameOf(satisfaction);
  RETURN_IF_ERROR(CheckMove(opinion, Act::kObject));
  if (!RatingOf(opinion).empty()) {
    return error::Precondition("FEEDBACK_GIVEN", "the reporter has said already how satisfied they are");
  }
  const bool objects = satisfaction == SATISFACTION_UNSATISFIED;
  const bool waits = !objects && clock::CallOwed(opinion);
  Change change{opinion, {}};
  if (waits) {
    AddStep(change.opinion, "RATED", rating, now);
  } else {
    ASSIGN_OR_RETURN(change, Moved(opinion, objects ? Act::kObject : Act::kClose,
                                   objects ? "REOPEN_REQUESTED" : "CLOSED", rating, now));
  }
  Feedback* feedback = change.opinion.mutable_feedback();
  feedback->set_satisfaction(satisfaction);
  feedback->set_text(std::string(text));
  *feedback->mutable_feedback_time() = ToProto(now);
  Tell(change, opinion.state()).mutable_rated()->set_rating(rating);
  if (!objects && !waits) Closed(change, change.opinion.state(), rating, now);
  return change;
}

std::string RatingOf(const Opinion& opinion) {
  const bool of_this_answer = opinion.has_feedback() && FromProto(opinion.feedback().feedback_time()) >=
                                                            FromProto(opinion.resolve_time());
  return of_this_answer ? NameOf(opinion.feedback().satisfaction()) : "";
}

absl::StatusOr<Change> Close(const Opinion& opinion, absl::string_view reason_code, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, Moved(opinion, Act::kClose, "CLOSED", reason_code, now));
  RETURN_IF_ERROR(CheckMayEnd(opinion));
  Closed(change, opinion.state(), RatingOf(opinion), now);
  return change;
}

bool IsSecretarysReopening(const Opinion& opinion) { return opinion.reopen_count() >= kReopeningsOfStaff; }

absl::StatusOr<Change> DecideReopen(const Opinion& opinion, const DecideReopenRequest& request,
                                    bool by_secretary, absl::Time now) {
  RETURN_IF_ERROR(CheckMove(opinion, Act::kReopen));
  if (IsSecretarysReopening(opinion) && !by_secretary) {
    return error::Make(absl::StatusCode::kPermissionDenied, "REOPEN_NEEDS_SECRETARY",
                       "the third reopening is decided by the secretary of the branch");
  }
  if (!request.accept()) {
    RETURN_IF_ERROR(CheckMayEnd(opinion));
    ASSIGN_OR_RETURN(Change refused,
                     Moved(opinion, Act::kRefuseReopening, "REOPENING_REFUSED", request.reason_code(), now));
    Closed(refused, opinion.state(), NameOf(opinion.feedback().satisfaction()), now);
    return refused;
  }
  return Reopen(opinion, request.reason_code(), now);
}

absl::StatusOr<Change> Reopen(const Opinion& opinion, absl::string_view reason_code, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, MovedAndTold(opinion, Act::kReopen, "REOPENED", reason_code, now));
  change.opinion.set_reopen_count(opinion.reopen_count() + 1);
  change.opinion.clear_outcome();
  change.opinion.clear_case_();
  change.opinion.clear_order();
  // A claim has one extension, however often it is taken up.
  if (!petitions::IsClaim(opinion)) change.opinion.clear_extended();
  clock::Start(change.opinion, opinion.working_days(), now);
  return change;
}

}  // namespace firstfloor::opinion::rules
