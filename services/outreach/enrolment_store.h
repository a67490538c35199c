// Enrolments in the database.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_ENROLMENT_STORE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_ENROLMENT_STORE_H_

#include <string>
#include <vector>

#include "common/resource/table.h"
#include "firstfloor/outreach/v1/enrolment.pb.h"
#include "firstfloor/outreach/v1/session.pb.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::outreach {

// The enrolments of a session are written only by who holds the lock of the session's row.
class EnrolmentStore {
 public:
  explicit EnrolmentStore(program::House& house);

  const resource::Table<v1::Enrolment>& table() const { return table_; }

  // ALREADY_EXISTS, reason ALREADY_ENROLLED, while the person has a live enrolment in the session.
  absl::Status Insert(db::Transaction& tx, v1::Enrolment& enrolment, const events::Origin& origin) const;

  struct Waiting {
    std::vector<std::string> names;
    std::vector<int> heads;
  };
  // Who waits, in the order of the queue.
  absl::StatusOr<Waiting> Waitlist(db::Transaction& tx, const v1::Session& session) const;
  // The live enrolment of a person in a session, by name; "" if there is none.
  absl::StatusOr<std::string> LiveOf(db::Transaction& tx, const v1::Session& session,
                                     const std::string& subject) const;
  // All enrolments of a session in one of the states, locked.
  absl::StatusOr<std::vector<v1::Enrolment>> In(db::Transaction& tx, const v1::Session& session,
                                                const std::vector<v1::EnrolmentState>& states) const;
  // A condition of lists: those of the session; those of the person.
  resource::Condition OfSession(absl::string_view session) const;
  resource::Condition OfPerson(const std::string& subject) const;

 private:
  const privacy::Keyring& keyring_;
  const resource::Table<v1::Enrolment> table_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_ENROLMENT_STORE_H_
