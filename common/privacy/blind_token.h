// Tokens that show that somebody had a right once, and not who: RSA blind signatures (RFC 9474,
// RSABSSA-SHA384-PSS-Deterministic, keys of 2048 bits). The issuer signs without seeing what, so that a token
// that is spent belongs to any of those who were given one as likely as to any other, also for whoever has
// the key.
#ifndef FIRSTFLOOR_COMMON_PRIVACY_BLIND_TOKEN_H_
#define FIRSTFLOOR_COMMON_PRIVACY_BLIND_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firstfloor::privacy {

inline constexpr size_t kTokenBytes = 32;
inline constexpr size_t kTokenSignatureBytes = 256;

struct TokenKey {
  std::string private_key;  // in DER; to be sealed
  std::string public_key;   // SubjectPublicKeyInfo in DER, for everybody
};

// ---- the issuer ----

// Takes some tenths of a second.
TokenKey NewTokenKey();

// The signature of what a client has blinded. INVALID_ARGUMENT, reason INVALID_FIELD, unless it is
// kTokenSignatureBytes long and below the modulus; INTERNAL if the key cannot be used.
absl::StatusOr<std::string> SignBlinded(absl::string_view private_key, absl::string_view blinded);

// The signature is that of the key for the token. False for whatever is malformed.
bool IsSigned(absl::string_view public_key, absl::string_view token, absl::string_view signature);

// ---- the client: for tests and the demonstration; an app has a library of its own ----

struct BlindedToken {
  std::string token;    // kTokenBytes random bytes
  std::string blinded;  // for the issuer
  std::string inverse;  // of the blinding factor: secret, to unblind with
};
// INVALID_ARGUMENT if the key is none.
absl::StatusOr<BlindedToken> NewBlindedToken(absl::string_view public_key);
// The signature of `blinded.token`. INVALID_ARGUMENT unless the issuer signed what it was given.
absl::StatusOr<std::string> Unblind(absl::string_view public_key, const BlindedToken& blinded,
                                    absl::string_view blind_signature);

}  // namespace firstfloor::privacy

#endif  // FIRSTFLOOR_COMMON_PRIVACY_BLIND_TOKEN_H_
