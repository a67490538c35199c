// The only two macros of the house.
#ifndef FIRSTFLOOR_COMMON_ERROR_MACROS_H_
#define FIRSTFLOOR_COMMON_ERROR_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define FIRSTFLOOR_CONCAT_INNER(a, b) a##b
#define FIRSTFLOOR_CONCAT(a, b) FIRSTFLOOR_CONCAT_INNER(a, b)

// Returns from the enclosing function if the absl::Status `expr` is not OK.
#define RETURN_IF_ERROR(expr)                                               \
  do {                                                                      \
    if (absl::Status firstfloor_status = (expr); !firstfloor_status.ok()) { \
      return firstfloor_status;                                             \
    }                                                                       \
  } while (false)

// Binds the value of an absl::StatusOr to `lhs`, or returns its status from the enclosing function.
#define ASSIGN_OR_RETURN(lhs, expr)                                             \
  auto FIRSTFLOOR_CONCAT(firstfloor_result_, __LINE__) = (expr);                \
  if (!FIRSTFLOOR_CONCAT(firstfloor_result_, __LINE__).ok()) {                  \
    return std::move(FIRSTFLOOR_CONCAT(firstfloor_result_, __LINE__)).status(); \
  }                                                                             \
  lhs = *std::move(FIRSTFLOOR_CONCAT(firstfloor_result_, __LINE__))

#endif  // FIRSTFLOOR_COMMON_ERROR_MACROS_H_
