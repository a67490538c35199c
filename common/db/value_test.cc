#include "common/db/value.h"

#include "gtest/gtest.h"

namespace firstfloor::db {
namespace {

Row RowOf(std::vector<Value> values) {
  std::vector<Value::Variant> cells;
  for (const Value& value : values) cells.push_back(value.get());
  return Row(std::move(cells));
}

TEST(DateTime, IsWrittenInUtcWithMicroseconds) {
  EXPECT_EQ(FormatDateTime(absl::FromUnixMicros(1675152000123456)), "2023-01-31 08:00:00.123456");
  EXPECT_EQ(FormatDateTime(absl::UnixEpoch()), "1970-01-01 00:00:00.000000");
}

TEST(DateTime, RoundsDownBeforeTheEpochToo) {
  EXPECT_EQ(FormatDateTime(absl::UnixEpoch() - absl::Nanoseconds(1)), "1969-12-31 23:59:59.999999");
}

TEST(DateTime, ReadsWhatItWrites) {
  for (const int64_t micros :
       {int64_t{0}, int64_t{-1}, int64_t{1675152000123456}, int64_t{253402300799999999}}) {
    const absl::Time time = absl::FromUnixMicros(micros);
    EXPECT_EQ(ParseDateTime(FormatDateTime(time)), time);
  }
}

TEST(DateTime, RefusesOtherForms) {
  for (const char* text :
       {"", "2023-01-31", "2023-01-31 08:00:00", "2023-01-31T08:00:00.000000", "2023-01-31 08:00:00.00000x",
        "2023-02-29 08:00:00.000000", "2023-13-01 08:00:00.000000", "2023-01-01 24:00:00.000000",
        "0000-00-00 00:00:00.000000"}) {
    EXPECT_EQ(ParseDateTime(text), absl::InfinitePast()) << text;
  }
}

TEST(Values, InfiniteTimesAreNull) {
  EXPECT_TRUE(std::holds_alternative<std::nullptr_t>(Value(absl::InfinitePast()).get()));
  EXPECT_TRUE(std::holds_alternative<std::nullptr_t>(Value(absl::InfiniteFuture()).get()));
  EXPECT_EQ(std::get<std::string>(Value(absl::UnixEpoch()).get()), "1970-01-01 00:00:00.000000");
}

TEST(Values, TakeTheirKindFromWhatTheyAreMadeOf) {
  EXPECT_EQ(std::get<int64_t>(Value(true).get()), 1);
  EXPECT_EQ(std::get<int64_t>(Value(-7).get()), -7);
  EXPECT_EQ(std::get<double>(Value(0.5).get()), 0.5);
  EXPECT_EQ(std::get<std::string>(Value("text").get()), "text");
  EXPECT_EQ(std::get<std::string>(Value(std::string("a\0b", 3)).get()).size(), 3u);
}

TEST(Rows, GiveCellsByKind) {
  const Row row = RowOf({7, 0.5, "text", absl::UnixEpoch()});
  EXPECT_EQ(row.size(), 4u);
  EXPECT_EQ(row.Int(0), 7);
  EXPECT_EQ(row.Double(0), 7.0);
  EXPECT_EQ(row.Double(1), 0.5);
  EXPECT_EQ(row.Text(2), "text");
  EXPECT_EQ(row.Time(3), absl::UnixEpoch());
}

TEST(Rows, GiveEmptyValuesForNull) {
  const Row row = RowOf({nullptr});
  EXPECT_TRUE(row.IsNull(0));
  EXPECT_EQ(row.Int(0), 0);
  EXPECT_EQ(row.Double(0), 0);
  EXPECT_EQ(row.Text(0), "");
  EXPECT_EQ(row.Time(0), absl::InfinitePast());
}

TEST(RowsDeathTest, DieOfAColumnOfAnotherKind) {
  const Row row = RowOf({7, "text"});
  EXPECT_DEATH(row.Int(1), "column 1 of a row is missing or is not an integer");
  EXPECT_DEATH(row.Text(0), "is not text");
  EXPECT_DEATH(row.Time(1), "is not a DATETIME");
  EXPECT_DEATH(row.IsNull(2), "column 2 of a row is missing");
}

}  // namespace
}  // namespace firstfloor::db
