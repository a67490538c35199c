#include "common/events/reader.h"

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/db/position.h"
#include "common/error/error.h"
#include "common/events/log.h"
#include "common/events/testdata/trial.h"
#include "common/events/testdata/trial_store.h"
#include "common/telemetry/metrics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace firstfloor::events {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using trial::Received;
using trial::Trial;

constexpr char kName[] = "trial";

// A log with a reader of it.
class ReaderTest : public ::testing::Test {
 protected:
  std::unique_ptr<Reader> Start(Effect effect) {
    return std::make_unique<Reader>(kName, trial.config, OwnLog(trial.config), std::move(effect));
  }
  bool Reaches(const Reader& reader, int64_t seq) {
    return trial::Eventually([&] { return reader.seq() >= seq; });
  }
  std::vector<int64_t> Taken() { return trial::TakenSeqs(trial.connection, kName).value(); }
  std::vector<std::string> Parked() { return trial::ParkedWithReasons(trial.connection, kName).value(); }

  // Takes all events but those of `subject`, for which it answers `status`.
  static Effect Refusing(const std::string& subject, absl::Status status) {
    Effect effect = trial::Taking(kName);
    effect.apply = [subject, status, take = effect.apply](db::Transaction& tx, const v1::Event& event,
                                                          const std::string& prepared) {
      return event.subject() == subject ? status : take(tx, event, prepared);
    };
    return effect;
  }

  Trial trial{"reader"};
};

TEST_F(ReaderTest, TakesEveryEventOnceInOrder) {
  trial.Fill(0, 5);
  const auto reader = Start(trial::Taking(kName));
  ASSERT_TRUE(Reaches(*reader, 5));
  trial.Fill(5, 7);
  reader->Wake();
  ASSERT_TRUE(Reaches(*reader, 7));
  EXPECT_THAT(Taken(), ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(trial::MostTimesTaken(trial.connection, kName).value_or(0), 1);
}

TEST_F(ReaderTest, GoesOnWhereItsPredecessorEnded) {
  trial.Fill(0, 3);
  {
    const auto reader = Start(trial::Taking(kName));
    ASSERT_TRUE(Reaches(*reader, 3));
  }
  trial.Fill(3, 5);
  const auto reader = Start(trial::Taking(kName));
  ASSERT_TRUE(Reaches(*reader, 5));
  EXPECT_THAT(Taken(), ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(ReaderTest, PassesWhatDoesNotConcernIt) {
  trial.Fill(0, 600);
  Effect effect = trial::Taking(kName);
  effect.concerns = [](const v1::Event& event) { return event.subject() == "opinions/300"; };
  const auto reader = Start(effect);
  ASSERT_TRUE(Reaches(*reader, 600));
  EXPECT_THAT(Taken(), ElementsAre(301));
}

TEST_F(ReaderTest, TakesManyInOneTransactionIfAllowed) {
  trial.Fill(0, 600);
  Effect effect = trial::Taking(kName);
  effect.batch = 100;
  const auto reader = Start(effect);
  ASSERT_TRUE(Reaches(*reader, 600));
  EXPECT_EQ(Taken().size(), 600u);
  const auto cursor = db::LoadPosition(trial.connection, "reader/trial");
  ASSERT_TRUE(cursor.ok());
  EXPECT_LT(cursor->beat, 20) << "one a transaction";
  EXPECT_EQ(cursor->hash, trial.All().back().hash());
}

TEST_F(ReaderTest, TakesAFailedBatchApart) {
  trial.Fill(0, 50);
  Effect effect = Refusing("opinions/20", absl::InvalidArgumentError("no"));
  effect.batch = 100;
  const auto reader = Start(effect);
  ASSERT_TRUE(Reaches(*reader, 50));
  EXPECT_EQ(Taken().size(), 49u);
  EXPECT_EQ(trial::MostTimesTaken(trial.connection, kName).value_or(0), 1);
  EXPECT_THAT(Parked(), ElementsAre("21 INVALID_ARGUMENT"));
}

TEST_F(ReaderTest, ParksWhatItCannotApplyWithAllLaterOnesOfTheSubject) {
  trial.Fill(0, 3);
  const auto reader = Start(Refusing("opinions/1", error::Precondition("NO_SUCH_DAY", "no")));
  ASSERT_TRUE(Reaches(*reader, 3));
  ASSERT_TRUE(
      trial.Append({Received("opinions/1", 2), Received("opinions/2", 2), Received("opinions/1", 3)}).ok());
  trial.Sequence();
  ASSERT_TRUE(Reaches(*reader, 6));
  EXPECT_THAT(Taken(), ElementsAre(1, 3, 5));
  EXPECT_THAT(Parked(), ElementsAre("2 FAILED_PRECONDITION NO_SUCH_DAY", "4 AFTER_PARKED", "6 AFTER_PARKED"));
  EXPECT_THAT(telemetry::ExposeMetrics(), HasSubstr("firstfloor_reader_parked{reader=\"trial\"} 3"));
}

TEST_F(ReaderTest, RemembersWhatIsParkedAfterARestart) {
  trial.Fill(0, 2);
  {
    const auto reader = Start(Refusing("opinions/1", absl::NotFoundError("")));
    ASSERT_TRUE(Reaches(*reader, 2));
  }
  ASSERT_TRUE(trial.Append(Received("opinions/1", 2)).ok());
  trial.Sequence();
  const auto reader = Start(trial::Taking(kName));
  ASSERT_TRUE(Reaches(*reader, 3));
  EXPECT_THAT(Taken(), ElementsAre(1));
  EXPECT_THAT(Parked(), ElementsAre("2 NOT_FOUND", "3 AFTER_PARKED"));
}

TEST_F(ReaderTest, TriesAgainWhatMayPass) {
  trial.Fill(0, 2);
  std::atomic<int> tries = 0;
  Effect effect = trial::Taking(kName);
  effect.apply = [&tries, take = effect.apply](db::Transaction& tx, const v1::Event& event,
                                               const std::string& p) {
    const absl::Status taken = take(tx, event, p);
    return ++tries <= 2 ? absl::UnavailableError("not yet") : taken;
  };
  const auto reader = Start(effect);
  ASSERT_TRUE(Reaches(*reader, 2));
  EXPECT_EQ(tries, 4);
  EXPECT_THAT(Taken(), ElementsAre(1, 2));
  EXPECT_THAT(Parked(), IsEmpty());
}

TEST_F(ReaderTest, PreparesBeforeTheTransaction) {
  trial.Fill(0, 3);
  std::atomic<int> asked = 0;
  std::mutex mutex;
  std::vector<std::string> answers;
  Effect effect = trial::Taking(kName);
  effect.prepare = [&](const v1::Event& event) -> absl::StatusOr<std::string> {
    if (++asked == 1) return absl::UnavailableError("the peer is down");
    if (event.subject() == "opinions/1") return absl::PermissionDeniedError("");
    return "about " + event.subject();
  };
  effect.apply = [&, take = effect.apply](db::Transaction& tx, const v1::Event& event,
                                          const std::string& prepared) {
    std::lock_guard lock(mutex);
    answers.push_back(prepared);
    return take(tx, event, prepared);
  };
  const auto reader = Start(effect);
  ASSERT_TRUE(Reaches(*reader, 3));
  EXPECT_THAT(answers, ElementsAre("about opinions/0", "about opinions/2"));
  EXPECT_THAT(Parked(), ElementsAre("2 PERMISSION_DENIED"));
}

// As a newer program writes it: with a change, or a payload, that this one does not know.
class UnknownKind : public ReaderTest {
 protected:
  // Log::Append knows what it appends, so the change is taken out of what it wrote.
  void AppendUnknown(const std::string& subject, int64_t version, bool payload_known) {
    ASSERT_TRUE(trial.Append(Received(subject, version)).ok());
    trial.Sequence();
    v1::Event event = trial.All().back();
    const int64_t seq = event.seq();
    event.clear_seq();
    event.clear_hash();
    event.set_type("firstfloor.events.v1.SomethingNew");
    if (payload_known) {
      event.mutable_opinion()->clear_change();
    } else {
      event.clear_payload();
    }
    ASSERT_TRUE(trial::OverwriteBody(trial.connection, seq, event.SerializeAsString()).ok());
  }
};

TEST_F(UnknownKind, IsParkedWithLaterOnesOfTheSubject) {
  AppendUnknown("opinions/1", 1, true);
  trial.Fill(2, 3);
  ASSERT_TRUE(trial.Append(Received("opinions/1", 2)).ok());
  trial.Sequence();
  AppendUnknown("opinions/3", 1, false);
  Effect effect = trial::Taking(kName);
  effect.batch = 10;
  const auto reader = Start(effect);
  ASSERT_TRUE(Reaches(*reader, 4));
  EXPECT_THAT(Taken(), ElementsAre(2));
  EXPECT_THAT(Parked(), ElementsAre("1 UNKNOWN_KIND", "3 AFTER_PARKED", "4 UNKNOWN_KIND"));
}

TEST_F(UnknownKind, OfAPayloadThatIsNotReadIsPassed) {
  AppendUnknown("opinions/1", 1, true);
  AppendUnknown("opinions/2", 1, false);
  Effect effect = trial::Taking(kName);
  effect.payloads = {"volunteer"};
  const auto reader = Start(effect);
  ASSERT_TRUE(Reaches(*reader, 2));
  EXPECT_THAT(Parked(), IsEmpty());
}

TEST_F(UnknownKind, StaysParkedUntilItIsKnown) {
  AppendUnknown("opinions/1", 1, true);
  const auto reader = Start(trial::Taking(kName));
  ASSERT_TRUE(Reaches(*reader, 1));
  EXPECT_EQ(Unpark(trial.connection, kName, trial::Taking(kName)).value_or(-1), 0);
  EXPECT_THAT(Parked(), ElementsAre("1 UNKNOWN_KIND"));
}

TEST_F(ReaderTest, LetsParkedEventsGoInOrder) {
  trial.Fill(0, 3);
  std::atomic<bool> refusing = true;
  Effect effect = trial::Taking(kName);
  effect.apply = [&refusing, take = effect.apply](db::Transaction& tx, const v1::Event& event,
                                                  const std::string& prepared) -> absl::Status {
    if (refusing && event.subject() != "opinions/0") return absl::NotFoundError("");
    return take(tx, event, prepared);
  };
  const auto reader = Start(effect);
  ASSERT_TRUE(Reaches(*reader, 3));
  ASSERT_TRUE(trial.Append(Received("opinions/1", 2)).ok());
  trial.Sequence();
  ASSERT_TRUE(Reaches(*reader, 4));
  EXPECT_THAT(Parked(), ElementsAre("2 NOT_FOUND", "3 NOT_FOUND", "4 AFTER_PARKED"));

  EXPECT_EQ(Unpark(trial.connection, kName, Refusing("opinions/2", absl::NotFoundError(""))).value_or(-1), 2);
  EXPECT_THAT(Taken(), ElementsAre(1, 2, 4));
  EXPECT_THAT(Parked(), ElementsAre("3 NOT_FOUND"));

  refusing = false;
  ASSERT_TRUE(trial.Append({Received("opinions/1", 3), Received("opinions/2", 2)}).ok());
  trial.Sequence();
  ASSERT_TRUE(Reaches(*reader, 6));
  EXPECT_THAT(Taken(), ElementsAre(1, 2, 4, 5)) << "the reader noticed what was let go";
  EXPECT_THAT(Parked(), ElementsAre("3 NOT_FOUND", "6 AFTER_PARKED"));
}

TEST_F(ReaderTest, WaitsWhereItsLogIsNoLongerWhatItRead) {
  const db::Config own = trial::NewSchema("reader_own");
  db::Connection own_connection(own);
  trial.Fill(0, 5);
  const std::vector<v1::Event> before = trial.All();
  Reader reader(kName, own, OwnLog(trial.config), Refusing("opinions/0", absl::NotFoundError("")));
  ASSERT_TRUE(Reaches(reader, 5));

  ASSERT_TRUE(trial::CutAfter(trial.connection, 2, before[1].hash()).ok());
  EXPECT_TRUE(trial::Eventually([&] { return reader.diverged(); })) << "the cursor lies beyond the head";
  trial.Fill(10, 14);
  trial.Fill(14, 15);
  EXPECT_TRUE(reader.diverged()) << "the cursor has another hash";
  EXPECT_EQ(reader.seq(), 5);
  EXPECT_EQ(trial::TakenSeqs(own_connection, kName)->size(), 4u);
}

TEST_F(ReaderTest, ShowsItsLag) {
  trial.Fill(0, 3);
  std::atomic<bool> held = true;
  Effect effect = trial::Taking(kName);
  effect.apply = [&held, take = effect.apply](db::Transaction& tx, const v1::Event& event,
                                              const std::string& p) {
    return held && event.seq() == 2 ? absl::UnavailableError("") : take(tx, event, p);
  };
  const auto reader = Start(effect);
  const auto lag = [] { return telemetry::ExposeMetrics(); };
  EXPECT_TRUE(trial::Eventually(
      [&] { return lag().find("firstfloor_reader_lag_events{reader=\"trial\"} 2") != std::string::npos; }));
  held = false;
  EXPECT_TRUE(trial::Eventually(
      [&] { return lag().find("firstfloor_reader_lag_events{reader=\"trial\"} 0") != std::string::npos; }));
}

TEST_F(ReaderTest, EndsSoonWhileItWaits) {
  auto reader = Start(trial::Taking(kName));
  const absl::Time asked = absl::Now();
  reader.reset();
  EXPECT_LT(absl::Now() - asked, absl::Seconds(2));
}

}  // namespace
}  // namespace firstfloor::events
