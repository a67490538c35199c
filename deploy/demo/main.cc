// Plays the community's year through the public gRPC API, then prints the annual report. Running it again
// changes nothing. Exit code: 0 every figure is met, 1 not, 2 a mistake in the command line. A part of the
// year
// (--until) has no report: 0 it was played.
#include <cstdio>
#include <iostream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "deploy/demo/messages.h"
#include "deploy/demo/report.h"
#include "deploy/demo/stories.h"

ABSL_FLAG(std::string, year_file, "deploy/demo/year.json", "what is played");
ABSL_FLAG(std::string, areas_file, "deploy/data/areas.csv", "registry of areas");
ABSL_FLAG(std::string, signing_key_file, "", "key that tokens are signed with");
ABSL_FLAG(std::string, token_issuer, "firstfloor-local", "issuer that the services expect");
ABSL_FLAG(std::string, tls_ca_file, "", "authority of the services' certificates; empty: no TLS");
ABSL_FLAG(std::string, outreach, "127.0.0.1:7001", "address");
ABSL_FLAG(std::string, opinion, "127.0.0.1:7002", "address");
ABSL_FLAG(std::string, deliberation, "127.0.0.1:7003", "address");
ABSL_FLAG(std::string, volunteer, "127.0.0.1:7004", "address");
ABSL_FLAG(std::string, until, "2023-10-31", "last day that is played");
ABSL_FLAG(int, at_once, 12, "stories that are told at the same time");
ABSL_FLAG(std::string, messages, "", "file of real messages to submit afterwards, one JSON object a line");

namespace firstfloor::demo {
namespace {

// January to October.
const absl::CivilDay kTheEnd(2023, 10, 31);

absl::StatusOr<bool> PlayTheYear(Stage& stage, absl::CivilDay until, int at_once) {
  Foundations made;
  AddClassFoundations(stage, made);
  AddCorps(stage, made);
  RETURN_IF_ERROR(stage.Play("foundations: venues, lecturers, series, the corps", at_once));
  AddRounds(stage, made);
  RETURN_IF_ERROR(stage.Play("课堂 rounds of classes", at_once));
  Tables tables;
  AddTables(stage, tables);
  RETURN_IF_ERROR(stage.Play("民情 campaigns and the rotation of stalls", at_once));
  Taken taken;
  std::string survey;
  AddStalls(stage, tables, taken);
  AddFollowed(stage);
  AddSurvey(stage, survey);
  RETURN_IF_ERROR(stage.Play("民情 stalls, a survey, and what was said", at_once));
  AddFollowUps(stage, taken);
  RETURN_IF_ERROR(stage.Play("民情 every opinion to its end", at_once));
  AddDoors(stage);
  RETURN_IF_ERROR(stage.Play("民情 suggestion boxes and home visits", at_once));
  AddConsultations(stage);
  AddMediations(stage);
  AddOrders(stage, made);
  RETURN_IF_ERROR(stage.Play("议事 consultations, mediations, orders", at_once));
  AddProjects(stage);
  AddActivities(stage, made);
  std::string stall;
  AddOneTable(stage, made, tables, stall);
  RETURN_IF_ERROR(stage.Play("服务 projects, activities, one table with all four", at_once));
  RETURN_IF_ERROR(AdvanceTo(stage, until));
  if (until < kTheEnd) return true;
  return PrintReport(stage, stall, survey);
}

absl::StatusOr<bool> Run() {
  absl::CivilDay until;
  if (!absl::ParseCivilTime(absl::GetFlag(FLAGS_until), &until) || until > kTheEnd) {
    return absl::InvalidArgumentError("--until is a day like 2023-01-31, at most 2023-10-31");
  }
  ASSIGN_OR_RETURN(const Year year,
                   LoadYear(absl::GetFlag(FLAGS_year_file), absl::GetFlag(FLAGS_areas_file)));
  ASSIGN_OR_RETURN(
      const std::unique_ptr<Cast> cast,
      Cast::Assemble(year, absl::GetFlag(FLAGS_signing_key_file), absl::GetFlag(FLAGS_token_issuer)));
  Stage stage(year, *cast,
              {{"outreach", absl::GetFlag(FLAGS_outreach)},
               {"opinion", absl::GetFlag(FLAGS_opinion)},
               {"deliberation", absl::GetFlag(FLAGS_deliberation)},
               {"volunteer", absl::GetFlag(FLAGS_volunteer)}},
              {.cert = "", .key = "", .ca = absl::GetFlag(FLAGS_tls_ca_file)},
              until < kTheEnd ? At(until + 1, 0) : absl::InfiniteFuture());
  const absl::Time start = absl::Now();
  ASSIGN_OR_RETURN(const bool met, PlayTheYear(stage, until, absl::GetFlag(FLAGS_at_once)));
  std::printf("  %lld calls in %.0f s; names of people are invented.\n",
              static_cast<long long>(stage.calls()), absl::ToDoubleSeconds(absl::Now() - start));
  if (!absl::GetFlag(FLAGS_messages).empty()) {
    RETURN_IF_ERROR(SubmitMessages(stage, absl::GetFlag(FLAGS_messages)));
  }
  return met;
}

}  // namespace
}  // namespace firstfloor::demo

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "plays the community's year through the public API and prints the annual report");
  absl::ParseCommandLine(argc, argv);
  const absl::StatusOr<bool> met = firstfloor::demo::Run();
  if (!met.ok()) {
    std::cerr << "demo: " << met.status().message() << " " << firstfloor::error::ReasonOf(met.status())
              << "\n";
    return met.status().code() == absl::StatusCode::kInvalidArgument ? 2 : 1;
  }
  return *met ? 0 : 1;
}
