// 议事: disputes that go to the five parties, and neighbours who are reconciled.
#include "absl/strings/str_cat.h"
#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "deploy/demo/stories.h"
#include "firstfloor/deliberation/v1/case_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"

namespace firstfloor::demo {
namespace {

using namespace deliberation::v1;  // NOLINT(google-build-using-namespace): one service's messages
using calendar::ToProto;
using opinion::v1::Opinion;

constexpr SeatKind kStandingSeats[] = {SEAT_KIND_GRID_PARTY, SEAT_KIND_NEIGHBOURHOOD_BRANCH,
                                       SEAT_KIND_BUILDING_GROUP, SEAT_KIND_RED_STEWARD, SEAT_KIND_PROPERTY};

struct Matter {
  const DisputePlan* plan = nullptr;
  int number = 0;
  std::string building;
  absl::CivilDay day;
};

template <typename Request>
Request Naming(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

// A resident says it, staff escalate it; deliberation opens the case when it reads the event.
absl::StatusOr<std::string> Escalate(Story& story, const Matter& matter, std::string& case_name) {
  Stage& stage = story.stage();
  const Player resident = stage.cast().Resident(3000 + matter.number, matter.building);
  const Player staff = stage.cast().Staff();
  opinion::v1::SubmitOpinionRequest submit;
  Opinion& opinion = *submit.mutable_opinion();
  opinion.set_area(matter.building);
  opinion.set_channel(opinion::v1::OPINION_CHANNEL_APP);
  opinion.set_kind(opinion::v1::OPINION_KIND_PROBLEM);
  opinion.set_category(matter.plan->opinion_category);
  opinion.set_text(matter.plan->text);
  opinion.mutable_reporter()->set_display_name(resident.display_name);
  ASSIGN_OR_RETURN(const opinion::v1::SubmitOpinionResponse taken,
                   story.Do<opinion::v1::SubmitOpinionResponse>(
                       resident, At(matter.day, 18), "opinion.v1.OpinionService.SubmitOpinion", submit));
  const std::string name = taken.opinion().name();
  auto triage = Naming<opinion::v1::TriageOpinionRequest>(name);
  triage.set_category(matter.plan->opinion_category);
  triage.set_public_summary(matter.plan->title + "，转五方协商。");
  RETURN_IF_ERROR(
      story.Do<Opinion>(staff, At(matter.day, 19), "opinion.v1.OpinionService.TriageOpinion", triage)
          .status());
  auto escalate = Naming<opinion::v1::EscalateOpinionRequest>(name);
  escalate.set_case_kind(opinion::v1::CASE_KIND_DISPUTE);
  escalate.set_topic(matter.plan->topic);
  ASSIGN_OR_RETURN(
      const Opinion escalated,
      story.Do<Opinion>(staff, At(matter.day, 20), "opinion.v1.OpinionService.EscalateOpinion", escalate));
  case_name = escalated.case_();
  RETURN_IF_ERROR(story
                      .Await<Case>(staff, "deliberation.v1.CaseService.GetCase",
                                   Naming<GetCaseRequest>(case_name), [](const Case&) { return true; })
                      .status());
  return name;
}

absl::StatusOr<std::string> OpenDirectly(Story& story, const Matter& matter) {
  Stage& stage = story.stage();
  OpenCaseRequest open;
  Case& draft = *open.mutable_case_();
  draft.set_area(matter.building);
  draft.set_kind(CASE_KIND_DISPUTE);
  draft.set_topic(matter.plan->topic);
  draft.set_text(matter.plan->text);
  for (int side = 0; side < 2; ++side) {
    *draft.add_sides()->mutable_representative() =
        stage.cast().Resident(3500 + matter.number * 2 + side, matter.building).person();
  }
  ASSIGN_OR_RETURN(const Case opened, story.Do<Case>(stage.cast().Staff(), At(matter.day, 20),
                                                     "deliberation.v1.CaseService.OpenCase", open));
  return opened.name();
}

absl::Status Consult(Story& story, const Matter& matter, const std::string& name) {
  Stage& stage = story.stage();
  const Player staff = stage.cast().Staff();
  const Player secretary = stage.cast().Secretary(matter.number % 10);
  auto escalate = Naming<EscalateCaseRequest>(name);
  escalate.set_reason_code("COMPLEX");
  const int sides = 2;
  for (int side = 0; side < sides; ++side) {
    *escalate.add_sides()->mutable_representative() =
        stage.cast().Resident(3500 + matter.number * 2 + side, matter.building).person();
  }
  RETURN_IF_ERROR(
      story.Do<Case>(staff, At(matter.day + 1, 9), "deliberation.v1.CaseService.EscalateCase", escalate)
          .status());

  auto convene = Naming<ConveneConsultationRequest>(name);
  const absl::Time meeting = At(matter.day + 4, 19);
  *convene.mutable_meeting_time() = ToProto(meeting);
  convene.set_proposal(matter.plan->resolution);
  for (const SeatKind kind : kStandingSeats) {
    SeatNomination* seat = convene.add_seats();
    seat->set_kind(kind);
    *seat->mutable_representative() =
        stage.cast().Resident(4000 + matter.number * 10 + static_cast<int>(kind), matter.building).person();
    seat->set_notified(true);
  }
  RETURN_IF_ERROR(story
                      .Do<Case>(secretary, At(matter.day + 1, 10),
                                "deliberation.v1.CaseService.ConveneConsultation", convene)
                      .status());
  auto open = Naming<OpenConsultationRequest>(name);
  for (const SeatKind kind : kStandingSeats) open.add_present(kind);
  RETURN_IF_ERROR(
      story.Do<Case>(secretary, meeting, "deliberation.v1.CaseService.OpenConsultation", open).status());
  for (const SeatKind kind : kStandingSeats) {
    auto position = Naming<RecordPositionRequest>(name);
    position.set_seat(kind);
    position.set_position(POSITION_AGREE);
    RETURN_IF_ERROR(story
                        .Do<Case>(secretary, meeting + absl::Minutes(40),
                                  "deliberation.v1.CaseService.RecordPosition", position)
                        .status());
  }
  auto conclude = Naming<ConcludeConsultationRequest>(name);
  conclude.mutable_resolution()->set_text(matter.plan->resolution);
  conclude.mutable_resolution()->set_responsible_party(matter.plan->responsible);
  *conclude.mutable_resolution()->mutable_deadline() = ToProto(meeting + absl::Hours(24 * 20));
  conclude.set_minutes("五方到齐，充分协商，一致同意。");
  RETURN_IF_ERROR(story
                      .Do<Case>(secretary, meeting + absl::Hours(1),
                                "deliberation.v1.CaseService.ConcludeConsultation", conclude)
                      .status());
  RETURN_IF_ERROR(story
                      .Do<Case>(secretary, At(matter.day + 5, 9),
                                "deliberation.v1.CaseService.PublishResolution",
                                Naming<PublishResolutionRequest>(name))
                      .status());
  RETURN_IF_ERROR(story
                      .Do<Case>(secretary, At(matter.day + 13, 9),
                                "deliberation.v1.CaseService.StartFollowUp",
                                Naming<StartFollowUpRequest>(name))
                      .status());
  auto visit = Naming<RecordVisitRequest>(name);
  visit.set_kept(true);
  return story.Do<Case>(staff, At(matter.day + 20, 10), "deliberation.v1.CaseService.RecordVisit", visit)
      .status();
}

absl::Status RateTheAnswer(Story& story, const Matter& matter, const std::string& opinion) {
  const Player resident = story.stage().cast().Resident(3000 + matter.number, matter.building);
  auto get = Naming<opinion::v1::GetOpinionRequest>(opinion);
  RETURN_IF_ERROR(story
                      .Await<Opinion>(resident, "opinion.v1.OpinionService.GetOpinion", get,
                                      [](const Opinion& o) {
                                        return o.state() == opinion::v1::OPINION_STATE_RESOLVED ||
                                               o.state() == opinion::v1::OPINION_STATE_CLOSED;
                                      })
                      .status());
  auto feedback = Naming<opinion::v1::GiveFeedbackRequest>(opinion);
  feedback.mutable_feedback()->set_satisfaction(opinion::v1::SATISFACTION_SATISFIED);
  return story
      .Do<Opinion>(resident, At(matter.day + 21, 20), "opinion.v1.OpinionService.GiveFeedback", feedback)
      .status();
}

absl::Status Reconcile(Story& story, const NeighbourPlan& plan, int number) {
  Stage& stage = story.stage();
  const std::string& building = stage.year().building(static_cast<size_t>(number) * 17 + 3);
  const absl::CivilDay day = absl::CivilDay(2023, 1, 12) + number * 20;
  const Player steward = stage.cast().Steward(number % 12);
  OpenCaseRequest open;
  Case& draft = *open.mutable_case_();
  draft.set_area(building);
  draft.set_kind(CASE_KIND_DISPUTE);
  draft.set_topic(plan.topic);
  draft.set_text(plan.text);
  for (int side = 0; side < 2; ++side) {
    *draft.add_sides()->mutable_representative() =
        stage.cast().Resident(6000 + number * 2 + side, building).person();
  }
  ASSIGN_OR_RETURN(const Case opened,
                   story.Do<Case>(steward, At(day, 10), "deliberation.v1.CaseService.OpenCase", open));
  auto start = Naming<StartMediationRequest>(opened.name());
  *start.mutable_mediator() = steward.person();
  RETURN_IF_ERROR(
      story.Do<Case>(steward, At(day, 10, 10), "deliberation.v1.CaseService.StartMediation", start).status());
  for (int side = 0; side < 2; ++side) {
    auto accept = Naming<AcceptMediatorRequest>(opened.name());
    accept.set_side(side);
    accept.set_answer(MEDIATOR_ANSWER_ACCEPTED);
    RETURN_IF_ERROR(story
                        .Do<Case>(stage.cast().Resident(6000 + number * 2 + side, building),
                                  At(day, 10, 12 + side), "deliberation.v1.CaseService.AcceptMediator",
                                  accept)
                        .status());
  }
  auto agree = Naming<RecordAgreementRequest>(opened.name());
  agree.mutable_agreement()->set_form(AGREEMENT_FORM_WRITTEN);
  agree.mutable_agreement()->add_terms()->set_text(plan.terms);
  agree.add_acknowledged_sides(0);
  agree.add_acknowledged_sides(1);
  RETURN_IF_ERROR(
      story.Do<Case>(steward, At(day, 11), "deliberation.v1.CaseService.RecordAgreement", agree).status());
  RETURN_IF_ERROR(story
                      .Do<Case>(steward, At(day + 2, 9), "deliberation.v1.CaseService.StartFollowUp",
                                Naming<StartFollowUpRequest>(opened.name()))
                      .status());
  auto visit = Naming<RecordVisitRequest>(opened.name());
  visit.set_kept(true);
  return story.Do<Case>(steward, At(day + 14, 9), "deliberation.v1.CaseService.RecordVisit", visit).status();
}

}  // namespace

void AddConsultations(Stage& stage) {
  int number = 0;
  for (const DisputePlan& plan : stage.year().disputes) {
    for (int i = 0; i < plan.count; ++i, ++number) {
      const Matter matter{&plan, number, stage.year().building(static_cast<size_t>(number) * 11 + 2),
                          absl::CivilDay(2023, 1, 9) + number * 9};
      const bool direct = number < stage.year().direct_consultations;
      stage.Add(absl::StrCat("consultation-", number), [matter, direct](Story& story) -> absl::Status {
        if (direct) {
          ASSIGN_OR_RETURN(const std::string name, OpenDirectly(story, matter));
          return Consult(story, matter, name);
        }
        std::string name;
        ASSIGN_OR_RETURN(const std::string opinion, Escalate(story, matter, name));
        RETURN_IF_ERROR(Consult(story, matter, name));
        return RateTheAnswer(story, matter, opinion);
      });
    }
  }
}

void AddMediations(Stage& stage) {
  for (int number = 0; number < stage.year().neighbour_dispute_count; ++number) {
    const auto& plans = stage.year().neighbour_disputes;
    const NeighbourPlan& plan = plans[static_cast<size_t>(number) % plans.size()];
    stage.Add(absl::StrCat("mediation-", number),
              [&plan, number](Story& story) { return Reconcile(story, plan, number); });
  }
}

}  // namespace firstfloor::demo
