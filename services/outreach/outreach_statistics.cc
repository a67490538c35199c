#include "services/outreach/outreach_statistics.h"

#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/area/registry.h"
#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "common/resource/table.h"
#include "common/statistics/projection.h"
#include "firstfloor/events/v1/event.pb.h"
#include "firstfloor/outreach/v1/venue.pb.h"
#include "services/outreach/venue_store.h"

namespace firstfloor::outreach::statistics {
namespace {

using events::v1::Event;
using events::v1::OutreachEvent;
using firstfloor::statistics::Deltas;
using firstfloor::statistics::LastDays;
using firstfloor::statistics::Series;
using firstfloor::statistics::Sums;
using firstfloor::statistics::SumsByMonth;

constexpr char kVenues[] = "outreach.venues";
constexpr char kVenueSessions[] = "outreach.venue_sessions";
constexpr char kSessions[] = "outreach.sessions";
constexpr char kAttendances[] = "outreach.attendances";
constexpr char kHeads[] = "outreach.heads";
constexpr char kReached[] = "outreach.reached";

// The part of a name after its collection: series keys are short.
std::string IdIn(const std::string& name) { return name.substr(name.find('/') + 1); }

void AddVenue(const Event& event, Deltas& deltas) {
  const OutreachEvent& change = event.outreach();
  const int delta = (change.to() == "ACTIVE") - (change.from() == "ACTIVE");
  if (delta != 0) deltas.Add(event.area(), calendar::FromProto(event.occur_time()), Series(kVenues), delta);
}

void AddSession(const Event& event, Deltas& deltas) {
  const OutreachEvent& change = event.outreach();
  const absl::Time time = calendar::FromProto(event.occur_time());
  const std::vector<std::pair<std::string, std::string>> dimensions = {
      {"series", IdIn(change.series())}, {"round", IdIn(change.round())}, {"form", change.form()}};
  int64_t attendances = 0;
  for (const auto& [identity, heads] : change.session_completed().heads()) {
    attendances += heads;
    deltas.Add(event.area(), time, Series(kHeads, {{"identity", identity}}), heads);
  }
  deltas.Add(event.area(), time, Series(kSessions, dimensions));
  deltas.Add(event.area(), time, Series(kAttendances, dimensions), attendances);
  deltas.Add(event.area(), time,
             Series(kVenueSessions, {{"venue", IdIn(change.session_completed().venue())}}));
  for (const std::string& reached : change.session_completed().audience_areas()) {
    deltas.Add(event.area(), time, Series(kReached, {{"area", reached}}));
  }
  // Events of the first release do not say whom a class was for.
  if (change.session_completed().audience_areas().empty()) {
    deltas.Add(event.area(), time, Series(kReached, {{"area", event.area()}}));
  }
}

absl::Status Apply(db::Transaction& tx, const Event& event, const std::string&) {
  Deltas deltas;
  if (event.outreach().has_venue_changed()) {
    AddVenue(event, deltas);
  } else {
    AddSession(event, deltas);
  }
  return deltas.Write(tx);
}

// The value of a dimension in the name of a series: "outreach.sessions|form=TALK".
std::string ValueOf(absl::string_view series, absl::string_view dimension) {
  for (absl::string_view part : absl::StrSplit(series, '|')) {
    if (absl::ConsumePrefix(&part, dimension) && absl::ConsumePrefix(&part, "=")) return std::string(part);
  }
  return "";
}

using Counts = std::map<std::string, int64_t>;

void AddCounts(const Counts& sessions, const Counts& attendances, absl::string_view dimension,
               std::map<std::string, Classes>& by) {
  for (const auto& [series, count] : sessions) {
    if (count == 0) continue;
    Classes& classes = by[ValueOf(series, dimension)];
    classes.sessions += count;
    if (const std::string round = ValueOf(series, "round"); !round.empty()) classes.rounds.insert(round);
  }
  for (const auto& [series, heads] : attendances) by[ValueOf(series, dimension)].attendances += heads;
}

}  // namespace

events::Effect Projection() {
  return {.concerns =
              [](const Event& event) {
                return event.outreach().has_venue_changed() || event.outreach().has_session_completed();
              },
          .apply = Apply,
          .batch = 256,
          .payloads = {"outreach"}};
}

absl::StatusOr<ClassFigures> ClassesOf(db::Connection& connection, const Period& period,
                                       absl::string_view dimension) {
  ASSIGN_OR_RETURN(const Counts sessions, Sums(connection, kSessions, period.area, period.from, period.to));
  ASSIGN_OR_RETURN(const Counts attendances,
                   Sums(connection, kAttendances, period.area, period.from, period.to));
  ClassFigures figures;
  std::map<std::string, Classes> all;
  AddCounts(sessions, attendances, "", all);
  figures.all = all[""];
  if (!dimension.empty()) AddCounts(sessions, attendances, dimension, figures.by);
  return figures;
}

absl::StatusOr<std::map<std::string, Classes>> ClassesByMonth(db::Connection& connection,
                                                              const Period& period) {
  ASSIGN_OR_RETURN(auto sessions, SumsByMonth(connection, kSessions, period.area, period.from, period.to));
  ASSIGN_OR_RETURN(auto attendances,
                   SumsByMonth(connection, kAttendances, period.area, period.from, period.to));
  std::map<std::string, Classes> months;
  for (const auto& [month, counts] : sessions) {
    std::map<std::string, Classes> all;
    AddCounts(counts, attendances[month], "", all);
    months[month] = all[""];
  }
  return months;
}

absl::StatusOr<std::map<std::string, int64_t>> AttendancesByIdentity(db::Connection& connection,
                                                                     const Period& period) {
  ASSIGN_OR_RETURN(const Counts heads, Sums(connection, kHeads, period.area, period.from, period.to));
  std::map<std::string, int64_t> by;
  for (const auto& [series, count] : heads) by[ValueOf(series, "identity")] += count;
  return by;
}

absl::StatusOr<Venues> VenuesOf(db::Connection& connection, const Period& period) {
  ASSIGN_OR_RETURN(const Counts changes,
                   Sums(connection, kVenues, period.area, absl::CivilDay(1970, 1, 1), period.to));
  ASSIGN_OR_RETURN(const Counts sessions,
                   Sums(connection, kVenueSessions, period.area, period.from, period.to));
  Venues venues;
  for (const auto& [series, count] : changes) venues.active += count;
  for (const auto& [series, count] : sessions) venues.used += count > 0;
  return venues;
}

absl::StatusOr<std::map<std::string, VenueUse>> VenueUses(db::Connection& connection, const Period& period) {
  // A venue may serve classes of areas beside its own: all of them count.
  const std::string everywhere = area::SelfAndAncestors(period.area).back();
  ASSIGN_OR_RETURN(const Counts sessions,
                   Sums(connection, kVenueSessions, everywhere, period.from, period.to));
  ASSIGN_OR_RETURN(const auto last_days, LastDays(connection, kVenueSessions, everywhere, period.to));
  ASSIGN_OR_RETURN(const std::vector<std::string> venues, ActiveVenues(connection, period.area));
  std::map<std::string, VenueUse> uses;
  for (const std::string& name : venues) {
    const std::string series = Series(kVenueSessions, {{"venue", IdIn(name)}});
    VenueUse& use = uses[name];
    if (const auto count = sessions.find(series); count != sessions.end()) use.sessions = count->second;
    if (const auto day = last_days.find(series); day != last_days.end()) {
      use.days_since = period.to - 1 - day->second;
    }
  }
  return uses;
}

absl::StatusOr<std::set<std::string>> Reached(db::Connection& connection, const Period& period) {
  // A class of the compound is for the building too, so it counts wherever it was held.
  const std::string everywhere = area::SelfAndAncestors(period.area).back();
  ASSIGN_OR_RETURN(const Counts classes, Sums(connection, kReached, everywhere, period.from, period.to));
  std::set<std::string> reached;
  for (const auto& [series, count] : classes) {
    if (count > 0) reached.insert(ValueOf(series, "area"));
  }
  return reached;
}

bool IsReached(const std::set<std::string>& reached, const std::string& building) {
  const std::vector<std::string> codes = area::SelfAndAncestors(building);
  for (size_t i = 0; i < codes.size() && i < 2; ++i) {  // itself, its compound
    if (reached.count(codes[i]) > 0) return true;
  }
  const auto part = reached.lower_bound(building + "-");
  return part != reached.end() && area::Covers(building, *part);
}

}  // namespace firstfloor::outreach::statistics
