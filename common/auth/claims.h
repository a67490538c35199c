// What a token says, between JSON and Identity. Used within common/auth only.
#ifndef FIRSTFLOOR_COMMON_AUTH_CLAIMS_H_
#define FIRSTFLOOR_COMMON_AUTH_CLAIMS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/auth/identity.h"

namespace firstfloor::auth {

inline constexpr size_t kMaxSubjectBytes = 128;
inline constexpr size_t kMaxRoles = 32;
inline constexpr absl::Duration kMaxTokenLifetime = absl::Hours(24);

struct ClaimRules {
  std::string issuer;
  std::string audience;
  absl::Duration leeway;
};

// UNAUTHENTICATED, reasons TOKEN_INVALID and TOKEN_EXPIRED.
absl::Status TokenInvalid();
absl::Status TokenExpired();

// The identity in the claims of a token whose signature was verified.
absl::StatusOr<Identity> IdentityFromClaims(absl::string_view json, const ClaimRules& rules, absl::Time now);

// The reverse. INVALID_ARGUMENT for what IdentityFromClaims would refuse.
absl::StatusOr<std::string> ClaimsOf(const Identity& identity, absl::string_view issuer,
                                     absl::string_view audience, absl::Time now, absl::Time expires);

}  // namespace firstfloor::auth

#endif  // FIRSTFLOOR_COMMON_AUTH_CLAIMS_H_
