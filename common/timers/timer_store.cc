#include "common/timers/timer_store.h"

#include <algorithm>

#include "absl/strings/string_view.h"
#include "common/area/registry.h"
#include "common/error/macros.h"

namespace firstfloor::timers {
namespace {

thread_local EarliestSet* listening = nullptr;

std::vector<Timer> TimersOf(const db::Rows& rows, bool back_dated) {
  std::vector<Timer> timers;
  timers.reserve(rows.size());
  for (const db::Row& row : rows) {
    timers.push_back({row.Text(0), row.Text(1), row.Text(2), row.Time(3), back_dated});
  }
  return timers;
}

}  // namespace

EarliestSet::EarliestSet() { listening = this; }

EarliestSet::~EarliestSet() { listening = nullptr; }

void EarliestSet::Note(absl::Time due) { due_ = std::min(due_, due); }

absl::Status Set(db::Transaction& tx, const Timer& timer) {
  if (timer.due == absl::InfiniteFuture()) return Clear(tx, timer.subject, timer.kind);
  return SetAll(tx, absl::MakeConstSpan(&timer, 1));
}

absl::Status SetAll(db::Transaction& tx, absl::Span<const Timer> timers) {
  for (const Timer& timer : timers) {
    if (listening != nullptr && timer.back_dated) listening->Note(timer.due);
    RETURN_IF_ERROR(tx.RowLater("INSERT INTO timer (subject, kind, area, due_time, back_dated) VALUES",
                                {timer.subject, timer.kind, timer.area, timer.due, timer.back_dated},
                                " ON DUPLICATE KEY UPDATE area = VALUES(area), due_time = VALUES(due_time),"
                                " back_dated = VALUES(back_dated)"));
  }
  return absl::OkStatus();
}

absl::Status Clear(db::Transaction& tx, absl::string_view subject, absl::string_view kind) {
  return tx.Later("DELETE FROM timer WHERE subject = ? AND kind = ?", {subject, kind});
}

absl::Status ClearAll(db::Transaction& tx, absl::string_view subject) {
  return tx.Execute("DELETE FROM timer WHERE subject = ?", {db::Value(subject)}).status();
}

absl::StatusOr<std::vector<Timer>> DueByClock(db::Connection& connection, absl::Time now, int limit) {
  const db::Value values[] = {now, limit};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT subject, kind, area, due_time FROM timer"
                                    " WHERE back_dated = 0 AND due_time <= ? ORDER BY due_time LIMIT ?",
                                    absl::MakeConstSpan(values)));
  return TimersOf(rows, false);
}

absl::StatusOr<int64_t> CountDueByClock(db::Connection& connection, absl::Time now) {
  const db::Value values[] = {now};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT COUNT(*) FROM timer WHERE back_dated = 0 AND due_time <= ?",
                                    absl::MakeConstSpan(values)));
  return rows.front().Int(0);
}

absl::StatusOr<std::vector<Timer>> DueBackDated(db::Connection& connection, absl::string_view area,
                                                absl::Time as_of, int limit) {
  const auto [from, to] = area::CoverRange(area);
  const db::Value values[] = {as_of, from, to, limit};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT subject, kind, area, due_time FROM timer"
                                    " WHERE back_dated = 1 AND due_time <= ? AND area >= ? AND area < ?"
                                    " ORDER BY due_time, subject, kind LIMIT ?",
                                    absl::MakeConstSpan(values)));
  return TimersOf(rows, true);
}

absl::StatusOr<bool> Take(db::Transaction& tx, const Timer& timer) {
  ASSIGN_OR_RETURN(
      const int64_t matched,
      tx.Execute("DELETE FROM timer WHERE subject = ? AND kind = ? AND due_time = ? AND back_dated = ?",
                 {timer.subject, timer.kind, timer.due, timer.back_dated}));
  return matched == 1;
}

absl::Status Postpone(db::Transaction& tx, const Timer& timer, absl::Time due) {
  return tx
      .Execute(
          "UPDATE timer SET due_time = ? WHERE subject = ? AND kind = ? AND due_time = ? AND back_dated = ?",
          {due, timer.subject, timer.kind, timer.due, timer.back_dated})
      .status();
}

}  // namespace firstfloor::timers
