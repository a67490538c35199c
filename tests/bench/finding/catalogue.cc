// catalogue_scale: what the opinions that can be found cost in memory, and what one more costs, whatever is
// there; in processor time. Everything is in one community, which is the hardest.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/calendar/timestamp.h"
#include "common/privacy/keyring.h"
#include "common/testing/place.h"
#include "services/opinion/finding_catalogue.h"
#include "tests/bench/similar/cost.h"
#include "tests/bench/similar/generated.h"

ABSL_FLAG(std::vector<std::string>, sizes, (std::vector<std::string>{"10000", "100000", "1000000"}),
          "how many opinions are there when one more is measured, ascending");
ABSL_FLAG(int, measured, 1000, "how many times each is measured");

namespace firstfloor::bench {
namespace {

using opinion::Catalogue;
using opinion::Extractor;
using opinion::Listing;

constexpr char kCommunity[] = "340111400";
constexpr size_t kPage = 50;

// Mean and 99th percentile of `times` runs, in µs.
std::string Measured(int times, const std::function<void(int)>& work) {
  std::vector<absl::Duration> took;
  absl::Duration sum;
  for (int i = 0; i < times; ++i) {
    const absl::Duration begin = ProcessorTime();
    work(i);
    took.push_back(ProcessorTime() - begin);
    sum += took.back();
  }
  std::sort(took.begin(), took.end());
  return absl::StrFormat("%.0f (%.0f)", absl::ToDoubleMicroseconds(sum) / times,
                         absl::ToDoubleMicroseconds(took[took.size() * 99 / 100]));
}

class Suite {
 public:
  // `last` is how many there will be: topics are of the year before them.
  explicit Suite(uint64_t last)
      : keyring_(Keys()), extractor_(*keyring_), catalogue_(extractor_, generator_.Make(last).time - kYear) {}

  void Fill(uint64_t opinions) {
    const absl::Duration begin = ProcessorTime();
    absl::Duration making;
    for (; next_ < opinions; ++next_) {
      const absl::Duration before = ProcessorTime();
      const Listing listing = Make(next_);
      making += ProcessorTime() - before;
      catalogue_.Put(listing);
    }
    filling_ += ProcessorTime() - begin - making;
  }

  void Measure(int times) {
    const uint64_t before = next_;
    const auto bytes = static_cast<double>(BytesInUse() - at_start_);
    std::vector<Listing> more;
    for (int i = 0; i < times; ++i) more.push_back(Make(before + i));
    const Catalogue::InArea everywhere = [](const std::string&) { return true; };
    const auto similar = [&](int i, const Catalogue::InArea& by_text) {
      const Listing& listing = more[i];
      found_ += catalogue_
                    .SimilarTo({.text = listing.text,
                                .area = listing.opinion.area(),
                                .time = calendar::FromProto(listing.opinion.receive_time())},
                               5, by_text)
                    .size();
    };
    const auto search = [&](const std::string& query, bool by_text) {
      Catalogue::Search search;
      search.terms = extractor_.TermsOf(query);
      search.by_text = by_text;
      search.area = kCommunity;
      found_ += catalogue_.Find(search, kPage).size();
    };
    const absl::Time until = generator_.Make(before).time;
    const auto topics = [&](absl::Duration span) {
      found_ += catalogue_.Topics(kCommunity, {until - span, until}, false, kPage).size();
    };
    std::vector<std::string> cells{absl::StrCat(before)};
    cells.push_back(Measured(times, [&](int i) { similar(i, everywhere); }));
    cells.push_back(Measured(times, [&](int i) { similar(i, nullptr); }));
    cells.push_back(Measured(times, [&](int i) { search(more[i].opinion.public_summary(), true); }));
    cells.push_back(Measured(times, [&](int i) { search(Beginning(i), true); }));
    cells.push_back(Measured(times, [&](int) { search("小区居民", true); }));
    cells.push_back(Measured(times, [&](int) { topics(absl::Hours(30 * 24)); }));
    cells.push_back(Measured(std::max(1, times / 10), [&](int) { topics(kYear - absl::Hours(1)); }));
    cells.push_back(Measured(times, [&](int i) { catalogue_.Put(more[i]); }));
    cells.push_back(
        Measured(times, [&](int i) { catalogue_.Remove(opinion::MessageIdOf(more[i].opinion.name())); }));
    cells.push_back(
        absl::StrFormat("%.0f", absl::ToDoubleMicroseconds(filling_) / static_cast<double>(before)));
    cells.push_back(absl::StrFormat("%.0f", bytes / static_cast<double>(before)));
    for (const std::string& cell : cells) std::cout << "| " << cell << " ";
    std::cout << "|" << std::endl;
  }

  size_t found() const { return found_; }

 private:
  static constexpr absl::Duration kYear = absl::Hours(366 * 24);

  static std::unique_ptr<privacy::Keyring> Keys() {
    const testing::PrivateFolder folder;
    const std::string file = absl::StrCat(folder.path(), "/keys.json");
    if (!privacy::Keyring::Generate(file, "k1").ok()) std::abort();
    return *privacy::Keyring::Load(file);
  }

  // The first four characters of a message's headline: its place.
  std::string Beginning(int i) const { return generator_.Make(next_ + i).headline.substr(0, 12); }

  // Every second one has a public summary.
  Listing Make(uint64_t number) const {
    const GeneratedMessage message = generator_.Make(number);
    Listing listing;
    listing.opinion.set_name(absl::StrFormat("opinions/01900000-0000-7000-8000-%012x", number));
    listing.opinion.set_area(absl::StrCat(kCommunity, "001-CJ-", 10 + number % 80));
    listing.opinion.set_kind(opinion::v1::OPINION_KIND_PROBLEM);
    listing.opinion.set_state(opinion::v1::OPINION_STATE_TRIAGED);
    listing.opinion.set_category("SAFETY.LIFT");
    if (number % 2 == 0) listing.opinion.set_public_summary(message.headline);
    *listing.opinion.mutable_receive_time() = calendar::ToProto(message.time);
    listing.reporter = message.reporter;
    listing.text = extractor_.OfText(absl::StrCat(message.headline, "，", message.body));
    return listing;
  }

  const size_t at_start_ = BytesInUse();
  const Generator generator_;
  const std::unique_ptr<privacy::Keyring> keyring_;
  const Extractor extractor_;
  Catalogue catalogue_;
  uint64_t next_ = 0;
  absl::Duration filling_;
  size_t found_ = 0;
};

}  // namespace
}  // namespace firstfloor::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("catalogue_scale [--sizes=10000,100000,1000000]");
  absl::ParseCommandLine(argc, argv);
  std::cout
      << "Mean (99th percentile), µs.\n\n| opinions | similar by text | by summary | search: a headline | "
         "its place "
         "| what all hold | topics, 30 days | a year | one more | one less | rebuild, each | bytes each |\n"
         "|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  const std::vector<std::string> sizes = absl::GetFlag(FLAGS_sizes);
  size_t found = 0;
  for (const std::string& size : sizes) {
    firstfloor::bench::Suite suite(std::stoul(size));
    suite.Fill(std::stoul(size));
    suite.Measure(absl::GetFlag(FLAGS_measured));
    found += suite.found();
  }
  std::cout << "\nFound " << found << " altogether.\n";
  return found > 0 ? 0 : 1;
}
