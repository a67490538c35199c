#include "common/db/errors.h"

#include "absl/strings/string_view.h"
#include "common/error/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace firstfloor::db {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

absl::Status Duplicate(absl::string_view message) { return FromErrno(1062, "23000", message); }

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

TEST(Errors, NameTheViolatedIndexOfMariaDbAndOfMySql) {
  EXPECT_TRUE(IsDuplicate(Duplicate("Duplicate entry 'x' for key 'uq_name'"), "uq_name"));
  EXPECT_TRUE(IsDuplicate(Duplicate("Duplicate entry 'x' for key 'person.uq_name'"), "uq_name"));
  EXPECT_TRUE(IsDuplicate(Duplicate("Duplicate entry 'x' for key 'uq_name'")));
  EXPECT_FALSE(IsDuplicate(Duplicate("Duplicate entry 'x' for key 'uq_name'"), "PRIMARY"));
}

TEST(Errors, AreNotFooledByAValueThatLooksLikeAnIndex) {
  const absl::Status status = Duplicate("Duplicate entry 'a' for key 'uq_other'' for key 'uq_name'");
  EXPECT_TRUE(IsDuplicate(status, "uq_name"));
}

TEST(Errors, OfDuplicatesCarryReasonAndKeyButNoValue) {
  const absl::Status status = Duplicate("Duplicate entry '13800000000' for key 'uq_phone'");
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(error::ReasonOf(status), "DUPLICATE_KEY");
  EXPECT_THAT(MessageOf(status), HasSubstr("1062"));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("13800000000")));
}

TEST(Errors, SurviveAMessageWithoutQuotes) {
  EXPECT_TRUE(IsDuplicate(Duplicate("")));
  EXPECT_TRUE(IsDuplicate(Duplicate("'")));
  EXPECT_FALSE(IsDuplicate(Duplicate("no quotes"), "uq_name"));
}

TEST(Errors, OfDeadlocksAndCertificationAskForAReplay) {
  for (const int error : {1213, 1205, 1047, 1020, 3101}) {
    const absl::Status status = FromErrno(error, "HY000", "");
    EXPECT_EQ(status.code(), absl::StatusCode::kAborted) << error;
    EXPECT_TRUE(MustReplay(status)) << error;
    EXPECT_FALSE(ConnectionLost(status)) << error;
  }
  EXPECT_TRUE(MustReplay(FromErrno(4711, "40001", "")));
}

TEST(Errors, OfABrokenConnectionAreUnavailable) {
  for (const int error : {2002, 2003, 2006, 2013, 1053, 1927, 1203, 1040, 1290}) {
    const absl::Status status = FromErrno(error, "HY000", "");
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << error;
    EXPECT_TRUE(ConnectionLost(status)) << error;
    EXPECT_FALSE(MustReplay(status)) << error;
  }
}

TEST(Errors, OfAFullDiskPassOnceThereIsRoomAgain) {
  for (const int error : {1021, 1030, 1114}) {
    const absl::Status status = FromErrno(error, "HY000", "The table 'opinion' is full");
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << error;
    EXPECT_TRUE(ConnectionLost(status)) << error;
  }
}

TEST(Errors, OfAStatementThatCannotBeReadDoNotQuoteIt) {
  const absl::Status status =
      FromErrno(1064, "42000", "You have an error in your SQL syntax … near '13800000000'' at line 1");
  EXPECT_THAT(MessageOf(status), Not(HasSubstr("13800000000")));
  EXPECT_THAT(MessageOf(status), HasSubstr("1064"));
}

TEST(Errors, ThatMeanNothingToUsAreInternalAndKeepValuesToThemselves) {
  const absl::Status status =
      FromErrno(1366, "22007", "Incorrect string value: '13800000000' for column `name`");
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(MessageOf(status), "database error 1366 (22007)");
}

TEST(Errors, OfWrongSqlSayWhatIsWrong) {
  EXPECT_THAT(MessageOf(FromErrno(1146, "42S02", "Table 'x.person' doesn't exist")), HasSubstr("x.person"));
}

TEST(Errors, OfOthersAreNotTakenForTheDatabases) {
  EXPECT_FALSE(MustReplay(error::EtagMismatch("opinions/1")));
  EXPECT_FALSE(ConnectionLost(absl::UnavailableError("peer")));
  EXPECT_FALSE(IsDuplicate(absl::AlreadyExistsError("opinions/1")));
}

}  // namespace
}  // namespace firstfloor::db
