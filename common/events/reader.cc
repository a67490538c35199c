#include "common/events/reader.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/db/position.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/chain.h"
#include "common/events/effect.h"
#include "common/events/event_store.h"
#include "common/telemetry/complaint.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/trace.h"
#include "common/telemetry/work.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::events {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int kPage = 256;
// Also how soon an idle reader notices that somebody else changed its cursor or its parked events.
constexpr absl::Duration kWait = absl::Seconds(5);
constexpr absl::Duration kPatience = absl::Seconds(10);
constexpr auto kWhileDiverged = milliseconds(1000);

// Pauses that double, from `first` to `most`.
class Backoff {
 public:
  Backoff(milliseconds first, milliseconds most) : first_(first), most_(most), next_(first) {}
  milliseconds Next() { return std::exchange(next_, std::min(next_ * 2, most_)); }
  void Reset() { next_ = first_; }

 private:
  const milliseconds first_, most_;
  milliseconds next_;
};

// What is done with an event.
struct Step {
  const v1::Event* event = nullptr;
  Concern concern = Concern::kNone;
  std::string park;  // why it is not applied; "" if it is
  std::string prepared;
};

}  // namespace

struct Reader::Impl {
  Impl(std::string name, db::Config config, std::unique_ptr<Source> source, Effect effect)
      : name(std::move(name)),
        connection(std::move(config)),
        source(std::move(source)),
        effect(std::move(effect)),
        lag(telemetry::GetGauge("firstfloor_reader_lag_events", "Events that the reader has not passed yet.",
                                {{"reader", this->name}})),
        parked(telemetry::GetGauge("firstfloor_reader_parked", "Events that the reader could not apply.",
                                   {{"reader", this->name}})),
        thread([this] { Run(); }) {}

  ~Impl() {
    {
      std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    source->Wake();
    thread.join();
  }

  void Run() {
    while (!Stopping()) {
      const absl::Status status = Turn();
      if (status.ok()) continue;
      loaded = false;
      if (IsLogDiverged(status)) {
        BeDiverged();
        Pause(kWhileDiverged);
      } else if (lost) {
        Pause(after_loss.Next());
      } else {
        complaint.About(status);
        Pause(after_error.Next());
      }
    }
  }

  absl::Status Turn() {
    lost = false;
    if (!loaded) RETURN_IF_ERROR(LoadCursor());
    const absl::Duration wait = diverged ? absl::ZeroDuration() : kWait;
    ASSIGN_OR_RETURN(const std::vector<v1::Event> events, source->Next(cursor.seq, cursor.hash, kPage, wait));
    diverged = false;
    if (events.empty()) {
      loaded = Clock::now() < load_again;
      after_error.Reset();
    }
    const int64_t head = std::max(source->head(), events.empty() ? 0 : events.back().seq());
    RETURN_IF_ERROR(Pass(events, head));
    const bool more_waits = events.size() == kPage;
    if (!events.empty() && !more_waits && effect.gather > absl::ZeroDuration()) {
      Pause(absl::ToChronoMilliseconds(effect.gather));
    }
    return absl::OkStatus();
  }

  // The parked subjects are read after the cursor: whoever changes them changes the cursor's row too, so
  // that what is decided by an old set cannot be committed.
  absl::Status LoadCursor() {
    ASSIGN_OR_RETURN(cursor, db::LoadPosition(connection, CursorName(name)));
    ASSIGN_OR_RETURN(parked_subjects, store::ParkedSubjects(connection, name));
    ASSIGN_OR_RETURN(parked_count, store::CountParked(connection, name));
    parked.Set(static_cast<double>(parked_count));
    seq = cursor.seq;
    loaded = true;
    load_again = Clock::now() + absl::ToChronoMilliseconds(kWait);
    return absl::OkStatus();
  }

  absl::Status Pass(absl::Span<const v1::Event> events, int64_t head) {
    size_t passed = 0;
    ShowLag(head);
    while (passed < events.size() && !Stopping()) {
      ASSIGN_OR_RETURN(const size_t more, PassSome(events.subspan(passed)));
      passed += more;
      after_error.Reset();
      after_loss.Reset();
      ShowLag(head);
    }
    return absl::OkStatus();
  }

  void ShowLag(int64_t head) { lag.Set(static_cast<double>(std::max<int64_t>(0, head - cursor.seq))); }

  // Passes some of the first events in one transaction; returns how many.
  absl::StatusOr<size_t> PassSome(absl::Span<const v1::Event> events) {
    const bool one_by_one = effect.prepare != nullptr || events.front().seq() <= careful_until;
    const size_t most = one_by_one ? 1 : static_cast<size_t>(std::max(1, effect.batch));
    std::vector<Step> steps = Plan(events, most);
    const size_t count = planned;
    const telemetry::Span span = SpanOf(steps);
    const telemetry::Work work(span);
    RETURN_IF_ERROR(Prepare(steps));
    absl::Status failure;
    const absl::Status status = Commit(steps, events[count - 1], failure);
    if (status.ok()) {
      Passed(events[count - 1], steps);
      return count;
    }
    if (failure.ok() || !IsPermanent(status)) return status;
    if (steps.size() > 1) {
      careful_until = events[count - 1].seq();
      return 0;
    }
    steps.front().park = ParkReason(failure);
    RETURN_IF_ERROR(Commit(steps, events[count - 1], failure));
    Passed(events[count - 1], steps);
    return count;
  }

  // What one event leads to belongs to the trace of its change; what several lead to together, to none.
  telemetry::Span SpanOf(const std::vector<Step>& steps) const {
    if (steps.size() != 1) return {};
    telemetry::Span span =
        telemetry::Span::Server(absl::StrCat("follow ", name), steps.front().event->traceparent());
    span.Set("event.type", steps.front().event->type());
    return span;
  }

  // The steps for the first events, at most `most`; events without a step in between and after are passed
  // too.
  std::vector<Step> Plan(absl::Span<const v1::Event> events, size_t most) {
    std::vector<Step> steps;
    std::set<absl::string_view> parking;
    planned = 0;
    for (const v1::Event& event : events) {
      Step step{&event, ConcernOf(effect, event), "", ""};
      if (step.concern != Concern::kNone) {
        if (steps.size() == most) break;
        const bool after_parked =
            parked_subjects.count(event.subject()) != 0 || parking.count(event.subject()) != 0;
        if (step.concern == Concern::kUnknownKind) step.park = kUnknownKind;
        if (after_parked) step.park = kAfterParked;
        if (!step.park.empty()) parking.insert(event.subject());
        steps.push_back(std::move(step));
      }
      ++planned;
    }
    return steps;
  }

  // Asks for what the effect needs; an event for which there is no answer is parked.
  absl::Status Prepare(std::vector<Step>& steps) {
    if (effect.prepare == nullptr) return absl::OkStatus();
    for (Step& step : steps) {
      if (!step.park.empty()) continue;
      absl::StatusOr<std::string> prepared = effect.prepare(*step.event);
      if (prepared.ok()) {
        step.prepared = *std::move(prepared);
      } else if (IsPermanent(prepared.status())) {
        step.park = ParkReason(prepared.status());
      } else {
        return prepared.status();
      }
    }
    return absl::OkStatus();
  }

  // Moves the cursor to `last` and takes the steps. `failure` is the error of a step, if it was one.
  absl::Status Commit(const std::vector<Step>& steps, const v1::Event& last, absl::Status& failure) {
    return db::RunInTransaction(connection, absl::Now() + kPatience, [&](db::Transaction& tx) {
      failure = absl::OkStatus();
      const absl::Status moved = db::AdvancePosition(tx, CursorName(name), cursor, last.seq(), last.hash());
      lost = error::ReasonOf(moved) == "POSITION_LOST";
      RETURN_IF_ERROR(moved);
      for (const Step& step : steps) {
        if (step.park.empty() && effect.apply_batch != nullptr) continue;
        failure = Take(tx, step);
        RETURN_IF_ERROR(failure);
      }
      failure = TakeTogether(tx, steps);
      return failure;
    });
  }

  absl::Status TakeTogether(db::Transaction& tx, const std::vector<Step>& steps) {
    if (effect.apply_batch == nullptr) return absl::OkStatus();
    std::vector<const v1::Event*> together;
    for (const Step& step : steps) {
      if (step.park.empty()) together.push_back(step.event);
    }
    return together.empty() ? absl::OkStatus() : effect.apply_batch(tx, together);
  }

  absl::Status Take(db::Transaction& tx, const Step& step) {
    if (step.park.empty()) return effect.apply(tx, *step.event, step.prepared);
    return store::Park(tx, name, *step.event, step.park);
  }

  void Passed(const v1::Event& last, const std::vector<Step>& steps) {
    cursor.seq = last.seq();
    cursor.hash = last.hash();
    seq = cursor.seq;
    for (const Step& step : steps) {
      if (!step.park.empty()) Parked(*step.event, step.park);
    }
  }

  void Parked(const v1::Event& event, const std::string& reason) {
    parked_subjects.insert(event.subject());
    parked.Set(static_cast<double>(++parked_count));
    telemetry::Log(telemetry::Severity::kError, "event parked",
                   {{"reader", name}, {"seq", event.seq()}, {"type", event.type()}, {"reason", reason}});
  }

  void BeDiverged() {
    if (diverged.exchange(true)) return;
    telemetry::Log(telemetry::Severity::kError, "log diverged: the reader waits for a resync",
                   {{"reader", name}, {"seq", cursor.seq}});
  }

  bool Stopping() {
    std::lock_guard lock(mutex);
    return stopping;
  }

  void Pause(milliseconds pause) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, pause, [this] { return stopping; });
  }

  const std::string name;
  telemetry::Complaint complaint{"reader " + name + " could not go on"};
  db::Connection connection;
  const std::unique_ptr<Source> source;
  const Effect effect;
  telemetry::Gauge& lag;
  telemetry::Gauge& parked;

  // Of the thread alone.
  db::Position cursor;
  std::set<std::string> parked_subjects;
  int64_t parked_count = 0;
  bool loaded = false;
  Clock::time_point load_again;
  bool lost = false;          // another replica moved the cursor
  size_t planned = 0;         // events that the last plan passes
  int64_t careful_until = 0;  // a batch failed: one by one up to here
  Backoff after_error{milliseconds(50), milliseconds(5000)};
  // Who loses stays back, so that of several replicas one works at a time.
  Backoff after_loss{milliseconds(20), milliseconds(500)};

  std::atomic<int64_t> seq = 0;
  std::atomic<bool> diverged = false;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  std::thread thread;
};

Reader::Reader(std::string name, db::Config config, std::unique_ptr<Source> source, Effect effect)
    : impl_(
          std::make_unique<Impl>(std::move(name), std::move(config), std::move(source), std::move(effect))) {}
Reader::~Reader() = default;
void Reader::Wake() { impl_->source->Wake(); }
int64_t Reader::seq() const { return impl_->seq; }
bool Reader::diverged() const { return impl_->diverged; }

}  // namespace firstfloor::events
