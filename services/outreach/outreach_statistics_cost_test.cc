// What figures cost: days and names, however many classes are held. Rows are counted, not seconds, so that
// the test says the same on any machine; FIRSTFLOOR_CLASSES_A_DAY and FIRSTFLOOR_DAYS make it larger by hand,
// and it prints the times too.
#include <cstdlib>
#include <iostream>
#include <map>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/events/log.h"
#include "common/program/house.h"
#include "common/testing/session_status.h"
#include "services/outreach/outreach_fixture.h"
#include "services/outreach/outreach_statistics.h"
#include "services/outreach/venue_store.h"

namespace firstfloor::outreach {
namespace {

using events::v1::Event;
using statistics::Period;

constexpr int kVenues = 12;
constexpr int kRounds = 6;
constexpr int kBatch = 500;
const absl::CivilDay kFirstDay(2023, 1, 1);

int FromEnvironment(const char* name, int otherwise) {
  const char* value = std::getenv(name);
  int number = 0;
  return value != nullptr && absl::SimpleAtoi(value, &number) && number > 0 ? number : otherwise;
}

class OutreachStatisticsCost : public OutreachTest {
 protected:
  void SetUp() override {
    for (int i = 0; i < kVenues; ++i) venues_.push_back(NewVenue(40).name());
    // The service itself counts the venues; nothing else happens in it.
    ASSERT_TRUE(
        events::AwaitCaughtUp(connection_, statistics::kReader, absl::Now() + absl::Seconds(10)).ok());
  }

  // The `number`-th class of a day: after kVenues of them each venue, round, form and identity has had one.
  Event Class(absl::CivilDay day, int number) const {
    Event event;
    event.set_subject("sessions/x");
    event.set_area(absl::StrCat("340111400001-CJ-0", 1 + number % 9));
    *event.mutable_occur_time() = calendar::ToProto(calendar::StartOf(day) + absl::Hours(19));
    events::v1::OutreachEvent& change = *event.mutable_outreach();
    change.set_series(number % 2 == 0 ? "series/a" : "series/b");
    change.set_round(absl::StrCat("rounds/", number % kRounds));
    change.set_form(number % 4 < 2 ? "TALK" : "SONG");
    events::v1::SessionCompleted& completed = *change.mutable_session_completed();
    completed.set_venue(venues_[static_cast<size_t>(number % kVenues)]);
    (*completed.mutable_heads())["MASSES"] = 7;
    (*completed.mutable_heads())["CADRE"] = 1;
    completed.add_audience_areas(event.area());
    return event;
  }

  // Counts `classes` classes on each of `days` days, from the `first` one of each day on.
  void Hold(int days, int first, int classes) {
    const VenueStore venues(suite().house("outreach"));
    const events::Effect effect = statistics::Projection(venues);
    std::vector<Event> events;
    const auto count = [&] {
      std::vector<const Event*> batch;
      for (const Event& event : events) batch.push_back(&event);
      const absl::Status counted =
          db::RunInTransaction(connection_, absl::InfiniteFuture(),
                               [&](db::Transaction& tx) { return effect.apply_batch(tx, batch); });
      ASSERT_TRUE(counted.ok()) << counted;
      events.clear();
    };
    for (int day = 0; day < days; ++day) {
      for (int number = first; number < first + classes; ++number) {
        events.push_back(Class(kFirstDay + day, number));
        if (events.size() == kBatch) count();
      }
    }
    if (!events.empty()) count();
  }

  Period AllDays() const { return {kCommunity, kFirstDay, kFirstDay + days_}; }

  struct Cost {
    int64_t rows = 0;
    absl::Duration time;
  };
  template <typename Read>
  Cost Of(const Read& read) {
    Cost cost;
    cost.rows = testing::RowsReadBy(connection_, [&] {
      const absl::Time start = absl::Now();
      const absl::Status done = read();
      cost.time = absl::Now() - start;
      EXPECT_TRUE(done.ok()) << done;
    });
    return cost;
  }

  // Every kind of figure, by what it is told apart by.
  std::map<std::string, Cost> Costs() {
    const Period all = AllDays();
    return {
        {"totals", Of([&] { return statistics::ClassesOf(connection_, all, "").status(); })},
        {"venues", Of([&] { return statistics::VenuesOf(connection_, all).status(); })},
        {"by series", Of([&] { return statistics::ClassesOf(connection_, all, "series").status(); })},
        {"by form", Of([&] { return statistics::ClassesOf(connection_, all, "form").status(); })},
        {"by month", Of([&] { return statistics::ClassesByMonth(connection_, all).status(); })},
        {"by identity", Of([&] { return statistics::AttendancesByIdentity(connection_, all).status(); })},
        {"by venue", Of([&] { return statistics::VenueUses(connection_, all).status(); })},
        {"buildings", Of([&] { return statistics::Reached(connection_, all).status(); })},
    };
  }

  const int days_ = FromEnvironment("FIRSTFLOOR_DAYS", 20);
  std::vector<std::string> venues_;
  db::Connection connection_{suite().database("outreach")};
};

TEST_F(OutreachStatisticsCost, FiguresCostTheSameOfAHundredTimesAsManyClasses) {
  const int few = kVenues;
  const int many = FromEnvironment("FIRSTFLOOR_CLASSES_A_DAY", 100 * few);
  Hold(days_, 0, few);
  const std::map<std::string, Cost> before = Costs();
  Hold(days_, few, many - few);
  const auto classes = statistics::ClassesOf(connection_, AllDays(), "");
  ASSERT_TRUE(classes.ok()) << classes.status();
  EXPECT_EQ(classes->all.sessions, int64_t{days_} * many);
  EXPECT_EQ(classes->all.attendances, int64_t{days_} * many * 8);
  EXPECT_EQ(classes->all.rounds.size(), size_t{kRounds});
  for (const auto& [figure, cost] : Costs()) {
    const Cost& then = before.at(figure);
    EXPECT_LE(cost.rows, then.rows + then.rows / 10) << figure;
    std::cout << figure << ": " << then.rows << " rows in " << then.time << ", of " << many / few
              << " times as many " << cost.rows << " rows in " << cost.time << "\n";
  }
}

}  // namespace
}  // namespace firstfloor::outreach
