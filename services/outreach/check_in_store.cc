#include "services/outreach/check_in_store.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/error/macros.h"
#include "common/resource/table.h"

namespace firstfloor::outreach::check_ins {
namespace {

// Nonces of one query: few enough for a statement, and the same number, so that it is prepared once.
constexpr int kAtOnce = 50;

std::string Question() {
  std::string sql = "SELECT outcome FROM offline_check_in WHERE nonce IN (?";
  for (int i = 1; i < kAtOnce; ++i) absl::StrAppend(&sql, ", ?");
  return absl::StrCat(sql, ")");
}

}  // namespace

absl::StatusOr<std::map<std::string, v1::CheckInOutcome>> KnownOf(db::Transaction& tx,
                                                                  const v1::UploadCheckInsRequest& request) {
  static const std::string* const question = new std::string(Question());
  std::map<std::string, v1::CheckInOutcome> known;
  for (int first = 0; first < request.check_ins_size(); first += kAtOnce) {
    std::vector<db::Value> nonces;
    for (int i = first; i < first + kAtOnce; ++i) {  // the last is repeated until there are enough
      const int index = std::min(i, request.check_ins_size() - 1);
      nonces.emplace_back(resource::UuidBytes(request.check_ins(index).nonce()));
    }
    ASSIGN_OR_RETURN(const db::Rows rows, tx.Query(*question, nonces));
    for (const db::Row& row : rows) {
      v1::CheckInOutcome outcome;
      outcome.ParseFromString(row.Text(0));
      known[outcome.nonce()] = outcome;
    }
  }
  return known;
}

absl::Status Keep(db::Transaction& tx, const std::string& session, const v1::OfflineCheckIn& check_in,
                  const v1::CheckInOutcome& outcome, absl::Time now) {
  return tx
      .Execute(
          "INSERT INTO offline_check_in (nonce, session, upload_time, check_in, outcome) "
          "VALUES (?, ?, ?, ?, ?)",
          {db::Value(resource::UuidBytes(check_in.nonce())), db::Value(*resource::IdOf("sessions", session)),
           db::Value(now), db::Value(check_in.SerializeAsString()), db::Value(outcome.SerializeAsString())})
      .status();
}

}  // namespace firstfloor::outreach::check_ins
