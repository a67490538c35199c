// The rows of an import that cannot be taken.
#ifndef FIRSTFLOOR_COMMON_RPC_IMPORT_H_
#define FIRSTFLOOR_COMMON_RPC_IMPORT_H_

#include <string>

#include "absl/status/status.h"
#include "common/error/error.h"
#include "common/rpc/service.h"

namespace firstfloor::rpc {

inline constexpr int kMostImportErrors = 1000;

// Counts the row as refused in `summary` (with `refused`, and `errors` of row, reason, message) and says why,
// of the first 1,000.
template <typename Summary>
void RefuseRow(const ImportRow& row, const absl::Status& why, Summary& summary) {
  summary.set_refused(summary.refused() + 1);
  if (summary.errors_size() >= kMostImportErrors) return;
  auto* error = summary.add_errors();
  error->set_row(row.number);
  error->set_reason(error::ReasonOf(why));
  error->set_message(std::string(why.message()));
}

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_IMPORT_H_
