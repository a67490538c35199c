// What goes into a statement's placeholders and what comes out of a row.
#ifndef FIRSTFLOOR_COMMON_DB_VALUE_H_
#define FIRSTFLOOR_COMMON_DB_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace firstfloor::db {

// A value for one placeholder: NULL, a number, text or bytes, or a time (DATETIME(6), UTC).
class Value {
 public:
  Value(std::nullptr_t) {}  // NOLINT(google-explicit-constructor): a value list reads as values
  Value(int64_t number) : value_(number) {}
  Value(int number) : value_(int64_t{number}) {}
  Value(bool flag) : value_(int64_t{flag}) {}
  Value(double number) : value_(number) {}
  Value(std::string text) : value_(std::move(text)) {}
  Value(absl::string_view text) : value_(std::string(text)) {}
  Value(const char* text) : value_(std::string(text)) {}
  // absl::InfinitePast() and InfiniteFuture() become NULL.
  Value(absl::Time time);

  using Variant = std::variant<std::nullptr_t, int64_t, double, std::string>;
  const Variant& get() const { return value_; }

 private:
  Variant value_ = nullptr;
};

// Bytes that a value takes on its way, roughly.
size_t BytesOf(const Value& value);

// A placeholder of a statement is a "?" outside quotes. Where the first is, npos if there is none; how many.
size_t FirstPlaceholder(absl::string_view sql);
size_t PlaceholdersIn(absl::string_view sql);

// One row of a result, detached from the connection: it may be kept.
class Row {
 public:
  explicit Row(std::vector<Value::Variant> cells) : cells_(std::move(cells)) {}
  bool IsNull(size_t column) const;
  // 0 for NULL. Dies (CHECK-like) when the column is not of the kind asked for: a bug of ours.
  int64_t Int(size_t column) const;
  // Integers are given as numbers too, since AVG() and SUM() may yield either.
  double Double(size_t column) const;
  // Text or bytes; "" for NULL.
  const std::string& Text(size_t column) const;
  // DATETIME(6) UTC; InfinitePast for NULL.
  absl::Time Time(size_t column) const;
  size_t size() const { return cells_.size(); }

 private:
  std::vector<Value::Variant> cells_;
};

using Rows = std::vector<Row>;

// "2023-01-31 08:00:00.000000" in UTC, as DATETIME(6) is written.
std::string FormatDateTime(absl::Time time);
// InfinitePast if `text` is not of that form.
absl::Time ParseDateTime(absl::string_view text);

}  // namespace firstfloor::db

#endif  // FIRSTFLOOR_COMMON_DB_VALUE_H_
