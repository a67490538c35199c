#include "services/opinion/follow_store.h"

#include "common/db/errors.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/resource/table.h"

namespace firstfloor::opinion {
namespace {

constexpr char kCollection[] = "opinions";

// In the place of the opinion because of which somebody follows: nothing, they chose it themself.
std::string ByThemself() { return std::string(16, '\0'); }

absl::StatusOr<std::string> IdOf(absl::string_view name) { return resource::IdOf(kCollection, name); }

}  // namespace

absl::StatusOr<bool> FollowStore::Keep(db::Transaction& tx, absl::string_view opinion,
                                       absl::string_view subject) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(opinion));
  const absl::Status kept =
      tx.Execute("INSERT INTO opinion_follower (opinion, follower, because) VALUES (?, ?, ?)",
                 {id, keyring_.BlindIndex("subject", subject), ByThemself()})
          .status();
  if (db::IsDuplicate(kept)) return false;
  RETURN_IF_ERROR(kept);
  return true;
}

absl::StatusOr<bool> FollowStore::Forget(db::Transaction& tx, absl::string_view opinion,
                                         absl::string_view subject) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(opinion));
  ASSIGN_OR_RETURN(const int64_t gone,
                   tx.Execute("DELETE FROM opinion_follower WHERE opinion = ? AND follower = ?",
                              {id, keyring_.BlindIndex("subject", subject)}));
  return gone > 0;
}

absl::StatusOr<int64_t> FollowStore::Count(db::Transaction& tx, absl::string_view opinion) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(opinion));
  ASSIGN_OR_RETURN(const db::Rows rows,
                   tx.Query("SELECT COUNT(DISTINCT follower) FROM opinion_follower WHERE opinion = ?", {id}));
  return rows.front().Int(0);
}

absl::Status FollowStore::Pass(db::Transaction& tx, const v1::Opinion& opinion,
                               const v1::Opinion& into) const {
  ASSIGN_OR_RETURN(const std::string from, IdOf(opinion.name()));
  ASSIGN_OR_RETURN(const std::string to, IdOf(into.name()));
  const std::string& reporter = opinion.reporter().subject();
  const std::string& own = into.reporter().subject();
  // Without a reporter nobody is left out: no index is empty.
  const std::string left_out = own.empty() ? "" : keyring_.BlindIndex("subject", own);
  RETURN_IF_ERROR(
      tx.Execute("INSERT IGNORE INTO opinion_follower (opinion, follower, because) "
                 "SELECT DISTINCT ?, follower, ? FROM opinion_follower WHERE opinion = ? AND follower <> ?",
                 {to, from, from, left_out})
          .status());
  if (reporter.empty() || reporter == own) return absl::OkStatus();
  return tx
      .Execute("INSERT IGNORE INTO opinion_follower (opinion, follower, because) VALUES (?, ?, ?)",
               {to, keyring_.BlindIndex("subject", reporter), from})
      .status();
}

absl::Status FollowStore::TakeBack(db::Transaction& tx, absl::string_view opinion,
                                   absl::string_view into) const {
  ASSIGN_OR_RETURN(const std::string from, IdOf(opinion));
  ASSIGN_OR_RETURN(const std::string to, IdOf(into));
  return tx.Execute("DELETE FROM opinion_follower WHERE opinion = ? AND because = ?", {to, from}).status();
}

absl::Status FollowStore::TakeBackPassed(db::Transaction& tx, const v1::Opinion& opinion,
                                         absl::string_view into) const {
  ASSIGN_OR_RETURN(const std::string from, IdOf(opinion.name()));
  ASSIGN_OR_RETURN(const std::string to, IdOf(into));
  const std::string& reporter = opinion.reporter().subject();
  // Without a reporter nobody is left out: no index is empty.
  const std::string left_out = reporter.empty() ? "" : keyring_.BlindIndex("subject", reporter);
  return tx
      .Execute(
          "DELETE passed FROM opinion_follower AS passed LEFT JOIN opinion_follower AS still "
          "ON still.opinion = ? AND still.follower = passed.follower "
          "WHERE passed.opinion = ? AND passed.because = ? AND passed.follower <> ? "
          "AND still.follower IS NULL",
          {from, to, from, left_out})
      .status();
}

absl::StatusOr<bool> FollowStore::Follows(db::Connection& connection, absl::string_view opinion,
                                          absl::string_view subject) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(opinion));
  const db::Value values[] = {id, keyring_.BlindIndex("subject", subject)};
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      connection.Query("SELECT 1 FROM opinion_follower WHERE opinion = ? AND follower = ? LIMIT 1",
                       absl::MakeConstSpan(values)));
  return !rows.empty();
}

absl::StatusOr<std::vector<std::string>> FollowStore::NamesOf(db::Connection& connection,
                                                              absl::string_view subject,
                                                              absl::string_view after, int limit) const {
  std::string before(16, '\xff');
  if (!after.empty()) {
    ASSIGN_OR_RETURN(before, IdOf(after));
  }
  const db::Value values[] = {keyring_.BlindIndex("subject", subject), before, limit};
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      connection.Query("SELECT DISTINCT opinion FROM opinion_follower WHERE follower = ? AND opinion < ? "
                       "ORDER BY opinion DESC LIMIT ?",
                       absl::MakeConstSpan(values)));
  std::vector<std::string> names;
  names.reserve(rows.size());
  for (const db::Row& row : rows) names.push_back(resource::NameOf(kCollection, row.Text(0)));
  return names;
}

}  // namespace firstfloor::opinion
