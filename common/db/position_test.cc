#include "common/db/position.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/db/errors.h"
#include "common/db/testdata/database.h"
#include "common/error/error.h"
#include "gtest/gtest.h"

namespace firstfloor::db {
namespace {

constexpr absl::Duration kPatience = absl::Milliseconds(200);

const std::string kHash("\x00\xff\x80'\\x", 6);

class PositionTest : public ::testing::Test {
 protected:
  static const Config& SharedSchema() {
    static const Config* const config = new Config(NewMigratedSchema("position"));
    return *config;
  }

  void SetUp() override { ASSERT_TRUE(db_.ExecuteText("DELETE FROM log_position").ok()); }

  static absl::Status Advance(Connection& connection, const Position& from, int64_t seq,
                              absl::string_view hash = kHash) {
    return db::Run(connection, absl::Now() + absl::Seconds(10),
                   [&](Transaction& tx) { return AdvancePosition(tx, "log", from, seq, hash); });
  }

  Position Load() { return LoadPosition(db_, "log").value(); }

  bool Hold(Lease& lease) {
    const absl::StatusOr<bool> held = lease.Hold(db_);
    EXPECT_TRUE(held.ok()) << held.status();
    EXPECT_EQ(held.value_or(false), lease.held());
    return lease.held();
  }

  Connection db_{SharedSchema()};
};

TEST_F(PositionTest, IsMadeWithZeros) {
  const Position position = Load();
  EXPECT_EQ(position.epoch, 0);
  EXPECT_EQ(position.beat, 0);
  EXPECT_EQ(position.seq, 0);
  EXPECT_EQ(position.hash, "");
  EXPECT_EQ(NumberFrom(db_, "SELECT COUNT(*) FROM log_position"), 1);
}

TEST_F(PositionTest, AdvancesOnceFromWhereItWas) {
  const Position start = Load();
  EXPECT_TRUE(Advance(db_, start, 5).ok());
  const absl::Status again = Advance(db_, start, 6);
  EXPECT_EQ(again.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(error::ReasonOf(again), "POSITION_LOST");
  EXPECT_FALSE(MustReplay(again)) << "a replay would not help";
  const Position now = Load();
  EXPECT_EQ(now.seq, 5);
  EXPECT_EQ(now.hash, kHash);
  EXPECT_EQ(now.beat, 1);
  EXPECT_TRUE(Advance(db_, now, 6).ok());
}

TEST_F(PositionTest, GoesBackWithTheTransaction) {
  const Position start = Load();
  EXPECT_FALSE(db::Run(db_, absl::Now() + absl::Seconds(10), [&](Transaction& tx) -> absl::Status {
                 EXPECT_TRUE(AdvancePosition(tx, "log", start, 5, kHash).ok());
                 return absl::NotFoundError("gone");
               }).ok());
  EXPECT_EQ(Load().seq, 0);
}

TEST_F(PositionTest, IsLeasedAtOnceWhenNobodyEverHeldIt) {
  Lease lease("log", kPatience);
  EXPECT_FALSE(lease.held());
  EXPECT_TRUE(Hold(lease));
  EXPECT_EQ(lease.position().epoch, 1);
  EXPECT_TRUE(Hold(lease)) << "beats";
  EXPECT_EQ(Load().beat, 2);
}

TEST_F(PositionTest, StaysWithAHolderThatBeats) {
  Lease holder("log", kPatience), watcher("log", kPatience);
  ASSERT_TRUE(Hold(holder));
  for (const absl::Time end = absl::Now() + 3 * kPatience; absl::Now() < end;) {
    EXPECT_FALSE(Hold(watcher));
    EXPECT_TRUE(Hold(holder));
    absl::SleepFor(kPatience / 4);
  }
}

TEST_F(PositionTest, IsTakenOverWhenTheHolderIsSilentAndTheHolderLearnsIt) {
  Lease old_holder("log", kPatience), watcher("log", kPatience);
  ASSERT_TRUE(Hold(old_holder));
  ASSERT_TRUE(Advance(db_, old_holder.position(), 7).ok());
  old_holder.Advanced(7, kHash);
  EXPECT_FALSE(Hold(watcher));
  absl::SleepFor(kPatience / 2);
  EXPECT_FALSE(Hold(watcher)) << "not yet";
  absl::SleepFor(kPatience / 2 + absl::Milliseconds(20));
  EXPECT_TRUE(Hold(watcher));
  EXPECT_EQ(watcher.position().seq, 7);
  EXPECT_EQ(watcher.position().hash, kHash);
  EXPECT_EQ(watcher.position().epoch, old_holder.position().epoch + 1);
  EXPECT_EQ(error::ReasonOf(Advance(db_, old_holder.position(), 8)), "POSITION_LOST");
  EXPECT_TRUE(Advance(db_, watcher.position(), 8).ok());
  EXPECT_FALSE(Hold(old_holder));
}

TEST_F(PositionTest, CountsAnAdvanceAsASignOfLife) {
  Lease holder("log", kPatience), watcher("log", kPatience);
  ASSERT_TRUE(Hold(holder));
  EXPECT_FALSE(Hold(watcher));
  absl::SleepFor(kPatience);
  ASSERT_TRUE(Advance(db_, holder.position(), 1).ok());
  holder.Advanced(1, kHash);
  EXPECT_FALSE(Hold(watcher));
  EXPECT_TRUE(Advance(db_, holder.position(), 2).ok());
}

TEST_F(PositionTest, IsTakenByOneOfManyWatchers) {
  Lease holder("log", kPatience), first("log", kPatience), second("log", kPatience);
  ASSERT_TRUE(Hold(holder));
  Hold(first);
  Hold(second);
  absl::SleepFor(kPatience);
  EXPECT_TRUE(Hold(first));
  EXPECT_FALSE(Hold(second));
}

TEST_F(PositionTest, IsFreeAtOnceWhenGivenBackAndClosedToItsFormerHolder) {
  Lease holder("log", absl::Hours(1)), watcher("log", absl::Hours(1));
  ASSERT_TRUE(Hold(holder));
  ASSERT_FALSE(Hold(watcher));
  const Position held = holder.position();
  holder.Release(db_);
  EXPECT_FALSE(holder.held());
  EXPECT_EQ(error::ReasonOf(Advance(db_, held, 1)), "POSITION_LOST");
  EXPECT_TRUE(Hold(watcher));
  EXPECT_FALSE(Hold(holder));
}

TEST_F(PositionTest, ReleaseByOneThatLostItChangesNothing) {
  Lease old_holder("log", kPatience), watcher("log", kPatience);
  ASSERT_TRUE(Hold(old_holder));
  Hold(watcher);
  absl::SleepFor(kPatience);
  ASSERT_TRUE(Hold(watcher));
  old_holder.Release(db_);
  EXPECT_TRUE(Hold(watcher));
}

TEST_F(PositionTest, IsNotTakenWhileAnAdvanceIsUnderWay) {
  Lease holder("log", kPatience), watcher("log", kPatience);
  ASSERT_TRUE(Hold(holder));
  Hold(watcher);
  absl::SleepFor(kPatience);
  Connection other(SharedSchema());
  const absl::Status status =
      db::Run(other, absl::Now() + absl::Seconds(10), [&](Transaction& tx) -> absl::Status {
        const absl::Status advanced = AdvancePosition(tx, "log", holder.position(), 1, kHash);
        EXPECT_FALSE(Hold(watcher)) << "waits for the row in vain";
        return advanced;
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_FALSE(Hold(watcher));
}

TEST_F(PositionTest, IsCountedAsLostWhenTheDatabaseIsAwayForLong) {
  Lease holder("log", kPatience);
  ASSERT_TRUE(Hold(holder));
  Config nowhere = SharedSchema();
  nowhere.endpoint = "tcp://127.0.0.1:1";
  Connection dead(nowhere);
  EXPECT_TRUE(ConnectionLost(holder.Hold(dead).status()));
  EXPECT_TRUE(holder.held()) << "may still be ours";
  absl::SleepFor(kPatience + absl::Milliseconds(20));
  EXPECT_TRUE(ConnectionLost(holder.Hold(dead).status()));
  EXPECT_FALSE(holder.held());
}

}  // namespace
}  // namespace firstfloor::db
