#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/area/registry.h"
#include "common/calendar/calendar.h"
#include "common/db/schema/migrations.h"
#include "common/error/macros.h"
#include "common/statistics/projection.h"
#include "common/testing/servers.h"
#include "common/testing/session_status.h"

namespace firstfloor::statistics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const absl::Time kStart = calendar::StartOf(absl::CivilDay(2023, 1, 1));
constexpr absl::CivilDay kFrom(2023, 1, 1);
constexpr absl::CivilDay kTo(2025, 1, 1);
const std::vector<std::string> kAreas = {"340111400001-CJ-01",   "340111400001-CJ-02-1",
                                         "340111400001-CJ2",     "340111400001",
                                         "340111400002-AB",      "340111400",
                                         "340111500001-CJ-01-1", "340122"};
const std::vector<std::string> kSeries = {
    "opinions", "opinions|channel=APP",     "opinions|channel=STALL", "opinions.closed", "opinionsx",
    "cases",    "opinions|channel=A|kind=B"};

testing::MariaDb& Server() {
  static testing::MariaDb* const server = [] {
    db::InitDriver();
    static testing::MariaDb started;
    return &started;
  }();
  return *server;
}

class Statistics : public ::testing::Test {
 protected:
  Statistics() { EXPECT_TRUE(db::Migrate(connection_, schema::Migrations()).ok()); }

  void Write(const Deltas& deltas) { WriteOn(connection_, deltas); }
  static void WriteOn(db::Connection& connection, const Deltas& deltas) {
    const absl::Status status = db::Run(connection, absl::Now() + absl::Seconds(30),
                                        [&](db::Transaction& tx) { return deltas.Write(tx); });
    EXPECT_TRUE(status.ok()) << status;
  }
  absl::StatusOr<bool> Join(const std::string& area, const std::string& series, const std::string& member) {
    return db::Run(connection_, absl::Now() + absl::Seconds(30),
                   [&](db::Transaction& tx) { return AddToSet(tx, area, series, member); });
  }

  const db::Config config_ = Server().NewSchema("statistics");
  db::Connection connection_{config_};
};

struct Change {
  std::string area;
  absl::CivilDay day;
  std::string series;
  int64_t delta;
};

std::map<std::string, int64_t> Recounted(const std::vector<Change>& changes, const std::string& key,
                                         const std::string& area, absl::CivilDay from, absl::CivilDay to) {
  std::map<std::string, int64_t> sums;
  for (const Change& change : changes) {
    const bool wanted = change.series == key || absl::StartsWith(change.series, key + "|");
    if (wanted && area::Covers(area, change.area) && change.day >= from && change.day < to) {
      sums[change.series] += change.delta;
    }
  }
  return sums;
}

TEST_F(Statistics, EqualARecountOfRandomDeltas) {
  std::mt19937 random(11);
  std::vector<Change> changes;
  for (int transaction = 0; transaction < 60; ++transaction) {
    Deltas deltas;
    for (int i = random() % 30; i >= 0; --i) {
      const absl::Time time = kStart + absl::Minutes(random() % (2 * 365 * 24 * 60));
      const Change change{kAreas[random() % kAreas.size()], calendar::DayOf(time),
                          kSeries[random() % kSeries.size()], static_cast<int64_t>(random() % 9) - 2};
      deltas.Add(change.area, time, change.series, change.delta);
      if (change.delta != 0) changes.push_back(change);
    }
    Write(deltas);
  }
  std::vector<std::string> areas = kAreas;
  areas.insert(areas.end(), {"34", "3401", "340111", "340111400001-CJ", "340111400002", "35"});
  for (const std::string& area : areas) {
    for (const std::string key : {"opinions", "opinions.closed", "cases", "opinions|channel=A", "nothing"}) {
      for (const auto& [from, to] : {std::pair(kFrom, kTo), std::pair(kFrom + 100, kFrom + 130)}) {
        const auto sums = Sums(connection_, key, area, from, to);
        ASSERT_TRUE(sums.ok()) << sums.status();
        EXPECT_EQ(*sums, Recounted(changes, key, area, from, to)) << key << " " << area;
      }
    }
  }
}

TEST_F(Statistics, CountADayOfShanghaiNotOfGreenwich) {
  Deltas deltas;
  deltas.Add("340111", calendar::StartOf(kFrom), "k");
  deltas.Add("340111", calendar::StartOf(kFrom) - absl::Seconds(1), "k", 10);
  Write(deltas);
  EXPECT_THAT(*Sums(connection_, "k", "340111", kFrom, kFrom + 1), ElementsAre(Pair("k", 1)));
  EXPECT_THAT(*Sums(connection_, "k", "340111", kFrom - 1, kFrom), ElementsAre(Pair("k", 10)));
}

TEST_F(Statistics, SumByCalendarMonth) {
  Deltas deltas;
  deltas.Add("340111400", calendar::StartOf(absl::CivilDay(2023, 1, 31)), "k|a=1", 1);
  deltas.Add("340111400", calendar::StartOf(absl::CivilDay(2023, 2, 1)), "k|a=1", 2);
  deltas.Add("340111400", calendar::StartOf(absl::CivilDay(2023, 2, 28)), "k|a=1", 4);
  deltas.Add("340111400", calendar::StartOf(absl::CivilDay(2023, 2, 28)), "k", 8);
  deltas.Add("340111400", calendar::StartOf(absl::CivilDay(2024, 2, 1)), "k", 16);
  Write(deltas);
  const auto months = SumsByMonth(connection_, "k", "3401", kFrom, kTo);
  ASSERT_TRUE(months.ok()) << months.status();
  EXPECT_THAT(*months, ElementsAre(Pair("2023-01", ElementsAre(Pair("k|a=1", 1))),
                                   Pair("2023-02", ElementsAre(Pair("k", 8), Pair("k|a=1", 6))),
                                   Pair("2024-02", ElementsAre(Pair("k", 16)))));
  EXPECT_THAT(*SumsByMonth(connection_, "j", "3401", kFrom, kTo), IsEmpty());
}

TEST_F(Statistics, AddUpAmongConcurrentWriters) {
  const auto write = [this](int seed) {
    db::Connection connection(config_);
    std::mt19937 random(seed);
    for (int i = 0; i < 25; ++i) {
      Deltas deltas;
      for (int j = 0; j < 10; ++j) {
        deltas.Add(kAreas[random() % kAreas.size()], kStart + absl::Hours(random() % 72),
                   kSeries[random() % kSeries.size()]);
      }
      WriteOn(connection, deltas);
    }
  };
  std::vector<std::thread> writers;
  for (int seed = 0; seed < 3; ++seed) writers.emplace_back(write, seed);
  for (std::thread& writer : writers) writer.join();
  int64_t total = 0;
  for (const std::string key : {"opinions", "opinions.closed", "opinionsx", "cases"}) {
    const auto sums = Sums(connection_, key, "34", kFrom, kTo);
    ASSERT_TRUE(sums.ok()) << sums.status();
    for (const auto& [series, sum] : *sums) total += sum;
  }
  EXPECT_EQ(total, 3 * 25 * 10);
}

TEST_F(Statistics, QuantilesAreWithinFivePercent) {
  std::mt19937 random(3);
  std::lognormal_distribution<double> hours(1.5, 1.2);
  std::vector<absl::Duration> durations;
  Deltas deltas;
  for (int i = 0; i < 2'000; ++i) {
    durations.push_back(absl::Hours(1) * hours(random));
    deltas.AddDuration("340111400001", kStart + absl::Hours(random() % 700), "answer|kind=A",
                       durations.back());
  }
  deltas.AddDuration("340122", kStart, "answer|kind=A", absl::Hours(100'000));
  deltas.AddDuration("340111400001", kStart, "answer|kind=AB", absl::Hours(100'000));
  Write(deltas);
  std::sort(durations.begin(), durations.end());
  for (const double q : {0.01, 0.25, 0.5, 0.9, 0.99, 1.0}) {
    const auto quantile = Quantile(connection_, "answer|kind=A", "340111400", kFrom, kTo, q);
    ASSERT_TRUE(quantile.ok()) << quantile.status();
    const absl::Duration exact = durations[static_cast<size_t>(std::ceil(q * 2'000)) - 1];
    EXPECT_NEAR(absl::FDivDuration(*quantile, exact), 1, 0.05) << q;
  }
  EXPECT_EQ(*Quantile(connection_, "answer", "340111400", kFrom, kTo, 0.5), absl::ZeroDuration());
  EXPECT_EQ(*Quantile(connection_, "answer|kind=A", "340111400", kFrom - 9, kFrom, 0.5),
            absl::ZeroDuration());
}

TEST_F(Statistics, SetsCountAMemberOncePerArea) {
  EXPECT_EQ(Join("340111400001-CJ", "reporters", "a").value(), true);
  EXPECT_EQ(Join("340111400001-CJ", "reporters", "a").value(), false);
  EXPECT_EQ(Join("340111400002", "reporters", "a").value(), true);
  EXPECT_EQ(Join("340111400002", "reporters", "b").value(), true);
  EXPECT_EQ(Join("340111400001", "reporters", "a").value(), false);
  EXPECT_EQ(Join("340111400001", "helpers", "a").value(), true);
  EXPECT_EQ(SetSize(connection_, "340111400001-CJ", "reporters").value(), 1);
  EXPECT_EQ(SetSize(connection_, "340111400002", "reporters").value(), 2);
  EXPECT_EQ(SetSize(connection_, "340111400", "reporters").value(), 2);
  EXPECT_EQ(SetSize(connection_, "34", "reporters").value(), 2);
  EXPECT_EQ(SetSize(connection_, "35", "reporters").value(), 0);
}

TEST_F(Statistics, SetsRefuseWhatTheyCouldNotTellApart) {
  EXPECT_TRUE(Join("340111", "reporters", std::string(64, '\xff')).value());
  EXPECT_TRUE(absl::IsInvalidArgument(Join("340111", "reporters", std::string(65, 'x')).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Join("34011", "reporters", "x").status()));
}

TEST_F(Statistics, KnowTheLastDayOfEverySeries) {
  const auto add = [&](const char* area, absl::CivilDay day, const char* series, int64_t delta) {
    Deltas deltas;
    deltas.Add(area, calendar::StartOf(day), series, delta);
    Write(deltas);
  };
  add("340111400001", kFrom, "used|v=1", 1);
  add("340111400001", kFrom + 9, "used|v=1", 2);
  add("340111400001", kFrom + 30, "used|v=1", 1);
  add("340111400002", kFrom + 5, "used|v=2", 1);
  add("340111400002", kFrom + 7, "used|v=2", 1);
  add("340111400002", kFrom + 7, "used|v=2", -1);  // it was a mistake
  add("340122", kFrom + 5, "used|v=3", 1);
  add("340111400001", kFrom + 5, "usedup|v=4", 1);
  EXPECT_THAT(*LastDays(connection_, "used", "340111400", kFrom, kFrom + 30),
              ElementsAre(Pair("used|v=1", kFrom + 9), Pair("used|v=2", kFrom + 5)));
  EXPECT_THAT(*LastDays(connection_, "used", "340111400", kFrom + 1, kFrom + 5), IsEmpty());
  EXPECT_THAT(*LastDays(connection_, "used|v=3", "34", kFrom, kTo), ElementsAre(Pair("used|v=3", kFrom + 5)));
}

TEST_F(Statistics, SumEveryAreaFromADayOfItsOwn) {
  Deltas deltas;
  for (int i = 0; i < 100; ++i) {
    for (int day = 0; day < 10; ++day) {
      deltas.Add(absl::StrCat("340111400001-B", i), calendar::StartOf(kFrom + day), "since", i + 1);
      deltas.Add(absl::StrCat("340111400001-B", i), calendar::StartOf(kFrom + day), "since|v=1", 1);
    }
  }
  Write(deltas);
  std::map<std::string, absl::CivilDay> areas;
  for (int i = 0; i < 100; ++i) areas[absl::StrCat("340111400001-B", i)] = kFrom + i % 12;
  const auto sums = SumsSince(connection_, "since", areas);
  ASSERT_TRUE(sums.ok()) << sums.status();
  for (int i = 0; i < 100; ++i) {
    const auto sum = sums->find(absl::StrCat("340111400001-B", i));
    const int days = std::max(0, 10 - i % 12);
    ASSERT_EQ(sum != sums->end(), days > 0) << i;
    if (days > 0) {
      EXPECT_EQ(sum->second, days * (i + 1)) << i;
    }
  }
}

TEST_F(Statistics, TellAreasAndDaysApart) {
  Deltas deltas;
  const absl::CivilDay first(2023, 5, 1);
  for (int day = 0; day < 4; ++day) {
    const absl::Time noon = calendar::StartOf(first + day) + absl::Hours(12);
    deltas.Add("340111400001-CJ-07", noon, "apart", day);
    deltas.Add("340111400001-CJ-08", noon, "apart", 10 * day);
  }
  Write(deltas);
  const std::vector<std::string> asked = {"340111400001-CJ-07", "340111400001-CJ-08", "340111400001-CJ-09"};
  const auto areas = SumsOfAreas(connection_, "apart", asked, first + 1, first + 3);
  ASSERT_TRUE(areas.ok()) << areas.status();
  EXPECT_EQ(*areas, (std::map<std::string, int64_t>{{asked[0], 3}, {asked[1], 30}}));
  EXPECT_TRUE(SumsOfAreas(connection_, "apart", {}, first, first + 4)->empty());
  const auto days = SumsByDay(connection_, "apart", "340111400001-CJ", first, first + 3);
  ASSERT_TRUE(days.ok()) << days.status();
  EXPECT_EQ(*days, (std::map<std::string, int64_t>{{"2023-05-02", 11}, {"2023-05-03", 22}}));
}

// What a figure costs must not grow with the years, areas and other series that the table holds.
TEST_F(Statistics, ReadOnlyTheDaysAskedFor) {
  db::Config patient = config_;
  patient.read_timeout = absl::Minutes(1);
  const absl::Status filled = db::Connection(patient).ExecuteText(
      "INSERT INTO statistic (series, area, day, value)"
      " WITH RECURSIVE number (seq) AS (SELECT 0 UNION ALL SELECT seq + 1 FROM number WHERE seq < 499)"
      " SELECT CONCAT('key', LPAD(s.seq, 2, '0'), '|d=', k.seq), a.area, '2020-01-01' + INTERVAL d.seq DAY, 1"
      " FROM number s, number k,"
      " (SELECT IF(seq = 1, '340111', CONCAT('3401114', LPAD(seq, 2, '0'))) AS area FROM number WHERE seq "
      "BETWEEN 1 AND 20) a,"
      " number d WHERE s.seq BETWEEN 1 AND 6 AND k.seq BETWEEN 1 AND 5");
  ASSERT_TRUE(filled.ok()) << filled;
  ASSERT_TRUE(
      connection_.ExecuteText("INSERT INTO statistic_series SELECT DISTINCT series FROM statistic").ok());
  const absl::CivilDay from(2020, 3, 1);
  const auto sum = [&] {
    const auto sums = Sums(connection_, "key03", "340111", from, from + 100);
    ASSERT_TRUE(sums.ok()) << sums.status();
    ASSERT_EQ(sums->size(), 5u);
    EXPECT_EQ(sums->at("key03|d=2"), 100);
  };
  EXPECT_LT(testing::RowsReadBy(connection_, sum), 5 * 100 + 100);
  const auto find_last = [&] {
    const auto days = LastDays(connection_, "key03", "340111", from, from + 400);
    ASSERT_TRUE(days.ok()) << days.status();
    ASSERT_EQ(days->size(), 5u);
    EXPECT_EQ(days->at("key03|d=2"), from + 399);
  };
  EXPECT_LT(testing::RowsReadBy(connection_, find_last), 5 * 5 + 20);
}

}  // namespace
}  // namespace firstfloor::statistics
