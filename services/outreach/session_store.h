// Sessions, and what they have booked, in the database.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_SESSION_STORE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_SESSION_STORE_H_

#include <map>
#include <string>
#include <vector>

#include "common/resource/table.h"
#include "firstfloor/outreach/v1/session.pb.h"
#include "services/outreach/session_rules.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::outreach {

// Bookings are read and written only by who holds the lock of the row of every place concerned (its venue's
// and its lecturers').
class SessionStore {
 public:
  explicit SessionStore(program::House& house);

  const resource::Table<v1::Session>& table() const { return table_; }

  // The places that `session` takes, venue and lecturers, by name: the order in which they are locked.
  static std::vector<std::string> PlacesOf(const v1::Session& session);
  // Sessions that have booked one of the places too close to this one, at most 10.
  absl::StatusOr<std::vector<std::string>> Conflicts(db::Transaction& tx, const v1::Session& session,
                                                     const LocalHours& hours) const;
  // Books the places of `session` instead of what it had booked.
  absl::Status Book(db::Transaction& tx, const v1::Session& session) const;
  absl::Status Release(db::Transaction& tx, const v1::Session& session) const;
  // Of each of `places` when it is booked, between `from` and `to` and so close to them that it matters.
  absl::StatusOr<std::map<std::string, std::vector<rules::Occupation>>> Bookings(
      db::Connection& connection, const std::vector<std::string>& places, absl::Time from, absl::Time to,
      const LocalHours& hours) const;
  // Sessions that have `place` booked and end after `time`, at most 10.
  absl::StatusOr<std::vector<std::string>> BookedAfter(db::Transaction& tx, absl::string_view place,
                                                       absl::Time time) const;

 private:
  const resource::Table<v1::Session> table_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_SESSION_STORE_H_
