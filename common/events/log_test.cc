#include "common/events/log.h"

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "common/db/errors.h"
#include "common/db/position.h"
#include "common/error/error.h"
#include "common/events/chain.h"
#include "common/events/event_store.h"
#include "common/events/sequence.h"
#include "common/events/testdata/trial.h"
#include "common/events/testdata/trial_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace firstfloor::events {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using trial::Received;
using trial::Trial;

absl::Time Soon() { return absl::Now() + absl::Seconds(10); }

std::vector<std::string> VersionsInOrder(Trial& trial) {
  std::vector<std::string> versions;
  for (const v1::Event& event : trial.All()) {
    versions.push_back(event.subject() + " " + std::to_string(event.version()) + "." +
                       std::to_string(event.ordinal()));
  }
  return versions;
}

TEST(Log, FillsInWhatTheOriginSays) {
  Trial trial("fills");
  Origin origin = trial::ByPerson("user-zhang");
  origin.on_behalf_of = "user-li";
  origin.back_dated = true;
  origin.occur_time = absl::FromUnixMicros(1'675'123'456'000'007);
  origin.traceparent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";
  ASSERT_TRUE(db::RunInTransaction(trial.connection, Soon(), [&](db::Transaction& tx) {
                return trial.log.Append(tx, origin, Received("opinions/1", 3, 2));
              }).ok());
  EXPECT_EQ(trial.rung, 1);
  EXPECT_THAT(trial.All(), ElementsAre()) << "it has no place yet";

  trial.Sequence();
  const std::vector<v1::Event> events = trial.All();
  ASSERT_EQ(events.size(), 1u);
  const v1::Event& event = events[0];
  EXPECT_EQ(event.seq(), 1);
  EXPECT_EQ(event.hash().size(), 32u);
  EXPECT_EQ(event.event_id().size(), 36u);
  EXPECT_EQ(event.type(), "firstfloor.events.v1.OpinionReceived");
  EXPECT_EQ(event.ordinal(), 2);
  EXPECT_THAT(event.actor(), StartsWith("actors/"));
  EXPECT_THAT(event.on_behalf_of(), StartsWith("actors/"));
  EXPECT_NE(event.actor(), event.on_behalf_of());
  EXPECT_EQ(event.occur_time().seconds(), 1'675'123'456);
  EXPECT_EQ(event.occur_time().nanos(), 7000);
  EXPECT_TRUE(event.back_dated());
  EXPECT_EQ(event.traceparent(), origin.traceparent);
  EXPECT_THAT(event.SerializeAsString(), ::testing::Not(HasSubstr("user-zhang")));
}

TEST(Log, RefusesASubjectThatNoAccountHas) {
  Trial trial("long_subject");
  Origin origin = trial::ByPerson("user-zhang");
  const auto append = [&] {
    return db::RunInTransaction(trial.connection, Soon(), [&](db::Transaction& tx) {
      return trial.log.Append(tx, origin, Received("opinions/1", 1, 0));
    });
  };
  origin.on_behalf_of = std::string(600, 'x');
  EXPECT_EQ(error::ReasonOf(append()), "INVALID_FIELD");
  origin.on_behalf_of.resize(128);
  EXPECT_TRUE(append().ok());
}

TEST(Log, NamesTheServiceThatActsByItself) {
  Trial trial("service");
  ASSERT_TRUE(trial.Append(Received("opinions/1", 1)).ok());
  trial.Sequence();
  EXPECT_EQ(trial.All()[0].actor(), "services/opinion");
}

TEST(Log, RefusesASecondEventInTheSamePlaceOfAChange) {
  Trial trial("duplicate");
  ASSERT_TRUE(trial.Append(Received("opinions/1", 1)).ok());
  const absl::Status again = trial.Append(Received("opinions/1", 1));
  EXPECT_EQ(again.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(db::IsDuplicate(again, "event_log_subject"));
  EXPECT_TRUE(trial.Append(Received("opinions/1", 1, 1)).ok());
}

TEST(Log, RefusesAnEventInWhichNothingChanged) {
  Trial trial("nothing");
  v1::Event event = Received("opinions/1", 1);
  event.mutable_opinion()->clear_change();
  EXPECT_EQ(trial.Append(event).code(), absl::StatusCode::kInternal);
}

TEST(Log, KeepsNothingOfAChangeThatWasRolledBack) {
  Trial trial("rollback");
  const absl::Status status = db::RunInTransaction(trial.connection, Soon(), [&](db::Transaction& tx) {
    const absl::Status appended = trial.log.Append(tx, trial::ByPerson("user-1"), Received("opinions/1", 1));
    return appended.ok() ? absl::CancelledError("changed our mind") : appended;
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(trial.rung, 0);
  trial.Sequence();
  EXPECT_THAT(trial.All(), IsEmpty());
}

TEST(Actors, AreTheSameWhicheverReplicaMeetsThemFirst) {
  Trial trial("actors");
  std::vector<std::vector<std::string>> seen(4);
  std::vector<std::thread> replicas;
  for (auto& names : seen) {
    replicas.emplace_back([&] {
      db::Connection connection(trial.config);
      Log log("opinion", trial::Keys(), nullptr);
      for (int i = 0; i < 30; ++i) {
        const auto name = db::Run(connection, Soon(), [&](db::Transaction& tx) {
          return log.ActorOf(tx, "user-" + std::to_string(i));
        });
        names.push_back(name.ok() ? *name : name.status().ToString());
      }
    });
  }
  for (std::thread& replica : replicas) replica.join();
  EXPECT_THAT(seen[0], ::testing::Each(StartsWith("actors/")));
  for (const auto& names : seen) EXPECT_EQ(names, seen[0]);
}

TEST(Actors, OfARolledBackChangeAreNotRemembered) {
  Trial trial("forgetful");
  std::string first;
  (void)db::RunInTransaction(trial.connection, Soon(), [&](db::Transaction& tx) {
    first = trial.log.ActorOf(tx, "user-1").value_or("");
    return absl::CancelledError("");
  });
  const auto actor = [&] {
    return db::Run(trial.connection, Soon(),
                   [&](db::Transaction& tx) { return trial.log.ActorOf(tx, "user-1"); })
        .value_or("");
  };
  const std::string second = actor();
  EXPECT_THAT(first, StartsWith("actors/"));
  EXPECT_NE(second, first);
  EXPECT_EQ(actor(), second);
  ASSERT_TRUE(db::RunInTransaction(trial.connection, Soon(), [&](db::Transaction& tx) {
                return trial.log.ForgetActor(tx, trial.log.ActorIndexOf("user-1"));
              }).ok());
  EXPECT_NE(actor(), second) << "an erased person is somebody new";
}

TEST(Sequencing, PutsEventsOfOneSubjectInTheOrderOfTheirVersions) {
  Trial trial("versions");
  ASSERT_TRUE(trial.Append(Received("opinions/a", 3)).ok());
  ASSERT_TRUE(trial.Append(Received("opinions/b", 1)).ok());
  ASSERT_TRUE(trial.Append(Received("opinions/a", 2, 1)).ok());
  ASSERT_TRUE(trial.Append(Received("opinions/a", 2, 0)).ok());
  trial.Sequence();
  EXPECT_THAT(VersionsInOrder(trial),
              ElementsAre("opinions/a 2.0", "opinions/b 1.0", "opinions/a 2.1", "opinions/a 3.0"));
  EXPECT_EQ(Verify(trial.connection).value_or(-1), 4);
}

TEST(Sequencing, ChainsEachEventToTheOneBefore) {
  Trial trial("chain");
  trial.Fill(0, 2);
  const auto rows = store::ReadAfter(trial.connection, 0, 10);
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[0].hash, ChainHash("", 1, (*rows)[0].body));
  EXPECT_EQ((*rows)[1].hash, ChainHash((*rows)[0].hash, 2, (*rows)[1].body));
  EXPECT_NE(ChainHash("", 1, "body"), ChainHash("", 2, "body"));
}

TEST(Sequencing, FillsManyBatchesWithoutGap) {
  Trial trial("batches");
  trial.Fill(0, 700);
  EXPECT_EQ(Verify(trial.connection).value_or(-1), 700);
  const auto head = ReadHead(trial.connection);
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->seq, 700);
  EXPECT_EQ(head->hash, trial.All().back().hash());
  EXPECT_LT(absl::AbsDuration(absl::Now() - head->record_time), absl::Minutes(1));
}

TEST(Sequencing, IsRefusedToWhoeverLostTheHead) {
  Trial trial("fence");
  trial.Fill(0, 1);
  const auto old_head = db::LoadPosition(trial.connection, kLogHead);
  ASSERT_TRUE(old_head.ok());
  db::Lease lease{std::string(kLogHead)};
  ASSERT_TRUE(lease.Hold(trial.connection).value_or(false));
  ASSERT_TRUE(trial.Append(Received("opinions/late", 1)).ok());
  const auto late = SequenceBatch(trial.connection, *old_head);
  EXPECT_EQ(error::ReasonOf(late.status()), "POSITION_LOST");
  EXPECT_EQ(trial.All().size(), 1u);
  EXPECT_TRUE(SequenceBatch(trial.connection, lease.position()).ok());
  EXPECT_EQ(Verify(trial.connection).value_or(-1), 2);
}

TEST(Sequencer, GivesPlacesWithoutBeingWoken) {
  Trial trial("unwoken");
  std::atomic<int> rung = 0;
  const Sequencer sequencer(trial.config, [&] { ++rung; });
  ASSERT_TRUE(trial::Eventually([&] { return sequencer.leading(); }));
  ASSERT_TRUE(trial.Append(Received("opinions/1", 1)).ok());
  EXPECT_TRUE(trial::Eventually([&] { return trial.All().size() == 1; }));
  EXPECT_TRUE(trial::Eventually([&] { return rung == 1; }));
}

TEST(Sequencer, HandsOverAtOnceWhenItEnds) {
  Trial trial("handover");
  auto first = std::make_unique<Sequencer>(trial.config, nullptr);
  ASSERT_TRUE(trial::Eventually([&] { return first->leading(); }));
  const Sequencer second(trial.config, nullptr);
  const absl::Time ended = absl::Now();
  first.reset();
  EXPECT_TRUE(trial::Eventually([&] { return second.leading(); }));
  EXPECT_LT(absl::Now() - ended, absl::Seconds(2));
}

TEST(Cursor, FitsOnlyItsOwnLog) {
  Trial trial("cursor");
  trial.Fill(0, 3);
  const std::vector<v1::Event> events = trial.All();
  EXPECT_TRUE(CheckCursor(trial.connection, 0, "").ok());
  EXPECT_TRUE(CheckCursor(trial.connection, 2, events[1].hash()).ok());
  EXPECT_EQ(error::ReasonOf(CheckCursor(trial.connection, 2, events[0].hash())), "LOG_DIVERGED");
  EXPECT_EQ(error::ReasonOf(CheckCursor(trial.connection, 4, events[2].hash())), "LOG_DIVERGED");
  EXPECT_EQ(CheckCursor(trial.connection, 2, "").code(), absl::StatusCode::kFailedPrecondition);

  ASSERT_TRUE(trial::CutAfter(trial.connection, 1, events[0].hash()).ok());
  trial.Fill(10, 12);
  EXPECT_EQ(error::ReasonOf(CheckCursor(trial.connection, 3, events[2].hash())), "LOG_DIVERGED");
  EXPECT_TRUE(CheckCursor(trial.connection, 1, events[0].hash()).ok());
}

TEST(CaughtUp, WaitsForThePlaceAndForTheReader) {
  Trial trial("caughtup");
  EXPECT_TRUE(CaughtUp(trial.connection, "").value_or(false));
  ASSERT_TRUE(trial.Append(Received("opinions/1", 1)).ok());
  EXPECT_FALSE(CaughtUp(trial.connection, "").value_or(true));
  EXPECT_EQ(error::ReasonOf(AwaitCaughtUp(trial.connection, "", absl::Now())), "READER_BEHIND");
  trial.Sequence();
  EXPECT_TRUE(CaughtUp(trial.connection, "").value_or(false));
  EXPECT_FALSE(CaughtUp(trial.connection, "statistics").value_or(true));
  EXPECT_EQ(error::ReasonOf(AwaitCaughtUp(trial.connection, "statistics", absl::Now())), "READER_BEHIND");

  const Reader reader("statistics", trial.config, OwnLog(trial.config), trial::Taking("statistics"));
  EXPECT_TRUE(AwaitCaughtUp(trial.connection, "statistics", Soon()).ok());
  EXPECT_TRUE(CaughtUp(trial.connection, "statistics").value_or(false));
  EXPECT_EQ(trial::MostTimesTaken(trial.connection, "statistics").value_or(0), 1);
}

class Tampering : public ::testing::Test {
 protected:
  Tampering() { trial.Fill(0, 5); }

  std::string BrokenAt() {
    const absl::StatusOr<int64_t> verified = Verify(trial.connection);
    if (verified.ok()) return "nowhere";
    EXPECT_EQ(error::ReasonOf(verified.status()), "CHAIN_BROKEN");
    return std::string(verified.status().message());
  }

  Trial trial{"tampering"};
};

TEST_F(Tampering, IsNotSuspectedWithoutCause) { EXPECT_EQ(Verify(trial.connection).value_or(-1), 5); }

TEST_F(Tampering, WithABodyIsNamed) {
  v1::Event event = trial.All()[2];
  event.clear_seq();
  event.clear_hash();
  event.set_actor("services/other");
  ASSERT_TRUE(trial::OverwriteBody(trial.connection, 3, event.SerializeAsString()).ok());
  EXPECT_EQ(BrokenAt(), "event 3: hash does not fit");
}

TEST_F(Tampering, WithAColumnIsNamed) {
  ASSERT_TRUE(trial::OverwriteArea(trial.connection, 4, "34").ok());
  EXPECT_EQ(BrokenAt(), "event 4: columns differ from the event");
}

TEST_F(Tampering, ByDeletionIsNamed) {
  ASSERT_TRUE(trial::DeleteEvent(trial.connection, 2).ok());
  EXPECT_EQ(BrokenAt(), "event 2: missing");
}

TEST_F(Tampering, ByDeletionAtTheEndIsNamed) {
  ASSERT_TRUE(trial::DeleteEvent(trial.connection, 5).ok());
  EXPECT_EQ(BrokenAt(), "event 5: missing");
}

}  // namespace
}  // namespace firstfloor::events
