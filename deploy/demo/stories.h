// The year's stories, by what they are about. Each function adds its stories to the stage.
#ifndef FIRSTFLOOR_DEPLOY_DEMO_STORIES_H_
#define FIRSTFLOOR_DEPLOY_DEMO_STORIES_H_

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "deploy/demo/stage.h"
#include "firstfloor/opinion/v1/opinion.pb.h"
#include "firstfloor/opinion/v1/stall.pb.h"

namespace firstfloor::demo {

// What later stories need: imported and registered once.
struct Foundations {
  std::vector<std::string> venues;  // by building
  std::vector<std::string> lecturers;
  std::vector<std::string> series;
  std::vector<std::string> volunteers;  // of those who help by name: Cast::Volunteer(i)
  std::mutex mutex;
};

// classes.cc
void AddClassFoundations(Stage& stage, Foundations& made);
// rounds.cc
void AddRounds(Stage& stage, const Foundations& made);
// services.cc
void AddCorps(Stage& stage, Foundations& made);
void AddProjects(Stage& stage);
void AddActivities(Stage& stage, const Foundations& made);
// tables.cc: campaigns that make their stalls, and the rotation
constexpr char kRotation[] = "ROTATION";  // what the stalls of the rotation carry as campaign
constexpr char kDrive[] = "SIX_VISITS";   // the drive to which the one table belongs
struct Tables {
  // By the code of the campaign, in order of time.
  std::map<std::string, std::vector<opinion::v1::Stall>> of_campaign;
  // By the number of the rotation's team, in order of time.
  std::vector<std::vector<opinion::v1::Stall>> of_team;
};
void AddTables(Stage& stage, Tables& tables);
Player RotationMember(Stage& stage, int team, int number);
// stalls.cc: stalls with the opinions taken at them, these followed to their end, and the one table with its
// four things
struct TakenIn {
  const OpinionPlan* plan = nullptr;
  int number = 0;  // among all opinions of the year
  std::string name, building;
  absl::Time end;  // of the stall
};
struct Taken {
  std::vector<TakenIn> all;
  std::mutex mutex;
};
void AddStalls(Stage& stage, const Tables& tables, Taken& taken);
void AddFollowUps(Stage& stage, const Taken& taken);
void AddOneTable(Stage& stage, const Foundations& made, const Tables& tables, std::string& stall);
// doors.cc: suggestion boxes and home visits
void AddDoors(Stage& stage);
// surveys.cc: `name` is the survey's once it is played
void AddSurvey(Stage& stage, std::string& name);
// followed.cc: feedback, reopening, merging and following in one building
void AddFollowed(Stage& stage);
std::string FollowedBuilding(Stage& stage);
// consultations.cc
void AddConsultations(Stage& stage);
void AddMediations(Stage& stage);
// orders.cc
void AddOrders(Stage& stage, const Foundations& made);

}  // namespace firstfloor::demo

#endif  // FIRSTFLOOR_DEPLOY_DEMO_STORIES_H_
