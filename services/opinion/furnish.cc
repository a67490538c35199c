#include "services/opinion/furnish.h"

#include "absl/strings/match.h"
#include "common/program/house.h"
#include "common/program/operations.h"
#include "firstfloor/opinion/v1/operations_service.pb.h"
#include "services/opinion/campaign_changes.h"
#include "services/opinion/campaign_service.h"
#include "services/opinion/campaign_store.h"
#include "services/opinion/category_model.h"
#include "services/opinion/erasure.h"
#include "services/opinion/finding.h"
#include "services/opinion/finding_service.h"
#include "services/opinion/finding_store.h"
#include "services/opinion/member_kinds.h"
#include "services/opinion/opinion_changes.h"
#include "services/opinion/opinion_flows.h"
#include "services/opinion/opinion_service.h"
#include "services/opinion/opinion_statistics.h"
#include "services/opinion/opinion_store.h"
#include "services/opinion/rotation_service.h"
#include "services/opinion/rotation_store.h"
#include "services/opinion/stall_changes.h"
#include "services/opinion/stall_service.h"
#include "services/opinion/stall_store.h"
#include "services/opinion/statistics_service.h"
#include "services/opinion/survey_changes.h"
#include "services/opinion/survey_service.h"
#include "services/opinion/survey_store.h"

namespace firstfloor::opinion {
namespace {

struct Furniture {
  explicit Furniture(program::House& house)
      : kinds(MemberKindsFromFlags().value()),  // checked before
        opinions(house),
        stalls(house),
        rotations(*house.environment().keyring),
        campaigns(*house.environment().keyring),
        surveys(*house.environment().keyring),
        extracts(house),
        categories(CategoryModelFromFlags().value()),  // checked before
        finding(opinions, extracts),
        opinion_changes(house, opinions, extracts),
        stall_changes(house, stalls),
        campaign_changes(house, campaigns, stalls, stall_changes),
        survey_changes(house, surveys, opinion_changes),
        opinion_handlers(house, opinions, stalls, opinion_changes, finding, categories),
        finding_handlers(opinions, finding, categories),
        stall_handlers(stalls, stall_changes, kinds),
        rotation_handlers(rotations, stall_changes, kinds),
        campaign_handlers(campaigns, campaign_changes, kinds),
        survey_handlers(surveys, survey_changes),
        operations_handlers(house) {}

  timers::Fire Fire() {
    return [this](db::Transaction& tx, const timers::Timer& timer, const events::Origin& origin) {
      if (absl::StartsWith(timer.subject, "stalls/")) return stall_changes.Fire(tx, timer, origin);
      if (absl::StartsWith(timer.subject, "campaigns/")) return campaign_changes.Fire(tx, timer, origin);
      if (absl::StartsWith(timer.subject, "surveys/")) return survey_changes.Fire(tx, timer, origin);
      return opinion_changes.Fire(tx, timer, origin);
    };
  }

  MemberKinds kinds;
  OpinionStore opinions;
  StallStore stalls;
  RotationStore rotations;
  CampaignStore campaigns;
  SurveyStore surveys;
  FindingStore extracts;
  const std::optional<text::CategoryModel> categories;
  Finding finding;
  OpinionChanges opinion_changes;
  StallChanges stall_changes;
  CampaignChanges campaign_changes;
  SurveyChanges survey_changes;
  OpinionHandlers opinion_handlers;
  FindingHandlers finding_handlers;
  StallHandlers stall_handlers;
  RotationHandlers rotation_handlers;
  CampaignHandlers campaign_handlers;
  SurveyHandlers survey_handlers;
  StatisticsHandlers statistics_handlers;
  program::OperationsHandlers<v1::AdvanceTimersRequest, v1::AdvanceTimersResponse> operations_handlers;
};

}  // namespace

std::shared_ptr<void> Furnish(program::House& house) {
  auto furniture = std::make_shared<Furniture>(house);
  furniture->opinion_handlers.Register(house.AddService("firstfloor.opinion.v1.OpinionService"));
  furniture->finding_handlers.Register(house.AddService("firstfloor.opinion.v1.FindingService"));
  house.AddFollower(furniture->finding.Memory());
  furniture->stall_handlers.Register(house.AddService("firstfloor.opinion.v1.StallService"));
  furniture->rotation_handlers.Register(house.AddService("firstfloor.opinion.v1.RotationService"));
  furniture->campaign_handlers.Register(house.AddService("firstfloor.opinion.v1.CampaignService"));
  furniture->survey_handlers.Register(house.AddService("firstfloor.opinion.v1.SurveyService"));
  furniture->statistics_handlers.Register(house.AddService("firstfloor.opinion.v1.StatisticsService"));
  house.SetErasure(ErasurePlan(furniture->opinions, furniture->opinion_changes, furniture->extracts,
                               furniture->stalls, furniture->campaigns, furniture->surveys));
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
