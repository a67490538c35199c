#include "common/events/resync.h"

#include <string>
#include <vector>

#include "common/db/position.h"
#include "common/events/effect.h"
#include "common/events/testdata/trial.h"
#include "common/events/testdata/trial_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace firstfloor::events {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kName[] = "resynced";
constexpr char kReceived[] = "firstfloor.events.v1.OpinionReceived";

// A log of 5 events that a reader with a database of its own has read, but for those of `opinions/0` and
// `opinions/4`, the first and the last, which are parked. Then the log is restored: from a backup that ended
// at 2, after which 3 others were written.
class ResyncTest : public ::testing::Test {
 protected:
  ResyncTest() {
    log_.Fill(0, 5);
    before_ = log_.All();
    Reader reader(kName, config_, OwnLog(log_.config), effect_);
    EXPECT_TRUE(trial::Eventually([&] { return reader.seq() == 5; }));
  }

  void Restore(int64_t to, int more) {
    ASSERT_TRUE(trial::CutAfter(log_.connection, to, before_[to - 1].hash()).ok());
    if (more > 0) log_.Fill(10, 10 + more);
  }
  absl::StatusOr<std::string> Try(const ResyncOptions& options) {
    return Resync(connection_, kName, OwnPages(log_.connection), effect_, options);
  }
  int64_t Cursor() { return db::LoadPosition(connection_, CursorName(kName))->seq; }
  std::vector<std::string> Parked() { return *trial::ParkedWithReasons(connection_, kName); }
  std::vector<int64_t> Taken() { return *trial::TakenSeqs(connection_, kName); }

  static Effect RefusingTwo() {
    Effect effect = trial::Taking(kName);
    effect.apply = [take = effect.apply](db::Transaction& tx, const v1::Event& event,
                                         const std::string& prepared) -> absl::Status {
      if (event.subject() == "opinions/0" || event.subject() == "opinions/4") return absl::NotFoundError("");
      return take(tx, event, prepared);
    };
    return effect;
  }

  trial::Trial log_{"resync_log"};
  const db::Config config_ = trial::NewSchema("resync_own");
  db::Connection connection_{config_};
  const Effect effect_ = RefusingTwo();
  std::vector<v1::Event> before_;
};

TEST_F(ResyncTest, ReadsOnFromTheEndOfTheBackup) {
  Restore(2, 3);
  const auto done = Try({.after_seq = 2});
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(*done, "the reader goes on after 2");

  Reader reader(kName, config_, OwnLog(log_.config), effect_);
  ASSERT_TRUE(trial::Eventually([&] { return reader.seq() == 5; }));
  EXPECT_FALSE(reader.diverged());
  EXPECT_THAT(Taken(), ElementsAre(2, 3, 4, 3, 4, 5)) << "all that was written after the restore";
}

TEST_F(ResyncTest, PassesOverNothingUnasked) {
  Restore(2, 3);
  const auto refused = Try({});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()),
              HasSubstr(absl::StrCat("up to 1 it is known to be what the reader has read")));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr(absl::StrCat("4 ", kReceived)));
  EXPECT_EQ(Cursor(), 5);
  EXPECT_THAT(Parked(), ElementsAre("1 NOT_FOUND", "5 NOT_FOUND"));
}

TEST_F(ResyncTest, SaysWhatItPassesOverWhenAsked) {
  Restore(2, 3);
  const auto done = Try({.after_seq = 2, .skip_events = true});
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(*done, absl::StrCat("the reader goes on after 5; passed over: 3 ", kReceived));
  EXPECT_EQ(Cursor(), 5);
}

TEST_F(ResyncTest, CountsOnlyWhatConcernsTheReader) {
  Restore(1, 3);
  Effect indifferent = effect_;
  indifferent.concerns = [](const v1::Event&) { return false; };
  const auto done = Resync(connection_, kName, OwnPages(log_.connection), indifferent, {});
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(*done, "the reader goes on after 4") << "the head";
}

TEST_F(ResyncTest, KeepsWhatIsParkedOfTheBackup) {
  Restore(2, 3);
  ASSERT_TRUE(Try({.after_seq = 2}).ok());
  EXPECT_THAT(Parked(), ElementsAre("1 NOT_FOUND")) << "event 5 never happened";
}

TEST_F(ResyncTest, DropsWhatIsParkedWhenAsked) {
  Restore(2, 3);
  ASSERT_TRUE(Try({.after_seq = 2, .drop_parked = true}).ok());
  EXPECT_THAT(Parked(), IsEmpty());
}

TEST_F(ResyncTest, KnowsTheEndOfTheBackupWhereItsLastEventIsParked) {
  Restore(1, 0);
  const auto done = Try({});
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(*done, "the reader goes on after 1");
}

TEST_F(ResyncTest, LeavesAReaderThatFitsAlone) {
  const auto done = Try({.skip_events = true, .drop_parked = true});
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_THAT(*done, HasSubstr("nothing to do"));
  EXPECT_THAT(Parked(), ElementsAre("1 NOT_FOUND", "5 NOT_FOUND"));
}

TEST_F(ResyncTest, RefusesAnEndThatCannotBe) {
  Restore(2, 6);
  for (const int64_t seq : {6, 8, 9}) {
    EXPECT_EQ(Try({.after_seq = seq}).status().code(), absl::StatusCode::kInvalidArgument) << seq;
  }
  EXPECT_EQ(Cursor(), 5);
}

}  // namespace
}  // namespace firstfloor::events
