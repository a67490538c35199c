#include "common/db/transaction.h"

#include <array>
#include <atomic>
#include <barrier>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/db/errors.h"
#include "common/db/testdata/database.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/testing/session_status.h"
#include "gtest/gtest.h"

namespace firstfloor::db {
namespace {

class TransactionTest : public ::testing::Test {
 protected:
  static const Config& SharedSchema() {
    static const Config* const config = new Config(NewMigratedSchema("transaction"));
    return *config;
  }

  void SetUp() override {
    ASSERT_TRUE(db_.ExecuteText("DELETE FROM entry").ok());
    ASSERT_TRUE(db_.ExecuteText("UPDATE account SET balance = 100").ok());
    // MySQL prepares no SIGNAL, but calls what gives one.
    ASSERT_TRUE(db_.ExecuteText("CREATE PROCEDURE IF NOT EXISTS meet_conflict()"
                                " SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213")
                    .ok());
  }

  static absl::Time Soon() { return absl::Now() + absl::Seconds(20); }

  int64_t Balance(const std::string& account) {
    return NumberFrom(db_, absl::StrCat("SELECT balance FROM account WHERE name = '", account, "'"));
  }

  Connection db_{SharedSchema()};
};

absl::Status Add(Transaction& tx, absl::string_view account, int64_t amount) {
  return tx.Execute("UPDATE account SET balance = balance + ? WHERE name = ?", {amount, account}).status();
}

absl::Status Enter(Transaction& tx, int64_t transfer, absl::string_view account, int64_t amount) {
  return tx
      .Execute("INSERT INTO entry (transfer, account, amount) VALUES (?, ?, ?)", {transfer, account, amount})
      .status();
}

// The answer that a deadlock's victim gets.
absl::Status MeetConflict(Transaction& tx) { return tx.Execute("CALL meet_conflict()").status(); }

TEST_F(TransactionTest, CommitsWhatTheBodyDidAndReturnsItsValue) {
  const absl::StatusOr<int> result = db::Run(db_, Soon(), [](Transaction& tx) -> absl::StatusOr<int> {
    RETURN_IF_ERROR(Add(tx, "a", 1));
    return 42;
  });
  EXPECT_EQ(result.value(), 42);
  EXPECT_EQ(Balance("a"), 101);
}

TEST_F(TransactionTest, RollsBackWhenTheBodyFails) {
  const absl::Status status = db::Run(db_, Soon(), [](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(Add(tx, "a", 1));
    return absl::NotFoundError("gone");
  });
  EXPECT_EQ(status, absl::NotFoundError("gone"));
  EXPECT_EQ(Balance("a"), 100);
}

TEST_F(TransactionTest, LetsTheBodyGoOnAfterADuplicate) {
  const absl::Status status = db::Run(db_, Soon(), [](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(Enter(tx, 1, "a", 1));
    if (!IsDuplicate(Enter(tx, 1, "a", 1), "PRIMARY")) return absl::InternalError("no duplicate");
    return Enter(tx, 1, "b", 1);
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(NumberFrom(db_, "SELECT COUNT(*) FROM entry"), 2);
}

TEST_F(TransactionTest, ReplaysTheVictimOfADeadlockAndOnlyIt) {
  std::barrier both(2);
  std::atomic<int> runs = 0;
  std::array<absl::Status, 2> results;
  const auto transfer = [&](int me, absl::string_view first, absl::string_view second) {
    Connection connection(SharedSchema());
    int my_runs = 0;
    results[me] = db::Run(connection, Soon(), [&](Transaction& tx) -> absl::Status {
      ++runs;
      RETURN_IF_ERROR(Add(tx, first, -1));
      if (++my_runs == 1) both.arrive_and_wait();
      RETURN_IF_ERROR(Add(tx, second, 10));
      return Enter(tx, me, first, 1);
    });
  };
  std::thread one(transfer, 0, "a", "b"), other(transfer, 1, "b", "a");
  one.join();
  other.join();
  EXPECT_TRUE(results[0].ok()) << results[0];
  EXPECT_TRUE(results[1].ok()) << results[1];
  EXPECT_EQ(runs, 3) << "one of the two ran twice";
  EXPECT_EQ(Balance("a"), 109);
  EXPECT_EQ(Balance("b"), 109);
  EXPECT_EQ(NumberFrom(db_, "SELECT COUNT(*) FROM entry"), 2);
}

TEST_F(TransactionTest, ReplaysAfterALockWaitTimeoutWithoutTheHalfThatWasDone) {
  Connection holder(SharedSchema());
  ASSERT_TRUE(holder.ExecuteText("START TRANSACTION").ok());
  ASSERT_TRUE(holder.Execute("UPDATE account SET balance = balance WHERE name = 'b'").ok());
  int runs = 0;
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    if (++runs == 2) {
      EXPECT_TRUE(holder.ExecuteText("ROLLBACK").ok());
    }
    RETURN_IF_ERROR(Add(tx, "a", 1));
    return Add(tx, "b", 1);
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Balance("a"), 101);
  EXPECT_EQ(Balance("b"), 101);
}

TEST_F(TransactionTest, ReplaysEvenWhenTheBodySwallowsTheError) {
  Connection holder(SharedSchema());
  ASSERT_TRUE(holder.ExecuteText("START TRANSACTION").ok());
  ASSERT_TRUE(holder.Execute("UPDATE account SET balance = balance WHERE name = 'b'").ok());
  int runs = 0;
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    const bool first = ++runs == 1;
    const absl::Status failure = Add(tx, "b", 1);
    EXPECT_EQ(tx.failed(), first);
    if (first) {
      EXPECT_TRUE(holder.ExecuteText("ROLLBACK").ok());
      EXPECT_EQ(Add(tx, "a", 1), failure) << "must not be sent";
      EXPECT_EQ(tx.Query("SELECT 1").status(), failure);
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Balance("a"), 100);
  EXPECT_EQ(Balance("b"), 101);
}

// MariaDB's answer when a row that a snapshot has seen was changed since.
TEST_F(TransactionTest, ReplaysWhenARecordChangedSinceItWasRead) {
  if (!db_.ExecuteText("SET innodb_snapshot_isolation = ON").ok()) {
    // Only MySQL, which never gives this answer, may not know the variable.
    const absl::StatusOr<Rows> version = db_.Query("SELECT VERSION()");
    ASSERT_TRUE(version.ok()) << version.status();
    ASSERT_EQ(version->front().Text(0).find("MariaDB"), std::string::npos) << version->front().Text(0);
    return;
  }
  ASSERT_TRUE(db_.ExecuteText("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ").ok());
  Connection other(SharedSchema());
  int runs = 0;
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Query("SELECT * FROM account").status());
    if (++runs == 1) {
      EXPECT_TRUE(other.Execute("UPDATE account SET balance = 7 WHERE name = 'a'").ok());
    }
    return Add(tx, "a", 1);
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Balance("a"), 8);
}

TEST_F(TransactionTest, GivesUpAfterEightReplays) {
  int runs = 0;
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    ++runs;
    return MeetConflict(tx);
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(error::ReasonOf(status), "TRANSACTION_CONFLICT");
  EXPECT_EQ(runs, 9);
}

TEST_F(TransactionTest, BeginsNoAttemptPastTheDeadline) {
  int runs = 0;
  const absl::Status late = db::Run(db_, absl::Now(), [&](Transaction&) {
    ++runs;
    return absl::OkStatus();
  });
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(error::ReasonOf(late), "DEADLINE");
  EXPECT_EQ(runs, 0);
  const absl::Status conflicts = db::Run(db_, absl::Now() + absl::Milliseconds(30), [&](Transaction& tx) {
    ++runs;
    return MeetConflict(tx);
  });
  EXPECT_EQ(conflicts.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_GE(runs, 1);
  EXPECT_LT(runs, 9);
}

TEST_F(TransactionTest, DoesNotReplayOrdinaryErrors) {
  int runs = 0;
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) {
    ++runs;
    return tx.Query("SELECT * FROM nowhere").status();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(runs, 1);
}

TEST_F(TransactionTest, RunsEffectsOnceAndInOrderAfterTheCommit) {
  std::vector<int> effects;
  int runs = 0;
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    tx.OnCommit([&] { effects.push_back(1); });
    tx.OnCommit([&] {
      effects.push_back(2);
      Connection other(SharedSchema());
      EXPECT_EQ(NumberFrom(other, "SELECT balance FROM account WHERE name = 'a'"), 101);
    });
    RETURN_IF_ERROR(Add(tx, "a", 1));
    if (++runs == 1) return MeetConflict(tx);
    EXPECT_TRUE(effects.empty());
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(effects, (std::vector<int>{1, 2}));
}

TEST_F(TransactionTest, RunsNoEffectsAfterARollback) {
  bool ran = false;
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    tx.OnCommit([&] { ran = true; });
    return absl::NotFoundError("gone");
  });
  EXPECT_FALSE(status.ok());
  EXPECT_FALSE(ran);
}

absl::Status EnterLater(Transaction& tx, int64_t transfer, absl::string_view account, int64_t amount) {
  return tx.Later("INSERT INTO entry (transfer, account, amount) VALUES (?, ?, ?)",
                  {transfer, account, amount});
}

TEST_F(TransactionTest, SendsWhatIsLeftForLaterWithTheCommitInOneRoundTrip) {
  const int64_t begun = testing::SessionStatus(db_, "Com_begin");
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(EnterLater(tx, 1, "a", -1));
    RETURN_IF_ERROR(EnterLater(tx, 1, "b", 1));
    EXPECT_EQ(testing::SessionStatus(db_, "Com_begin"), begun) << "nothing has been sent yet";
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(NumberFrom(db_, "SELECT COUNT(*) FROM entry"), 2);
}

TEST_F(TransactionTest, SeesWhatWasLeftForLaterInTheNextStatement) {
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(EnterLater(tx, 1, "a", -1));
    ASSIGN_OR_RETURN(const Rows rows, tx.Query("SELECT amount FROM entry WHERE transfer = 1"));
    EXPECT_EQ(rows.size(), 1);
    return absl::NotFoundError("gone");
  });
  EXPECT_EQ(status, absl::NotFoundError("gone"));
  EXPECT_EQ(NumberFrom(db_, "SELECT COUNT(*) FROM entry"), 0);
}

TEST_F(TransactionTest, FailsAsAWholeWhenSomethingLeftForLaterFails) {
  bool ran = false;
  const absl::Status at_commit = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    tx.OnCommit([&] { ran = true; });
    RETURN_IF_ERROR(EnterLater(tx, 1, "a", -1));
    RETURN_IF_ERROR(EnterLater(tx, 1, "a", -1));
    return EnterLater(tx, 2, "b", 1);
  });
  EXPECT_TRUE(IsDuplicate(at_commit, "PRIMARY")) << at_commit;
  const absl::Status before = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    tx.OnCommit([&] { ran = true; });
    RETURN_IF_ERROR(EnterLater(tx, 1, "a", -1));
    RETURN_IF_ERROR(EnterLater(tx, 1, "a", -1));
    EXPECT_TRUE(IsDuplicate(tx.Query("SELECT 1").status(), "PRIMARY"));
    EXPECT_TRUE(IsDuplicate(Add(tx, "a", 1), "PRIMARY")) << "nothing more is sent";
    return absl::OkStatus();
  });
  EXPECT_TRUE(IsDuplicate(before, "PRIMARY")) << before;
  EXPECT_FALSE(ran);
  EXPECT_EQ(NumberFrom(db_, "SELECT COUNT(*) FROM entry"), 0);
  EXPECT_EQ(Balance("a"), 100);
}

TEST_F(TransactionTest, ReplaysWhenSomethingLeftForLaterIsADeadlocksVictim) {
  int runs = 0;
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(EnterLater(tx, 1, "a", -1));
    if (++runs == 1) RETURN_IF_ERROR(tx.Later("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213", {}));
    return EnterLater(tx, 1, "b", 1);
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(NumberFrom(db_, "SELECT COUNT(*) FROM entry"), 2);
}

TEST_F(TransactionTest, WritesAnyValueLeftForLaterAsAPlaceholderWould) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  const std::string text = "一楼见 it's \"?\" \\ `x` -- ; \n'; DROP TABLE entry; --";
  ASSERT_TRUE(db_.ExecuteText("DROP TABLE IF EXISTS kept").ok());
  ASSERT_TRUE(db_.ExecuteText("CREATE TABLE kept (id INT PRIMARY KEY, words VARCHAR(100) CHARACTER SET "
                              "utf8mb4, bytes BLOB, number DOUBLE, time DATETIME(6))")
                  .ok());
  const absl::Time time = absl::FromUnixMicros(1'700'000'000'123'456);
  const char sql[] = "INSERT INTO kept (id, words, bytes, number, time) VALUES (?, ?, ?, ?, ?)";
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute(sql, {1, text, bytes, 0.1, time}).status());
    RETURN_IF_ERROR(tx.Later(sql, {2, text, bytes, 0.1, time}));
    return tx.Later(sql, {3, nullptr, nullptr, nullptr, nullptr});
  });
  ASSERT_TRUE(status.ok()) << status;
  const absl::StatusOr<Rows> rows = db_.Query("SELECT words, bytes, number, time FROM kept ORDER BY id");
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 3);
  for (const Row& row : {(*rows)[0], (*rows)[1]}) {
    EXPECT_EQ(row.Text(0), text);
    EXPECT_EQ(row.Text(1), bytes);
    EXPECT_EQ(row.Double(2), 0.1);
    EXPECT_EQ(row.Time(3), time);
  }
  EXPECT_TRUE((*rows)[2].IsNull(0) && (*rows)[2].IsNull(1) && (*rows)[2].IsNull(2) && (*rows)[2].IsNull(3));
  EXPECT_FALSE(db::Run(db_, Soon(), [&](Transaction& tx) { return tx.Later(sql, {4}); }).ok());
}

TEST_F(TransactionTest, SendsRowsOfAnInsertAsOneStatement) {
  constexpr char kEntries[] = "INSERT INTO entry (transfer, account, amount) VALUES";
  constexpr char kBalances[] = "INSERT INTO account (name, balance) VALUES";
  constexpr char kAdd[] = " ON DUPLICATE KEY UPDATE balance = balance + VALUES(balance)";
  const int64_t before = testing::SessionStatus(db_, "Com_insert");
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    for (int i = 1; i <= 300; ++i) {
      RETURN_IF_ERROR(tx.RowLater(kEntries, {i, "a", -1}));
      RETURN_IF_ERROR(tx.RowLater(kBalances, {"a", -1}, kAdd));
    }
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
  const int64_t after = testing::SessionStatus(db_, "Com_insert");
  EXPECT_EQ(after - before, 2);
  EXPECT_EQ(NumberFrom(db_, "SELECT COUNT(*) FROM entry"), 300);
  EXPECT_EQ(Balance("a"), 100 - 300);
}

TEST_F(TransactionTest, KeepsRowsApartBetweenWhichSomethingElseIsLeft) {
  constexpr char kEntries[] = "INSERT INTO entry (transfer, account, amount) VALUES";
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.RowLater(kEntries, {1, "a", -1}));
    RETURN_IF_ERROR(tx.Later("DELETE FROM entry", {}));
    return tx.RowLater(kEntries, {1, "a", -2});
  });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(NumberFrom(db_, "SELECT amount FROM entry"), -2);
}

TEST_F(TransactionTest, NeverSendsWhatWasLeftForLaterWhenTheBodyFails) {
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(EnterLater(tx, 1, "a", -1));
    return absl::NotFoundError("gone");
  });
  EXPECT_EQ(status, absl::NotFoundError("gone"));
  EXPECT_EQ(NumberFrom(db_, "SELECT COUNT(*) FROM entry"), 0);
}

TEST_F(TransactionTest, DoesNotKnowTheOutcomeWhenTheConnectionIsLostWithAllInOneRoundTrip) {
  const absl::Status before =
      db::Run(db_, Soon(), [&](Transaction& tx) { return EnterLater(tx, 1, "a", 1); });
  ASSERT_TRUE(before.ok()) << before;
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(EnterLater(tx, 2, "a", 1));
    KillOnServer(IdOf(db_));
    return absl::OkStatus();
  });
  EXPECT_EQ(error::ReasonOf(status), "COMMIT_UNKNOWN") << status;
}

TEST_F(TransactionTest, AsksAConnectionThatWasIdleBeforeItTrustsItWithAllInOneRoundTrip) {
  KillOnServer(IdOf(db_));
  absl::SleepFor(absl::Milliseconds(1100));
  const absl::Status status =
      db::Run(db_, Soon(), [&](Transaction& tx) { return EnterLater(tx, 1, "a", 1); });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(NumberFrom(db_, "SELECT COUNT(*) FROM entry"), 1);
}

TEST_F(TransactionTest, RefusesToNest) {
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(Add(tx, "a", 1));
    return db::Run(db_, Soon(), [](Transaction&) { return absl::OkStatus(); });
  });
  EXPECT_EQ(error::ReasonOf(status), "NESTED_TRANSACTION");
  EXPECT_EQ(Balance("a"), 100);
}

TEST_F(TransactionTest, LeavesNothingOpenBehindAnException) {
  EXPECT_THROW(db::Run(db_, Soon(),
                       [](Transaction& tx) -> absl::Status {
                         EXPECT_TRUE(Add(tx, "a", 1).ok());
                         throw std::runtime_error("bug");
                       })
                   .IgnoreError(),
               std::runtime_error);
  EXPECT_TRUE(db::Run(db_, Soon(), [](Transaction& tx) { return Add(tx, "b", 1); }).ok());
  EXPECT_EQ(Balance("a"), 100);
  EXPECT_EQ(Balance("b"), 101);
}

// A transfer of five statements whose connection is killed before statement `kill_before` of its first
// run; 6 is COMMIT.
TEST_F(TransactionTest, SurvivesAKilledConnectionWhereverItHits) {
  for (int kill_before = 1; kill_before <= 6; ++kill_before) {
    int runs = 0;
    const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
      ++runs;
      int statement = 0;
      const auto next = [&] {
        if (++statement == kill_before && runs == 1) KillOnServer(IdOf(db_));
      };
      next();
      RETURN_IF_ERROR(tx.Query("SELECT balance FROM account WHERE name = 'a' FOR UPDATE").status());
      next();
      RETURN_IF_ERROR(Add(tx, "a", -1));
      next();
      RETURN_IF_ERROR(Add(tx, "b", 1));
      next();
      RETURN_IF_ERROR(Enter(tx, kill_before, "a", -1));
      next();
      RETURN_IF_ERROR(Enter(tx, kill_before, "b", 1));
      next();
      return absl::OkStatus();
    });
    const int64_t entries =
        NumberFrom(db_, absl::StrCat("SELECT COUNT(*) FROM entry WHERE transfer = ", kill_before));
    if (kill_before < 6) {
      EXPECT_TRUE(status.ok()) << kill_before << ": " << status;
      EXPECT_EQ(runs, 2);
      EXPECT_EQ(entries, 2);
    } else {
      EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
      EXPECT_EQ(error::ReasonOf(status), "COMMIT_UNKNOWN");
      EXPECT_EQ(runs, 1);
      EXPECT_EQ(entries, 0);
    }
  }
  EXPECT_EQ(Balance("a"), 95);
  EXPECT_EQ(Balance("b"), 105);
}

TEST_F(TransactionTest, RunsOnANewConnectionWhenTheOldOneDiedIdle) {
  KillOnServer(IdOf(db_));
  int runs = 0;
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) {
    ++runs;
    return Add(tx, "a", 1);
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Balance("a"), 101);
}

TEST_F(TransactionTest, GivesUpWhenTheConnectionIsLostTwice) {
  int runs = 0;
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) {
    ++runs;
    KillOnServer(IdOf(db_));
    return Add(tx, "a", 1);
  });
  EXPECT_TRUE(ConnectionLost(status)) << status;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Balance("a"), 100);
}

TEST_F(TransactionTest, RollsBackOnTheServerWhenTheBodyFailsOnADeadConnection) {
  const absl::Status status = db::Run(db_, Soon(), [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(Add(tx, "a", 1));
    KillOnServer(IdOf(db_));
    return absl::NotFoundError("gone");
  });
  EXPECT_EQ(status, absl::NotFoundError("gone"));
  EXPECT_EQ(Balance("a"), 100);
}

TEST_F(TransactionTest, IsUnavailableAtOnceWhileTheServerIsDown) {
  Server().Kill();
  const absl::Time begin = absl::Now();
  const absl::Status status = db::Run(db_, Soon(), [](Transaction& tx) { return Add(tx, "a", 1); });
  EXPECT_TRUE(ConnectionLost(status)) << status;
  EXPECT_LT(absl::Now() - begin, absl::Seconds(1));
  Server().Restart();
  EXPECT_TRUE(db::Run(db_, Soon(), [](Transaction& tx) { return Add(tx, "a", 1); }).ok());
  EXPECT_EQ(Balance("a"), 101);
}

// kill -9 while four threads commit: what was acknowledged is there, nothing is there by half, and what is
// there beyond that had an unknown outcome.
TEST_F(TransactionTest, LosesNothingAcknowledgedWhenTheServerDies) {
  std::array<std::vector<int64_t>, 4> acknowledged, unknown;
  std::atomic<bool> stop = false;
  std::atomic<int> commits = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      Connection connection(SharedSchema());
      for (int64_t transfer = thread * 1'000'000 + 1; !stop; ++transfer) {
        const absl::Status status = db::Run(connection, Soon(), [&](Transaction& tx) -> absl::Status {
          RETURN_IF_ERROR(Enter(tx, transfer, "a", -1));
          return Enter(tx, transfer, "b", 1);
        });
        if (status.ok()) acknowledged[thread].push_back(transfer), ++commits;
        if (error::ReasonOf(status) == "COMMIT_UNKNOWN") unknown[thread].push_back(transfer);
        if (!status.ok()) absl::SleepFor(absl::Milliseconds(5));
      }
    });
  }
  const auto wait_for_commits = [&](int more) {
    for (const int enough = commits + more; commits < enough;) absl::SleepFor(absl::Milliseconds(1));
  };
  wait_for_commits(200);
  db_.Discard();
  Server().Kill();
  Server().Restart();
  wait_for_commits(200);
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(NumberFrom(db_,
                       "SELECT COUNT(*) FROM (SELECT transfer FROM entry GROUP BY transfer"
                       " HAVING COUNT(*) <> 2) AS halves"),
            0);
  int64_t acknowledged_count = 0, unknown_there = 0;
  const auto is_there = [&](int64_t transfer) {
    return NumberFrom(db_, absl::StrCat("SELECT COUNT(*) FROM entry WHERE transfer = ", transfer)) == 2;
  };
  for (int thread = 0; thread < 4; ++thread) {
    for (const int64_t transfer : acknowledged[thread]) EXPECT_TRUE(is_there(transfer)) << transfer;
    acknowledged_count += static_cast<int64_t>(acknowledged[thread].size());
    for (const int64_t transfer : unknown[thread]) unknown_there += is_there(transfer);
  }
  EXPECT_EQ(NumberFrom(db_, "SELECT COUNT(*) FROM entry"), 2 * (acknowledged_count + unknown_there));
}

}  // namespace
}  // namespace firstfloor::db
