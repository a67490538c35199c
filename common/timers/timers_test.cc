#include "common/timers/timers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/db/schema/migrations.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/telemetry/metrics.h"
#include "common/testing/servers.h"

namespace firstfloor::timers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kDay = absl::FromUnixSeconds(1'700'000'000);
constexpr char kArea[] = "340111400001";

testing::MariaDb& Server() {
  static testing::MariaDb* const server = [] {
    db::InitDriver();
    static testing::MariaDb started;
    return &started;
  }();
  return *server;
}

// Records, in the transaction, what has fired.
absl::Status Record(db::Transaction& tx, const Timer& timer, const events::Origin& origin) {
  return tx
      .Execute("INSERT INTO fired (subject, kind, due_time, occur_time, back_dated) VALUES (?, ?, ?, ?, ?)",
               {timer.subject, timer.kind, timer.due, origin.occur_time, origin.back_dated})
      .status();
}

class Timers : public ::testing::Test {
 protected:
  Timers() { EXPECT_TRUE(db::Migrate(connection_, schema::Migrations()).ok()); }

  void InTransaction(const std::function<absl::Status(db::Transaction&)>& body) {
    const absl::Status status = db::Run(connection_, absl::Now() + absl::Seconds(30), body);
    EXPECT_TRUE(status.ok()) << status;
  }
  void SetLive(const std::string& subject, absl::Time due) {
    InTransaction([&](db::Transaction& tx) { return Set(tx, {subject, "DUE", kArea, due, false}); });
  }
  void SetBackDated(const std::string& subject, absl::Time due, const std::string& area = kArea) {
    InTransaction([&](db::Transaction& tx) { return Set(tx, {subject, "DUE", area, due, true}); });
  }
  absl::StatusOr<int64_t> AdvanceTo(absl::Time as_of, const Fire& fire = Record) {
    return Advance(connection_, "opinion", "340111400", as_of, fire, absl::Now() + absl::Seconds(30));
  }
  std::unique_ptr<Clock> NewClock(const Fire& fire = Record) {
    return std::make_unique<Clock>("opinion", config_, fire);
  }

  db::Rows Rows(const std::string& sql) {
    const auto rows = connection_.Query(sql);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return *rows;
  }
  std::vector<std::string> Fired() {
    std::vector<std::string> subjects;
    for (const db::Row& row : Rows("SELECT subject FROM fired ORDER BY number"))
      subjects.push_back(row.Text(0));
    return subjects;
  }
  bool Comes(const std::function<bool()>& condition) {
    const absl::Time end = absl::Now() + absl::Seconds(15);
    while (!condition()) {
      if (absl::Now() > end) return false;
      absl::SleepFor(absl::Milliseconds(20));
    }
    return true;
  }

  const db::Config config_ = Server().NewSchema("timers");
  db::Connection connection_{config_};
};

TEST_F(Timers, FireOnceWithThreeClocks) {
  const absl::Time soon = absl::Now() + absl::Milliseconds(300);
  for (int i = 0; i < 30; ++i) SetLive(absl::StrCat("opinions/", i), soon);
  const auto one = NewClock(), two = NewClock(), three = NewClock();
  EXPECT_TRUE(Comes([&] { return Fired().size() >= 30; }));
  SetLive("opinions/last", absl::Now());
  EXPECT_TRUE(Comes([&] { return Fired().size() >= 31; }));
  EXPECT_THAT(Rows("SELECT DISTINCT subject FROM fired"), SizeIs(31));
  EXPECT_THAT(Fired(), SizeIs(31));
  EXPECT_THAT(Rows("SELECT 1 FROM fired WHERE occur_time < due_time OR back_dated <> 0"), IsEmpty());
  EXPECT_THAT(Rows("SELECT 1 FROM timer"), IsEmpty());
}

TEST_F(Timers, AreTakenOverFromAClockThatStops) {
  auto first = NewClock();
  SetLive("opinions/1", absl::Now());
  EXPECT_TRUE(Comes([&] { return Fired().size() == 1; }));
  const auto second = NewClock();
  first.reset();
  SetLive("opinions/2", absl::Now());
  EXPECT_TRUE(Comes([&] { return Fired().size() == 2; }));
}

TEST_F(Timers, FireAtTheTimeTheyWereMovedTo) {
  const absl::Time moved = absl::Now() + absl::Seconds(2);
  SetLive("opinions/1", absl::Now() + absl::Milliseconds(800));
  SetLive("opinions/1", moved);
  const auto clock = NewClock();
  EXPECT_TRUE(Comes([&] { return !Fired().empty(); }));
  EXPECT_GE(absl::Now(), moved);
  const db::Rows rows = Rows("SELECT due_time FROM fired");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_LT(absl::AbsDuration(rows.front().Time(0) - moved), absl::Microseconds(1));
}

TEST_F(Timers, FireNeverOnceCleared) {
  const absl::Time soon = absl::Now() + absl::Milliseconds(600);
  for (const char* subject : {"opinions/1", "opinions/2", "opinions/3", "opinions/4"}) SetLive(subject, soon);
  InTransaction([&](db::Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(Clear(tx, "opinions/1", "DUE"));
    RETURN_IF_ERROR(Clear(tx, "opinions/4", "NOTICE"));
    RETURN_IF_ERROR(ClearAll(tx, "opinions/2"));
    return Set(tx, {"opinions/3", "DUE", kArea, absl::InfiniteFuture(), false});
  });
  const auto clock = NewClock();
  EXPECT_TRUE(Comes([&] { return !Fired().empty(); }));
  EXPECT_THAT(Fired(), ElementsAre("opinions/4"));
  EXPECT_THAT(Rows("SELECT 1 FROM timer"), IsEmpty());
}

TEST_F(Timers, FireByTheClockOnlyWhenNotBackDated) {
  SetBackDated("opinions/old", kDay);
  SetLive("opinions/new", absl::Now());
  const auto clock = NewClock();
  EXPECT_TRUE(Comes([&] { return !Fired().empty(); }));
  SetLive("opinions/newer", absl::Now());
  EXPECT_TRUE(Comes([&] { return Fired().size() >= 2; }));
  EXPECT_THAT(Fired(), ElementsAre("opinions/new", "opinions/newer"));
}

TEST_F(Timers, AreShownInTheMetrics) {
  const auto clock = NewClock();
  SetLive("opinions/1", absl::Now());
  EXPECT_TRUE(Comes([&] { return !Fired().empty(); }));
  EXPECT_THAT(telemetry::ExposeMetrics(), HasSubstr("firstfloor_timers_fired_total"));
  EXPECT_THAT(telemetry::ExposeMetrics(), HasSubstr("firstfloor_timers_overdue 0"));
}

TEST_F(Timers, StayOverdueWhileTheirEffectMustWait) {
  SetLive("opinions/1", absl::Now());
  SetLive("opinions/2", absl::Now());
  const auto clock = NewClock([](db::Transaction& tx, const Timer& timer, const events::Origin& origin) {
    if (timer.subject == "opinions/1") return absl::UnavailableError("not now");
    return Record(tx, timer, origin);
  });
  EXPECT_TRUE(Comes([&] { return !Fired().empty(); }));
  EXPECT_TRUE(
      Comes([] { return absl::StrContains(telemetry::ExposeMetrics(), "firstfloor_timers_overdue 1"); }));
  EXPECT_THAT(Rows("SELECT 1 FROM timer WHERE due_time <= UTC_TIMESTAMP(6)"), SizeIs(1));
}

TEST_F(Timers, ArePostponedByAnHourWhenTheirEffectFails) {
  const absl::Time before = absl::Now();
  SetLive("opinions/1", before);
  SetLive("opinions/2", before);
  const auto clock = NewClock([](db::Transaction& tx, const Timer& timer, const events::Origin& origin) {
    const absl::Status status = Record(tx, timer, origin);
    return timer.subject == "opinions/1" ? absl::InternalError("broken") : status;
  });
  EXPECT_TRUE(Comes([&] { return !Fired().empty(); }));
  EXPECT_THAT(Fired(), ElementsAre("opinions/2"));
  EXPECT_TRUE(Comes([&] {
    const absl::Time due = Rows("SELECT due_time FROM timer").front().Time(0);
    return due >= before + absl::Hours(1) - absl::Seconds(1) && due <= absl::Now() + absl::Hours(1);
  }));
}

TEST_F(Timers, AdvanceFiresWhatIsDueInOrder) {
  SetBackDated("opinions/3", kDay + absl::Hours(3));
  SetBackDated("opinions/1", kDay + absl::Hours(1), "340111400002-AB");
  SetBackDated("opinions/2", kDay + absl::Hours(2));
  SetBackDated("opinions/4", kDay + absl::Hours(4) + absl::Microseconds(1));
  SetBackDated("opinions/elsewhere", kDay, "340111500001");
  SetLive("opinions/live", kDay);
  const auto fired = AdvanceTo(kDay + absl::Hours(4));
  ASSERT_TRUE(fired.ok()) << fired.status();
  EXPECT_EQ(*fired, 3);
  EXPECT_THAT(Fired(), ElementsAre("opinions/1", "opinions/2", "opinions/3"));
  EXPECT_THAT(Rows("SELECT 1 FROM fired WHERE occur_time <> due_time OR back_dated <> 1"), IsEmpty());
  EXPECT_THAT(Rows("SELECT 1 FROM timer"), SizeIs(3));
  EXPECT_EQ(AdvanceTo(kDay + absl::Hours(4)).value(), 0);
}

TEST_F(Timers, AdvanceFiresWhatFiringSetsInItsPlace) {
  SetBackDated("opinions/first", kDay);
  for (int i = 1; i <= 5; ++i) SetBackDated(absl::StrCat("opinions/", i), kDay + absl::Hours(10 * i));
  // The first comes again every 15 hours.
  const auto fired = AdvanceTo(kDay + absl::Hours(40),
                               [](db::Transaction& tx, const Timer& timer, const events::Origin& origin) {
                                 RETURN_IF_ERROR(Record(tx, timer, origin));
                                 if (timer.subject != "opinions/first") return absl::OkStatus();
                                 Timer again = timer;
                                 again.due += absl::Hours(15);
                                 return Set(tx, again);
                               });
  ASSERT_TRUE(fired.ok()) << fired.status();
  EXPECT_EQ(*fired, 7);
  EXPECT_THAT(Fired(), ElementsAre("opinions/first", "opinions/1", "opinions/first", "opinions/2",
                                   "opinions/3", "opinions/first", "opinions/4"));
  EXPECT_THAT(Rows("SELECT 1 FROM timer"), SizeIs(2));
}

TEST_F(Timers, AdvanceHeedsWhatFiringClearsAndMoves) {
  SetBackDated("opinions/1", kDay);
  SetBackDated("opinions/2", kDay + absl::Hours(1));
  SetBackDated("opinions/3", kDay + absl::Hours(2));
  SetBackDated("opinions/4", kDay + absl::Hours(3));
  const auto fired = AdvanceTo(kDay + absl::Hours(9),
                               [](db::Transaction& tx, const Timer& timer, const events::Origin& origin) {
                                 RETURN_IF_ERROR(Record(tx, timer, origin));
                                 if (timer.subject != "opinions/1") return absl::OkStatus();
                                 RETURN_IF_ERROR(ClearAll(tx, "opinions/2"));
                                 return Set(tx, {"opinions/3", "DUE", kArea, kDay + absl::Hours(5), true});
                               });
  ASSERT_TRUE(fired.ok()) << fired.status();
  EXPECT_EQ(*fired, 3);
  EXPECT_THAT(Fired(), ElementsAre("opinions/1", "opinions/4", "opinions/3"));
}

TEST_F(Timers, AdvanceGoesBeyondOneBatch) {
  InTransaction([](db::Transaction& tx) -> absl::Status {
    for (int i = 0; i < 450; ++i) {
      RETURN_IF_ERROR(
          Set(tx, {absl::StrCat("opinions/", i), "DUE", kArea, kDay + absl::Seconds(i / 3), true}));
    }
    return absl::OkStatus();
  });
  EXPECT_EQ(AdvanceTo(kDay + absl::Hours(1)).value(), 450);
  EXPECT_THAT(
      Rows("SELECT 1 FROM fired f JOIN fired g ON g.number = f.number + 1 AND g.due_time < f.due_time"),
      IsEmpty());
}

TEST_F(Timers, AdvancePostponesWhatFailsBeyondAsOf) {
  SetBackDated("opinions/1", kDay);
  SetBackDated("opinions/2", kDay + absl::Hours(1));
  const absl::Time as_of = kDay + absl::Hours(500);
  const auto fired =
      AdvanceTo(as_of, [](db::Transaction& tx, const Timer& timer, const events::Origin& origin) {
        RETURN_IF_ERROR(Record(tx, timer, origin));
        return timer.subject == "opinions/1" ? error::Precondition("WRONG", "no") : absl::OkStatus();
      });
  ASSERT_TRUE(fired.ok()) << fired.status();
  EXPECT_EQ(*fired, 1);
  EXPECT_THAT(Fired(), ElementsAre("opinions/2"));
  EXPECT_EQ(Rows("SELECT due_time FROM timer").front().Time(0), as_of + absl::Hours(1));
  EXPECT_EQ(AdvanceTo(as_of + absl::Hours(2)).value(), 1);
}

TEST_F(Timers, AdvanceStopsAtWhatMustWaitAndAtItsDeadline) {
  SetBackDated("opinions/1", kDay);
  const auto fired = AdvanceTo(kDay, [](db::Transaction&, const Timer&, const events::Origin&) {
    return absl::UnavailableError("not now");
  });
  EXPECT_TRUE(absl::IsUnavailable(fired.status())) << fired.status();
  const auto late = Advance(connection_, "opinion", kArea, kDay, Record, absl::Now() - absl::Seconds(1));
  EXPECT_TRUE(absl::IsDeadlineExceeded(late.status())) << late.status();
  EXPECT_EQ(Rows("SELECT due_time FROM timer").front().Time(0), kDay);
  EXPECT_EQ(AdvanceTo(kDay).value(), 1);
}

TEST_F(Timers, AreSetOrNotWithTheChangeItself) {
  const absl::Status failed =
      db::Run(connection_, absl::InfiniteFuture(), [](db::Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(Set(tx, {"opinions/1", "DUE", kArea, kDay, true}));
        return error::Precondition("WRONG", "no");
      });
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(AdvanceTo(kDay).value(), 0);
}

}  // namespace
}  // namespace firstfloor::timers
