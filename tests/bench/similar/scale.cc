// similar_scale: what one more message costs, whatever is there already; in processor time and in memory.
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "common/text/fingerprint.h"
#include "common/text/similar_index.h"
#include "common/text/topics.h"
#include "tests/bench/similar/cost.h"
#include "tests/bench/similar/generated.h"

ABSL_FLAG(std::vector<std::string>, sizes, (std::vector<std::string>{"10000", "100000", "1000000"}),
          "how many messages are there when one more is measured, ascending");
ABSL_FLAG(int, measured, 2000, "how many times one more message is measured");
ABSL_FLAG(int, scopes, 1, "how many communities share the messages; one is the hardest");

namespace firstfloor::bench {
namespace {

// Times of one kind of work.
class Times {
 public:
  template <typename Work>
  auto Measure(const Work& work) {
    const absl::Duration begin = ProcessorTime();
    auto result = work();
    times_.push_back(ProcessorTime() - begin);
    return result;
  }
  double MeanMicroseconds() const {
    absl::Duration sum;
    for (const absl::Duration time : times_) sum += time;
    return absl::ToDoubleMicroseconds(sum) / static_cast<double>(times_.size());
  }
  double P99Microseconds() {
    std::sort(times_.begin(), times_.end());
    return absl::ToDoubleMicroseconds(times_[times_.size() * 99 / 100]);
  }

 private:
  std::vector<absl::Duration> times_;
};

class Suite {
 public:
  // Adds stored messages, as a start does, until there are `messages`.
  void Fill(size_t messages) {
    for (; next_ < messages; ++next_) {
      const auto [message, stored] = Make(next_);
      const absl::Duration begin = ProcessorTime();
      text::Message read = message;
      read.print = *text::Fingerprint::Parse(stored);
      index_.Add(next_, read);
      filling_ += ProcessorTime() - begin;
    }
  }

  void MeasureOneMore(int times) {
    Times taking, suggesting, grouping, adding, removing;
    const size_t before = next_;
    for (int i = 0; i < times; ++i, ++next_) {
      const GeneratedMessage written = generator_.Make(next_);
      text::Message message;
      message.print = taking.Measure([&] { return fingerprinter_.Of(written.headline, written.body); });
      message.scope = ScopeOf(next_);
      message.time = written.time;
      message.reporter = written.reporter;
      const auto matches = suggesting.Measure([&] { return index_.Top(message, 5); });
      found_ += !matches.empty() && matches.front().score >= 0.5;
      grouping.Measure([&] { return topics_.Add(next_, matches), 0; });
      adding.Measure([&] { return index_.Add(next_, message), 0; });
    }
    for (size_t id = before; id < next_; ++id) {
      removing.Measure([&] { return index_.Remove(id); });
      topics_.Remove(id);
    }
    std::cout << absl::StrFormat("| %d | %.0f | %.0f (%.0f) | %.0f (%.0f) | %.1f | %.0f | %.0f | %.0f |\n",
                                 before, taking.MeanMicroseconds(), suggesting.MeanMicroseconds(),
                                 suggesting.P99Microseconds(), adding.MeanMicroseconds(),
                                 adding.P99Microseconds(), grouping.MeanMicroseconds(),
                                 removing.MeanMicroseconds(),
                                 absl::ToDoubleMicroseconds(filling_) / static_cast<double>(before),
                                 static_cast<double>(BytesInUse() - at_start_) / static_cast<double>(before))
              << std::flush;
    next_ = before;
  }

  int found() const { return found_; }

 private:
  std::string ScopeOf(size_t number) const { return std::to_string(number % absl::GetFlag(FLAGS_scopes)); }

  // A message, and its fingerprint as it is stored.
  std::pair<text::Message, std::string> Make(size_t number) const {
    const GeneratedMessage written = generator_.Make(number);
    text::Message message;
    message.scope = ScopeOf(number);
    message.time = written.time;
    message.reporter = written.reporter;
    return {message, fingerprinter_.Of(written.headline, written.body).Serialize()};
  }

  const size_t at_start_ = BytesInUse();
  const Generator generator_;
  const text::Fingerprinter fingerprinter_{"sixteen bytes!!!"};
  text::SimilarIndex index_;
  text::Topics topics_;
  size_t next_ = 0;
  absl::Duration filling_;
  int found_ = 0;
};

}  // namespace
}  // namespace firstfloor::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("similar_scale [--sizes=10000,100000,1000000]");
  absl::ParseCommandLine(argc, argv);
  std::cout << "| messages | fingerprint, µs | suggest, mean (p99) | add, mean (p99) | group | remove | "
               "rebuild, µs "
               "a message | bytes a message |\n|---|---|---|---|---|---|---|---|\n";
  firstfloor::bench::Suite suite;
  for (const std::string& size : absl::GetFlag(FLAGS_sizes)) {
    suite.Fill(std::stoul(size));
    suite.MeasureOneMore(absl::GetFlag(FLAGS_measured));
  }
  std::cout << "\n" << suite.found() << " of the measured messages had a match.\n";
  return 0;
}
