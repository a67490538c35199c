// 民情: suggestion boxes that are opened before witnesses, and visits from door to door.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "deploy/demo/stories.h"
#include "firstfloor/opinion/v1/box_service.pb.h"
#include "firstfloor/opinion/v1/home_visit_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"

namespace firstfloor::demo {
namespace {

using namespace opinion::v1;  // NOLINT(google-build-using-namespace): one service's messages
using calendar::ToProto;

const absl::CivilDay kFirstDay(2023, 1, 5);
const absl::CivilDay kLastDay(2023, 9, 15);
constexpr int kEveryNthIsOut = 5;
constexpr int kEveryNthRefuses = 11;

// Taken in by a steward and answered within two days.
absl::Status TakeAndAnswer(Story& story, const Opinion& opinion, absl::Time when) {
  Stage& stage = story.stage();
  SubmitOpinionRequest request;
  *request.mutable_opinion() = opinion;
  ASSIGN_OR_RETURN(const SubmitOpinionResponse taken,
                   story.Do<SubmitOpinionResponse>(stage.cast().Steward(0), when,
                                                   "opinion.v1.OpinionService.SubmitOpinion", request));
  AnswerOpinionRequest answer;
  answer.set_name(taken.opinion().name());
  answer.set_answer("已记下并答复。");
  answer.set_public_summary("已答复。");
  return story
      .Do<Opinion>(stage.cast().Staff(), when + absl::Hours(30), "opinion.v1.OpinionService.AnswerOpinion",
                   answer)
      .status();
}

Opinion Said(const std::string& area, OpinionChannel channel, const OpinionPlan& plan, size_t number) {
  Opinion opinion;
  opinion.set_area(area);
  opinion.set_channel(channel);
  OpinionKind kind = OPINION_KIND_UNSPECIFIED;
  OpinionKind_Parse("OPINION_KIND_" + plan.kind, &kind);
  opinion.set_kind(kind);
  opinion.set_category(plan.category);
  opinion.set_text(plan.texts[number % plan.texts.size()]);
  return opinion;
}

// ---- boxes ----

absl::Status EmptyBox(Story& story, const Box& box, const BoxPlan& plan, size_t time, absl::Time when) {
  Stage& stage = story.stage();
  const Player steward = stage.cast().Steward(static_cast<int>(time));
  OpenBoxRequest open;
  open.set_name(box.name());
  for (const Player& player :
       {stage.cast().Resident(7000 + static_cast<int>(time), stage.year().community), steward}) {
    BoxWitness* witness = open.add_witnesses();
    *witness->mutable_person() = player.person();
    witness->set_slips(plan.slips);
  }
  ASSIGN_OR_RETURN(const BoxOpening opening,
                   story.Do<BoxOpening>(steward, when, "opinion.v1.BoxService.OpenBox", open));
  for (int slip = 0; slip < plan.slips; ++slip) {
    const size_t number = time * static_cast<size_t>(plan.slips) + static_cast<size_t>(slip);
    const auto& opinions = stage.year().opinions;
    Opinion opinion =
        Said(box.area(), OPINION_CHANNEL_SUGGESTION_BOX, opinions[number % opinions.size()], number);
    opinion.set_anonymous(true);
    opinion.set_box_opening(opening.name());
    RETURN_IF_ERROR(TakeAndAnswer(story, opinion, when + absl::Minutes(10 + slip)));
  }
  CompleteBoxOpeningRequest complete;
  complete.set_name(opening.name());
  return story
      .Do<BoxOpening>(steward, when + absl::Hours(1), "opinion.v1.BoxService.CompleteBoxOpening", complete)
      .status();
}

absl::Status KeepBox(Story& story, const BoxPlan& plan, size_t number) {
  Stage& stage = story.stage();
  CreateBoxRequest create;
  Box& draft = *create.mutable_box();
  draft.set_area(stage.year().building(number * 40));
  draft.set_place(plan.place);
  *draft.mutable_custodian() = stage.cast().Resident(6900 + static_cast<int>(number), draft.area()).person();
  draft.set_opening_interval_days(plan.every_days);
  ASSIGN_OR_RETURN(const Box box, story.Do<Box>(stage.cast().Staff(), At(kFirstDay, 9),
                                                "opinion.v1.BoxService.CreateBox", create));
  size_t time = number * 100;
  for (absl::CivilDay day = kFirstDay + plan.every_days; day <= kLastDay; day += plan.every_days) {
    RETURN_IF_ERROR(EmptyBox(story, box, plan, ++time, At(day, 10)));
  }
  return absl::OkStatus();
}

// ---- visits ----

HomeVisitOutcome OutcomeOf(int number) {
  if (number % kEveryNthRefuses == 7) return HOME_VISIT_OUTCOME_REFUSED;
  return number % kEveryNthIsOut == 4 ? HOME_VISIT_OUTCOME_NO_ANSWER : HOME_VISIT_OUTCOME_MET;
}

absl::Status Visit(Story& story, const VisitPlan& plan, int number) {
  Stage& stage = story.stage();
  const Player steward = stage.cast().Steward(number % 12);
  const Player volunteer = stage.cast().Volunteer(number % 40);
  const std::string& building = stage.year().building(static_cast<size_t>(number) * 7);
  const absl::Time when = At(kFirstDay + number * 4 % (kLastDay - kFirstDay), 18, 30);
  PlanHomeVisitRequest request;
  HomeVisit& draft = *request.mutable_home_visit();
  draft.set_area(building);
  draft.mutable_household()->set_door(absl::StrCat(1 + number % 20, "02"));
  draft.set_campaign(plan.campaign);
  draft.add_topics(plan.topics[static_cast<size_t>(number) % plan.topics.size()]);
  for (const Player& player : {steward, volunteer}) {
    Visitor* visitor = draft.add_visitors();
    visitor->set_organisation(player.role == api::v1::ROLE_STEWARD ? "STEWARD_TEAM" : "PARTY_VOLUNTEERS");
    *visitor->mutable_person() = player.person();
    visitor->set_age(VISITOR_AGE_ADULT);
  }
  ASSIGN_OR_RETURN(const HomeVisit visit,
                   story.Do<HomeVisit>(steward, when - absl::Hours(48),
                                       "opinion.v1.HomeVisitService.PlanHomeVisit", request));
  RecordHomeVisitRequest record;
  record.set_name(visit.name());
  record.set_outcome(OutcomeOf(number));
  RETURN_IF_ERROR(
      story.Do<HomeVisit>(steward, when, "opinion.v1.HomeVisitService.RecordHomeVisit", record).status());
  if (record.outcome() != HOME_VISIT_OUTCOME_MET || number % 2 == 1) return absl::OkStatus();
  const auto& opinions = stage.year().opinions;
  const auto at = static_cast<size_t>(number);
  Opinion opinion = Said(building, OPINION_CHANNEL_HOME_VISIT, opinions[at % opinions.size()], at);
  *opinion.mutable_reporter() = stage.cast().Resident(8000 + number, building).person();
  opinion.set_home_visit(visit.name());
  return TakeAndAnswer(story, opinion, when + absl::Minutes(20));
}

}  // namespace

void AddDoors(Stage& stage) {
  for (size_t i = 0; i < stage.year().boxes.size(); ++i) {
    stage.Add(absl::StrCat("box-", i),
              [i](Story& story) { return KeepBox(story, story.stage().year().boxes[i], i); });
  }
  for (const VisitPlan& plan : stage.year().visits) {
    for (int number = 0; number < plan.count; ++number) {
      stage.Add(absl::StrCat("visit-", plan.campaign, "-", number),
                [&plan, number](Story& story) { return Visit(story, plan, number); });
    }
  }
}

}  // namespace firstfloor::demo
