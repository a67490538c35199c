#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "common/area/registry.h"
#include "common/db/errors.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/statistics/buckets.h"
#include "common/statistics/projection.h"

namespace firstfloor::statistics {
namespace {

constexpr size_t kMostRows = 64;      // of one INSERT
constexpr size_t kMostMember = 64;    // bytes
constexpr size_t kMostSeries = 1024;  // of one SELECT
constexpr size_t kMostEnds = 64;      // SELECTs of one UNION

// Statements come in sizes of powers of two, so that a connection prepares a handful of them, not one for
// each number of rows.
size_t RoundedUp(size_t count) {
  size_t size = 1;
  while (size < count) size *= 2;
  return size;
}

std::string Repeated(const char* what, size_t times) {
  return absl::StrJoin(std::vector<const char*>(times, what), ", ");
}

struct Cell {
  std::string series;
  std::string area;
  std::string day;
  int64_t delta;
};

Cell CellOf(const std::string& key, int64_t delta) {
  const size_t area = key.find('\0') + 1;
  const size_t day = key.find('\0', area) + 1;
  return {key.substr(0, area - 1), key.substr(area, day - 1 - area), key.substr(day), delta};
}

std::string InsertOf(size_t rows) {
  return absl::StrCat("INSERT INTO statistic (series, area, day, value) VALUES ",
                      Repeated("(?, ?, ?, ?)", rows),
                      " ON DUPLICATE KEY UPDATE value = value + VALUES(value)");
}

absl::Status WriteCells(db::Transaction& tx, const Cell* cells, size_t count) {
  const size_t size = RoundedUp(count);
  std::vector<db::Value> values;
  values.reserve(size * 4);
  for (size_t i = 0; i < size; ++i) {
    const Cell& cell = cells[std::min(i, count - 1)];
    values.emplace_back(cell.series);
    values.emplace_back(cell.area);
    values.emplace_back(cell.day);
    // The last one is repeated to fill the statement, and adds nothing then.
    values.emplace_back(i < count ? cell.delta : int64_t{0});
  }
  return tx.Execute(InsertOf(size), values).status();
}

// Enters new series among those that there are. Looks before it writes: a series is new once, and a look
// locks nothing.
absl::Status Register(db::Transaction& tx, const std::vector<std::string>& series) {
  const size_t size = RoundedUp(series.size());
  std::vector<db::Value> values;
  values.reserve(size);
  for (size_t i = 0; i < size; ++i) values.emplace_back(series[std::min(i, series.size() - 1)]);
  ASSIGN_OR_RETURN(const db::Rows known,
                   tx.Query(absl::StrCat("SELECT series FROM statistic_series WHERE series IN (",
                                         Repeated("?", size), ")"),
                            values));
  if (known.size() == series.size()) return absl::OkStatus();
  return tx
      .Execute(absl::StrCat("INSERT IGNORE INTO statistic_series (series) VALUES ", Repeated("(?)", size)),
               values)
      .status();
}

absl::StatusOr<std::vector<std::string>> SeriesIn(const absl::StatusOr<db::Rows>& rows) {
  if (!rows.ok()) return rows.status();
  std::vector<std::string> series;
  series.reserve(rows->size());
  for (const db::Row& row : *rows) series.push_back(row.Text(0));
  return series;
}

absl::StatusOr<std::vector<std::string>> SeriesOf(db::Connection& connection, absl::string_view key) {
  const db::Value values[] = {key, absl::StrCat(key, "|"), absl::StrCat(key, "}")};
  return SeriesIn(
      connection.Query("SELECT series FROM statistic_series WHERE series = ? OR (series >= ? AND series < ?)",
                       absl::MakeConstSpan(values)));
}

absl::StatusOr<std::vector<std::string>> BucketsOf(db::Connection& connection, const std::string& prefix) {
  const db::Value values[] = {prefix + "0", prefix + ":"};
  return SeriesIn(connection.Query("SELECT series FROM statistic_series WHERE series >= ? AND series < ?",
                                   absl::MakeConstSpan(values)));
}

struct Days {
  absl::CivilDay from;
  absl::CivilDay to;
};

// Rows (series, value) or (series, month, value): one range of the primary key for each of the series.
absl::StatusOr<db::Rows> Summed(db::Connection& connection, const std::vector<std::string>& series,
                                size_t begin, absl::string_view area, Days days, bool by_month) {
  const size_t count = std::min(series.size() - begin, kMostSeries);
  const size_t size = RoundedUp(count);
  const char* month = by_month ? ", DATE_FORMAT(day, '%Y-%m')" : "";
  const std::string sql =
      absl::StrCat("SELECT series", month, ", CAST(SUM(value) AS SIGNED) FROM statistic WHERE series IN (",
                   Repeated("?", size), ") AND area = ? AND day >= ? AND day < ? GROUP BY series", month);
  std::vector<db::Value> values;
  values.reserve(size + 3);
  for (size_t i = 0; i < size; ++i) values.emplace_back(series[begin + std::min(i, count - 1)]);
  values.emplace_back(area);
  values.emplace_back(absl::FormatCivilTime(days.from));
  values.emplace_back(absl::FormatCivilTime(days.to));
  return connection.Query(sql, values);
}

// Rows (series, day): of each of the series the end of one range of the primary key. Each is a statement of
// its own, so that no plan can read the days before it.
absl::StatusOr<db::Rows> Ended(db::Connection& connection, const std::vector<std::string>& series,
                               size_t begin, absl::string_view area, Days days) {
  const size_t count = std::min(series.size() - begin, kMostEnds);
  const size_t size = RoundedUp(count);
  const std::vector<const char*> ends(
      size,
      "(SELECT series, DATE_FORMAT(day, '%Y-%m-%d') FROM statistic WHERE series = ? AND area = ? "
      "AND day >= ? AND day < ? AND value > 0 ORDER BY day DESC LIMIT 1)");
  std::vector<db::Value> values;
  values.reserve(size * 4);
  for (size_t i = 0; i < size; ++i) {
    values.emplace_back(series[begin + std::min(i, count - 1)]);
    values.emplace_back(area);
    values.emplace_back(absl::FormatCivilTime(days.from));
    values.emplace_back(absl::FormatCivilTime(days.to));
  }
  return connection.Query(absl::StrJoin(ends, " UNION ALL "), values);
}

absl::StatusOr<db::Rows> AllSummed(db::Connection& connection, const std::vector<std::string>& series,
                                   absl::string_view area, Days days, bool by_month) {
  db::Rows all;
  for (size_t begin = 0; begin < series.size(); begin += kMostSeries) {
    ASSIGN_OR_RETURN(db::Rows rows, Summed(connection, series, begin, area, days, by_month));
    std::move(rows.begin(), rows.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

absl::Status Deltas::Write(db::Transaction& tx) const {
  std::vector<Cell> cells;
  cells.reserve(sums_.size());
  std::vector<std::string> series;
  for (const auto& [key, sum] : sums_) {
    if (sum == 0) continue;
    cells.push_back(CellOf(key, sum));
    if (series.empty() || series.back() != cells.back().series) series.push_back(cells.back().series);
  }
  for (size_t begin = 0; begin < cells.size(); begin += kMostRows) {
    RETURN_IF_ERROR(WriteCells(tx, &cells[begin], std::min(cells.size() - begin, kMostRows)));
  }
  return series.empty() ? absl::OkStatus() : Register(tx, series);
}

absl::StatusOr<std::map<std::string, int64_t>> Sums(db::Connection& connection, absl::string_view key,
                                                    absl::string_view area, absl::CivilDay from,
                                                    absl::CivilDay to) {
  ASSIGN_OR_RETURN(const std::vector<std::string> series, SeriesOf(connection, key));
  ASSIGN_OR_RETURN(const db::Rows rows, AllSummed(connection, series, area, {from, to}, false));
  std::map<std::string, int64_t> sums;
  for (const db::Row& row : rows) sums[row.Text(0)] = row.Int(1);
  return sums;
}

absl::StatusOr<std::map<std::string, absl::CivilDay>> LastDays(db::Connection& connection,
                                                               absl::string_view key, absl::string_view area,
                                                               absl::CivilDay from, absl::CivilDay to) {
  ASSIGN_OR_RETURN(const std::vector<std::string> series, SeriesOf(connection, key));
  std::map<std::string, absl::CivilDay> days;
  for (size_t begin = 0; begin < series.size(); begin += kMostEnds) {
    ASSIGN_OR_RETURN(const db::Rows rows, Ended(connection, series, begin, area, {from, to}));
    for (const db::Row& row : rows) {
      absl::CivilDay day;
      if (absl::ParseCivilTime(row.Text(1), &day)) days[row.Text(0)] = day;
    }
  }
  return days;
}

absl::StatusOr<std::map<std::string, int64_t>> SumsSince(db::Connection& connection, absl::string_view series,
                                                         const std::map<std::string, absl::CivilDay>& areas) {
  const std::vector<std::pair<std::string, absl::CivilDay>> asked(areas.begin(), areas.end());
  std::map<std::string, int64_t> sums;
  for (size_t begin = 0; begin < asked.size(); begin += kMostEnds) {
    const size_t count = std::min(asked.size() - begin, kMostEnds);
    const size_t size = RoundedUp(count);
    const std::vector<const char*> ranges(size,
                                          "(SELECT area, CAST(SUM(value) AS SIGNED) FROM statistic WHERE "
                                          "series = ? AND area = ? AND day >= ? GROUP BY area)");
    std::vector<db::Value> values;
    values.reserve(size * 3);
    for (size_t i = 0; i < size; ++i) {
      values.emplace_back(series);
      // The statement is filled with an area that is none.
      values.emplace_back(i < count ? asked[begin + i].first : "");
      values.emplace_back(absl::FormatCivilTime(asked[begin + std::min(i, count - 1)].second));
    }
    ASSIGN_OR_RETURN(const db::Rows rows, connection.Query(absl::StrJoin(ranges, " UNION ALL "), values));
    for (const db::Row& row : rows) sums[row.Text(0)] = row.Int(1);
  }
  return sums;
}

absl::StatusOr<std::map<std::string, int64_t>> SumsOfAreas(db::Connection& connection,
                                                           absl::string_view series,
                                                           const std::vector<std::string>& areas,
                                                           absl::CivilDay from, absl::CivilDay to) {
  std::map<std::string, int64_t> sums;
  for (size_t begin = 0; begin < areas.size(); begin += kMostSeries) {
    const size_t count = std::min(areas.size() - begin, kMostSeries);
    const size_t size = RoundedUp(count);
    std::vector<db::Value> values = {series};
    values.reserve(size + 3);
    for (size_t i = 0; i < size; ++i) values.emplace_back(areas[begin + std::min(i, count - 1)]);
    values.emplace_back(absl::FormatCivilTime(from));
    values.emplace_back(absl::FormatCivilTime(to));
    ASSIGN_OR_RETURN(
        const db::Rows rows,
        connection.Query(
            absl::StrCat("SELECT area, CAST(SUM(value) AS SIGNED) FROM statistic WHERE series = ? "
                         "AND area IN (",
                         Repeated("?", size), ") AND day >= ? AND day < ? GROUP BY area"),
            values));
    for (const db::Row& row : rows) sums[row.Text(0)] = row.Int(1);
  }
  return sums;
}

absl::StatusOr<std::map<std::string, int64_t>> SumsByDay(db::Connection& connection, absl::string_view series,
                                                         absl::string_view area, absl::CivilDay from,
                                                         absl::CivilDay to) {
  const db::Value values[] = {series, area, absl::FormatCivilTime(from), absl::FormatCivilTime(to)};
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      connection.Query("SELECT DATE_FORMAT(day, '%Y-%m-%d'), value FROM statistic WHERE series = ? AND "
                       "area = ? AND day >= ? AND day < ? AND value <> 0",
                       absl::MakeConstSpan(values)));
  std::map<std::string, int64_t> sums;
  for (const db::Row& row : rows) sums[row.Text(0)] = row.Int(1);
  return sums;
}

absl::StatusOr<std::map<std::string, std::map<std::string, int64_t>>> SumsByMonth(db::Connection& connection,
                                                                                  absl::string_view key,
                                                                                  absl::string_view area,
                                                                                  absl::CivilDay from,
                                                                                  absl::CivilDay to) {
  ASSIGN_OR_RETURN(const std::vector<std::string> series, SeriesOf(connection, key));
  ASSIGN_OR_RETURN(const db::Rows rows, AllSummed(connection, series, area, {from, to}, true));
  std::map<std::string, std::map<std::string, int64_t>> sums;
  for (const db::Row& row : rows) sums[row.Text(1)][row.Text(0)] = row.Int(2);
  return sums;
}

absl::StatusOr<absl::Duration> Quantile(db::Connection& connection, const std::string& series,
                                        absl::string_view area, absl::CivilDay from, absl::CivilDay to,
                                        double q) {
  const std::string prefix = series + "/b";
  ASSIGN_OR_RETURN(const std::vector<std::string> buckets, BucketsOf(connection, prefix));
  ASSIGN_OR_RETURN(const db::Rows rows, AllSummed(connection, buckets, area, {from, to}, false));
  std::map<int, int64_t> counts;
  int64_t total = 0;
  for (const db::Row& row : rows) {
    counts[std::atoi(row.Text(0).c_str() + prefix.size())] += row.Int(1);
    total += row.Int(1);
  }
  const auto rank = std::max<int64_t>(1, std::ceil(q * static_cast<double>(total)));
  int64_t passed = 0;
  for (const auto& [bucket, count] : counts) {
    passed += count;
    if (passed >= rank) return MiddleOf(bucket);
  }
  return absl::ZeroDuration();
}

absl::StatusOr<bool> AddToSet(db::Transaction& tx, absl::string_view area, absl::string_view series,
                              absl::string_view member) {
  if (member.size() > kMostMember) return error::InvalidField("member", "may have 64 bytes");
  const std::vector<std::string> areas = area::SelfAndAncestors(area);
  if (areas.empty()) return error::InvalidField("area", "must be an area code");
  const absl::Status own = tx.Execute("INSERT INTO statistic_set (series, area, member) VALUES (?, ?, ?)",
                                      {db::Value(series), db::Value(areas.front()), db::Value(member)})
                               .status();
  if (db::IsDuplicate(own)) return false;  // and then in every ancestor's, since nobody leaves a set
  RETURN_IF_ERROR(own);
  if (areas.size() == 1) return true;
  std::vector<db::Value> values;
  for (size_t i = 1; i < areas.size(); ++i) {
    values.insert(values.end(), {db::Value(series), db::Value(areas[i]), db::Value(member)});
  }
  const std::string sql = absl::StrCat("INSERT IGNORE INTO statistic_set (series, area, member) VALUES ",
                                       Repeated("(?, ?, ?)", areas.size() - 1));
  RETURN_IF_ERROR(tx.Execute(sql, values).status());
  return true;
}

absl::StatusOr<int64_t> SetSize(db::Connection& connection, absl::string_view area,
                                absl::string_view series) {
  const db::Value values[] = {series, area};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT COUNT(*) FROM statistic_set WHERE series = ? AND area = ?",
                                    absl::MakeConstSpan(values)));
  return rows.front().Int(0);
}

}  // namespace firstfloor::statistics
