#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/area/registry.h"
#include "common/calendar/calendar.h"
#include "common/statistics/buckets.h"
#include "common/statistics/projection.h"

namespace firstfloor::statistics {
namespace {

bool StandsForItself(char c) { return c > ' ' && c < '\x7f' && c != '|' && c != '=' && c != '%'; }

void AppendEscaped(absl::string_view text, std::string& series) {
  constexpr absl::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    if (StandsForItself(c)) {
      series.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      series.append({'%', kDigits[byte >> 4], kDigits[byte & 0x0f]});
    }
  }
}

}  // namespace

std::string Series(absl::string_view key,
                   const std::vector<std::pair<std::string, std::string>>& dimensions) {
  std::string series(key);
  for (const auto& [dimension, value] : dimensions) {
    series.push_back('|');
    AppendEscaped(dimension, series);
    series.push_back('=');
    AppendEscaped(value, series);
  }
  return series;
}

void Deltas::Add(absl::string_view area, absl::Time time, const std::string& series, int64_t delta) {
  const std::string day = absl::FormatCivilTime(calendar::DayOf(time));
  for (const std::string& code : area::SelfAndAncestors(area)) {
    std::string key = series;
    key.append(1, '\0').append(code).append(1, '\0').append(day);
    sums_[std::move(key)] += delta;
  }
}

void Deltas::AddDuration(absl::string_view area, absl::Time time, const std::string& series,
                         absl::Duration value) {
  Add(area, time, absl::StrCat(series, "/b", BucketOf(value)));
}

}  // namespace firstfloor::statistics
