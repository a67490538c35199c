// Watches as Server-Sent Events, message by message.
#include <gtest/gtest.h>

#include "common/error/error.h"
#include "mapping.pb.h"
#include "services/gateway/event_stream.h"
#include "services/gateway/resume.h"

namespace firstfloor::gateway {
namespace {

TEST(Events, CarryTheCursorAsId) {
  mapping::v1::Change change;
  change.set_name("rows/1");
  change.set_seq(7);
  change.set_cursor("7.abc");
  EXPECT_EQ(*ToEvent(change, nullptr),
            "id: 7.abc\ndata: {\"name\":\"rows/1\",\"seq\":\"7\",\"cursor\":\"7.abc\"}\n\n");
  mapping::v1::Watch watch;
  EXPECT_TRUE(ResumeAfter("7.abc", watch).ok());
  EXPECT_EQ(watch.cursor(), "7.abc");
}

TEST(Events, NeverBreakTheirFrame) {
  mapping::v1::Change change;
  change.set_name("a\n\ndata: b");
  change.set_cursor("7\nid: 8");
  EXPECT_EQ(*ToEvent(change, nullptr), "data: {\"name\":\"a\\n\\ndata: b\",\"cursor\":\"7\\nid: 8\"}\n\n");
}

TEST(Events, CarrySeqAndHashOfALog) {
  mapping::v1::LogChange change;
  change.set_cursor_seq(12);
  change.set_cursor_hash("\x01\xfe");
  EXPECT_EQ(EventIdOf(change), "12.01fe");
  mapping::v1::LogWatch watch;
  ASSERT_TRUE(ResumeAfter("12.01fe", watch).ok());
  EXPECT_EQ(watch.after_seq(), 12);
  EXPECT_EQ(watch.after_hash(), "\x01\xfe");
}

TEST(Events, AreNotResumedAfterNonsense) {
  for (const char* id : {"x", "-1.00", "1.0", "1.zz"}) {
    mapping::v1::LogWatch watch;
    EXPECT_EQ(error::ReasonOf(ResumeAfter(id, watch)), "INVALID_HEADER") << id;
  }
  mapping::v1::LogWatch watch;
  EXPECT_TRUE(ResumeAfter("", watch).ok());
  mapping::v1::Row no_position;
  EXPECT_TRUE(ResumeAfter("7", no_position).ok());
}

}  // namespace
}  // namespace firstfloor::gateway
