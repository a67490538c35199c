// What every handler asks of a row before it touches it.
#ifndef FIRSTFLOOR_COMMON_RPC_ROW_H_
#define FIRSTFLOOR_COMMON_RPC_ROW_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/error/error.h"

namespace firstfloor::rpc {

// Whether a row exists is nobody's business who may not see it.
template <typename R>
absl::StatusOr<R> HiddenIfMissing(absl::StatusOr<R> row) {
  if (absl::IsNotFound(row.status())) return error::Denied();
  return row;
}

// OK if no etag was asked for, or the row still has it; ABORTED, reason ETAG_MISMATCH, otherwise.
template <typename R>
absl::Status CheckEtag(absl::string_view asked, const R& row) {
  if (asked.empty() || asked == row.etag()) return absl::OkStatus();
  return error::EtagMismatch(row.name());
}

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_ROW_H_
