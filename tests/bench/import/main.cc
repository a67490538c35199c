// Rows a second of ImportOpinions, beside what LOAD DATA needs for the same rows in the same tables.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/resource/table.h"
#include "firstfloor/opinion/v1/opinion_import.pb.h"
#include "tests/support/programs.h"

ABSL_FLAG(int, rows, 50000, "rows of an import, all streams together");
ABSL_FLAG(int, streams, 1, "imports at the same time");
ABSL_FLAG(int, rounds, 3, "imports one after another; the best is printed too");

namespace firstfloor::bench {
namespace {

using opinion::v1::ImportOpinionsRequest;
using opinion::v1::ImportOpinionsResponse;
using testing::Programs;

constexpr const char* kTables[] = {"opinion", "opinion_external", "opinion_extract", "event_log", "timer"};

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "import: %s\n", why.c_str());
  std::exit(1);
}

void Must(const absl::Status& status) {
  if (!status.ok()) Die(status.ToString());
}

// As long as messages of citizens are, one with another.
void Fill(ImportOpinionsRequest& row, const std::string& number) {
  static const std::string* const text = [] {
    auto* all = new std::string;
    for (int i = 0; i < 5; ++i) *all += "小区北门外的路灯坏了三盏，晚上回家看不清台阶，老人和孩子容易摔倒，";
    return all;
  }();
  opinion::v1::Opinion& opinion = *row.mutable_opinion();
  opinion.set_area("340111400001-CJ-07");
  opinion.set_channel(opinion::v1::OPINION_CHANNEL_HOTLINE);
  opinion.set_kind(opinion::v1::OPINION_KIND_PROBLEM);
  opinion.set_category("PROPERTY.REPAIR");
  opinion.set_text(*text);
  opinion.set_external_number(number);
  opinion.mutable_reporter()->set_display_name("赵虚安");
  opinion.mutable_reporter()->set_phone("+8619900001234");
}

void ImportSome(Programs& programs, const std::string& token, const std::string& prefix, int count) {
  ImportOpinionsRequest row;
  row.set_source("BENCH");
  row.set_request_id(resource::NewUuid());
  int sent = 0;
  const auto next = [&]() -> const google::protobuf::Message* {
    if (sent == count) return nullptr;
    Fill(row, absl::StrCat(prefix, "-", sent++));
    return &row;
  };
  rpc::CallOptions options;
  options.deadline = absl::Now() + absl::Minutes(5);
  options.token = token;
  ImportOpinionsResponse summary;
  Must(programs.client("opinion").Import("firstfloor.opinion.v1.OpinionService.ImportOpinions", next, summary,
                                         options));
  if (summary.created() != count) Die(absl::StrCat(summary.created(), " of ", count, " were made"));
}

double RowsASecond(Programs& programs, const std::string& token, int round) {
  const int streams = absl::GetFlag(FLAGS_streams);
  const int each = absl::GetFlag(FLAGS_rows) / streams;
  const absl::Time start = absl::Now();
  std::vector<std::thread> threads;
  for (int i = 0; i < streams; ++i) {
    threads.emplace_back([&, i] { ImportSome(programs, token, absl::StrCat(round, "-", i), each); });
  }
  for (std::thread& thread : threads) thread.join();
  return each * streams / absl::ToDoubleSeconds(absl::Now() - start);
}

void AwaitQuiet(db::Connection& root) {
  while (true) {
    const auto left = root.Query("SELECT COUNT(*) FROM opinion.event_log WHERE seq IS NULL");
    const auto behind = root.Query(
        "SELECT COUNT(*) FROM opinion.log_position r, opinion.log_position h WHERE r.name = "
        "'reader/opinion/statistics' AND h.name = 'log_head' AND r.seq < h.seq");
    Must(left.status());
    Must(behind.status());
    if (left->front().Int(0) + behind->front().Int(0) == 0) return;
    absl::SleepFor(absl::Milliseconds(50));
  }
}

// Every row of the tables that an import fills, loaded into empty copies of them.
double RowsASecondOfLoadData(Programs& programs, int64_t rows) {
  db::Config config = programs.mariadb().Root("opinion");
  config.read_timeout = absl::Minutes(5);
  db::Connection root(config);
  for (const char* table : kTables) {
    const std::string file = absl::StrCat(programs.folder(), "/", table, ".rows");
    Must(root.ExecuteText(
        absl::StrCat("SELECT * INTO OUTFILE '", file, "' CHARACTER SET binary FROM `", table, "`")));
    Must(root.ExecuteText(absl::StrCat("CREATE TABLE `copy_", table, "` LIKE `", table, "`")));
  }
  const absl::Time start = absl::Now();
  for (const char* table : kTables) {
    Must(root.ExecuteText(absl::StrCat("LOAD DATA INFILE '", programs.folder(), "/", table,
                                       ".rows' INTO TABLE `copy_", table, "` CHARACTER SET binary")));
  }
  const double took = absl::ToDoubleSeconds(absl::Now() - start);
  for (const char* table : kTables) {
    const auto same = root.Query(absl::StrCat("SELECT (SELECT COUNT(*) FROM `", table,
                                              "`) = (SELECT COUNT(*) FROM `copy_", table, "`)"));
    Must(same.status());
    if (same->front().Int(0) != 1) Die(absl::StrCat("LOAD DATA did not load all of ", table));
  }
  return static_cast<double>(rows) / took;
}

// As deploy/data.sh runs it, in place of the small buffers and the tiny redo log of a test.
void GiveRoom(db::Connection& root) {
  Must(root.ExecuteText("SET GLOBAL innodb_buffer_pool_size = 268435456"));
  Must(root.ExecuteText("SET GLOBAL innodb_log_file_size = 100663296"));
}

void Run() {
  Programs programs;
  db::Connection root(programs.mariadb().Root());
  GiveRoom(root);
  programs.Start("opinion");
  programs.WaitUntilReady("opinion");
  const std::string token = programs.Token({{api::v1::ROLE_COMMUNITY_STAFF, "340111400"}}, "staff");
  double best = 0;
  const int rounds = absl::GetFlag(FLAGS_rounds);
  for (int round = 0; round < rounds; ++round) {
    const double rate = RowsASecond(programs, token, round);
    const absl::Time acknowledged = absl::Now();
    AwaitQuiet(root);
    std::printf("import %d: %.0f rows a second; statistics there %.1f s after the answer\n", round + 1, rate,
                absl::ToDoubleSeconds(absl::Now() - acknowledged));
    best = std::max(best, rate);
  }
  const auto all = root.Query("SELECT COUNT(*) FROM opinion.opinion");
  Must(all.status());
  const double loaded = RowsASecondOfLoadData(programs, all->front().Int(0));
  std::printf("best: %.0f rows a second; LOAD DATA into the same tables: %.0f; ratio %.2f\n", best, loaded,
              best / loaded);
}

}  // namespace
}  // namespace firstfloor::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("rows a second of ImportOpinions, beside LOAD DATA");
  absl::ParseCommandLine(argc, argv);
  firstfloor::bench::Run();
}
