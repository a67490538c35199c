#include "services/deliberation/statistics.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/calendar/timestamp.h"
#include "common/db/transaction.h"
#include "common/program/house.h"

namespace firstfloor::deliberation {
namespace {

using events::v1::DeliberationEvent;
using events::v1::Event;
using Dimensions = std::vector<std::pair<std::string, std::string>>;

// Counts for one event, at its area and time.
class Counter {
 public:
  Counter(const Event& event, statistics::Deltas& deltas)
      : event_(event), time_(calendar::FromProto(event.occur_time())), deltas_(deltas) {}

  void Add(absl::string_view key, const Dimensions& dimensions = {}, int64_t delta = 1) {
    deltas_.Add(event_.area(), time_, statistics::Series(key, dimensions), delta);
  }
  void AddSinceStart(absl::string_view key, const Dimensions& dimensions = {}) {
    const absl::Time start = calendar::FromProto(event_.deliberation().start_time());
    deltas_.AddDuration(event_.area(), time_, statistics::Series(key, dimensions), time_ - start);
  }

 private:
  const Event& event_;
  const absl::Time time_;
  statistics::Deltas& deltas_;
};

// Entering a state, and what is in each now.
void CountState(const DeliberationEvent& what, absl::string_view collection, Counter& counter) {
  if (what.from() == what.to()) return;
  counter.Add(absl::StrCat(collection, ".entered"), {{"state", what.to()}});
  counter.Add(absl::StrCat(collection, ".stock"), {{"state", what.to()}});
  if (!what.from().empty()) counter.Add(absl::StrCat(collection, ".stock"), {{"state", what.from()}}, -1);
}

Dimensions CaseDimensions(const DeliberationEvent& what) {
  return {{"kind", what.kind()}, {"level", what.level()}, {"topic", what.topic()}};
}

void CountSettled(const DeliberationEvent& what, absl::string_view way, Counter& counter) {
  Dimensions dimensions = CaseDimensions(what);
  dimensions.emplace_back("way", std::string(way));
  counter.Add("cases.settled", dimensions);
  counter.AddSinceStart(kSettleTime);
  counter.AddSinceStart(kSettleTime, {{"level", what.level()}});
}

void CountCaseClosed(const DeliberationEvent& what, Counter& counter) {
  const events::v1::CaseClosed& closed = what.case_closed();
  Dimensions dimensions = CaseDimensions(what);
  dimensions.emplace_back("way", closed.way());
  counter.Add("cases.closed", dimensions);
  if (what.level() == "ON_THE_SPOT") {
    counter.Add("cases.settled_on_the_spot", {{"kind", what.kind()}, {"topic", what.topic()}});
  }
  if (what.kind() != "DISPUTE") return;
  counter.Add(closed.way() == "MEDIATION" ? "disputes.reconciled" : "disputes.resolved_by_consultation",
              {{"topic", what.topic()}});
}

void CountCaseMoved(const DeliberationEvent& what, Counter& counter) {
  if (what.to() == "AGREED") CountSettled(what, "MEDIATION", counter);
  if (what.to() == "ESCALATED") {
    counter.Add(what.from() == "FOLLOW_UP" ? "cases.breached" : "cases.escalated",
                {{"kind", what.kind()}, {"topic", what.topic()}});
  }
}

void CountCase(const DeliberationEvent& what, Counter& counter) {
  CountState(what, "cases", counter);
  switch (what.change_case()) {
    case DeliberationEvent::kCaseOpened:
      return counter.Add("cases.opened", CaseDimensions(what));
    case DeliberationEvent::kCaseMoved:
      return CountCaseMoved(what, counter);
    case DeliberationEvent::kResolutionAdopted:
      return CountSettled(what, "CONSULTATION", counter);
    case DeliberationEvent::kCaseClosed:
      return CountCaseClosed(what, counter);
    case DeliberationEvent::kCaseFailed:
      return counter.Add("cases.failed", CaseDimensions(what));
    case DeliberationEvent::kCaseWithdrawn:
      return counter.Add("cases.withdrawn", CaseDimensions(what));
    default:
      return;
  }
}

void CountOrderClosed(const DeliberationEvent& what, Counter& counter) {
  const events::v1::OrderClosed& closed = what.order_closed();
  const char* way = closed.unconfirmed() ? "UNCONFIRMED" : closed.decided() ? "DECIDED" : "CONFIRMED";
  counter.Add("orders.closed", {{"topic", what.topic()}, {"way", way}});
  if (closed.rating() == 0) return;
  counter.Add("orders.rated", {{"rating", absl::StrCat(closed.rating())}});
  counter.Add("orders.rating_sum", {}, closed.rating());
}

void CountOrder(const DeliberationEvent& what, Counter& counter) {
  CountState(what, "orders", counter);
  switch (what.change_case()) {
    case DeliberationEvent::kOrderPlaced:
      return counter.Add("orders.placed", {{"topic", what.topic()}});
    case DeliberationEvent::kOrderClosed:
      return CountOrderClosed(what, counter);
    case DeliberationEvent::kOrderClockLapsed:
      return counter.Add("orders.lapsed", {{"clock", what.order_clock_lapsed().clock()},
                                           {"level", what.order_clock_lapsed().level()}});
    default:
      return;
  }
}

}  // namespace

void Count(const Event& event, statistics::Deltas& deltas) {
  Counter counter(event, deltas);
  const DeliberationEvent& what = event.deliberation();
  if (absl::string_view(event.subject()).substr(0, 6) == "cases/") {
    CountCase(what, counter);
  } else {
    CountOrder(what, counter);
  }
}

void AddStatistics(program::House& house) {
  house.AddReader(kStatisticsReader, "deliberation",
                  {.apply_batch =
                       [](db::Transaction& tx, absl::Span<const Event* const> events) {
                         statistics::Deltas deltas;
                         for (const Event* event : events) Count(*event, deltas);
                         return deltas.Write(tx);
                       },
                   .gather = statistics::kGather,
                   .batch = 256,
                   .payloads = {"deliberation"}});
}

}  // namespace firstfloor::deliberation
