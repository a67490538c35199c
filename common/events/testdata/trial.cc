#include "common/events/testdata/trial.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/db/migrate.h"
#include "common/db/position.h"
#include "common/db/schema/migrations.h"
#include "common/error/macros.h"
#include "common/events/sequence.h"
#include "common/events/testdata/trial_store.h"
#include "common/privacy/keyring.h"
#include "common/testing/place.h"
#include "gtest/gtest.h"

namespace firstfloor::events::trial {
namespace {

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << status << std::endl;
  std::abort();
}

// Gone before the program ends, with the folder it lives in.
class SharedServer : public ::testing::Environment {
 public:
  testing::MariaDb& Get() {
    if (server_ == nullptr) server_ = std::make_unique<testing::MariaDb>();
    return *server_;
  }
  void TearDown() override { server_.reset(); }

 private:
  std::unique_ptr<testing::MariaDb> server_;
};

SharedServer* const shared_server = new SharedServer();
// GoogleTest owns it from here on.
const ::testing::Environment* const registered = ::testing::AddGlobalTestEnvironment(shared_server);

std::unique_ptr<privacy::Keyring> MakeKeys() {
  const testing::PrivateFolder folder;
  const std::string file = folder.path() + "/keys.json";
  Must(privacy::Keyring::Generate(file, "k1"));
  absl::StatusOr<std::unique_ptr<privacy::Keyring>> keys = privacy::Keyring::Load(file);
  Must(keys.status());
  return *std::move(keys);
}

}  // namespace

testing::MariaDb& Server() { return shared_server->Get(); }

db::Config NewSchema(const std::string& hint) {
  db::Config config = Server().NewSchema(hint);
  db::Connection connection(config);
  Must(db::Migrate(connection, schema::Migrations()).status());
  return config;
}

const privacy::Keyring& Keys() {
  static const std::unique_ptr<privacy::Keyring> keys = MakeKeys();
  return *keys;
}

Origin ByPerson(const std::string& subject) {
  Origin origin;
  origin.subject = subject;
  origin.occur_time = origin.record_time = absl::Now();
  return origin;
}

Origin ByService(const std::string& name) {
  Origin origin = ByPerson(name);
  origin.by_service = true;
  return origin;
}

v1::Event Received(const std::string& subject, int64_t version, int32_t ordinal) {
  v1::Event event;
  event.set_subject(subject);
  event.set_version(version);
  event.set_ordinal(ordinal);
  event.set_area("340111400001");
  event.mutable_opinion()->mutable_received();
  return event;
}

Trial::Trial(const std::string& hint)
    : config(NewSchema(hint)), connection(config), log("opinion", Keys(), [this] { ++rung; }) {}

absl::Status Trial::Append(v1::Event event) { return Append(std::vector<v1::Event>{std::move(event)}); }

absl::Status Trial::Append(const std::vector<v1::Event>& events) {
  return db::RunInTransaction(connection, absl::Now() + absl::Seconds(10), [&](db::Transaction& tx) {
    for (const v1::Event& event : events) RETURN_IF_ERROR(log.Append(tx, ByService("opinion"), event));
    return absl::OkStatus();
  });
}

absl::Status Trial::Change(db::Connection& with, const std::string& subject) {
  return db::RunInTransaction(with, absl::Now() + absl::Seconds(10),
                              [&](db::Transaction& tx) -> absl::Status {
                                ASSIGN_OR_RETURN(const int64_t version, trial::Change(tx, subject));
                                return log.Append(tx, ByService("opinion"), Received(subject, version));
                              });
}

void Trial::Sequence() {
  while (true) {
    const absl::StatusOr<db::Position> head = db::LoadPosition(connection, kLogHead);
    Must(head.status());
    const absl::StatusOr<Sequenced> sequenced = SequenceBatch(connection, *head);
    Must(sequenced.status());
    if (sequenced->record_times.empty()) return;
  }
}

void Trial::Fill(int from, int to) {
  std::vector<v1::Event> events;
  for (int i = from; i < to; ++i) events.push_back(Received(absl::StrCat("opinions/", i), 1));
  Must(Append(events));
  Sequence();
}

std::vector<v1::Event> Trial::All() {
  absl::StatusOr<std::vector<v1::Event>> events = ReadAfter(connection, 0, 1'000'000);
  Must(events.status());
  return *std::move(events);
}

Effect Taking(const std::string& reader) {
  Effect effect;
  effect.apply = [reader](db::Transaction& tx, const v1::Event& event, const std::string&) {
    return Take(tx, reader, event);
  };
  return effect;
}

}  // namespace firstfloor::events::trial
