#include "common/db/errors.h"

#include <algorithm>
#include <array>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/error/error.h"

namespace firstfloor::db {
namespace {

constexpr absl::string_view kDuplicate = "DUPLICATE_KEY";
constexpr absl::string_view kReplay = "MUST_REPLAY";
constexpr absl::string_view kUnavailable = "DATABASE_UNAVAILABLE";

// Not a detail for callers: where IsDuplicate finds the index again.
constexpr absl::string_view kIndexPayload = "db.violated_index";

constexpr int kDuplicateEntry = 1062;

// Record changed since last read, node not in the cluster, lock wait timeout, deadlock, rolled back
// during commit by certification.
constexpr std::array kReplayErrors = {1020, 1047, 1205, 1213, 3101};

// No connection, or none that is of use: too many of them, killed, shutting down, network errors, and a
// server that has become read-only (a demoted primary: the endpoint will name another one).
constexpr std::array kLostErrors = {1040, 1053, 1129, 1152, 1153, 1158, 1159, 1160, 1161, 1203, 1290, 1317,
                                    1836, 1927, 2001, 2002, 2003, 2004, 2005, 2006, 2012, 2013, 2055, 4031};

// Nothing is wrong with the statement: there is no room on the disk or in memory until somebody makes some.
constexpr std::array kNoRoomErrors = {1021, 1026, 1030, 1037, 1038, 1041, 1114, 1135, 1206};

// The driver's words for these name tables, columns and accounts; 0 is an error of the driver itself.
// Those of 1064 quote the statement, and one that travels with COMMIT is written out with its values.
constexpr std::array kWordsHoldNoValue = {0,    1044, 1045, 1046, 1049, 1050, 1051, 1054, 1060, 1061,
                                          1072, 1091, 1142, 1146, 1227, 1364, 1461, 1466, 1615};

template <typename Numbers>
bool Contains(const Numbers& numbers, int number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

// "Duplicate entry '…' for key 'index'"; MySQL 8 writes 'table.index'. The entry may hold anything, so
// the last quoted word is taken.
std::string ViolatedIndex(absl::string_view driver_message) {
  const size_t end = driver_message.rfind('\'');
  if (end == absl::string_view::npos || end == 0) return "";
  const size_t begin = driver_message.rfind('\'', end - 1);
  if (begin == absl::string_view::npos) return "";
  absl::string_view index = driver_message.substr(begin + 1, end - begin - 1);
  if (const size_t dot = index.rfind('.'); dot != absl::string_view::npos) index.remove_prefix(dot + 1);
  return std::string(index);
}

}  // namespace

absl::Status FromErrno(int error, absl::string_view sqlstate, absl::string_view driver_message) {
  std::string message = absl::StrCat("database error ", error, " (", sqlstate, ")");
  if (error == kDuplicateEntry) {
    const std::string index = ViolatedIndex(driver_message);
    absl::Status status =
        error::Make(absl::StatusCode::kAlreadyExists, kDuplicate, message, {{"key", index}});
    status.SetPayload(kIndexPayload, absl::Cord(index));
    return status;
  }
  if (Contains(kReplayErrors, error) || absl::StartsWith(sqlstate, "40")) {
    return error::Make(absl::StatusCode::kAborted, kReplay, message);
  }
  if (Contains(kLostErrors, error) || Contains(kNoRoomErrors, error)) {
    return error::Make(absl::StatusCode::kUnavailable, kUnavailable, message);
  }
  if (Contains(kWordsHoldNoValue, error)) absl::StrAppend(&message, ": ", driver_message);
  return error::Make(absl::StatusCode::kInternal, "DATABASE_ERROR", message);
}

bool MustReplay(const absl::Status& status) {
  return status.code() == absl::StatusCode::kAborted && error::ReasonOf(status) == kReplay;
}

bool ConnectionLost(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable && error::ReasonOf(status) == kUnavailable;
}

bool IsDuplicate(const absl::Status& status, absl::string_view index) {
  if (status.code() != absl::StatusCode::kAlreadyExists || error::ReasonOf(status) != kDuplicate)
    return false;
  return index.empty() || status.GetPayload(kIndexPayload) == absl::Cord(index);
}

}  // namespace firstfloor::db
