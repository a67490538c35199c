#include "common/db/value.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"

namespace firstfloor::db {
namespace {

constexpr absl::string_view kDateTimeForm = "dddd-dd-dd dd:dd:dd.dddddd";

[[noreturn]] void DieOfWrongKind(size_t column, const char* wanted) {
  std::fprintf(stderr, "column %zu of a row is missing or is not %s\n", column, wanted);
  std::abort();
}

void WriteDigits(std::string& text, size_t at, size_t width, int64_t number) {
  for (size_t i = at + width; i-- > at; number /= 10) text[i] = static_cast<char>('0' + number % 10);
}

int ReadDigits(absl::string_view text, size_t at, size_t width) {
  int number = 0;
  for (size_t i = at; i < at + width; ++i) number = number * 10 + (text[i] - '0');
  return number;
}

bool HasDateTimeForm(absl::string_view text) {
  if (text.size() != kDateTimeForm.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool fits = kDateTimeForm[i] == 'd' ? absl::ascii_isdigit(static_cast<unsigned char>(text[i]))
                                              : text[i] == kDateTimeForm[i];
    if (!fits) return false;
  }
  return true;
}

}  // namespace

Value::Value(absl::Time time) {
  if (time != absl::InfinitePast() && time != absl::InfiniteFuture()) value_ = FormatDateTime(time);
}

size_t BytesOf(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.get());
  return text == nullptr ? sizeof(int64_t) : text->size();
}

size_t FirstPlaceholder(absl::string_view sql) {
  char quote = '\0';
  for (size_t i = 0; i < sql.size(); ++i) {
    const char c = sql[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"' || c == '`') {
      quote = c;
    } else if (c == '?') {
      return i;
    }
  }
  return absl::string_view::npos;
}

size_t PlaceholdersIn(absl::string_view sql) {
  size_t count = 0;
  for (size_t next = FirstPlaceholder(sql); next != absl::string_view::npos; next = FirstPlaceholder(sql)) {
    sql.remove_prefix(next + 1);
    ++count;
  }
  return count;
}

bool Row::IsNull(size_t column) const {
  if (column >= cells_.size()) DieOfWrongKind(column, "there");
  return std::holds_alternative<std::nullptr_t>(cells_[column]);
}

int64_t Row::Int(size_t column) const {
  if (IsNull(column)) return 0;
  if (const auto* number = std::get_if<int64_t>(&cells_[column])) return *number;
  DieOfWrongKind(column, "an integer");
}

double Row::Double(size_t column) const {
  if (IsNull(column)) return 0;
  if (const auto* number = std::get_if<double>(&cells_[column])) return *number;
  if (const auto* number = std::get_if<int64_t>(&cells_[column])) return static_cast<double>(*number);
  DieOfWrongKind(column, "a number");
}

const std::string& Row::Text(size_t column) const {
  static const std::string* const empty = new std::string();
  if (IsNull(column)) return *empty;
  if (const auto* text = std::get_if<std::string>(&cells_[column])) return *text;
  DieOfWrongKind(column, "text");
}

absl::Time Row::Time(size_t column) const {
  if (IsNull(column)) return absl::InfinitePast();
  const absl::Time time = ParseDateTime(Text(column));
  if (time == absl::InfinitePast()) DieOfWrongKind(column, "a DATETIME(6)");
  return time;
}

std::string FormatDateTime(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  const absl::CivilSecond second = absl::ToCivilSecond(absl::FromUnixMicros(micros), absl::UTCTimeZone());
  std::string text = "0000-00-00 00:00:00.000000";
  WriteDigits(text, 0, 4, second.year());
  WriteDigits(text, 5, 2, second.month());
  WriteDigits(text, 8, 2, second.day());
  WriteDigits(text, 11, 2, second.hour());
  WriteDigits(text, 14, 2, second.minute());
  WriteDigits(text, 17, 2, second.second());
  WriteDigits(text, 20, 6, (micros % 1'000'000 + 1'000'000) % 1'000'000);
  return text;
}

absl::Time ParseDateTime(absl::string_view text) {
  if (!HasDateTimeForm(text)) return absl::InfinitePast();
  const int year = ReadDigits(text, 0, 4), month = ReadDigits(text, 5, 2), day = ReadDigits(text, 8, 2);
  const int hour = ReadDigits(text, 11, 2), minute = ReadDigits(text, 14, 2),
            second = ReadDigits(text, 17, 2);
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  const bool exists = civil.month() == month && civil.day() == day && civil.hour() == hour &&
                      civil.minute() == minute && civil.second() == second;
  if (!exists) return absl::InfinitePast();
  return absl::FromCivil(civil, absl::UTCTimeZone()) + absl::Microseconds(ReadDigits(text, 20, 6));
}

}  // namespace firstfloor::db
