#include "tests/support/stories.h"

#include "absl/strings/str_cat.h"

namespace firstfloor::testing {
namespace {

using Steps = std::vector<Step>;

// The steps of one story, whose methods are of one package.
void Tell(const std::string& package, const Steps& steps, Steps& all) {
  for (const Step& step : steps) {
    all.push_back(step);
    all.back().method = absl::StrCat("firstfloor.", package, ".v1.", step.method);
  }
}

// A class is held: people enrol, come, ask, are answered, and say how it was.
const Steps& AClass() {
  static const auto* const steps = new Steps{
      {"VenueService.CreateVenue", "venue { capacity: 50 }"},
      {"LecturerService.CreateLecturer", ""},
      {"SessionService.CreateSession",
       "session { lecturers: '$lecturers' venue: '$venues' capacity: 20 "
       "window { start_time { seconds: $SOON } end_time { seconds: $LATER } } }"},
      {"SessionService.ScheduleSession", "force_reason: 'it is late'"},
      {.method = "EnrolmentService.Enrol", .leaves_out = "person on_behalf_of children", .by_other = true},
      {"EnrolmentService.CheckIn", ""},
      {"EnrolmentService.Enrol",
       "heads: 2 child_heads: 1 children { display_name: 'x' consent_time { seconds: $NOW } "
       "guardian { subject: 'x' display_name: 'x' phone: '+8613800000000' } }",
       "person on_behalf_of"},
      {"EnrolmentService.GetCheckInCode", ""},
      {"EnrolmentService.CheckIn", ""},
      {"SessionService.StartSession", ""},
      {"EnrolmentService.CheckInWalkIn", "heads { identity: IDENTITY_MASSES heads: 1 }"},
      {"CheckInService.UploadCheckIns",
       "check_ins { nonce: '01a21019-915a-75a9-81b0-2c309677f0aa' device_time { seconds: $NOW } "
       "identity: IDENTITY_MASSES heads: 1 }"},
      {"QuestionService.AskQuestion", ""},
      {"QuestionService.AnswerQuestion", ""},
      {"QuestionService.UpvoteQuestion", ""},
      {"QuestionService.AcceptAnswer", ""},
      {"QuestionService.ListAnswers", ""},
      {"QuestionService.AskQuestion", ""},
      {"QuestionService.AnswerQuestion", ""},
      {"QuestionService.AnswerQuestion", ""},
      {"QuestionService.ReferQuestion", ""},
      {.method = "FeedbackService.GiveFeedback", .by_other = true},
      {"FeedbackService.GiveFeedback", ""},
      {"SessionService.CompleteSession", "report { counted_by_hand: true }"},
      {"EnrolmentService.GetEnrolment", ""},
      {"FeedbackService.GetFeedback", ""},
  };
  return *steps;
}

// A matter is asked about, resolved, and its reporter is content.
const Steps& AnOpinion() {
  static const auto* const steps = new Steps{
      {"OpinionService.SubmitOpinion", "opinion { channel: OPINION_CHANNEL_STEWARD_DESK about_staff: true }",
       "on_behalf_of opinion.reporter.subject opinion.representatives"},
      {"OpinionService.ConfineOpinion", "about_staff: true"},
      {"OpinionService.TriageOpinion", "category: 'ENVIRONMENT.GREENING'"},
      {"OpinionService.AskReporter", ""},
      {"OpinionService.ReplyToQuestion", ""},
      {"OpinionService.StartOpinion", ""},
      {"OpinionService.ResolveOpinion", "outcome: OPINION_OUTCOME_FIXED"},
      {"OpinionService.GiveFeedback", "feedback { satisfaction: SATISFACTION_SATISFIED }"},
      {"OpinionService.GetOpinionByReceipt", ""},
  };
  return *steps;
}

const Steps& AReferral() {
  static const auto* const steps = new Steps{
      {"OpinionService.SubmitOpinion", "opinion { channel: OPINION_CHANNEL_STEWARD_DESK }",
       "on_behalf_of opinion.representatives opinion.concerned"},
      {"OpinionService.TriageOpinion", "category: 'ENVIRONMENT.GREENING'"},
      {"OpinionService.ReferOpinion", ""},
      {"OpinionService.SubmitOpinion", "opinion { channel: OPINION_CHANNEL_STEWARD_DESK }",
       "on_behalf_of opinion.representatives opinion.concerned"},
      {"OpinionService.AnswerOpinion", "category: 'ENVIRONMENT.GREENING' outcome: OPINION_OUTCOME_EXPLAINED"},
  };
  return *steps;
}

const Steps& APetition() {
  static const auto* const steps = new Steps{
      {"OpinionService.SubmitOpinion",
       "opinion { channel: OPINION_CHANNEL_STEWARD_DESK kind: OPINION_KIND_PETITION "
       "petition_type: PETITION_TYPE_CLAIM category: 'GOVERNANCE' }",
       "on_behalf_of opinion.concerned"},
      {"OpinionService.GiveNotice", "official_number: '1'"},
      {"OpinionService.TriageOpinion", "category: 'GOVERNANCE'"},
      {"OpinionService.StartOpinion", ""},
      {"OpinionService.ResolveOpinion", "outcome: OPINION_OUTCOME_EXPLAINED"},
      {"PetitionService.RequestReview", ""},
      {"PetitionService.AnswerReview", "review { upheld: true }"},
  };
  return *steps;
}

const Steps& AnOrder() {
  static const auto* const steps = new Steps{
      {"OrderService.PlaceOrder", "", "on_behalf_of"},
      {"OrderService.AcceptOrder", ""},
      {"OrderService.SettleOrder", ""},
      {"OrderService.CompleteOrder", ""},
      {"OrderService.ObjectOrder", ""},
      {"OrderService.DecideObjection", "again: false"},
      {"OrderService.PlaceOrder", "", "on_behalf_of"},
      {"OrderService.AcceptOrder", ""},
      {"OrderService.DispatchOrder", "assignee: ORDER_ASSIGNEE_PROPERTY", "other_side"},
      {"OrderService.ReturnOrder", "reason: RETURN_REASON_NOT_OURS"},
      {"OrderService.PlaceOrder", "", "on_behalf_of"},
      {"OrderService.AcceptOrder", ""},
      {"OrderService.SettleOrder", ""},
      {"OrderService.CompleteOrder", ""},
      {"OrderService.ConfirmOrder", ""},
  };
  return *steps;
}

// Of the first, who has no account, others may write the count.
constexpr char kTwoWitnesses[] =
    "witnesses { person { display_name: 'a' phone: '+8613800000001' } slips: 0 } "
    "witnesses { person { subject: 'b' display_name: 'b' phone: '+8613800000002' } slips: 0 }";

const Steps& ABox() {
  static const auto* const steps = new Steps{
      {"BoxService.CreateBox", ""},
      {"BoxService.OpenBox", kTwoWitnesses},
      {"BoxService.RecountBoxOpening", "slips: 0"},
      {"BoxService.CompleteBoxOpening", ""},
      {"BoxService.CreateBox", ""},
  };
  return *steps;
}

constexpr char kTwoSides[] =
    "case { sides { representative { subject: 'x' display_name: 'x' } description: 'x' } "
    "sides { representative { display_name: 'x' } description: 'x' } }";

const Steps& ADispute() {
  static const auto* const steps = new Steps{
      {"CaseService.OpenCase", kTwoSides},
      {"CaseService.StartMediation", "", "sides"},
      {"CaseService.AcceptMediator", "side: 0 answer: MEDIATOR_ANSWER_ACCEPTED"},
      {"CaseService.AcceptMediator", "side: 1 answer: MEDIATOR_ANSWER_ACCEPTED"},
      {"CaseService.RecordAgreement", "acknowledged_sides: 0 acknowledged_sides: 1"},
      {"CaseService.StartFollowUp", ""},
      {"CaseService.RecordVisit", "kept: true"},
  };
  return *steps;
}

std::string Seat(const std::string& kind) {
  return absl::StrCat("seats { kind: SEAT_KIND_", kind, " notified: true representative { display_name: '",
                      kind, "' } } ");
}

Steps AConsultation() {
  std::string seats;
  std::string present;
  Steps positions;
  for (const char* kind :
       {"GRID_PARTY", "NEIGHBOURHOOD_BRANCH", "BUILDING_GROUP", "RED_STEWARD", "PROPERTY"}) {
    seats += Seat(kind);
    absl::StrAppend(&present, "present: SEAT_KIND_", kind, " ");
    positions.push_back(
        {"CaseService.RecordPosition", absl::StrCat("seat: SEAT_KIND_", kind, " position: POSITION_AGREE")});
  }
  Steps steps = {
      {"CaseService.OpenCase", kTwoSides},
      {"CaseService.EscalateCase", "", "sides"},
      {"CaseService.ConveneConsultation", "urgent: true meeting_time { seconds: $NEXT } " + seats},
      {.method = "CaseService.OpenConsultation", .says = present, .pause = absl::Seconds(2)},
  };
  steps.insert(steps.end(), positions.begin(), positions.end());
  const Steps end = {
      {"CaseService.ConcludeConsultation",
       "resolution { text: 'x' responsible_party: 'PROPERTY' deadline { seconds: $LATER } }"},
      {"CaseService.PublishResolution", ""},
      {"CaseService.ObjectToResolution", ""},
      {"CaseService.AnswerObjection", "objection: 0"},
  };
  steps.insert(steps.end(), end.begin(), end.end());
  return steps;
}

}  // namespace

const std::map<std::string, std::string>& Additions() {
  static const auto* const additions = new std::map<std::string, std::string>{
      {"firstfloor.opinion.v1.OpinionService.SubmitOpinion",
       "opinion { channel: OPINION_CHANNEL_STEWARD_DESK public_summary: '$PUBLIC' }"},
      {"firstfloor.opinion.v1.OpinionService.ImportOpinions", "opinion { external_number: '1' }"},
      {"firstfloor.opinion.v1.OpinionService.TriageOpinion", "category: 'ENVIRONMENT.GREENING'"},
      {"firstfloor.opinion.v1.CampaignService.CreateCampaign",
       "campaign { schedule { rule: 'FREQ=DAILY;COUNT=3' first_day: '2090-01-01' } }"},
      {"firstfloor.opinion.v1.SurveyService.CreateSurvey",
       "survey { area: '340111400' window { start_time { seconds: $NOW } } "
       "questions { code: 'WORDS' kind: SURVEY_QUESTION_KIND_TEXT text: 'x' } }"},
      {"firstfloor.opinion.v1.SurveyService.UpdateSurvey",
       "window { start_time { seconds: $NOW } } "
       "questions { code: 'WORDS' kind: SURVEY_QUESTION_KIND_TEXT text: 'x' }"},
      {"firstfloor.opinion.v1.SurveyService.AnswerSurvey", "answers { question: 'WORDS' text: 'x' }"},
      {"firstfloor.deliberation.v1.CaseService.OpenCase",
       "case { sides { representative { display_name: 'x' } description: 'x' } "
       "sides { representative { display_name: 'x' } description: 'x' } }"},
      {"firstfloor.opinion.v1.BoxService.OpenBox", kTwoWitnesses},
      {"firstfloor.volunteer.v1.SignUpService.ListSignUps", "activity: '$activities'"},
      // Nobody whom anything here is about.
      {"firstfloor.outreach.v1.OperationsService.EraseSubject", "subject: 'gone'"},
      {"firstfloor.opinion.v1.OperationsService.EraseSubject", "subject: 'gone'"},
      {"firstfloor.deliberation.v1.OperationsService.EraseSubject", "subject: 'gone'"},
      {"firstfloor.volunteer.v1.OperationsService.EraseSubject", "subject: 'gone'"},
  };
  return *additions;
}

const std::vector<Step>& Stories() {
  static const auto* const stories = [] {
    auto* all = new Steps;
    Tell("outreach", AClass(), *all);
    Tell("opinion", AReferral(), *all);
    Tell("opinion", APetition(), *all);
    Tell("opinion", AnOpinion(), *all);
    Tell("opinion", ABox(), *all);
    Tell("deliberation", AnOrder(), *all);
    Tell("deliberation", ADispute(), *all);
    Tell("deliberation", AConsultation(), *all);
    return all;
  }();
  return *stories;
}

}  // namespace firstfloor::testing
