#include "tests/bench/compare/measure.h"

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "tests/bench/compare/programs.h"

namespace firstfloor::bench {
namespace {

struct Measured {
  double per_second = 0;
  double cpu_per_thousand = 0;           // seconds of the servers' processes
  double database_cpu_per_thousand = 0;  // seconds of MariaDB
  double statements = 0;                 // that MariaDB was sent, a call, by whatever thread of the server
  double flushes = 0;                    // of MariaDB to the disk, a call
  double p99_ms = 0;
};

absl::Duration ProcessorTimeOf(const Side& side) {
  absl::Duration time;
  for (const pid_t pid : side.pids) time += ProcessorTime(pid);
  return time;
}

Measured MeasureOnce(const Side& side, Database& database) {
  const absl::Duration before = ProcessorTimeOf(side);
  const DatabaseWork database_before = database.Done();
  const Result result = side.run();
  const absl::Duration used = ProcessorTimeOf(side) - before;
  const DatabaseWork database_after = database.Done();
  if (result.failed() > 0 || result.latency.count() == 0) {
    std::string errors;
    for (const auto& [code, count] : result.errors) absl::StrAppend(&errors, " ", code, ": ", count);
    Die(absl::StrCat(side.name, ": ", result.latency.count(), " calls succeeded; failed, by code:", errors));
  }
  const auto calls = static_cast<double>(result.all_calls);
  return {.per_second = result.per_second(),
          .cpu_per_thousand = 1000 * absl::ToDoubleSeconds(used) / calls,
          .database_cpu_per_thousand =
              1000 * absl::ToDoubleSeconds(database_after.cpu - database_before.cpu) / calls,
          .statements = (database_after.statements - database_before.statements) / calls,
          .flushes = (database_after.flushes - database_before.flushes) / calls,
          .p99_ms = static_cast<double>(result.latency.Quantile(0.99)) / 1e6};
}

double MedianOf(const std::vector<Measured>& all, double Measured::*what) {
  std::vector<double> values;
  for (const Measured& measured : all) values.push_back(measured.*what);
  return Median(values);
}

}  // namespace

Database::Database(const testing::MariaDb& mariadb)
    : root_(mariadb.Root()), pid_(std::stoi(Content(mariadb.folder() + "/pid"))) {}

DatabaseWork Database::Done() {
  const absl::StatusOr<db::Rows> rows = root_.Query(
      "SELECT VARIABLE_NAME, CAST(VARIABLE_VALUE AS SIGNED) FROM information_schema.GLOBAL_STATUS "
      "WHERE VARIABLE_NAME IN ('QUERIES', 'INNODB_DATA_FSYNCS') ORDER BY VARIABLE_NAME");
  if (!rows.ok() || rows->size() != 2) Die("the database does not count its statements and flushes");
  return {.cpu = ProcessorTime(pid_),
          .statements = static_cast<double>((*rows)[1].Int(1)),
          .flushes = static_cast<double>((*rows)[0].Int(1))};
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string Fixed(double value, int digits) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(digits) << value;
  return text.str();
}

void Compare(const Row& row, int rounds, Database& database) {
  std::vector<Measured> ours;
  std::vector<Measured> bare;
  std::vector<double> ratios;
  std::vector<double> cpu_ratios;
  for (int round = 0; round < rounds; ++round) {
    if (round % 2 == 0) ours.push_back(MeasureOnce(row.ours, database));
    bare.push_back(MeasureOnce(row.bare, database));
    if (round % 2 == 1) ours.push_back(MeasureOnce(row.ours, database));
    ratios.push_back(ours.back().per_second / bare.back().per_second);
    cpu_ratios.push_back(ours.back().cpu_per_thousand / bare.back().cpu_per_thousand);
  }
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  const auto both = [&](double Measured::*what, int digits) {
    return absl::StrCat(" | ", Fixed(MedianOf(ours, what), digits), " / ",
                        Fixed(MedianOf(bare, what), digits));
  };
  std::cout << "| " << row.what << both(&Measured::per_second, 0) << " | **" << Fixed(Median(ratios), 2)
            << "** (" << Fixed(*least, 2) << "–" << Fixed(*most, 2) << ") | "
            << (row.target > 0 ? Fixed(row.target, 2) : std::string("—"))
            << both(&Measured::cpu_per_thousand, 3) << " | " << Fixed(1 / Median(cpu_ratios), 2)
            << both(&Measured::p99_ms, 1) << both(&Measured::database_cpu_per_thousand, 3)
            << both(&Measured::statements, 1) << both(&Measured::flushes, 2) << " |" << std::endl;
}

}  // namespace firstfloor::bench
