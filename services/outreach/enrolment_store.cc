#include "services/outreach/enrolment_store.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/program/house.h"

namespace firstfloor::outreach {
namespace {

using google::protobuf::Message;

const v1::Enrolment& As(const Message& message) { return static_cast<const v1::Enrolment&>(message); }

db::Value SessionId(absl::string_view session) { return db::Value(*resource::IdOf("sessions", session)); }

// By account where there is one, else by telephone number; nobody knows who the others are.
db::Value PersonOf(const privacy::Keyring& keyring, const v1::Enrolment& enrolment) {
  const type::v1::Person& person = enrolment.person();
  if (!person.subject().empty()) return db::Value(keyring.BlindIndex("subject", person.subject()));
  if (!person.phone().empty()) return db::Value(keyring.BlindIndex("phone", person.phone()));
  return db::Value(nullptr);
}

resource::Spec SpecOf(const privacy::Keyring& keyring) {
  return {.table = "enrolment",
          .collection = "enrolments",
          .type = "Enrolment",
          .columns = {
              {"session", [](const Message& m) { return SessionId(As(m).session()); }},
              {"state", [](const Message& m) { return db::Value(As(m).state()); }},
              {"queue_number", [](const Message& m) { return db::Value(As(m).queue_number()); }},
              {"heads", [](const Message& m) { return db::Value(As(m).heads()); }},
              {"person", [&keyring](const Message& m) { return PersonOf(keyring, As(m)); }},
              {"live_person",
               [&keyring](const Message& m) {
                 const bool live = As(m).state() != v1::ENROLMENT_STATE_WITHDRAWN;
                 return live ? PersonOf(keyring, As(m)) : db::Value(nullptr);
               }},
          }};
}

}  // namespace

EnrolmentStore::EnrolmentStore(program::House& house)
    : keyring_(*house.environment().keyring), table_(SpecOf(keyring_), keyring_) {}

absl::Status EnrolmentStore::Insert(db::Transaction& tx, v1::Enrolment& enrolment,
                                    const events::Origin& origin) const {
  const absl::Status status = table_.Insert(tx, enrolment, origin);
  if (!absl::IsAlreadyExists(status)) return status;
  return error::Make(absl::StatusCode::kAlreadyExists, "ALREADY_ENROLLED",
                     "the person has an enrolment in this session", {{"session", enrolment.session()}});
}

absl::StatusOr<EnrolmentStore::Waiting> EnrolmentStore::Waitlist(db::Transaction& tx,
                                                                 const v1::Session& session) const {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query("SELECT id, heads FROM enrolment WHERE session = ? AND state = ? ORDER BY queue_number",
               {SessionId(session.name()), db::Value(v1::ENROLMENT_STATE_WAITLISTED)}));
  Waiting waiting;
  for (const db::Row& row : rows) {
    waiting.names.push_back(resource::NameOf("enrolments", row.Text(0)));
    waiting.heads.push_back(static_cast<int>(row.Int(1)));
  }
  return waiting;
}

absl::StatusOr<std::string> EnrolmentStore::LiveOf(db::Transaction& tx, const v1::Session& session,
                                                   const std::string& subject) const {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   tx.Query("SELECT id FROM enrolment WHERE session = ? AND live_person = ?",
                            {SessionId(session.name()), db::Value(keyring_.BlindIndex("subject", subject))}));
  return rows.empty() ? "" : resource::NameOf("enrolments", rows.front().Text(0));
}

absl::StatusOr<std::vector<v1::Enrolment>> EnrolmentStore::In(
    db::Transaction& tx, const v1::Session& session, const std::vector<v1::EnrolmentState>& states) const {
  std::vector<db::Value> values(states.begin(), states.end());
  return table_.ListLocked(tx, {OfSession(session.name()), resource::In("state", std::move(values))},
                           std::numeric_limits<int>::max());
}

resource::Condition EnrolmentStore::OfSession(absl::string_view session) const {
  return resource::Equals("session", SessionId(session));
}

resource::Condition EnrolmentStore::OfPerson(const std::string& subject) const {
  return resource::Equals("person", db::Value(keyring_.BlindIndex("subject", subject)));
}

}  // namespace firstfloor::outreach
