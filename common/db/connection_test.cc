#include "common/db/connection.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/db/errors.h"
#include "common/db/testdata/database.h"
#include "common/error/error.h"
#include "common/testing/server_program.h"
#include "common/testing/session_status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace firstfloor::db {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConnectionTest : public ::testing::Test {
 protected:
  Row OneRow(absl::string_view sql, std::initializer_list<Value> params = {}) {
    const absl::StatusOr<Rows> rows = db_.Query(sql, params);
    EXPECT_TRUE(rows.ok()) << rows.status();
    if (!rows.ok() || rows->size() != 1) {
      ADD_FAILURE() << "not one row: " << sql;
      return Row(std::vector<Value::Variant>(20, nullptr));
    }
    return rows->front();
  }

  int64_t Execute(absl::string_view sql, std::initializer_list<Value> params = {}) {
    const absl::StatusOr<int64_t> matched = db_.Execute(sql, params);
    EXPECT_TRUE(matched.ok()) << matched.status();
    return matched.value_or(-1);
  }

  void InsertPerson(absl::string_view id, absl::string_view name) {
    EXPECT_EQ(Execute("INSERT INTO person (id, name) VALUES (?, ?)", {id, name}), 1);
  }

  static const Config& SharedSchema() {
    static const Config* const config = new Config(NewMigratedSchema("connection"));
    return *config;
  }

  void SetUp() override { Execute("DELETE FROM person"); }

  Connection db_{SharedSchema()};
};

const std::string& EveryByte() {
  static const std::string* const bytes = [] {
    auto* all = new std::string;
    for (int i = 0; i < 256; ++i) all->push_back(static_cast<char>(i));
    return all;
  }();
  return *bytes;
}

std::string Megabytes(int count) {
  std::string bytes;
  while (bytes.size() < static_cast<size_t>(count) << 20) bytes += EveryByte();
  return bytes;
}

const std::string kHardId("\x00\xff\x80'\\\n\xc3\x28 \x00\xfe\"\x1a%_\xff", 16);

TEST_F(ConnectionTest, HasTheSessionWeRelyOn) {
  EXPECT_EQ(OneRow("SELECT @@time_zone").Text(0), "+00:00");
  EXPECT_EQ(OneRow("SELECT @@innodb_lock_wait_timeout").Int(0), 2);
  const char* const isolation =
      testing::OnMySql() ? "SELECT @@transaction_isolation" : "SELECT @@tx_isolation";
  EXPECT_EQ(OneRow(isolation).Text(0), "READ-COMMITTED");
  EXPECT_EQ(OneRow("SELECT @@autocommit").Int(0), 1);
  const std::string mode = OneRow("SELECT @@sql_mode").Text(0);
  for (const char* part : {"STRICT_ALL_TABLES", "STRICT_TRANS_TABLES", "NO_ENGINE_SUBSTITUTION",
                           "ERROR_FOR_DIVISION_BY_ZERO", "NO_ZERO_DATE", "NO_ZERO_IN_DATE"}) {
    EXPECT_THAT(mode, HasSubstr(part));
  }
  const Row charsets =
      OneRow("SELECT @@character_set_client, @@character_set_connection, @@character_set_results");
  for (size_t i = 0; i < charsets.size(); ++i) EXPECT_EQ(charsets.Text(i), "utf8mb4");
}

TEST_F(ConnectionTest, CountsMatchedRowsNotChangedOnes) {
  InsertPerson(kHardId, "王五");
  EXPECT_EQ(Execute("UPDATE person SET name = ? WHERE id = ?", {"王五", kHardId}), 1);
  EXPECT_EQ(Execute("UPDATE person SET name = ? WHERE id = ?", {"王五", std::string(16, 'x')}), 0);
}

TEST_F(ConnectionTest, KeepsBytesExactly) {
  const std::string card(EveryByte().substr(192));
  const std::string photo = Megabytes(2);
  EXPECT_EQ(
      Execute("INSERT INTO person (id, name, card, photo) VALUES (?, ?, ?, ?)", {kHardId, "a", card, photo}),
      1);
  const Row row =
      OneRow("SELECT id, card, photo, LENGTH(photo), HEX(id) FROM person WHERE id = ?", {kHardId});
  EXPECT_EQ(row.Text(0), kHardId);
  EXPECT_EQ(row.Text(1), card);
  EXPECT_TRUE(row.Text(2) == photo);
  EXPECT_EQ(row.Int(3), 2 << 20);
  EXPECT_EQ(row.Text(4), "00FF80275C0AC3282000FE221A255FFF");
}

TEST_F(ConnectionTest, FindsRowsByBytes) {
  for (int i = 0; i < 256; ++i)
    InsertPerson(std::string(16, static_cast<char>(i)), absl::StrCat("person ", i));
  for (int i = 0; i < 256; ++i) {
    const Row row = OneRow("SELECT name FROM person WHERE id = ?", {std::string(16, static_cast<char>(i))});
    EXPECT_EQ(row.Text(0), absl::StrCat("person ", i));
  }
  EXPECT_EQ(OneRow("SELECT COUNT(*) FROM person WHERE id > ?", {std::string(16, '\x7f')}).Int(0), 128);
}

TEST_F(ConnectionTest, LetsOnePlaceholderTakeLargeSmallAndNoValuesInTurn) {
  InsertPerson(kHardId, "a");
  const std::string large = Megabytes(1);
  for (const Value& photo :
       {Value(large), Value("small"), Value(nullptr), Value(std::string(256 * 1024 + 1, 'y')), Value(""),
        Value(nullptr), Value("again")}) {
    EXPECT_EQ(Execute("UPDATE person SET photo = ? WHERE id = ?", {photo, kHardId}), 1);
    const Row row = OneRow("SELECT photo FROM person WHERE id = ?", {kHardId});
    const auto* text = std::get_if<std::string>(&photo.get());
    EXPECT_EQ(row.IsNull(0), text == nullptr);
    EXPECT_TRUE(row.Text(0) == (text == nullptr ? "" : *text));
  }
}

TEST_F(ConnectionTest, KeepsTextOutsideTheBasicPlane) {
  InsertPerson(kHardId, "𠮷野家 👍");
  EXPECT_EQ(OneRow("SELECT name FROM person WHERE name = ?", {"𠮷野家 👍"}).Text(0), "𠮷野家 👍");
}

TEST_F(ConnectionTest, RefusesTextThatIsTooLong) {
  const auto result =
      db_.Execute("INSERT INTO person (id, name) VALUES (?, ?)", {{kHardId, std::string(101, 'x')}});
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInternal);
  EXPECT_FALSE(db_.broken());
}

TEST_F(ConnectionTest, GivesNumbersByTheKindOfTheColumn) {
  const Row row = OneRow(
      "SELECT SUM(balance), COUNT(*), AVG(balance), MAX(balance) * 0.5e0, CAST(1.25 AS DECIMAL(5,2)), TRUE,"
      " CAST(-5 AS SIGNED), SUM(CASE WHEN name = 'none' THEN 1 END), CAST(9223372036854775807 AS DECIMAL(30))"
      " FROM account WHERE name IN ('a', 'b')");
  EXPECT_EQ(row.Int(0), 200);
  EXPECT_EQ(row.Int(1), 2);
  EXPECT_EQ(row.Double(2), 100.0);
  EXPECT_EQ(row.Double(3), 50.0);
  EXPECT_EQ(row.Double(4), 1.25);
  EXPECT_EQ(row.Int(5), 1);
  EXPECT_EQ(row.Int(6), -5);
  EXPECT_TRUE(row.IsNull(7));
  EXPECT_EQ(row.Int(8), INT64_MAX);
}

TEST_F(ConnectionTest, KeepsExtremeIntegers) {
  for (const int64_t number : {INT64_MIN, int64_t{-1}, int64_t{0}, INT64_MAX}) {
    EXPECT_EQ(Execute("UPDATE account SET balance = ? WHERE name = 'b'", {number}), 1);
    EXPECT_EQ(OneRow("SELECT balance FROM account WHERE name = 'b'").Int(0), number);
  }
  Execute("UPDATE account SET balance = 100 WHERE name = 'b'");
}

TEST_F(ConnectionTest, KeepsTimesToTheMicrosecond) {
  InsertPerson(kHardId, "a");
  for (const int64_t micros :
       {int64_t{0}, int64_t{1675152000123456}, int64_t{1675152000000000}, int64_t{1}}) {
    const absl::Time time = absl::FromUnixMicros(micros);
    EXPECT_EQ(Execute("UPDATE person SET born = ? WHERE id = ?", {time, kHardId}), 1);
    EXPECT_EQ(OneRow("SELECT born FROM person WHERE born = ?", {time}).Time(0), time);
    EXPECT_EQ(OneRow("SELECT MAX(born) FROM person").Text(0), FormatDateTime(time));
  }
  EXPECT_EQ(Execute("UPDATE person SET born = ?", {absl::InfiniteFuture()}), 1);
  EXPECT_EQ(OneRow("SELECT born FROM person").Time(0), absl::InfinitePast());
  EXPECT_EQ(OneRow("SELECT CAST('2023-01-31 08:00:00' AS DATETIME)").Text(0), "2023-01-31 08:00:00.000000");
}

TEST_F(ConnectionTest, NamesTheViolatedIndex) {
  InsertPerson(kHardId, "a");
  const auto by_name = db_.Execute("INSERT INTO person (id, name) VALUES (?, ?)",
                                   {{std::string(16, 'x'), absl::string_view("a")}});
  EXPECT_TRUE(IsDuplicate(by_name.status(), "uq_person_name")) << by_name.status();
  const auto by_id =
      db_.Execute("INSERT INTO person (id, name) VALUES (?, ?)", {{kHardId, absl::string_view("b")}});
  EXPECT_TRUE(IsDuplicate(by_id.status(), "PRIMARY")) << by_id.status();
  EXPECT_FALSE(db_.broken());
}

TEST_F(ConnectionTest, RefusesAWrongNumberOfValues) {
  const absl::string_view sum = "SELECT CAST(? AS SIGNED) + CAST(? AS SIGNED)";
  EXPECT_EQ(OneRow(sum, {1, 2}).Int(0), 3);
  EXPECT_EQ(db_.Query(sum, {{1}}).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(db_.Query(sum, {{1, 2, 3}}).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(OneRow(sum, {1, 2}).Int(0), 3);
}

TEST_F(ConnectionTest, KeepsTheLastUsedStatementsOnly) {
  const auto prepared = [&] { return testing::SessionStatus(db_, "Com_stmt_prepare"); };
  const auto text_of = [](int i) { return absl::StrCat("SELECT ", i); };
  for (int i = 0; i < 255; ++i) OneRow(text_of(i));
  const int64_t before = prepared();
  for (int i = 0; i < 255; ++i) OneRow(text_of(i));
  EXPECT_EQ(prepared(), before) << "all of them were kept";
  OneRow(text_of(1000));  // pushes out 0, the one that was not used for longest
  for (int i = 1; i < 255; ++i) EXPECT_EQ(OneRow(text_of(i)).Int(0), i);
  const int64_t after = prepared();
  EXPECT_EQ(after, before + 1);
  EXPECT_EQ(OneRow(text_of(0)).Int(0), 0);
  EXPECT_EQ(prepared(), after + 1);
  EXPECT_LE(testing::SessionStatus(db_, "Prepared_stmt_count"), 257);
}

TEST_F(ConnectionTest, DoesNotKeepStatementsThatMovedMuch) {
  const absl::string_view sql = "SELECT LENGTH(?)";
  const auto prepared = [&] { return testing::SessionStatus(db_, "Com_stmt_prepare"); };
  OneRow(sql, {"small"});
  const int64_t before = prepared();
  OneRow(sql, {Megabytes(1)});
  EXPECT_EQ(prepared(), before);
  OneRow(sql, {"small"});
  EXPECT_EQ(prepared(), before + 1);
}

TEST_F(ConnectionTest, SeesColumnsThatAMigrationAdds) {
  Connection other(NewMigratedSchema("altered"));
  const int64_t id = IdOf(other);
  ASSERT_EQ(other.Query("SELECT * FROM account")->front().size(), 2u);
  ASSERT_TRUE(
      other.ExecuteText("ALTER TABLE account ADD COLUMN note VARCHAR(10) NOT NULL DEFAULT 'new'").ok());
  const absl::StatusOr<Rows> rows = other.Query("SELECT * FROM account");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->front().Text(2), "new");
  EXPECT_EQ(rows->size(), 3u);
  EXPECT_EQ(NumberFrom(other, "SELECT 7"), 7);
  EXPECT_EQ(IdOf(other), id) << "the connection is kept";
}

TEST_F(ConnectionTest, DropsResultsOfTextStatements) {
  EXPECT_TRUE(db_.ExecuteText("SELECT name FROM account").ok());
  EXPECT_EQ(OneRow("SELECT 1").Int(0), 1);
}

TEST_F(ConnectionTest, PreparesOneStatementAtATime) {
  EXPECT_FALSE(db_.Execute("DO 1; DELETE FROM account").ok());
  EXPECT_FALSE(db_.Query("SELECT 1; DELETE FROM account").ok());
  EXPECT_EQ(OneRow("SELECT COUNT(*) FROM account").Int(0), 3);
}

TEST_F(ConnectionTest, StopsAtTheFirstOfSeveralStatementsThatFails) {
  const Statement statements[] = {{"DO 1", {}}, {"DELETE FROM nowhere", {}}, {"DELETE FROM account", {}}};
  EXPECT_FALSE(db_.ExecuteTogether(statements).ok());
  EXPECT_FALSE(db_.broken());
  EXPECT_EQ(OneRow("SELECT COUNT(*) FROM account").Int(0), 3);
}

TEST_F(ConnectionTest, ReportsTheFirstUseAfterItWasKilledAndConnectsAnew) {
  KillOnServer(IdOf(db_));
  const absl::Status status = db_.Query("SELECT 1").status();
  EXPECT_TRUE(ConnectionLost(status)) << status;
  EXPECT_TRUE(db_.broken());
  EXPECT_EQ(OneRow("SELECT 1").Int(0), 1);
  EXPECT_FALSE(db_.broken());
  EXPECT_EQ(OneRow("SELECT @@innodb_lock_wait_timeout").Int(0), 2);
}

TEST_F(ConnectionTest, IsRefreshedAfterIdleTime) {
  KillOnServer(IdOf(db_));
  db_.Refresh(absl::Hours(1));
  EXPECT_TRUE(ConnectionLost(db_.Query("SELECT 1").status()));
  KillOnServer(IdOf(db_));
  db_.Refresh(absl::ZeroDuration());
  EXPECT_EQ(OneRow("SELECT 1").Int(0), 1);
  const int64_t id = IdOf(db_);
  db_.Refresh(absl::ZeroDuration());
  EXPECT_EQ(IdOf(db_), id) << "a live connection is kept";
}

TEST_F(ConnectionTest, GivesUpAStatementAfterTheReadTimeout) {
  Config config = SharedSchema();
  config.read_timeout = absl::Seconds(1);
  Connection impatient(config);
  ASSERT_TRUE(impatient.Connect().ok());
  const absl::Time begin = absl::Now();
  const absl::Status status = impatient.Query("SELECT SLEEP(30)").status();
  EXPECT_TRUE(ConnectionLost(status)) << status;
  EXPECT_LT(absl::Now() - begin, absl::Seconds(4));
  EXPECT_TRUE(impatient.Query("SELECT 1").ok());
}

TEST_F(ConnectionTest, ReportsALockWaitTimeout) {
  Connection holder(SharedSchema());
  ASSERT_TRUE(holder.ExecuteText("START TRANSACTION").ok());
  ASSERT_TRUE(holder.Execute("UPDATE account SET balance = balance WHERE name = 'a'").ok());
  const absl::Status status = db_.Execute("UPDATE account SET balance = balance WHERE name = 'a'").status();
  EXPECT_TRUE(MustReplay(status)) << status;
  EXPECT_FALSE(db_.broken());
  EXPECT_TRUE(holder.ExecuteText("ROLLBACK").ok());
}

TEST_F(ConnectionTest, CannotTouchAnotherSchema) {
  const Config other = NewMigratedSchema("other");
  EXPECT_FALSE(db_.Query(absl::StrCat("SELECT * FROM ", other.schema, ".account")).ok());
}

TEST_F(ConnectionTest, SaysUnavailableFastWhileTheServerIsDownAndWorksAfterItsReturn) {
  ASSERT_EQ(OneRow("SELECT 1").Int(0), 1);
  Server().Kill();
  const absl::Time begin = absl::Now();
  EXPECT_TRUE(ConnectionLost(db_.Query("SELECT 1").status()));
  const absl::Status connecting = db_.Query("SELECT 1").status();
  EXPECT_TRUE(ConnectionLost(connecting)) << connecting;
  EXPECT_LT(absl::Now() - begin, absl::Seconds(1));
  EXPECT_TRUE(db_.broken());
  Server().Restart();
  EXPECT_EQ(OneRow("SELECT 1").Int(0), 1);
}

TEST(ConnectionErrors, OfAWrongPasswordAreInternal) {
  Config config = NewMigratedSchema("password");
  config.password = "wrong";
  const absl::Status status = Connection(config).Query("SELECT 1").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("1045"));
}

}  // namespace
}  // namespace firstfloor::db
