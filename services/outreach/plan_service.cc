#include "services/outreach/plan_service.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "common/area/registry.h"
#include "common/calendar/calendar.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/rpc/row.h"
#include "services/outreach/outreach_events.h"
#include "services/outreach/series_rules.h"

namespace firstfloor::outreach {
namespace {

using v1::Session;

constexpr size_t kMostNamed = 10;

absl::Status PlaceUnknown(const std::string& name) {
  return error::Precondition("PLACE_UNKNOWN", "there is no such venue or lecturer", {{"name", name}});
}

// The rows of `names`, which may be in any order.
template <typename R>
absl::StatusOr<std::vector<R>> Named(db::Connection& connection, const resource::Table<R>& table,
                                     const google::protobuf::RepeatedPtrField<std::string>& names) {
  std::vector<db::Value> ids;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const std::string id, resource::IdOf(table.raw().spec().collection, name));
    ids.emplace_back(id);
  }
  ASSIGN_OR_RETURN(std::vector<R> rows,
                   table.List(connection, {resource::In("id", std::move(ids))}, false, "", names.size()));
  std::set<std::string> found;
  for (const R& row : rows) found.insert(row.name());
  for (const std::string& name : names) {
    if (found.count(name) == 0) return PlaceUnknown(name);
  }
  return rows;
}

// What has changed since a plan was made.
class Changes {
 public:
  void AddSessions(const std::vector<std::string>& names) { sessions_.insert(names.begin(), names.end()); }
  void AddPlace(const std::string& name) { places_.insert(name); }
  absl::Status ToStatus() const {
    if (sessions_.empty() && places_.empty()) return absl::OkStatus();
    return error::Precondition("PLAN_OUTDATED", "something has changed since the plan was made",
                               {{"sessions", FirstOf(sessions_)}, {"places", FirstOf(places_)}});
  }

 private:
  static std::string FirstOf(const std::set<std::string>& names) {
    std::vector<std::string> first(names.begin(), names.end());
    if (first.size() > kMostNamed) first.resize(kMostNamed);
    return absl::StrJoin(first, ",");
  }

  std::set<std::string> sessions_;
  std::set<std::string> places_;
};

bool IsAboutTheVenue(const absl::Status& status) {
  const std::string reason = error::ReasonOf(status);
  return absl::StartsWith(reason, "VENUE_") || reason == "CAPACITY_ABOVE_VENUE";
}

}  // namespace

void PlanHandlers::Register(rpc::Service& service) {
  service.Read("PlanSessions", this, &PlanHandlers::Plan);
  service.Mutation("CommitPlan", this, &PlanHandlers::Commit);
}

absl::StatusOr<std::vector<v1::Venue>> PlanHandlers::VenuesFor(rpc::Call& call,
                                                               const v1::PlanSessionsRequest& request,
                                                               const v1::Round& round) {
  if (request.venues().empty()) {
    ASSIGN_OR_RETURN(std::vector<v1::Venue> venues,
                     stores_.venues.table().List(call.db(),
                                                 {resource::Covered("area", round.area()),
                                                  resource::Equals("state", v1::VENUE_STATE_ACTIVE)},
                                                 false, "", rules::kLargestPlan + 1));
    if (venues.size() <= rules::kLargestPlan) return venues;
    return rules::PlanTooLarge("more than 1,000 venues are in use: name those to be used");
  }
  ASSIGN_OR_RETURN(std::vector<v1::Venue> venues, Named(call.db(), stores_.venues.table(), request.venues()));
  for (const v1::Venue& venue : venues) {
    if (area::Covers(round.area(), venue.area()) || area::Covers(venue.area(), round.area())) continue;
    return error::InvalidField("venues", "must be in the area of the round");
  }
  return venues;
}

absl::Status PlanHandlers::CheckLecturers(rpc::Call& call, const v1::PlanSessionsRequest& request) {
  return Named(call.db(), stores_.lecturers.table(), request.lecturers()).status();
}

absl::StatusOr<v1::Plan> PlanHandlers::Plan(rpc::Call& call, const v1::PlanSessionsRequest& request) {
  ASSIGN_OR_RETURN(const v1::Round round,
                   rpc::HiddenIfMissing(stores_.series.rounds().Load(call.db(), request.round())));
  RETURN_IF_ERROR(call.Authorize(round.area()));
  ASSIGN_OR_RETURN(rules::PlanProblem problem, rules::ProblemOf(request, round, stores_.hours, call.now()));
  ASSIGN_OR_RETURN(problem.venues, VenuesFor(call, request, round));
  RETURN_IF_ERROR(CheckLecturers(call, request));
  std::vector<std::string> places = problem.lecturers;
  for (const v1::Venue& venue : problem.venues) places.push_back(venue.name());
  ASSIGN_OR_RETURN(problem.booked,
                   stores_.sessions.Bookings(call.db(), places, calendar::StartOf(problem.wishes.first_day),
                                             calendar::StartOf(problem.wishes.end_day), stores_.hours));
  ASSIGN_OR_RETURN(v1::Plan plan, rules::MakePlan(problem, calendar::Calendar::InForce()));
  plan.set_form(request.form());
  return plan;
}

absl::StatusOr<std::vector<Session>> PlanHandlers::Schedule(rpc::Call& call, db::Transaction& tx,
                                                            const v1::CommitPlanRequest& request,
                                                            const v1::Round& round) {
  Changes changes;
  std::set<std::string> places;  // in the order in which every booking locks them
  for (const v1::PlannedSession& planned : request.sessions()) {
    places.insert({planned.venue(), planned.lecturer()});
  }
  std::map<std::string, v1::Venue> venues;
  for (const std::string& place : places) {
    absl::Status locked;
    if (absl::StartsWith(place, "venues/")) {
      const absl::StatusOr<v1::Venue> venue = stores_.venues.table().Lock(tx, place);
      locked = venue.status();
      if (venue.ok()) venues[place] = *venue;
    } else {
      locked = stores_.lecturers.table().Lock(tx, place).status();
    }
    if (!absl::IsNotFound(locked)) RETURN_IF_ERROR(locked);
    if (absl::IsNotFound(locked)) changes.AddPlace(place);
  }
  RETURN_IF_ERROR(changes.ToStatus());
  std::vector<Session> sessions;
  for (const v1::PlannedSession& planned : request.sessions()) {
    Session draft = rules::DraftOf(planned, round, request.form());
    draft.set_name(resource::NewName("sessions", call.origin().record_time));
    absl::StatusOr<Session> session =
        rules::Schedule(draft, venues[planned.venue()], stores_.hours, {}, call.now());
    if (!session.ok()) {
      if (!IsAboutTheVenue(session.status())) return session.status();
      changes.AddPlace(planned.venue());
      continue;
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> conflicts,
                     stores_.sessions.Conflicts(tx, *session, stores_.hours));
    changes.AddSessions(conflicts);
    sessions.push_back(*std::move(session));
  }
  RETURN_IF_ERROR(changes.ToStatus());
  return sessions;
}

absl::StatusOr<v1::CommitPlanResponse> PlanHandlers::Commit(rpc::Call& call, db::Transaction& tx,
                                                            const v1::CommitPlanRequest& request) {
  ASSIGN_OR_RETURN(const v1::Round round,
                   rpc::HiddenIfMissing(stores_.series.rounds().Load(tx, request.round())));
  RETURN_IF_ERROR(call.Authorize(round.area()));
  RETURN_IF_ERROR(rules::CheckPlan(request, round, stores_.hours));
  if (!round.series().empty()) {
    ASSIGN_OR_RETURN(const v1::Series series, stores_.series.series().Load(tx, round.series()));
    RETURN_IF_ERROR(rules::MayJoin(series, round.area()));
  }
  ASSIGN_OR_RETURN(std::vector<Session> sessions, Schedule(call, tx, request, round));
  v1::CommitPlanResponse response;
  for (Session& session : sessions) {
    RETURN_IF_ERROR(stores_.sessions.table().Insert(tx, session, call.origin()));
    RETURN_IF_ERROR(TakePlaces(tx, stores_.sessions, session, call.origin()));
    RETURN_IF_ERROR(environment_.log->Append(tx, call.origin(), SessionPlanned(session)));
    response.add_sessions(session.name());
  }
  return response;
}

}  // namespace firstfloor::outreach
