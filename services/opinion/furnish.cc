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
#include "services/opinion/home_visit_service.h"
#include "services/opinion/home_visit_store.h"
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
        extracts(house),
        categories(CategoryModelFromFlags().value()),  // checked before
        finding(opinions, extracts),
        opinion_changes(house, opinions, extracts),
        stall_changes(house, stalls),
        campaign_changes(house, campaigns, stalls, stall_changes),
        box_changes(house, boxes),
        finding_handlers(opinions, finding, categories),
        stall_handlers(stalls, stall_changes, kinds),
        rotation_handlers(rotations, stall_changes, kinds),
        campaign_handlers(campaigns, campaign_changes, kinds),
        box_handlers(boxes, box_changes),
        visit_handlers(house, visits, campaigns, VisitTopicsFromFlags().value()),  // checked before
        opinion_handlers(house, opinions, opinion_changes, {stalls, box_changes, visit_handlers}, finding,
                         categories),
        operations_handlers(house) {}

  timers::Fire Fire() {
    return [this](db::Transaction& tx, const timers::Timer& timer, const events::Origin& origin) {
      if (absl::StartsWith(timer.subject, "stalls/")) return stall_changes.Fire(tx, timer, origin);
      if (absl::StartsWith(timer.subject, "campaigns/")) return campaign_changes.Fire(tx, timer, origin);
      if (absl::StartsWith(timer.subject, "boxes/")) return box_changes.Fire(tx, timer, origin);
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
  FindingStore extracts;
  const std::optional<text::CategoryModel> categories;
  Finding finding;
  OpinionChanges opinion_changes;
  StallChanges stall_changes;
  CampaignChanges campaign_changes;
  BoxChanges box_changes;
  FindingHandlers finding_handlers;
  StallHandlers stall_handlers;
  RotationHandlers rotation_handlers;
  CampaignHandlers campaign_handlers;
  BoxHandlers box_handlers;
  HomeVisitHandlers visit_handlers;
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
  furniture->stall_handlers.Register(house.AddService("firstfloor.opinion.v1.StallService"));
  furniture->rotation_handlers.Register(house.AddService("firstfloor.opinion.v1.RotationService"));
  furniture->campaign_handlers.Register(house.AddService("firstfloor.opinion.v1.CampaignService"));
  furniture->box_handlers.Register(house.AddService("firstfloor.opinion.v1.BoxService"));
  furniture->visit_handlers.Register(house.AddService("firstfloor.opinion.v1.HomeVisitService"));
  furniture->statistics_handlers.Register(house.AddService("firstfloor.opinion.v1.StatisticsService"));
  house.SetErasure(ErasurePlan(furniture->opinions, furniture->opinion_changes, furniture->extracts,
                               furniture->stalls, furniture->campaigns, furniture->boxes, furniture->visits));
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
