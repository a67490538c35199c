// finding: what finding opinions takes from outside, whatever is there: calls over gRPC, MariaDB, a start.
// Everything is in one community. With --in_tables also what the same search takes in the database's own
// index.
#include <unistd.h>

#include <algorithm>
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
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/db/schema/migrations.h"
#include "common/resource/table.h"
#include "common/testing/suite.h"
#include "firstfloor/opinion/v1/finding_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "services/opinion/finding_store.h"
#include "services/opinion/furnish.h"
#include "services/opinion/opinion_store.h"
#include "tests/bench/compare/measure.h"
#include "tests/bench/compare/programs.h"
#include "tests/bench/similar/generated.h"

ABSL_FLAG(std::vector<std::string>, sizes, (std::vector<std::string>{"10000", "100000", "1000000"}),
          "how many opinions there are when finding is measured, ascending");
ABSL_FLAG(int, measured, 200, "how many times each call is made");
ABSL_FLAG(bool, in_tables, false,
          "also search in a full-text index of the database, over the same keyed hashes");

namespace firstfloor::bench {
namespace {

using testing::As;
using namespace opinion::v1;  // NOLINT(google-build-using-namespace): the messages of this service

constexpr char kFinding[] = "firstfloor.opinion.v1.FindingService.";
constexpr char kOpinions[] = "firstfloor.opinion.v1.OpinionService.";
constexpr char kCommunity[] = "340111400";
constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr uint64_t kAtOnce = 200;  // opinions in a transaction
constexpr absl::Duration kPatience = absl::Minutes(30);

// Median and 99th percentile, ms.
std::string Measured(const std::function<void(int)>& call) {
  std::vector<double> times;
  for (int i = 0; i < absl::GetFlag(FLAGS_measured); ++i) {
    const absl::Time start = absl::Now();
    call(i);
    times.push_back(absl::ToDoubleMilliseconds(absl::Now() - start));
  }
  std::sort(times.begin(), times.end());
  return absl::StrFormat("%.2f (%.2f)", times[times.size() / 2], times[times.size() * 99 / 100]);
}

class FindingBench {
 public:
  FindingBench() {
    suite_.Start(Program());
    opinions_ = std::make_unique<opinion::OpinionStore>(suite_.house("opinion"));
    extracts_ = std::make_unique<opinion::FindingStore>(suite_.house("opinion"));
    db::Config config = suite_.database("opinion");
    config.read_timeout = kPatience;
    connection_ = std::make_unique<db::Connection>(config);
  }

  // The first house is kept: what the stores were made of belongs to it.
  void Measure(uint64_t opinions) {
    Fill(opinions);
    const int64_t before = ResidentKilobytes(getpid());
    const absl::Time start = absl::Now();
    suite_.Start(Program());
    const absl::Duration serving = absl::Now() - start;
    while (!Similar("小区", staff_).ok()) absl::SleepFor(absl::Milliseconds(5));
    const absl::Duration ready = absl::Now() - start;
    const auto kilobytes = static_cast<double>(ResidentKilobytes(getpid()) - before);

    std::vector<std::string> cells{absl::StrCat(opinions)};
    cells.push_back(Measured([&](int i) { Search(Headline(i), staff_); }));
    cells.push_back(Measured([&](int i) { Search(Headline(i).substr(0, 12), staff_); }));
    cells.push_back(Measured([&](int) { Search("小区居民", staff_); }));
    cells.push_back(Measured([&](int i) { Search(Headline(i), resident_); }));
    cells.push_back(Measured([&](int i) { Must(Similar(Text(i), staff_).status(), "SuggestSimilar"); }));
    cells.push_back(Measured([&](int i) { Must(Similar(Text(i), resident_).status(), "SuggestSimilar"); }));
    cells.push_back(Measured([&](int) { Topics(); }));
    cells.push_back(Measured([&](int i) { Submit(i); }));
    cells.push_back(Measured([&](int i) { AwaitFound(i); }));
    cells.push_back(absl::StrFormat("%.2f", absl::ToDoubleSeconds(serving)));
    cells.push_back(absl::StrFormat("%.1f", absl::ToDoubleSeconds(ready)));
    cells.push_back(absl::StrFormat("%.0f", kilobytes / 1024));
    std::cout << "| " << absl::StrJoin(cells, " | ") << " |" << std::endl;
    filled_ += submitted_;
    submitted_ = 0;
  }

  // What the database's own index would take: one row an opinion with its terms as words.
  void MeasureTables(uint64_t opinions) {
    Sql("DROP TABLE IF EXISTS searched");
    Sql("CREATE TABLE searched (id BINARY(16) NOT NULL PRIMARY KEY, terms TEXT CHARACTER SET latin1 NOT "
        "NULL, FULLTEXT "
        "KEY searched_terms (terms)) ENGINE=InnoDB");
    const absl::Time start = absl::Now();
    for (uint64_t from = 0; from < opinions; from += kAtOnce) {
      const uint64_t to = std::min(from + kAtOnce, opinions);
      Must(db::RunInTransaction(*connection_, absl::InfiniteFuture(),
                                [&](db::Transaction& tx) { return InsertWords(tx, from, to); }),
           "filling the table");
    }
    const absl::Duration filling = absl::Now() - start;
    std::vector<std::string> cells{absl::StrCat(opinions)};
    for (const bool whole : {true, false}) {
      cells.push_back(Measured([&](int i) { SearchTable(whole ? Headline(i) : Headline(i).substr(0, 12)); }));
    }
    cells.push_back(Measured([&](int) { SearchTable("小区居民"); }));
    cells.push_back(
        absl::StrFormat("%.0f", absl::ToDoubleMicroseconds(filling) / static_cast<double>(opinions)));
    std::cout << "| " << absl::StrJoin(cells, " | ") << " |" << std::endl;
  }

 private:
  static program::Program Program() {
    return {.name = "opinion", .migrations = schema::Migrations(), .furnish = opinion::Furnish};
  }

  void Sql(const std::string& sql) {
    db::Connection root(suite_.mariadb().Root(suite_.database("opinion").schema));
    Must(root.ExecuteText(sql), sql.substr(0, 60));
  }

  std::string Headline(int i) const {
    return generator_.Make(static_cast<uint64_t>(i) * 37 % filled_).headline;
  }
  std::string Text(int i) const { return generator_.Make(filled_ + static_cast<uint64_t>(i)).body; }

  // One an hour, up to now; every second one has a public summary.
  void Fill(uint64_t opinions) {
    for (; filled_ < opinions; filled_ += std::min(kAtOnce, opinions - filled_)) {
      Must(db::RunInTransaction(*connection_, absl::InfiniteFuture(),
                                [&](db::Transaction& tx) -> absl::Status {
                                  for (uint64_t i = filled_; i < std::min(filled_ + kAtOnce, opinions); ++i) {
                                    if (auto s = Insert(tx, i, opinions); !s.ok()) return s;
                                  }
                                  return absl::OkStatus();
                                }),
           "filling");
    }
  }

  absl::Status Insert(db::Transaction& tx, uint64_t number, uint64_t opinions) {
    const GeneratedMessage message = generator_.Make(number);
    events::Origin origin;
    origin.record_time = begin_ + absl::Milliseconds(number);
    origin.occur_time = begin_ - absl::Hours(opinions - number);
    Opinion opinion;
    opinion.set_name(resource::NewName("opinions", origin.record_time));
    opinion.set_area(kBuilding);
    opinion.set_kind(OPINION_KIND_PROBLEM);
    opinion.set_channel(OPINION_CHANNEL_APP);
    opinion.set_state(OPINION_STATE_TRIAGED);
    opinion.set_category("SAFETY.LIFT");
    opinion.set_text(absl::StrCat(message.headline, "，", message.body));
    opinion.mutable_reporter()->set_subject(absl::StrCat("resident-", message.reporter));
    if (number % 2 == 0) opinion.set_public_summary(message.headline);
    *opinion.mutable_receive_time() = calendar::ToProto(origin.occur_time);
    if (auto s = opinions_->table().InsertLater(tx, opinion, origin); !s.ok()) return s;
    return extracts_->Keep(tx, opinion, extracts_->extractor().OfText(opinion.text()));
  }

  absl::Status InsertWords(db::Transaction& tx, uint64_t from, uint64_t to) const {
    for (uint64_t i = from; i < to; ++i) {
      const GeneratedMessage message = generator_.Make(i);
      const auto terms = extracts_->extractor().TermsOf(absl::StrCat(message.headline, "，", message.body));
      std::string id(16, '\0');
      for (int byte = 0; byte < 8; ++byte) id[15 - byte] = static_cast<char>(i >> (8 * byte));
      if (auto s = tx.Later("INSERT INTO searched (id, terms) VALUES (?, ?)", {id, Words(terms, "")});
          !s.ok()) {
        return s;
      }
    }
    return absl::OkStatus();
  }

  static std::string Words(const std::vector<text::Term>& terms, const std::string& before) {
    std::vector<std::string> words;
    for (const text::Term term : terms) words.push_back(absl::StrFormat("%sx%08x", before, term));
    return absl::StrJoin(words, " ");
  }

  // All of the terms; ranking by how many are there would be slower still.
  void SearchTable(const std::string& query) const {
    const db::Value values[] = {Words(extracts_->extractor().TermsOf(query), "+")};
    Must(connection_
             ->Query(
                 "SELECT id FROM searched WHERE MATCH (terms) AGAINST (? IN BOOLEAN MODE) ORDER BY id DESC "
                 "LIMIT 51",
                 values)
             .status(),
         "searching the table");
  }

  void Search(const std::string& query, const As& as) {
    SearchOpinionsRequest request;
    request.set_area(kCommunity);
    request.set_query(query);
    Must(suite_.Call<SearchOpinionsResponse>(absl::StrCat(kFinding, "SearchOpinions"), request, as).status(),
         "SearchOpinions");
  }
  absl::StatusOr<SuggestSimilarResponse> Similar(const std::string& text, const As& as) {
    SuggestSimilarRequest request;
    request.set_area(kBuilding);
    request.set_text(text);
    return suite_.Call<SuggestSimilarResponse>(absl::StrCat(kFinding, "SuggestSimilar"), request, as);
  }
  void Topics() {
    ListHotTopicsRequest request;
    request.set_area(kCommunity);
    Must(
        suite_.Call<ListHotTopicsResponse>(absl::StrCat(kFinding, "ListHotTopics"), request, staff_).status(),
        "ListHotTopics");
  }
  void Submit(int i) {
    SubmitOpinionRequest request;
    request.set_request_id(testing::RequestId());
    request.mutable_opinion()->set_area(kBuilding);
    request.mutable_opinion()->set_channel(OPINION_CHANNEL_APP);
    request.mutable_opinion()->set_kind(OPINION_KIND_PROBLEM);
    request.mutable_opinion()->set_text(Text(i));
    Must(suite_.Call<SubmitOpinionResponse>(absl::StrCat(kOpinions, "SubmitOpinion"), request, resident_)
             .status(),
         "SubmitOpinion");
    ++submitted_;
  }
  // From before it is said until it is found.
  void AwaitFound(int i) {
    Submit(i);
    As strong = staff_;
    strong.strong = true;
    Search("小区", strong);
  }

  testing::Suite suite_;
  const As staff_{
      .role = api::v1::ROLE_COMMUNITY_STAFF, .area = kCommunity, .subject = "staff", .timeout = kPatience};
  const As resident_{
      .role = api::v1::ROLE_RESIDENT, .area = kBuilding, .subject = "resident", .timeout = kPatience};
  const Generator generator_;
  const absl::Time begin_ = absl::Now() - absl::Hours(1);
  std::unique_ptr<opinion::OpinionStore> opinions_;
  std::unique_ptr<opinion::FindingStore> extracts_;
  std::unique_ptr<db::Connection> connection_;
  uint64_t filled_ = 0;
  uint64_t submitted_ = 0;
};

}  // namespace
}  // namespace firstfloor::bench

int main(int argc, char** argv) {
  using firstfloor::bench::FindingBench;
  absl::SetProgramUsageMessage("finding [--sizes=10000,100000,1000000] [--in_tables]");
  absl::ParseCommandLine(argc, argv);
  FindingBench bench;
  std::cout
      << "Median (99th percentile), ms.\n\n| opinions | search: a headline | its place | what all hold | by "
         "summaries | similar by text | by summaries | topics, 30 days | submit | submit and find | serving "
         "after, s | finding after, s | resident, MB "
         "|\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const std::string& size : absl::GetFlag(FLAGS_sizes)) bench.Measure(std::stoul(size));
  if (!absl::GetFlag(FLAGS_in_tables)) return 0;
  std::cout << "\n| in the database | a headline | its place | what all hold | filling, µs each "
               "|\n|---|---|---|---|---|\n";
  for (const std::string& size : absl::GetFlag(FLAGS_sizes)) bench.MeasureTables(std::stoul(size));
  return 0;
}
