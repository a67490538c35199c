// The year's stories, by what they are about. Each function adds its stories to the stage.
#ifndef FIRSTFLOOR_DEPLOY_DEMO_STORIES_H_
#define FIRSTFLOOR_DEPLOY_DEMO_STORIES_H_

#include <string>

#include "absl/status/status.h"
#include "deploy/demo/stage.h"

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
// stalls.cc: stalls with the opinions taken at them, and the one table with its four things
void AddStalls(Stage& stage);
void AddOneTable(Stage& stage, const Foundations& made, std::string& stall);
// consultations.cc
void AddConsultations(Stage& stage);
void AddMediations(Stage& stage);
// orders.cc
void AddOrders(Stage& stage, const Foundations& made);

// Days of the year on which a campaign is held: its weekday every so many weeks, January to September.
std::vector<absl::CivilDay> DaysOf(const CampaignPlan& campaign);

}  // namespace firstfloor::demo

#endif  // FIRSTFLOOR_DEPLOY_DEMO_STORIES_H_
