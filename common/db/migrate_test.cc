#include "common/db/migrate.h"

#include <array>
#include <fstream>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/db/schema/migrations.h"
#include "common/db/testdata/database.h"
#include "common/error/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace firstfloor::db {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Migration kFirst{1, "0001_init", "CREATE TABLE one (\n  n INT NOT NULL -- a comment\n);\n"};
constexpr Migration kSecond{2, "0002_more",
                            "-- ends in a semicolon;\nCREATE TABLE two (n INT NOT NULL);  \n\n"
                            "INSERT INTO two (n) VALUES (1), (2);\nINSERT INTO two (n)\n  VALUES (3);\n"};
constexpr Migration kBroken{3, "0003_broken", "CREATE TABLE three (n INT);\nCREATE TABEL four (n INT);\n"};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class MigrateTest : public ::testing::Test {
 protected:
  const Config config_ = Server().NewSchema("migrate");
  Connection db_{config_};
};

TEST_F(MigrateTest, AppliesInOrderAndOnlyOnce) {
  EXPECT_EQ(SchemaVersion(db_).value(), 0);
  EXPECT_THAT(Migrate(db_, {kFirst}).value(), ElementsAre(1));
  EXPECT_EQ(SchemaVersion(db_).value(), 1);
  EXPECT_THAT(Migrate(db_, {kFirst, kSecond}).value(), ElementsAre(2));
  EXPECT_THAT(Migrate(db_, {kFirst, kSecond}).value(), IsEmpty());
  EXPECT_EQ(SchemaVersion(db_).value(), 2);
  EXPECT_EQ(NumberFrom(db_, "SELECT SUM(n) FROM two"), 6);
}

TEST_F(MigrateTest, AcceptsANewerSchema) {
  ASSERT_TRUE(Migrate(db_, {kFirst, kSecond}).ok());
  EXPECT_THAT(Migrate(db_, {kFirst}).value(), IsEmpty());
  EXPECT_EQ(SchemaVersion(db_).value(), 2);
}

TEST_F(MigrateTest, RefusesAChangedMigration) {
  ASSERT_TRUE(Migrate(db_, {kFirst}).ok());
  const Migration changed{1, "0001_init", "CREATE TABLE one (n BIGINT NOT NULL);\n"};
  const absl::Status status = Migrate(db_, {changed, kSecond}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(error::ReasonOf(status), "MIGRATION_CHANGED");
  EXPECT_EQ(SchemaVersion(db_).value(), 1);
}

TEST_F(MigrateTest, RecordsAFailureAndRefusesUntilItIsRepaired) {
  const absl::Status failed = Migrate(db_, {kFirst, kSecond, kBroken}).status();
  EXPECT_EQ(failed.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(error::ReasonOf(failed), "MIGRATION_FAILED");
  EXPECT_THAT(std::string(failed.message()), HasSubstr("migration 3 (0003_broken) failed at statement 2"));
  EXPECT_EQ(SchemaVersion(db_).value(), 2);
  EXPECT_EQ(error::ReasonOf(Migrate(db_, {kFirst, kSecond, kBroken}).status()), "MIGRATION_FAILED");
  ASSERT_TRUE(db_.ExecuteText("DROP TABLE three").ok());
  ASSERT_TRUE(db_.ExecuteText("DELETE FROM schema_migration WHERE number = 3").ok());
  const Migration mended{3, "0003_broken", "CREATE TABLE three (n INT);\n"};
  EXPECT_THAT(Migrate(db_, {kFirst, kSecond, mended}).value(), ElementsAre(3));
}

TEST_F(MigrateTest, RefusesAMigrationWhoseMigratorDied) {
  ASSERT_TRUE(Migrate(db_, {kFirst, kSecond}).ok());
  ASSERT_TRUE(db_.ExecuteText("UPDATE schema_migration SET state = 'RUNNING' WHERE number = 2").ok());
  EXPECT_EQ(error::ReasonOf(Migrate(db_, {kFirst, kSecond}).status()), "MIGRATION_FAILED");
}

TEST_F(MigrateTest, RefusesNumbersOutOfOrderAndHalfStatements) {
  EXPECT_EQ(error::ReasonOf(Migrate(db_, {kSecond, kFirst}).status()), "MIGRATION_ORDER");
  const Migration half{1, "0001_half", "CREATE TABLE one (n INT)\n"};
  EXPECT_EQ(error::ReasonOf(Migrate(db_, {half}).status()), "MIGRATION_SYNTAX");
  EXPECT_THAT(Migrate(db_, {kFirst}).value(), ElementsAre(1)) << "nothing was recorded";
}

TEST_F(MigrateTest, LetsOneOfManyMigratorsApply) {
  const Migration slow{2, "0002_slow", "DO SLEEP(0.3);\nCREATE TABLE two (n INT NOT NULL);\n"};
  std::array<absl::StatusOr<std::vector<int>>, 4> results;
  std::vector<std::thread> threads;
  for (auto& result : results) {
    threads.emplace_back([&] {
      Connection connection(config_);
      result = Migrate(connection, {kFirst, slow});
    });
  }
  for (std::thread& thread : threads) thread.join();
  size_t applied = 0;
  for (const auto& result : results) {
    ASSERT_TRUE(result.ok()) << result.status();
    applied += result->size();
  }
  EXPECT_EQ(applied, 2u);
  EXPECT_EQ(SchemaVersion(db_).value(), 2);
}

TEST_F(MigrateTest, WaitsLongerThanALockMayBeWaitedFor) {
  ASSERT_TRUE(Migrate(db_, {kFirst}).ok());
  Connection holder(config_);
  ASSERT_TRUE(holder.ExecuteText("START TRANSACTION").ok());
  ASSERT_TRUE(holder.Query("SELECT * FROM schema_migration WHERE number = 0 FOR UPDATE").ok());
  absl::StatusOr<std::vector<int>> result;
  std::thread waiting([&] { result = Migrate(db_, {kFirst, kSecond}); });
  absl::SleepFor(absl::Milliseconds(2500));
  Connection observer(config_);
  EXPECT_EQ(SchemaVersion(observer).value(), 1);
  holder.Discard();  // as when a migrator dies
  waiting.join();
  EXPECT_THAT(result.value(), ElementsAre(2));
}

TEST_F(MigrateTest, StopsWhenItsLockIsLost) {
  std::thread killer([&] {
    Connection root(Server().Root());
    const std::string sleeping =
        absl::StrCat("SELECT COUNT(*) FROM information_schema.processlist WHERE user = '", config_.user,
                     "' AND info = 'DO SLEEP(1)'");
    while (NumberFrom(root, sleeping) == 0) absl::SleepFor(absl::Milliseconds(5));
    KillOnServer(NumberFrom(root, absl::StrCat("SELECT id FROM information_schema.processlist WHERE user = '",
                                               config_.user, "' AND command = 'Sleep'")));
  });
  const Migration slow{1, "0001_slow", "DO SLEEP(1);\n"};
  const absl::Status status = Migrate(db_, {slow, kSecond}).status();
  killer.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_EQ(SchemaVersion(db_).value(), 1);
}

TEST(CompiledMigrations, HoldTheFilesAsTheyAre) {
  const std::string sources = FIRSTFLOOR_DB_SOURCES, binaries = FIRSTFLOOR_DB_BINARIES;
  const absl::Span<const Migration> migrations = schema::Migrations();
  ASSERT_EQ(migrations.size(), 2u);
  EXPECT_EQ(migrations[0].number, 1);
  EXPECT_EQ(migrations[0].name, "0001_init");
  EXPECT_EQ(migrations[0].sql,
            ReadFile(sources + "/schema/position.sql") + ReadFile(sources + "/testdata/person.sql"));
  EXPECT_EQ(migrations[1].number, 2);
  EXPECT_EQ(migrations[1].sql, ReadFile(sources + "/testdata/entry.sql") + ReadFile(binaries + "/long.sql"));
  EXPECT_GT(migrations[1].sql.size(), 65536u);
}

}  // namespace
}  // namespace firstfloor::db
