#include "services/opinion/furnish.h"

#include "absl/strings/match.h"
#include "common/program/house.h"
#include "common/program/operations.h"
#include "firstfloor/opinion/v1/operations_service.pb.h"
#include "services/opinion/box_changes.h"
#include "services/opinion/box_service.h"
#include "services/opinion/box_store.h"
#include "services/opinion/campaign_changes.h"
#include "services/opinion/campaign_service.h"
#include "services/opinion/campaign_store.h"
#include "services/opinion/category_model.h"
#include "services/opinion/erasure.h"
#include "services/opinion/finding.h"
#include "services/opinion/finding_service.h"
#include "services/opinion/finding_store.h"
#include "services/opinion/follow_service.h"
#include "services/opinion/follow_store.h"
#include "services/opinion/home_visit_service.h"
#include "services/opinion/home_visit_store.h"
#include "services/opinion/ledger_service.h"
#include "services/opinion/member_kinds.h"
#include "services/opinion/opinion_changes.h"
#include "services/opinion/opinion_desk.h"
#include "services/opinion/opinion_flows.h"
#include "services/opinion/opinion_service.h"
#include "services/opinion/opinion_statistics.h"
#include "services/opinion/opinion_store.h"
#include "services/opinion/petition_service.h"
#include "services/opinion/rotation_service.h"
#include "services/opinion/rotation_store.h"
#include "services/opinion/stall_changes.h"
#include "services/opinion/stall_service.h"
#include "services/opinion/stall_store.h"
#include "services/opinion/statistics_service.h"
#include "services/opinion/survey_changes.h"
#include "services/opinion/survey_service.h"
#include "services/opinion/survey_store.h"
#include "services/opinion/visit_topics.h"

namespace firstfloor::opinion {
namespace {

struct Furniture {
  explicit Furniture(program::House& house)
      : kinds(MemberKindsFromFlags().value()),  // checked before
        opinions(house),
        stalls(house),
        rotations(*house.environment().keyring),
        campaigns(*house.environment().keyring),
        boxes(house),
        visits(house),
        surveys(*house.environment().keyring),
        extracts(house),
        categories(CategoryModelFromFlags().value()),  // checked before
        finding(opinions, extracts),
        opinion_changes(house, opinions, extracts),
        stall_changes(house, stalls),
        campaign_changes(house, campaigns, stalls, stall_changes),
        box_changes(house, boxes),
        survey_changes(house, surveys, opinion_changes),
        follows(*house.environment().keyring),
        opinion_desk(opinions, opinion_changes),
        finding_handlers(opinions, finding, categories),
        follow_handlers(opinions, follows, opinion_changes, opinion_desk),
        petition_handlers(opinion_desk),
        ledger_handlers(opinions),
        stall_handlers(stalls, stall_changes, kinds),
        rotation_handlers(rotations, stall_changes, kinds),
        campaign_handlers(campaigns, campaign_changes, kinds),
        box_handlers(boxes, box_changes),
        visit_handlers(house, visits, campaigns, VisitTopicsFromFlags().value()),  // checked before
        survey_handlers(surveys, survey_changes),
        opinion_handlers(house, opinions, follows, opinion_changes, opinion_desk,
                         {stalls, box_changes, visit_handlers}, finding, categories),
        operations_handlers(house) {}

  timers::Fire Fire() {
    return [this](db::Transaction& tx, const timers::Timer& timer, const events::Origin& origin) {
      if (absl::StartsWith(timer.subject, "stalls/")) return stall_changes.Fire(tx, timer, origin);
      if (absl::StartsWith(timer.subject, "campaigns/")) return campaign_changes.Fire(tx, timer, origin);
      if (absl::StartsWith(timer.subject, "boxes/")) return box_changes.Fire(tx, timer, origin);
      if (absl::StartsWith(timer.subject, "surveys/")) return survey_changes.Fire(tx, timer, origin);
      return opinion_changes.Fire(tx, timer, origin);
    };
  }

  MemberKinds kinds;
  OpinionStore opinions;
  StallStore stalls;
  RotationStore rotations;
  CampaignStore campaigns;
  BoxStore boxes;
  HomeVisitStore visits;
  SurveyStore surveys;
  FindingStore extracts;
  const std::optional<text::CategoryModel> categories;
  Finding finding;
  OpinionChanges opinion_changes;
  StallChanges stall_changes;
  CampaignChanges campaign_changes;
  BoxChanges box_changes;
  SurveyChanges survey_changes;
  FollowStore follows;
  OpinionDesk opinion_desk;
  FindingHandlers finding_handlers;
  FollowHandlers follow_handlers;
  PetitionHandlers petition_handlers;
  LedgerHandlers ledger_handlers;
  StallHandlers stall_handlers;
  RotationHandlers rotation_handlers;
  CampaignHandlers campaign_handlers;
  BoxHandlers box_handlers;
  HomeVisitHandlers visit_handlers;
  SurveyHandlers survey_handlers;
  OpinionHandlers opinion_handlers;
  StatisticsHandlers statistics_handlers;
  program::OperationsHandlers<v1::AdvanceTimersRequest, v1::AdvanceTimersResponse> operations_handlers;
};

}  // namespace

std::shared_ptr<void> Furnish(program::House& house) {
  auto furniture = std::make_shared<Furniture>(house);
  furniture->opinion_handlers.Register(house.AddService("firstfloor.opinion.v1.OpinionService"));
  furniture->finding_handlers.Register(house.AddService("firstfloor.opinion.v1.FindingService"));
  house.AddFollower(furniture->finding.Memory());
  furniture->follow_handlers.Register(house.AddService("firstfloor.opinion.v1.FollowService"));
  furniture->petition_handlers.Register(house.AddService("firstfloor.opinion.v1.PetitionService"));
  furniture->ledger_handlers.Register(house.AddService("firstfloor.opinion.v1.LedgerService"));
  furniture->stall_handlers.Register(house.AddService("firstfloor.opinion.v1.StallService"));
  furniture->rotation_handlers.Register(house.AddService("firstfloor.opinion.v1.RotationService"));
  furniture->campaign_handlers.Register(house.AddService("firstfloor.opinion.v1.CampaignService"));
  furniture->box_handlers.Register(house.AddService("firstfloor.opinion.v1.BoxService"));
  furniture->visit_handlers.Register(house.AddService("firstfloor.opinion.v1.HomeVisitService"));
  furniture->survey_handlers.Register(house.AddService("firstfloor.opinion.v1.SurveyService"));
  furniture->statistics_handlers.Register(house.AddService("firstfloor.opinion.v1.StatisticsService"));
  house.SetErasure(ErasurePlan(furniture->opinions, furniture->opinion_changes, furniture->extracts,
                               furniture->stalls, furniture->campaigns, furniture->boxes, furniture->visits,
                               furniture->surveys));
  house.SetTimers(furniture->Fire());
  furniture->operations_handlers.Register(house.AddService("firstfloor.opinion.v1.OperationsService"));
  house.AddReader(kStatisticsReader, "opinion", StatisticsEffect(furniture->stalls));
  house.AddReader("opinion/deliberation", "deliberation",
                  DeliberationEffect(furniture->opinions, furniture->opinion_changes, furniture->stalls));
  house.AddReader("opinion/outreach", "outreach",
                  OutreachEffect(*house.environment().peers, furniture->opinion_changes, furniture->stalls));
  house.AddReader("opinion/volunteer", "volunteer", VolunteerEffect(furniture->stalls));
  return furniture;
}

}  // namespace firstfloor::opinion
