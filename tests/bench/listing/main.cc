// listing: what pages of ListOpinions cost, whatever is there.
#include <algorithm>
#include <array>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/testing/suite.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "tests/bench/compare/measure.h"
#include "tests/bench/compare/programs.h"

ABSL_FLAG(std::string, services, "", "folder of the suite's programs in the build, <it>/opinion/opinion");
ABSL_FLAG(std::vector<std::string>, sizes, (std::vector<std::string>{"10000", "1000000"}),
          "how many opinions there are when pages are read, ascending");
ABSL_FLAG(int, measured, 50, "how many times each page is read");
ABSL_FLAG(double, most, 0,
          "ends with 1 if a page costs more than so many times what it did at the first size");

namespace firstfloor::bench {
namespace {

using opinion::v1::ListOpinionsRequest;
using opinion::v1::ListOpinionsResponse;

constexpr char kOpinions[] = "firstfloor.opinion.v1.OpinionService.";
constexpr char kCommunity[] = "340111400001";
constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr int kPageSize = 50;
constexpr int kHundredth = 100;
constexpr int64_t kSeeds = 200;
// How long the opinions have been coming.
constexpr absl::Duration kYears = absl::Hours(3 * 365 * 24);
// Rows of one INSERT.
constexpr int64_t kAtOnce = 50'000;

// Copies of the seeds, spread as a community's years are: over its compounds' buildings, nearly all of them
// closed, the last hundredth still open for the most part. Ids ascend with `seq`. The copies keep the message
// of their seed, which says another name, and have no sealed part, which could not be opened under another
// id.
constexpr char kCopies[] = R"sql(
INSERT INTO opinion (id, version, area, state, channel, category, about_staff, stall, reporter, due_time, body, sealed)
SELECT UNHEX(CONCAT(LPAD(HEX($3 + seq * $6), 12, '0'), '7000', '8000', LPAD(HEX(seq), 12, '0'))), version,
  ELT(1 + seq MOD $5, $2),
  CASE WHEN seq MOD 100 < 60 AND seq > 0.99 * $4 THEN 1 + seq MOD 3
       WHEN seq MOD 997 = 0 THEN 2 ELSE 14 END,
  channel, category, seq MOD 500 = 0, stall, reporter,
  FROM_UNIXTIME(($3 + seq * $6) / 1000 + 432000), body, NULL
FROM seq_$0_to_$1 JOIN (SELECT *, ROW_NUMBER() OVER (ORDER BY id) - 1 AS number FROM opinion_seed) AS seed
  ON seed.number = seq MOD (SELECT COUNT(*) FROM opinion_seed))sql";

// One list that somebody asks for.
struct Question {
  std::string what;
  ListOpinionsRequest request;
  bool resident = false;
  int page = 1;
};

class Listing {
 public:
  Listing() : settings_(suite_.SettingsFor("opinion")) {
    const std::string binary = absl::StrCat(absl::GetFlag(FLAGS_services), "/opinion/opinion");
    settings_.allow_as_of = false;
    Migrate(binary, settings_.database, folder_.path());
    server_ = Server::Start(binary, settings_, {}, folder_.path());
    client_ = std::make_unique<rpc::Client>(server_->address(), rpc::TlsFiles{});
    staff_ = suite_.Token(
        testing::As{.role = api::v1::ROLE_COMMUNITY_STAFF, .area = kCommunity, .subject = "staff"});
    for (const absl::string_view line : absl::StrSplit(Content(settings_.areas_file), '\n')) {
      const absl::string_view code = line.substr(0, line.find(','));
      const auto parts = std::count(code.begin(), code.end(), '-');
      if (absl::StartsWith(code, kCommunity) && parts == 2) buildings_.emplace_back(code);
    }
    if (buildings_.empty()) Die("no building of the community is in the registry");
    for (int64_t i = 0; i < kSeeds; ++i) Submit(i);
    Sql("CREATE TABLE opinion_seed AS SELECT * FROM opinion");
  }

  int Run() {
    std::vector<Question> questions = Questions();
    std::cout << "| page of " << kPageSize << ", median ms |";
    for (const std::string& size : absl::GetFlag(FLAGS_sizes)) std::cout << " " << size << " |";
    std::cout << " last / first |\n|---|";
    for (size_t i = 0; i < absl::GetFlag(FLAGS_sizes).size(); ++i) std::cout << "---|";
    std::cout << "---|" << std::endl;
    std::vector<std::vector<double>> times(questions.size());
    for (const std::string& size : absl::GetFlag(FLAGS_sizes)) {
      int64_t opinions = 0;
      if (!absl::SimpleAtoi(size, &opinions)) Die(size + " is no number");
      Fill(opinions);
      for (size_t i = 0; i < questions.size(); ++i) times[i].push_back(Measure(questions[i]));
    }
    bool met = true;
    for (size_t i = 0; i < questions.size(); ++i) {
      std::cout << "| " << questions[i].what << " |";
      for (const double time : times[i]) std::cout << " " << Fixed(time, 2) << " |";
      const double ratio = times[i].back() / times[i].front();
      std::cout << " **" << Fixed(ratio, 2) << "** |" << std::endl;
      met = met && (absl::GetFlag(FLAGS_most) <= 0 || ratio <= absl::GetFlag(FLAGS_most));
    }
    return met ? 0 : 1;
  }

 private:
  static std::string Resident(int64_t number) { return absl::StrCat("resident-", number); }

  void Sql(const std::string& sql) {
    db::Connection root(suite_.mariadb().Root(settings_.database.schema));
    Must(root.ExecuteText(sql), sql.substr(0, 80));
  }

  rpc::CallOptions As(const std::string& token) const {
    rpc::CallOptions options;
    options.deadline = absl::Now() + absl::Seconds(60);
    options.token = token;
    return options;
  }

  std::string ResidentToken(int64_t number) {
    return suite_.Token(
        testing::As{.role = api::v1::ROLE_RESIDENT, .area = kCommunity, .subject = Resident(number)});
  }

  void Submit(int64_t number) {
    opinion::v1::SubmitOpinionRequest request;
    request.set_request_id(testing::RequestId());
    request.mutable_opinion()->set_area(kBuilding);
    request.mutable_opinion()->set_channel(opinion::v1::OPINION_CHANNEL_APP);
    request.mutable_opinion()->set_kind(opinion::v1::OPINION_KIND_PROBLEM);
    request.mutable_opinion()->set_text("7号楼东侧的路灯坏了好几天，晚上老人出行不安全，希望尽快派人来修。");
    opinion::v1::SubmitOpinionResponse reply;
    Must(client_->Ask(absl::StrCat(kOpinions, "SubmitOpinion"), request, reply, As(ResidentToken(number))),
         "seeding");
  }

  // Until there are so many copies; their ids end now and begin in the past.
  void Fill(int64_t opinions) {
    const int64_t apart = absl::ToInt64Milliseconds(kYears) / opinions;
    const int64_t before = absl::ToUnixMillis(absl::Now() - kYears);
    Sql("DELETE FROM opinion");
    for (int64_t from = 1; from <= opinions; from += kAtOnce) {
      Sql(absl::Substitute(kCopies, from, std::min(from + kAtOnce - 1, opinions),
                           absl::StrCat("'", absl::StrJoin(buildings_, "','"), "'"), before, opinions,
                           buildings_.size(), apart));
    }
    Sql("ANALYZE TABLE opinion");
  }

  static std::vector<Question> Questions() {
    ListOpinionsRequest community;
    community.set_area(kCommunity);
    community.set_page_size(kPageSize);
    ListOpinionsRequest open = community;
    open.add_states(opinion::v1::OPINION_STATE_RECEIVED);
    ListOpinionsRequest two = open;
    two.add_states(opinion::v1::OPINION_STATE_TRIAGED);
    ListOpinionsRequest none = community;
    none.add_states(opinion::v1::OPINION_STATE_ESCALATED);
    ListOpinionsRequest building = community;
    building.set_area(kBuilding);
    ListOpinionsRequest building_open = building;
    building_open.add_states(opinion::v1::OPINION_STATE_RECEIVED);
    ListOpinionsRequest due = two;
    *due.mutable_due_before_time() = calendar::ToProto(absl::Now());
    ListOpinionsRequest mine;
    mine.set_mine(true);
    mine.set_page_size(kPageSize);
    return {{"a community's, first page", community},
            {"a community's, hundredth page", community, false, kHundredth},
            {"a community's that wait for triage", open},
            {"a community's that are open and due", due},
            {"a community's in a state that none is in", none},
            {"a building's", building},
            {"a building's that wait for triage", building_open},
            {"one's own", mine, true}};
  }

  // Median, ms.
  double Measure(const Question& question) {
    const std::string token = question.resident ? ResidentToken(7) : staff_;
    ListOpinionsRequest request = question.request;
    for (int page = 1; page < question.page; ++page) {
      ListOpinionsResponse reply;
      Must(client_->Ask(absl::StrCat(kOpinions, "ListOpinions"), request, reply, As(token)), question.what);
      if (reply.next_page_token().empty()) break;
      request.set_page_token(reply.next_page_token());
    }
    std::vector<double> times;
    for (int i = 0; i < absl::GetFlag(FLAGS_measured); ++i) {
      ListOpinionsResponse reply;
      const absl::Time start = absl::Now();
      Must(client_->Ask(absl::StrCat(kOpinions, "ListOpinions"), request, reply, As(token)), question.what);
      times.push_back(absl::ToDoubleMilliseconds(absl::Now() - start));
    }
    return Median(times);
  }

  testing::Suite suite_;
  testing::PrivateFolder folder_;
  program::Settings settings_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<rpc::Client> client_;
  std::string staff_;
  std::vector<std::string> buildings_;
};

}  // namespace
}  // namespace firstfloor::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return firstfloor::bench::Listing().Run();
}
