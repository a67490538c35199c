#include "tests/bench/compare/event_delay.h"

#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include "absl/time/clock.h"
#include "firstfloor/events/v1/event_log_service.pb.h"
#include "tests/bench/compare/programs.h"

namespace firstfloor::bench {
namespace {

using Clock = std::chrono::steady_clock;
using opinion::v1::SubmitOpinionResponse;

constexpr char kSubmit[] = "firstfloor.opinion.v1.OpinionService.SubmitOpinion";
constexpr char kGetHead[] = "firstfloor.events.v1.EventLogService.GetHead";
constexpr char kSubscribe[] = "firstfloor.events.v1.EventLogService.Subscribe";
// For the last calls and events.
constexpr absl::Duration kRest = absl::Seconds(2);

int64_t Nanoseconds(Clock::duration duration) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
}

rpc::CallOptions Until(absl::Time deadline, const std::string& token) {
  rpc::CallOptions options;
  options.deadline = deadline;
  options.token = token;
  return options;
}

class Journal {
 public:
  void Answered(const std::string& name, Clock::time_point sent, Clock::time_point answered) {
    const std::lock_guard lock(mutex_);
    calls_[name] = {sent, answered};
  }
  void Arrived(const std::string& name) {
    const Clock::time_point now = Clock::now();
    const std::lock_guard lock(mutex_);
    arrivals_.emplace(name, now);  // of several events the first
  }
  EventDelay Sum() const {
    EventDelay delay;
    for (const auto& [name, call] : calls_) {
      const auto arrival = arrivals_.find(name);
      if (arrival == arrivals_.end()) {
        ++delay.missing;
        continue;
      }
      delay.after_request.Record(Nanoseconds(arrival->second - call.first));
      delay.after_answer.Record(Nanoseconds(arrival->second - call.second));
    }
    return delay;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::pair<Clock::time_point, Clock::time_point>> calls_;
  std::map<std::string, Clock::time_point> arrivals_;
};

}  // namespace

EventDelay MeasureEventDelay(rpc::Client& submitter, rpc::Client& subscriber,
                             const std::function<opinion::v1::SubmitOpinionRequest()>& request,
                             const std::vector<std::string>& tokens, double rate, absl::Duration time) {
  const absl::Time end = absl::Now() + time;
  const rpc::CallOptions until_the_end = Until(end + kRest, "");
  events::v1::Head head;
  if (const auto status = subscriber.Ask(kGetHead, events::v1::GetHeadRequest(), head, until_the_end);
      !status.ok()) {
    Die("GetHead: " + status.ToString());
  }
  Journal journal;
  std::thread follower([&] {
    events::v1::SubscribeRequest from;
    from.set_after_seq(head.seq());
    from.set_after_hash(head.hash());
    events::v1::SubscribeResponse response;
    const auto each = [&] {
      if (response.has_event()) journal.Arrived(response.event().subject());
      return true;
    };
    // Ends by its deadline.
    subscriber.Watch(kSubscribe, from, response, each, until_the_end).IgnoreError();
  });
  const auto interval = std::chrono::nanoseconds(static_cast<int64_t>(1e9 / rate));
  Clock::time_point next = Clock::now();
  for (size_t n = 0; absl::Now() < end; ++n, next += interval) {
    std::this_thread::sleep_until(next);
    auto reply = std::make_shared<SubmitOpinionResponse>();
    const rpc::CallOptions options = Until(absl::Now() + kRest, tokens[n % tokens.size()]);
    submitter.AskAsync(kSubmit, request(), *reply, options,
                       [&journal, reply, sent = Clock::now()](const absl::Status& status) {
                         if (status.ok()) journal.Answered(reply->opinion().name(), sent, Clock::now());
                       });
  }
  follower.join();
  return journal.Sum();
}

}  // namespace firstfloor::bench
