#include "tests/bench/bare/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace firstfloor::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kLog[] =
    "mariadbd, started with:\nTime\t\t    Id Command\tArgument\n"
    "231124  4:15:01\t    11 Query\tSTART TRANSACTION\n"
    "\t\t    11 Prepare\tINSERT INTO `thing` (id) VALUES (?)\n"
    "\t\t    11 Execute\tINSERT INTO `thing` (id) VALUES (?)\n"
    "\t\t    11 Query\tCOMMIT\n"
    "\t\t    12 Query\tSTART TRANSACTION\n"
    "\t\t    12 Execute\tINSERT INTO `thing` (id) VALUES (?)\n"
    "\t\t    13 Query\tSTART TRANSACTION\n"
    "\t\t    13 Execute\tINSERT INTO `thing` (id) VALUES (?)\n"
    "\t\t    12 Execute\tINSERT INTO `part` (thing, id) VALUES (?, ?)\n"
    "\t\t    13 Query\tROLLBACK\n"
    "\t\t    12 Query\tCOMMIT\n"
    "\t\t    12 Execute\tSELECT id FROM `part`\n"
    "\t\t    14 Query\tSTART TRANSACTION\n"
    "\t\t    14 Execute\tINSERT INTO `other` (id) VALUES (?)\n"
    "\t\t    14 Query\tCOMMIT\n";

TEST(Script, IsTheLastTransactionThatWasCommitted) {
  EXPECT_THAT(
      LastTransaction(kLog, "INSERT INTO `thing`"),
      ElementsAre("INSERT INTO `thing` (id) VALUES (?)", "INSERT INTO `part` (thing, id) VALUES (?, ?)"));
}

TEST(Script, IsEmptyIfNoTransactionHoldsTheLandmark) {
  EXPECT_THAT(LastTransaction(kLog, "INSERT INTO `nothing`"), IsEmpty());
  EXPECT_THAT(LastTransaction("", "INSERT"), IsEmpty());
}

TEST(Script, SurvivesItsFile) {
  const Script script = {{"INSERT INTO `thing` (id, size, note) VALUES (?, ?, ?)",
                          {{ScriptValue::Kind::kText, std::string("a\0\n'", 4), true},
                           {ScriptValue::Kind::kNumber, "7", false},
                           {ScriptValue::Kind::kNull, "", false}}}};
  const Script read = FromJson(ToJson(script));
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].sql, script[0].sql);
  ASSERT_EQ(read[0].values.size(), 3u);
  EXPECT_EQ(read[0].values[0].text, script[0].values[0].text);
  EXPECT_TRUE(read[0].values[0].fresh);
  EXPECT_EQ(read[0].values[1].kind, ScriptValue::Kind::kNumber);
  EXPECT_EQ(read[0].values[2].kind, ScriptValue::Kind::kNull);
}

}  // namespace
}  // namespace firstfloor::bench
