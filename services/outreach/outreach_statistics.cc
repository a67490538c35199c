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

// Figures have few series each, so that they cost days; only rounds, venues and areas, which are told apart
// by name, have one for each.
constexpr char kVenues[] = "figures.venues";                 // by venue, where it is: 1 while it is in use
constexpr char kVenueSessions[] = "figures.venue_sessions";  // by venue, where it is
constexpr char kRounds[] = "figures.rounds";                 // sessions by series, round and form
constexpr char kSessions[] = "figures.sessions";             // by series and form
constexpr char kAttendances[] = "figures.attendances";       // by series and form
constexpr char kHeads[] = "figures.heads";                   // by identity
constexpr char kReached[] = "figures.reached";               // sessions by the area that they were for, there

constexpr int kBatch = 256;  // events
const absl::CivilDay kFirstDay(1970, 1, 1);

using Counts = std::map<std::string, int64_t>;
using Heads = google::protobuf::Map<std::string, int64_t>;

// The part of a name after its collection: series keys are short.
std::string IdIn(const std::string& name) { return name.substr(name.find('/') + 1); }

void AddVenue(const Event& event, Deltas& deltas) {
  const OutreachEvent& change = event.outreach();
  const int delta = (change.to() == "ACTIVE") - (change.from() == "ACTIVE");
  if (delta == 0) return;
  deltas.Add(event.area(), calendar::FromProto(event.occur_time()),
             Series(kVenues, {{"venue", IdIn(event.subject())}}), delta);
}

void AddAttendances(const Event& event, const Heads& heads, absl::Time time, Deltas& deltas) {
  const OutreachEvent& change = event.outreach();
  int64_t attendances = 0;
  for (const auto& [identity, count] : heads) {
    attendances += count;
    deltas.Add(event.area(), time, Series(kHeads, {{"identity", identity}}), count);
  }
  deltas.Add(event.area(), time,
             Series(kAttendances, {{"series", IdIn(change.series())}, {"form", change.form()}}), attendances);
}

void AddSession(const Event& event, const std::string& venue_area, Deltas& deltas) {
  const OutreachEvent& change = event.outreach();
  const events::v1::SessionCompleted& completed = change.session_completed();
  const absl::Time time = calendar::FromProto(event.occur_time());
  const std::string series = IdIn(change.series());
  AddAttendances(event, completed.heads(), time, deltas);
  deltas.Add(event.area(), time, Series(kSessions, {{"series", series}, {"form", change.form()}}));
  if (!change.round().empty()) {
    deltas.Add(
        event.area(), time,
        Series(kRounds, {{"series", series}, {"round", IdIn(change.round())}, {"form", change.form()}}));
  }
  deltas.Add(venue_area, time, Series(kVenueSessions, {{"venue", IdIn(completed.venue())}}));
  for (const std::string& reached : completed.audience_areas()) {
    deltas.Add(reached, time, Series(kReached, {{"area", reached}}));
  }
  // Events of the first release do not say whom a class was for.
  if (completed.audience_areas().empty()) {
    deltas.Add(event.area(), time, Series(kReached, {{"area", event.area()}}));
  }
}

// Where venues are, which never changes; asked once of each.
class VenueAreas {
 public:
  VenueAreas(const VenueStore& venues, db::Transaction& tx) : venues_(venues), tx_(tx) {}
  absl::StatusOr<std::string> Of(const std::string& venue) {
    std::string& area = known_[venue];
    if (area.empty()) {
      ASSIGN_OR_RETURN(const v1::Venue found, venues_.table().Load(tx_, venue));
      area = found.area();
    }
    return area;
  }

 private:
  const VenueStore& venues_;
  db::Transaction& tx_;
  std::map<std::string, std::string> known_;
};

absl::Status Count(const Event& event, VenueAreas& areas, Deltas& deltas) {
  const OutreachEvent& change = event.outreach();
  if (change.has_venue_changed()) {
    AddVenue(event, deltas);
  } else if (change.has_participants_added()) {
    AddAttendances(event, change.participants_added().heads(),
                   calendar::FromProto(change.participants_added().complete_time()), deltas);
  } else {
    ASSIGN_OR_RETURN(const std::string area, areas.Of(change.session_completed().venue()));
    AddSession(event, area, deltas);
  }
  return absl::OkStatus();
}

// The value of a dimension in the name of a series: "figures.sessions|form=TALK".
std::string ValueOf(absl::string_view series, absl::string_view dimension) {
  for (absl::string_view part : absl::StrSplit(series, '|')) {
    if (absl::ConsumePrefix(&part, dimension) && absl::ConsumePrefix(&part, "=")) return std::string(part);
  }
  return "";
}

void AddCounts(const Counts& sessions, const Counts& attendances, absl::string_view dimension,
               std::map<std::string, Classes>& by) {
  for (const auto& [series, count] : sessions) {
    if (count > 0) by[ValueOf(series, dimension)].sessions += count;
  }
  for (const auto& [series, heads] : attendances) by[ValueOf(series, dimension)].attendances += heads;
}

// `rounds`: a map whose keys are series of kRounds.
template <typename Rounds>
void AddRounds(const Rounds& rounds, absl::string_view dimension, std::map<std::string, Classes>& by) {
  for (const auto& [series, last] : rounds) {
    by[ValueOf(series, dimension)].rounds.insert(ValueOf(series, "round"));
  }
}

// Of the venues that are in use in the area on the last day, the name after its collection.
absl::StatusOr<std::set<std::string>> ActiveVenues(db::Connection& connection, const Period& period) {
  ASSIGN_OR_RETURN(const Counts in_use, Sums(connection, kVenues, period.area, kFirstDay, period.to));
  std::set<std::string> venues;
  for (const auto& [series, count] : in_use) {
    if (count > 0) venues.insert(ValueOf(series, "venue"));
  }
  return venues;
}

}  // namespace

events::Effect Projection(const VenueStore& venues) {
  return {
      .concerns =
          [](const Event& event) {
            return event.outreach().has_venue_changed() || event.outreach().has_session_completed() ||
                   event.outreach().has_participants_added();
          },
      .apply_batch = [&venues](db::Transaction& tx, absl::Span<const Event* const> events) -> absl::Status {
        VenueAreas areas(venues, tx);
        Deltas deltas;
        for (const Event* event : events) RETURN_IF_ERROR(Count(*event, areas, deltas));
        return deltas.Write(tx);
      },
      .gather = firstfloor::statistics::kGather,
      .batch = kBatch,
      .payloads = {"outreach"}};
}

absl::StatusOr<ClassFigures> ClassesOf(db::Connection& connection, const Period& period,
                                       absl::string_view dimension) {
  ASSIGN_OR_RETURN(const Counts sessions, Sums(connection, kSessions, period.area, period.from, period.to));
  ASSIGN_OR_RETURN(const Counts attendances,
                   Sums(connection, kAttendances, period.area, period.from, period.to));
  ASSIGN_OR_RETURN(const auto rounds, LastDays(connection, kRounds, period.area, period.from, period.to));
  ClassFigures figures;
  std::map<std::string, Classes> all;
  AddCounts(sessions, attendances, "", all);
  AddRounds(rounds, "", all);
  figures.all = all[""];
  if (dimension.empty()) return figures;
  AddCounts(sessions, attendances, dimension, figures.by);
  AddRounds(rounds, dimension, figures.by);
  return figures;
}

absl::StatusOr<std::map<std::string, Classes>> ClassesByMonth(db::Connection& connection,
                                                              const Period& period) {
  ASSIGN_OR_RETURN(auto sessions, SumsByMonth(connection, kSessions, period.area, period.from, period.to));
  ASSIGN_OR_RETURN(auto attendances,
                   SumsByMonth(connection, kAttendances, period.area, period.from, period.to));
  ASSIGN_OR_RETURN(auto rounds, SumsByMonth(connection, kRounds, period.area, period.from, period.to));
  std::map<std::string, Classes> months;
  for (const auto& [month, counts] : sessions) {
    std::map<std::string, Classes> all;
    AddCounts(counts, attendances[month], "", all);
    AddRounds(rounds[month], "", all);
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
  ASSIGN_OR_RETURN(const std::set<std::string> active, ActiveVenues(connection, period));
  ASSIGN_OR_RETURN(const auto last_days,
                   LastDays(connection, kVenueSessions, period.area, period.from, period.to));
  Venues venues;
  venues.active = static_cast<int64_t>(active.size());
  for (const auto& [series, day] : last_days) {
    venues.used += static_cast<int64_t>(active.count(ValueOf(series, "venue")));
  }
  return venues;
}

absl::StatusOr<std::map<std::string, VenueUse>> VenueUses(db::Connection& connection, const Period& period) {
  ASSIGN_OR_RETURN(const std::set<std::string> active, ActiveVenues(connection, period));
  ASSIGN_OR_RETURN(const Counts sessions,
                   Sums(connection, kVenueSessions, period.area, period.from, period.to));
  ASSIGN_OR_RETURN(const auto last_days,
                   LastDays(connection, kVenueSessions, period.area, kFirstDay, period.to));
  std::map<std::string, VenueUse> uses;
  for (const std::string& venue : active) {
    const std::string series = Series(kVenueSessions, {{"venue", venue}});
    VenueUse& use = uses["venues/" + venue];
    if (const auto count = sessions.find(series); count != sessions.end()) use.sessions = count->second;
    if (const auto day = last_days.find(series); day != last_days.end()) {
      use.days_since = period.to - 1 - day->second;
    }
  }
  return uses;
}

absl::StatusOr<std::set<std::string>> Reached(db::Connection& connection, const Period& period) {
  // A class of the compound is for the building too.
  std::string around = period.area;
  for (const std::string& code : area::SelfAndAncestors(period.area)) {
    if (area::LevelOf(code) >= area::Level::kCompound) around = code;
  }
  ASSIGN_OR_RETURN(const auto last_days, LastDays(connection, kReached, around, period.from, period.to));
  std::set<std::string> reached;
  for (const auto& [series, day] : last_days) reached.insert(ValueOf(series, "area"));
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
