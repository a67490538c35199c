#include "services/opinion/rotation_service.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/area/registry.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/resource/table.h"
#include "common/rpc/shared_answer.h"
#include "common/statistics/projection.h"
#include "services/opinion/opinion_statistics.h"
#include "services/opinion/rotation_rules.h"

namespace firstfloor::opinion {
namespace {

using rotation_rules::Visit;

absl::StatusOr<std::vector<std::string>> BuildingsOf(const rpc::Call& call, const std::string& area) {
  std::vector<std::string> buildings;
  for (const area::Area& building : call.environment().areas->Below(area, area::Level::kBuilding)) {
    buildings.push_back(building.code);
  }
  if (buildings.size() > rotation_rules::kMostBuildings) return rotation_rules::TooLarge("buildings");
  return buildings;
}

}  // namespace

void RotationHandlers::Register(rpc::Service& service) {
  service.Read("PlanRotation", this, &RotationHandlers::Plan);
  service.Mutation("CommitRotation", this, &RotationHandlers::Commit);
  service.Read("GetCoverage", this, &RotationHandlers::GetCoverage);
}

absl::StatusOr<v1::RotationPlan> RotationHandlers::Plan(rpc::Call& call,
                                                        const v1::PlanRotationRequest& request) {
  ASSIGN_OR_RETURN(rotation_rules::RotationProblem problem, rotation_rules::ProblemOf(request, call.now()));
  ASSIGN_OR_RETURN(problem.buildings, BuildingsOf(call, request.area()));
  const absl::Time start = calendar::StartOf(problem.first_day);
  const absl::Time end = calendar::StartOf(problem.end_day);
  const auto load = [&](db::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const auto held, rotations_.LastHeld(tx, problem.buildings, start));
    problem.last.clear();
    for (const auto& [building, visit] : held) problem.last[building] = visit.start;
    ASSIGN_OR_RETURN(problem.visits,
                     rotations_.Visits(tx, request.area(), std::min(start, call.now()), end, call.now()));
    ASSIGN_OR_RETURN(problem.busy, rotations_.Busy(tx, rotation_rules::SubjectsIn(request), start, end));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(db::RunInTransaction(call.db(), call.deadline(), load));
  return rotation_rules::MakeRotation(problem, calendar::Calendar::InForce());
}

absl::StatusOr<v1::CommitRotationResponse> RotationHandlers::Commit(
    rpc::Call& call, db::Transaction& tx, const v1::CommitRotationRequest& request) {
  error::Violations violations;
  for (int i = 0; i < request.teams_size(); ++i) {
    kinds_.Check(request.teams(i).members(), absl::StrCat("teams[", i, "].members"), violations);
  }
  RETURN_IF_ERROR(violations.ToStatus());
  ASSIGN_OR_RETURN(std::vector<v1::Stall> stalls, rotation_rules::StallsOf(request, call.now()));
  const rotation_rules::Span span = rotation_rules::SpanOf(request);
  RETURN_IF_ERROR(rotations_.TakeTurn(tx));
  ASSIGN_OR_RETURN(const std::vector<Visit> visits,
                   rotations_.Visits(tx, request.area(), span.from, span.to, absl::UnixEpoch()));
  ASSIGN_OR_RETURN(const rotation_rules::Engagements busy,
                   rotations_.Busy(tx, rotation_rules::SubjectsIn(request), span.from, span.to));
  RETURN_IF_ERROR(rotation_rules::CheckUpToDate(stalls, visits, busy));
  v1::CommitRotationResponse response;
  for (v1::Stall& stall : stalls) {
    stall.set_name(resource::NewName("stalls", call.origin().record_time));
    RETURN_IF_ERROR(changes_.Insert(tx, call.origin(), stall));
    response.add_stalls(stall.name());
  }
  return response;
}

absl::StatusOr<v1::Coverage> RotationHandlers::GetCoverage(rpc::Call& call,
                                                           const v1::GetCoverageRequest& request) {
  const std::string key = absl::StrCat("coverage/opinion/", request.area(), "/", request.most_days(), "/",
                                       absl::FormatCivilTime(calendar::DayOf(call.now())));
  ASSIGN_OR_RETURN(auto answer, rpc::SharedAnswer<v1::Coverage>(call, kStatisticsReader, key,
                                                                [&] { return Compute(call, request); }));
  *answer.response.mutable_as_of_time() = calendar::ToProto(answer.as_of);
  return std::move(answer.response);
}

absl::StatusOr<v1::Coverage> RotationHandlers::Compute(rpc::Call& call,
                                                       const v1::GetCoverageRequest& request) {
  ASSIGN_OR_RETURN(const std::vector<std::string> buildings, BuildingsOf(call, request.area()));
  const absl::CivilDay today = calendar::DayOf(call.now());
  std::map<std::string, Visit> last;
  std::map<std::string, Visit> next;
  const auto load = [&](db::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(last, rotations_.LastHeld(tx, buildings, calendar::StartOf(today + 1)));
    ASSIGN_OR_RETURN(next, rotations_.NextPlanned(tx, buildings, calendar::StartOf(today)));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(db::RunInTransaction(call.db(), call.deadline(), load));
  std::map<std::string, absl::CivilDay> since;
  for (const std::string& building : buildings) {
    const auto had = last.find(building);
    since[building] = had == last.end() ? absl::CivilDay() : calendar::DayOf(had->second.start) + 1;
  }
  ASSIGN_OR_RETURN(const auto opinions, statistics::SumsSince(call.db(), kReceived, since));
  return rotation_rules::CoverageOf(buildings, last, next, opinions, request.most_days(), today);
}

}  // namespace firstfloor::opinion
