#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/volunteer/testdata/town.h"

namespace firstfloor::volunteer::town {
namespace {

// Figures by key, or "key kind".
std::map<std::string, int64_t> Figures(std::initializer_list<v1::StatisticsGroup> groups) {
  v1::GetVolunteerStatisticsRequest request;
  request.set_area(kDistrict);
  for (const v1::StatisticsGroup group : groups) request.add_group_by(group);
  As strong = Staff();
  strong.strong = true;
  strong.timeout = absl::Seconds(60);
  v1::GetVolunteerStatisticsResponse response;
  const absl::Status status = Ask("StatisticsService.GetVolunteerStatistics", request, response, strong);
  EXPECT_TRUE(status.ok()) << status;
  std::map<std::string, int64_t> figures;
  for (const type::v1::Figure& figure : response.figures()) {
    std::string key = figure.key();
    for (const auto& [dimension, value] : figure.dimensions()) absl::StrAppend(&key, " ", value);
    figures[key] = figure.value();
  }
  return figures;
}

// Something of each kind, whatever ran before.
void Happen() {
  const std::vector<v1::Volunteer> people = ActiveMany("STAT", 12);
  const std::string activity = OpenActivity(Tomorrow(9), 5).name();
  for (const v1::Volunteer& volunteer : people) Must(SignUp(activity, volunteer.name(), Staff()));
  Must(Move<v1::Activity, v1::StartActivityRequest>("ActivityService.StartActivity", activity, Staff()));
  v1::FinishActivityRequest finish;
  finish.set_name(activity);
  finish.set_beneficiaries(33);
  Must(Call<v1::Activity>("ActivityService.FinishActivity", finish, Staff()));
  v1::ClaimProjectRequest claim;
  claim.set_name(PublishedProject().name());
  Must(Call<v1::Project>("ProjectService.ClaimProject", claim, Secretary("secretary-stat")));
  Must(Move<v1::Volunteer, v1::LeaveVolunteerRequest>("VolunteerService.LeaveVolunteer", people[0].name(),
                                                      Staff()));
}

int64_t Rows(const std::string& table, const std::string& where) {
  return CountRows(absl::StrCat("SELECT COUNT(*) FROM `", table, "` WHERE ", where));
}

TEST(Statistics, AreWhatARecountOfTheRowsGives) {
  Happen();
  const std::map<std::string, int64_t> all = Figures({});
  EXPECT_EQ(all.at("volunteers.active"), Rows("volunteer", "state = 2"));
  EXPECT_GT(all.at("volunteers.active"), 10);
  EXPECT_FALSE(all.contains("volunteers.by_kind"));
  EXPECT_EQ(all.at("projects.proposed"), Rows("project", "TRUE"));
  // None of these tests abandons a project, so that whatever is claimed was claimed once.
  EXPECT_EQ(all.at("projects.claimed"), Rows("project", "state IN (3, 4, 5)"));
  EXPECT_EQ(all.at("projects.completed"), Rows("project", "state = 5"));
  EXPECT_EQ(all.at("activities.done"), Rows("activity", "state = 4"));
  EXPECT_EQ(all.at("activities.cancelled"), Rows("activity", "state = 5"));
  EXPECT_EQ(all.at("sign_ups.withdrawn"), Rows("sign_up", "state = 3"));
  EXPECT_EQ(all.at("sign_ups.waitlisted"), Rows("sign_up", "queue_number > 0"));
  EXPECT_EQ(all.at("tasks.open"), Rows("task", "TRUE"));
  EXPECT_EQ(all.at("tasks.returned"), Rows("task", "state = 6"));
  EXPECT_GE(all.at("beneficiaries.activities"), 33);

  const std::map<std::string, int64_t> by_kind = Figures({v1::STATISTICS_GROUP_KIND});
  EXPECT_EQ(by_kind.at("volunteers.by_kind RESIDENT"), all.at("volunteers.active"));
  EXPECT_EQ(by_kind.at("activities.done FREE_CLINIC"), all.at("activities.done"));
  EXPECT_EQ(by_kind.at("projects.claimed ELDERLY"), all.at("projects.claimed"));

  int64_t done = 0;
  for (const auto& [key, value] : Figures({v1::STATISTICS_GROUP_MONTH})) {
    if (absl::StartsWith(key, "activities.done 20")) done += value;
  }
  EXPECT_EQ(done, all.at("activities.done"));
}

TEST(Statistics, ADayIsADay) {
  v1::GetVolunteerStatisticsRequest request;
  request.set_area(kDistrict);
  request.set_start_day("yesterday");
  v1::GetVolunteerStatisticsResponse response;
  EXPECT_EQ(Reason(Ask("StatisticsService.GetVolunteerStatistics", request, response, Staff())),
            "INVALID_FIELD");
}

}  // namespace
}  // namespace firstfloor::volunteer::town
