#include "common/rpc/follow.h"

#include "common/error/error.h"
#include "gtest/gtest.h"

namespace firstfloor::rpc {
namespace {

TEST(Cursor, IsReadAsItWasMade) {
  const std::string hash("\x00\x0a\xff", 3);
  EXPECT_EQ(CursorOf(7, hash), "7-000aff");
  const absl::StatusOr<LogPosition> position = ParseCursor("7-000aff");
  ASSERT_TRUE(position.ok()) << position.status();
  EXPECT_EQ(position->seq, 7);
  EXPECT_EQ(position->hash, hash);
}

TEST(Cursor, OfAnEmptyLogHasNoHash) {
  const absl::StatusOr<LogPosition> position = ParseCursor(CursorOf(0, ""));
  ASSERT_TRUE(position.ok()) << position.status();
  EXPECT_EQ(position->seq, 0);
  EXPECT_EQ(position->hash, "");
}

TEST(Cursor, IsRefusedIfNoWatchMadeIt) {
  for (const char* cursor : {"", "-", "-00", "seven-00", "-7-00", "7-0", "7-0g", "7-00-00", "7.00", "7-AA"}) {
    EXPECT_EQ(error::ReasonOf(ParseCursor(cursor).status()), "INVALID_FIELD") << cursor;
  }
}

}  // namespace
}  // namespace firstfloor::rpc
