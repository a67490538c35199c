// What is planned for the lobbies at the beginning of the year: campaigns, which make their stalls by
// themselves, and the rotation, so that every building has a table.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "deploy/demo/stories.h"
#include "firstfloor/opinion/v1/campaign_service.pb.h"
#include "firstfloor/opinion/v1/rotation_service.pb.h"
#include "firstfloor/opinion/v1/stall_service.pb.h"

namespace firstfloor::demo {
namespace {

using namespace opinion::v1;  // NOLINT(google-build-using-namespace): one service's messages

const absl::CivilDay kFirstDay(2023, 1, 3);
const absl::CivilDay kLastDay(2023, 9, 20);
constexpr int kDaysOfTheYear = 366;
constexpr int kHosts = 3;

void AddMember(Stage& stage, int number, const Player& who,
               google::protobuf::RepeatedPtrField<TeamMember>& team) {
  const auto& organisations = stage.year().organisations;
  TeamMember* member = team.Add();
  member->set_organisation(organisations[static_cast<size_t>(number) % organisations.size()]);
  *member->mutable_person() = who.person();
}

// Each campaign has hosts of its own, so that nobody is at two tables.
absl::StatusOr<Campaign> Start(Story& story, const CampaignPlan& plan, int number) {
  Stage& stage = story.stage();
  const Year& year = stage.year();
  CreateCampaignRequest request;
  Campaign& campaign = *request.mutable_campaign();
  campaign.set_area(year.community);
  campaign.set_code(plan.campaign);
  campaign.set_kind(plan.topics.empty() ? CAMPAIGN_KIND_RECEPTION : CAMPAIGN_KIND_DRIVE);
  campaign.set_display_name(plan.title);
  campaign.mutable_topics()->Assign(plan.topics.begin(), plan.topics.end());
  campaign.mutable_schedule()->set_rule(plan.rule);
  campaign.mutable_schedule()->set_first_day(absl::FormatCivilTime(kFirstDay));
  campaign.mutable_schedule()->set_start_minute(9 * 60);
  campaign.mutable_schedule()->set_end_minute(11 * 60 + 30);
  // All at once, as the rotation's: a part of the year has all its tables too.
  campaign.set_days_ahead(kDaysOfTheYear);
  auto& hosts = *campaign.add_hosts()->mutable_members();
  for (int i = 0; i < kHosts; ++i) {
    AddMember(stage, number + i, stage.cast().Resident(10000 + number * kHosts + i, year.community), hosts);
  }
  for (int i = 0; i < plan.places; ++i) {
    const int building = plan.first_building + i * plan.step;
    campaign.add_places(year.building(static_cast<size_t>(building)));
  }
  return story.Do<Campaign>(stage.cast().Staff(), At(kFirstDay, 8),
                            "opinion.v1.CampaignService.CreateCampaign", request);
}

absl::StatusOr<std::vector<Stall>> StallsOf(Story& story, const Player& who, const std::string& campaign) {
  ListStallsRequest request;
  request.set_area(story.stage().year().community);
  request.set_campaign(campaign);
  request.set_page_size(1000);
  ASSIGN_OR_RETURN(const ListStallsResponse response,
                   story.Await<ListStallsResponse>(who, "opinion.v1.StallService.ListStalls", request,
                                                   [](const ListStallsResponse&) { return true; }));
  std::vector<Stall> stalls(response.stalls().begin(), response.stalls().end());
  std::sort(stalls.begin(), stalls.end(), [](const Stall& a, const Stall& b) {
    return calendar::FromProto(a.window().start_time()) < calendar::FromProto(b.window().start_time());
  });
  return stalls;
}

// A team is free on an evening of the week, and on an afternoon of the weekend.
RotationOffer OfferOf(Stage& stage, int team) {
  RotationOffer offer;
  offer.mutable_team()->set_code(absl::StrCat("TEAM_", team));
  for (int i = 0; i < kHosts; ++i) {
    AddMember(stage, team + i, RotationMember(stage, team, i), *offer.mutable_team()->mutable_members());
  }
  RotationWindow* evening = offer.add_windows();
  evening->set_days(ROTATION_DAYS_WORKDAYS);
  evening->add_weekdays(1 + team % 5);
  evening->set_start_minute(18 * 60 + 30);
  evening->set_end_minute(20 * 60 + 30);
  RotationWindow* afternoon = offer.add_windows();
  afternoon->set_days(ROTATION_DAYS_DAYS_OFF);
  afternoon->add_weekdays(6 + team % 2);
  afternoon->set_start_minute(14 * 60);
  afternoon->set_end_minute(16 * 60);
  return offer;
}

// Planned and committed once: planned again, what is booked would count.
absl::Status Rotate(Story& story) {
  Stage& stage = story.stage();
  const Player staff = stage.cast().Staff();
  ASSIGN_OR_RETURN(const std::vector<Stall> booked, StallsOf(story, staff, kRotation));
  if (!booked.empty()) return absl::OkStatus();
  PlanRotationRequest wishes;
  wishes.set_area(stage.year().community);
  wishes.set_start_day(absl::FormatCivilTime(kFirstDay));
  wishes.set_end_day(absl::FormatCivilTime(kLastDay + 1));
  wishes.set_least_visits(1);
  CommitRotationRequest commit;
  commit.set_area(stage.year().community);
  commit.set_campaign(kRotation);
  for (int team = 0; team < stage.year().rotation_teams; ++team) {
    *wishes.add_offers() = OfferOf(stage, team);
    *commit.add_teams() = wishes.offers(team).team();
  }
  ASSIGN_OR_RETURN(
      const RotationPlan plan,
      story.Do<RotationPlan>(staff, At(kFirstDay, 8, 30), "opinion.v1.RotationService.PlanRotation", wishes));
  if (plan.shortfalls_size() > 0) {
    return absl::InternalError(absl::StrCat(plan.shortfalls_size(), " buildings get no table"));
  }
  *commit.mutable_stalls() = plan.stalls();
  return story
      .Do<CommitRotationResponse>(staff, At(kFirstDay, 8, 45), "opinion.v1.RotationService.CommitRotation",
                                  commit)
      .status();
}

}  // namespace

Player RotationMember(Stage& stage, int team, int number) {
  return stage.cast().Resident(11000 + team * kHosts + number, stage.year().community);
}

void AddTables(Stage& stage, Tables& tables) {
  stage.Add("tables", [&tables](Story& story) -> absl::Status {
    Stage& stage = story.stage();
    const auto& campaigns = stage.year().campaigns;
    for (size_t i = 0; i < campaigns.size(); ++i) {
      RETURN_IF_ERROR(Start(story, campaigns[i], static_cast<int>(i)).status());
    }
    RETURN_IF_ERROR(Rotate(story));
    for (const CampaignPlan& campaign : campaigns) {
      ASSIGN_OR_RETURN(tables.of_campaign[campaign.campaign],
                       StallsOf(story, stage.cast().Staff(), campaign.campaign));
    }
    for (int team = 0; team < stage.year().rotation_teams; ++team) {
      // Whoever belongs to a team sees who does.
      const Player member = RotationMember(stage, team, 0);
      ASSIGN_OR_RETURN(const std::vector<Stall> stalls, StallsOf(story, member, kRotation));
      std::vector<Stall>& of_team = tables.of_team.emplace_back();
      std::copy_if(stalls.begin(), stalls.end(), std::back_inserter(of_team),
                   [&](const Stall& stall) { return stall.team(0).person().subject() == member.subject; });
    }
    return absl::OkStatus();
  });
}

}  // namespace firstfloor::demo
