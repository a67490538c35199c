#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "common/db/schema/migrations.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/resource/table.h"
#include "common/testing/place.h"
#include "common/testing/servers.h"
#include "firstfloor/opinion/v1/opinion.pb.h"

namespace firstfloor::resource {
namespace {

using opinion::v1::Opinion;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kCanary[] = "CANARY";

testing::MariaDb& Server() {
  static testing::MariaDb* const server = [] {
    db::InitDriver();
    static testing::MariaDb started;
    return &started;
  }();
  return *server;
}

std::unique_ptr<privacy::Keyring> NewKeyring() {
  const testing::PrivateFolder folder;
  const std::string file = folder.path() + "/keys.json";
  EXPECT_TRUE(privacy::Keyring::Generate(file, "k1").ok());
  return privacy::Keyring::Load(file).value();
}

db::Value DueTimeOf(const Opinion& opinion) {
  if (!opinion.has_due_time()) return nullptr;
  return absl::FromUnixSeconds(opinion.due_time().seconds());
}

Spec SpecOf(const privacy::Keyring& keyring) {
  using google::protobuf::Message;
  const auto of = [](const Message& message) -> const Opinion& {
    return static_cast<const Opinion&>(message);
  };
  return {.table = "opinion",
          .collection = "opinions",
          .type = "Opinion",
          .prototype = nullptr,
          .columns = {{"area", [of](const Message& m) { return db::Value(of(m).area()); }},
                      {"state", [of](const Message& m) { return db::Value(int64_t{of(m).state()}); }},
                      {"due_time", [of](const Message& m) { return DueTimeOf(of(m)); }},
                      {"order", [of](const Message& m) { return db::Value(of(m).order()); }},
                      {"phone_index", [of, &keyring](const Message& m) {
                         return db::Value(keyring.BlindIndex("phone", of(m).reporter().phone()));
                       }}}};
}

class ResourceTable : public ::testing::Test {
 protected:
  ResourceTable() {
    db::Connection connection(config_);
    EXPECT_TRUE(db::Migrate(connection, schema::Migrations()).ok());
  }

  static events::Origin Live(absl::Time occur_time) {
    events::Origin origin;
    origin.occur_time = origin.record_time = occur_time;
    return origin;
  }
  static events::Origin BackDated(absl::Time occur_time) {
    events::Origin origin = Live(occur_time);
    origin.back_dated = true;
    return origin;
  }

  static Opinion NewOpinion(const std::string& area = "340111400001-CJ-07") {
    Opinion opinion;
    opinion.set_name(NewName("opinions", kNow));
    opinion.set_area(area);
    opinion.set_state(opinion::v1::OPINION_STATE_RECEIVED);
    opinion.set_text("CANARY the lamp in the stairway");
    opinion.mutable_reporter()->set_display_name("CANARY Zhang");
    opinion.mutable_reporter()->set_phone("+86CANARY");
    opinion.add_attachments()->set_uri("https://example.test/CANARY");
    opinion.mutable_feedback()->set_text("CANARY thanks");
    opinion.mutable_feedback()->set_satisfaction(opinion::v1::SATISFACTION_SATISFIED);
    opinion.set_category("ENVIRONMENT.LIGHTING");
    opinion.set_order("orders/1");
    return opinion;
  }

  absl::Status Insert(Opinion& opinion, const events::Origin& origin) {
    return db::Run(connection_, absl::Now() + absl::Seconds(10),
                   [&](db::Transaction& tx) { return table_.Insert(tx, opinion, origin); });
  }
  absl::Status Save(Opinion& opinion, const events::Origin& origin) {
    return db::Run(connection_, absl::Now() + absl::Seconds(10),
                   [&](db::Transaction& tx) { return table_.Save(tx, opinion, origin); });
  }
  Opinion Inserted(const std::string& area = "340111400001-CJ-07") {
    Opinion opinion = NewOpinion(area);
    EXPECT_TRUE(Insert(opinion, Live(kNow)).ok());
    return opinion;
  }
  std::vector<std::string> NamesWhere(const std::vector<Condition>& conditions) {
    std::vector<std::string> names;
    const auto listed = table_.List(connection_, conditions, false, "", 100);
    EXPECT_TRUE(listed.ok()) << listed.status();
    for (const Opinion& opinion : *listed) names.push_back(opinion.name());
    return names;
  }

  const db::Config config_ = Server().NewSchema("resource");
  const std::unique_ptr<privacy::Keyring> keyring_ = NewKeyring();
  const Table<Opinion> table_{SpecOf(*keyring_), *keyring_};
  db::Connection connection_{config_};
};

TEST_F(ResourceTable, GivesBackWhatWasInserted) {
  Opinion opinion = NewOpinion();
  ASSERT_TRUE(Insert(opinion, Live(kNow + absl::Microseconds(123) + absl::Nanoseconds(4))).ok());
  EXPECT_EQ(opinion.etag(), "1");
  EXPECT_EQ(opinion.create_time().seconds(), absl::ToUnixSeconds(kNow));
  EXPECT_EQ(opinion.update_time().nanos(), 123'000) << "to the microsecond, as all times here";
  const auto loaded = table_.Load(connection_, opinion.name());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*loaded, opinion)) << loaded->DebugString();
}

TEST_F(ResourceTable, GivesBackWhatWasSaved) {
  Opinion opinion = Inserted();
  opinion.set_state(opinion::v1::OPINION_STATE_TRIAGED);
  opinion.set_answer("CANARY on Thursday");
  opinion.clear_feedback();
  ASSERT_TRUE(Save(opinion, Live(kNow + absl::Seconds(5))).ok());
  EXPECT_EQ(opinion.etag(), "2");
  EXPECT_EQ(opinion.create_time().seconds(), absl::ToUnixSeconds(kNow));
  EXPECT_EQ(opinion.update_time().seconds(), absl::ToUnixSeconds(kNow) + 5);
  const auto loaded = db::Run(connection_, absl::InfiniteFuture(),
                              [&](db::Transaction& tx) { return table_.Load(tx, opinion.name()); });
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*loaded, opinion)) << loaded->DebugString();
}

TEST_F(ResourceTable, StoresNothingPersonalInThePlain) {
  Opinion opinion = Inserted();
  ASSERT_THAT(opinion.SerializeAsString(), HasSubstr(kCanary));
  ASSERT_TRUE(Save(opinion, Live(kNow)).ok());
  const auto rows = connection_.Query("SELECT body, sealed, phone_index FROM opinion");
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 1u);
  for (size_t column = 0; column < 3; ++column) {
    EXPECT_THAT(rows->front().Text(column), Not(HasSubstr(kCanary)));
  }
  EXPECT_THAT(rows->front().Text(0), HasSubstr("ENVIRONMENT.LIGHTING"));
  EXPECT_EQ(rows->front().Text(2), keyring_->BlindIndex("phone", "+86CANARY"));
}

TEST_F(ResourceTable, SealsForTheRowItself) {
  const Opinion one = Inserted();
  const Opinion other = Inserted();
  const db::Value ids[] = {IdOf("opinions", one.name()).value(), IdOf("opinions", other.name()).value()};
  ASSERT_TRUE(connection_
                  .Execute("UPDATE opinion JOIN (SELECT sealed FROM opinion WHERE id = ?) AS stolen"
                           " SET opinion.sealed = stolen.sealed WHERE id = ?",
                           absl::MakeConstSpan(ids))
                  .ok());
  EXPECT_TRUE(absl::IsDataLoss(table_.Load(connection_, other.name()).status()));
  EXPECT_TRUE(table_.Load(connection_, one.name()).ok());
}

TEST_F(ResourceTable, KeepsNoSealWhereNothingIsPersonal) {
  Opinion opinion;
  opinion.set_name(NewName("opinions", kNow));
  opinion.set_area("340111400");
  ASSERT_TRUE(Insert(opinion, Live(kNow)).ok());
  EXPECT_EQ(connection_.Query("SELECT COUNT(*) FROM opinion WHERE sealed IS NULL")->front().Int(0), 1);
  EXPECT_EQ(table_.Load(connection_, opinion.name())->area(), "340111400");
}

TEST_F(ResourceTable, OneOfTwoThreadsWinsTheEtagRace) {
  Opinion opinion = Inserted();
  constexpr int kRounds = 20;
  std::barrier together(2);
  std::vector<std::vector<absl::Status>> outcomes(2, std::vector<absl::Status>(kRounds));
  const auto race = [&](int who) {
    db::Connection connection(config_);
    for (int round = 0; round < kRounds; ++round) {
      together.arrive_and_wait();
      auto mine = table_.Load(connection, opinion.name());
      together.arrive_and_wait();
      outcomes[who][round] = db::Run(connection, absl::Now() + absl::Seconds(10),
                                     [&](db::Transaction& tx) { return table_.Save(tx, *mine, Live(kNow)); });
    }
  };
  std::thread one(race, 0), other(race, 1);
  one.join();
  other.join();
  for (int round = 0; round < kRounds; ++round) {
    const bool first = outcomes[0][round].ok();
    EXPECT_NE(first, outcomes[1][round].ok());
    const absl::Status& lost = outcomes[first ? 1 : 0][round];
    EXPECT_TRUE(absl::IsAborted(lost)) << lost;
    EXPECT_EQ(error::ReasonOf(lost), "ETAG_MISMATCH");
  }
  EXPECT_EQ(table_.Load(connection_, opinion.name())->etag(), "21");
}

TEST_F(ResourceTable, LosersKeepWhatTheyLoaded) {
  Opinion winner = Inserted();
  Opinion loser = winner;
  ASSERT_TRUE(Save(winner, Live(kNow + absl::Seconds(1))).ok());
  EXPECT_EQ(error::ReasonOf(Save(loser, Live(kNow + absl::Seconds(2)))), "ETAG_MISMATCH");
  EXPECT_EQ(loser.etag(), "1");
  EXPECT_EQ(loser.update_time().seconds(), absl::ToUnixSeconds(kNow));
}

TEST_F(ResourceTable, LockedRowsChangeOneAfterTheOther) {
  const Opinion opinion = Inserted();
  const auto support = [&] {
    db::Connection connection(config_);
    for (int i = 0; i < 20; ++i) {
      const absl::Status status =
          db::Run(connection, absl::Now() + absl::Seconds(30), [&](db::Transaction& tx) -> absl::Status {
            ASSIGN_OR_RETURN(Opinion locked, table_.Lock(tx, opinion.name()));
            locked.set_supports(locked.supports() + 1);
            return table_.Save(tx, locked, Live(kNow));
          });
      EXPECT_TRUE(status.ok()) << status;
    }
  };
  std::thread one(support), other(support);
  one.join();
  other.join();
  EXPECT_EQ(table_.Load(connection_, opinion.name())->supports(), 40);
}

TEST_F(ResourceTable, RefusesABackDatedChangeBeforeTheLast) {
  Opinion opinion = Inserted();
  const absl::Status early = Save(opinion, BackDated(kNow - absl::Microseconds(1)));
  EXPECT_TRUE(absl::IsFailedPrecondition(early)) << early;
  EXPECT_EQ(error::ReasonOf(early), "AS_OF_TOO_EARLY");
  EXPECT_TRUE(Save(opinion, BackDated(kNow)).ok());
  EXPECT_EQ(opinion.etag(), "2");
}

TEST_F(ResourceTable, DatesALiveChangeOfASlowClockAtTheLast) {
  Opinion opinion = Inserted();
  ASSERT_TRUE(Save(opinion, Live(kNow - absl::Seconds(2))).ok());
  EXPECT_EQ(opinion.update_time().seconds(), absl::ToUnixSeconds(kNow));
  EXPECT_EQ(opinion.etag(), "2");
}

TEST_F(ResourceTable, SaysWhatIsWrongWithANameOrEtag) {
  const std::string missing = NewName("opinions", kNow);
  const absl::Status absent = table_.Load(connection_, missing).status();
  EXPECT_TRUE(absl::IsNotFound(absent)) << absent;
  EXPECT_TRUE(absl::IsInvalidArgument(table_.Load(connection_, "opinions/1").status()));
  Opinion opinion = Inserted();
  EXPECT_TRUE(absl::IsAlreadyExists(Insert(opinion, Live(kNow))));
  opinion.set_etag("new");
  EXPECT_TRUE(absl::IsInvalidArgument(Save(opinion, Live(kNow))));
}

TEST_F(ResourceTable, DeletesOnce) {
  const Opinion opinion = Inserted();
  const auto erase = [&] {
    return db::Run(connection_, absl::InfiniteFuture(),
                   [&](db::Transaction& tx) { return table_.Delete(tx, opinion.name()); });
  };
  EXPECT_TRUE(erase().ok());
  EXPECT_TRUE(absl::IsNotFound(erase()));
  EXPECT_TRUE(absl::IsNotFound(table_.Load(connection_, opinion.name()).status()));
}

TEST_F(ResourceTable, ListsWhereAllConditionsHold) {
  const Opinion compound = Inserted("340111400001-CJ");
  const Opinion building = Inserted("340111400001-CJ-07");
  const Opinion neighbour = Inserted("340111400001-CJ2");
  const Opinion elsewhere = Inserted("340111400002");
  EXPECT_THAT(NamesWhere({Covered("area", "340111400001-CJ")}),
              ElementsAre(compound.name(), building.name()));
  EXPECT_THAT(NamesWhere({Covered("area", "340111400001")}),
              ElementsAre(compound.name(), building.name(), neighbour.name()));
  EXPECT_THAT(NamesWhere({Covered("area", "340111400"), Equals("area", "340111400002")}),
              ElementsAre(elsewhere.name()));
  EXPECT_THAT(NamesWhere({In("area", {"340111400001-CJ", "340111400002"}), Equals("order", "orders/1")}),
              ElementsAre(compound.name(), elsewhere.name()));
  EXPECT_THAT(NamesWhere({In("area", {})}), ElementsAre());
  EXPECT_THAT(NamesWhere({Covered("area", "nonsense")}), ElementsAre());
  EXPECT_THAT(NamesWhere({AtLeast("state", 1), Below("state", 2)}).size(), 4u);
  EXPECT_THAT(NamesWhere({AtLeast("state", 2)}), ElementsAre());
  EXPECT_THAT(NamesWhere({Equals("phone_index", keyring_->BlindIndex("phone", "+86CANARY"))}).size(), 4u);
}

TEST_F(ResourceTable, LocksAList) {
  const Opinion first = Inserted();
  const Opinion second = Inserted();
  Inserted("340111400002");
  const auto locked = db::Run(connection_, absl::InfiniteFuture(), [&](db::Transaction& tx) {
    return table_.ListLocked(tx, {Covered("area", "340111400001")}, 10);
  });
  ASSERT_TRUE(locked.ok()) << locked.status();
  ASSERT_EQ(locked->size(), 2u);
  EXPECT_EQ(locked->at(0).name(), first.name());
  EXPECT_EQ(locked->at(1).text(), second.text());
}

TEST_F(ResourceTable, PagesAreCompleteWhileNewerRowsCome) {
  std::vector<std::string> names;
  for (int i = 0; i < 60; ++i) names.push_back(Inserted().name());
  std::atomic<bool> done = false;
  std::thread writer([&] {
    db::Connection connection(config_);
    while (!done) {
      Opinion newer = NewOpinion();
      EXPECT_TRUE(db::Run(connection, absl::InfiniteFuture(), [&](db::Transaction& tx) {
                    return table_.Insert(tx, newer, Live(kNow));
                  }).ok());
    }
  });
  std::vector<std::string> seen;
  std::string after;
  while (true) {
    const auto page = table_.List(connection_, {Covered("area", "340111400001")}, true, after, 7);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const Opinion& opinion : *page) seen.push_back(opinion.name());
    if (page->size() < 7) break;
    after = page->back().name();
  }
  done = true;
  writer.join();
  EXPECT_TRUE(std::is_sorted(seen.rbegin(), seen.rend(), std::less_equal<>()));
  ASSERT_GE(seen.size(), names.size());
  EXPECT_TRUE(std::equal(names.rbegin(), names.rend(), seen.end() - 60));
}

TEST_F(ResourceTable, PagesOldestFirstGoOnAfterAName) {
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) names.push_back(Inserted().name());
  const auto page = table_.List(connection_, {}, false, names[1], 2);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->size(), 2u);
  EXPECT_EQ(page->at(0).name(), names[2]);
  EXPECT_EQ(page->at(1).name(), names[3]);
}

}  // namespace
}  // namespace firstfloor::resource
