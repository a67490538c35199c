// The keys that tokens are verified with. Used within common/auth only.
#ifndef FIRSTFLOOR_COMMON_AUTH_JWKS_H_
#define FIRSTFLOOR_COMMON_AUTH_JWKS_H_

#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firstfloor::auth {

struct VerificationKey {
  // "RS256", "ES256" or "EdDSA"; a token cannot choose another.
  std::string algorithm;
  // The public key alone, as JSON; read anew for each signature, so that threads share nothing.
  std::string jwk;
};

// By kid.
using VerificationKeys = absl::flat_hash_map<std::string, VerificationKey>;

// The signing keys of a JWKS. Keys marked for encryption are passed over; INVALID_ARGUMENT, one clear
// line, for anything else that is not an RSA (2048 bits and up), P-256 or Ed25519 public key with its own
// kid.
absl::StatusOr<VerificationKeys> ParseJwks(absl::string_view json);

// The claims (JSON) of `token`, a compact JWS that names one of `keys` and bears its signature; nullopt
// for everything else. Keys that the token brings along are never looked at.
std::optional<std::string> VerifiedClaims(absl::string_view token, const VerificationKeys& keys);

}  // namespace firstfloor::auth

#endif  // FIRSTFLOOR_COMMON_AUTH_JWKS_H_
