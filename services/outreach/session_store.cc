#include "services/outreach/session_store.h"

#include <algorithm>
#include <set>

#include "common/error/macros.h"
#include "common/program/house.h"

namespace firstfloor::outreach {
namespace {

using google::protobuf::Message;

constexpr size_t kMostNamed = 10;

const v1::Session& As(const Message& message) { return static_cast<const v1::Session&>(message); }

resource::Spec Spec() {
  return {.table = "class_session",
          .collection = "sessions",
          .type = "Session",
          .columns = {
              {"area", [](const Message& m) { return db::Value(As(m).area()); }},
              {"state", [](const Message& m) { return db::Value(As(m).state()); }},
              {"series", [](const Message& m) { return db::Value(As(m).series()); }},
              {"round", [](const Message& m) { return db::Value(As(m).round()); }},
              {"venue", [](const Message& m) { return db::Value(As(m).venue()); }},
              {"start_time",
               [](const Message& m) {
                 return As(m).has_window() ? db::Value(rules::StartOf(As(m))) : db::Value(nullptr);
               }},
          }};
}

std::string IdOf(const v1::Session& session) { return *resource::IdOf("sessions", session.name()); }

}  // namespace

SessionStore::SessionStore(program::House& house) : table_(Spec(), *house.environment().keyring) {}

std::vector<std::string> SessionStore::PlacesOf(const v1::Session& session) {
  std::vector<std::string> places(session.lecturers().begin(), session.lecturers().end());
  places.push_back(session.venue());
  std::sort(places.begin(), places.end());
  return places;
}

absl::StatusOr<std::vector<std::string>> SessionStore::Conflicts(db::Transaction& tx,
                                                                 const v1::Session& session,
                                                                 const LocalHours& hours) const {
  const rules::Occupation taken = rules::OccupationOf(session, hours);
  std::set<std::string> names;
  for (const std::string& place : PlacesOf(session)) {
    // No session is longer than the longest: what begins earlier is over.
    ASSIGN_OR_RETURN(
        const db::Rows rows,
        tx.Query("SELECT session FROM booking WHERE place = ? AND session <> ? AND start_time < ? "
                 "AND start_time > ? AND end_time > ? ORDER BY start_time LIMIT 10",
                 {db::Value(place), db::Value(IdOf(session)), db::Value(taken.to),
                  db::Value(taken.from - rules::kLongestSession), db::Value(taken.from)}));
    for (const db::Row& row : rows) names.insert(resource::NameOf("sessions", row.Text(0)));
  }
  std::vector<std::string> first(names.begin(), names.end());
  if (first.size() > kMostNamed) first.resize(kMostNamed);
  return first;
}

absl::StatusOr<std::map<std::string, std::vector<rules::Occupation>>> SessionStore::Bookings(
    db::Connection& connection, const std::vector<std::string>& places, absl::Time from, absl::Time to,
    const LocalHours& hours) const {
  std::map<std::string, std::vector<rules::Occupation>> bookings;
  for (const std::string& place : places) {
    ASSIGN_OR_RETURN(
        const db::Rows rows,
        connection.Query("SELECT start_time, end_time FROM booking WHERE place = ? AND start_time < ? "
                         "AND start_time > ? ORDER BY start_time",
                         {db::Value(place), db::Value(to + hours.travel_buffer),
                          db::Value(from - rules::kLongestSession - hours.travel_buffer)}));
    for (const db::Row& row : rows) bookings[place].push_back({row.Time(0), row.Time(1)});
  }
  return bookings;
}

absl::Status SessionStore::Book(db::Transaction& tx, const v1::Session& session) const {
  RETURN_IF_ERROR(Release(tx, session));
  for (const std::string& place : PlacesOf(session)) {
    RETURN_IF_ERROR(
        tx.Execute("INSERT INTO booking (place, session, start_time, end_time) VALUES (?, ?, ?, ?)",
                   {db::Value(place), db::Value(IdOf(session)), db::Value(rules::StartOf(session)),
                    db::Value(rules::EndOf(session))})
            .status());
  }
  return absl::OkStatus();
}

absl::Status SessionStore::Release(db::Transaction& tx, const v1::Session& session) const {
  return tx.Execute("DELETE FROM booking WHERE session = ?", {db::Value(IdOf(session))}).status();
}

absl::StatusOr<std::vector<std::string>> SessionStore::BookedAfter(db::Transaction& tx,
                                                                   absl::string_view place,
                                                                   absl::Time time) const {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   tx.Query("SELECT session FROM booking WHERE place = ? AND end_time > ? "
                            "ORDER BY start_time LIMIT 10",
                            {db::Value(place), db::Value(time)}));
  std::vector<std::string> names;
  for (const db::Row& row : rows) names.push_back(resource::NameOf("sessions", row.Text(0)));
  return names;
}

}  // namespace firstfloor::outreach
