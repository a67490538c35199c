// What the demonstration plays: the facts of the year, from year.json and the registry of areas.
#ifndef FIRSTFLOOR_DEPLOY_DEMO_YEAR_H_
#define FIRSTFLOOR_DEPLOY_DEMO_YEAR_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/area/registry.h"

namespace firstfloor::demo {

struct SeriesPlan {
  std::string display_name, description, owner_branch;
};
struct RoundPlan {
  int series = 0;
  std::string topic, title;
  absl::CivilDay day;
};
struct QuestionPlan {
  std::string question, answer;
  std::string category;  // of the opinion that it is handed on as; "" if it is answered in class
};
struct LecturerPlan {
  std::string kind;
  int count = 0;
};
struct CampaignPlan {
  std::string campaign, title;
  std::string rule;                 // RFC 5545 RRULE
  std::vector<std::string> topics;  // of a drive; empty for a reception
  // Where it is held in turn: so many buildings, from one on, each so many after the one before.
  int places = 1;
  int first_building = 0;
  int step = 1;
};
struct OpinionPlan {
  std::string category, kind;
  int count = 0;
  std::vector<std::string> texts;
};
struct BoxPlan {
  std::string place;
  int every_days = 0;
  int slips = 0;  // at each opening
};
struct VisitPlan {
  std::string campaign;
  int count = 0;
  std::vector<std::string> topics;
};
struct DisputePlan {
  std::string topic, title, opinion_category, text, resolution, responsible;
  int count = 0;
};
struct NeighbourPlan {
  std::string topic, text, terms;
};
struct OrderPlan {
  std::string need, assignee, text;
  int count = 0;
};
struct ProjectPlan {
  std::string field, title;
};
struct ActivityPlan {
  std::string kind, title;
  int count = 0;
  int beneficiaries = 0;
};

struct Year {
  std::string community;
  std::vector<std::string> surnames, given, organisations;
  std::vector<SeriesPlan> series;
  std::vector<RoundPlan> rounds;
  std::vector<int> group_heads;  // of each round: how many are expected of each building
  int most_heads = 0;            // of a session
  std::vector<QuestionPlan> questions;
  std::vector<LecturerPlan> lecturers;
  std::vector<CampaignPlan> campaigns;
  int rotation_teams = 0;
  std::vector<OpinionPlan> opinions;
  std::vector<BoxPlan> boxes;
  std::vector<VisitPlan> visits;
  std::vector<DisputePlan> disputes;
  std::vector<NeighbourPlan> neighbour_disputes;
  int neighbour_dispute_count = 0;
  int direct_consultations = 0;
  std::vector<OrderPlan> orders;
  std::vector<ProjectPlan> projects;
  std::vector<ActivityPlan> activities;
  int volunteers = 0;
  std::vector<area::Area> buildings;  // of the community, in code order

  // A building, round and round again.
  const std::string& building(size_t i) const { return buildings[i % buildings.size()].code; }
};

// INVALID_ARGUMENT saying what is wrong with a file.
absl::StatusOr<Year> LoadYear(const std::string& year_file, const std::string& areas_file);

// An instant of a day in Asia/Shanghai.
absl::Time At(absl::CivilDay day, int hour, int minute = 0);

}  // namespace firstfloor::demo

#endif  // FIRSTFLOOR_DEPLOY_DEMO_YEAR_H_
