#include "common/db/position.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/db/errors.h"
#include "common/error/error.h"
#include "common/error/macros.h"

namespace firstfloor::db {
namespace {

constexpr int64_t kGivenBack = -1;

// Epoch 0 was never held by anybody.
bool IsFree(const Position& position) { return position.beat == kGivenBack || position.epoch == 0; }

bool SameBeat(const Position& a, const Position& b) { return a.epoch == b.epoch && a.beat == b.beat; }

absl::StatusOr<Rows> SelectPosition(Connection& connection, absl::string_view name) {
  return connection.Query("SELECT epoch, beat, seq, hash FROM log_position WHERE name = ?", {{name}});
}

Position FromRow(const Row& row) { return {row.Int(0), row.Int(1), row.Int(2), row.Text(3)}; }

}  // namespace

absl::StatusOr<Position> LoadPosition(Connection& connection, absl::string_view name) {
  ASSIGN_OR_RETURN(Rows rows, SelectPosition(connection, name));
  if (rows.empty()) {
    RETURN_IF_ERROR(
        connection
            .Execute("INSERT INTO log_position (name, epoch, beat, seq, hash) VALUES (?, 0, 0, 0, '')"
                     " ON DUPLICATE KEY UPDATE name = name",
                     {{name}})
            .status());
    ASSIGN_OR_RETURN(rows, SelectPosition(connection, name));
  }
  if (rows.empty()) {
    return error::Make(absl::StatusCode::kInternal, "POSITION_MISSING",
                       absl::StrCat("position ", name, " was deleted while it was being made"));
  }
  return FromRow(rows.front());
}

absl::Status AdvancePosition(Transaction& tx, absl::string_view name, const Position& from, int64_t seq,
                             absl::string_view hash) {
  ASSIGN_OR_RETURN(const int64_t matched,
                   tx.Execute("UPDATE log_position SET seq = ?, hash = ?, beat = beat + 1"
                              " WHERE name = ? AND epoch = ? AND seq = ?",
                              {seq, hash, name, from.epoch, from.seq}));
  if (matched == 1) return absl::OkStatus();
  return error::Make(absl::StatusCode::kAborted, "POSITION_LOST",
                     absl::StrCat("position ", name, " was moved by another process"));
}

Lease::Lease(std::string name, absl::Duration patience) : name_(std::move(name)), patience_(patience) {}

absl::StatusOr<bool> Lease::Hold(Connection& connection) {
  if (!held_) return Watch(connection);
  ASSIGN_OR_RETURN(held_, Beat(connection));
  return held_ ? held_ : Watch(connection);
}

absl::StatusOr<bool> Lease::Beat(Connection& connection) {
  const auto now = std::chrono::steady_clock::now();
  const absl::StatusOr<int64_t> matched = connection.Execute(
      "UPDATE log_position SET beat = beat + 1 WHERE name = ? AND epoch = ?", {{name_, position_.epoch}});
  if (!matched.ok()) {
    if (now - seen_moving_ > absl::ToChronoNanoseconds(patience_)) held_ = watching_ = false;
    return matched.status();
  }
  if (*matched == 0) {
    watching_ = false;
    return false;
  }
  ++position_.beat;
  seen_moving_ = now;
  return true;
}

absl::StatusOr<bool> Lease::Watch(Connection& connection) {
  ASSIGN_OR_RETURN(Position seen, LoadPosition(connection, name_));
  const auto now = std::chrono::steady_clock::now();
  if (!watching_ || !SameBeat(seen, position_)) seen_moving_ = now;
  watching_ = true;
  position_ = std::move(seen);
  const bool gone = now - seen_moving_ >= absl::ToChronoNanoseconds(patience_);
  if (!gone && !IsFree(position_)) return false;
  return TakeOver(connection);
}

// The beat in the condition makes sure that nothing has moved, seq and hash included, since we looked.
absl::StatusOr<bool> Lease::TakeOver(Connection& connection) {
  const auto now = std::chrono::steady_clock::now();
  const absl::StatusOr<int64_t> matched = connection.Execute(
      "UPDATE log_position SET epoch = epoch + 1, beat = beat + 1 WHERE name = ? AND epoch = ? AND beat = ?",
      {{name_, position_.epoch, position_.beat}});
  if (MustReplay(matched.status())) return false;  // the row is locked, so somebody is alive
  RETURN_IF_ERROR(matched.status());
  if (*matched == 0) return false;
  ++position_.epoch;
  ++position_.beat;
  seen_moving_ = now;
  held_ = true;
  return true;
}

void Lease::Advanced(int64_t seq, std::string hash) {
  ++position_.beat;
  position_.seq = seq;
  position_.hash = std::move(hash);
}

void Lease::Release(Connection& connection) {
  if (!held_) return;
  held_ = watching_ = false;
  connection
      .Execute("UPDATE log_position SET epoch = epoch + 1, beat = ? WHERE name = ? AND epoch = ?",
               {{kGivenBack, name_, position_.epoch}})
      .IgnoreError();
}

}  // namespace firstfloor::db
