// Makes signing keys and tokens, for one machine, tests and demonstrations. A district has its own
// identity provider; nothing in a service uses this.
#ifndef FIRSTFLOOR_COMMON_AUTH_ISSUER_H_
#define FIRSTFLOOR_COMMON_AUTH_ISSUER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/auth/identity.h"

namespace firstfloor::auth {

// Writes `signing.jwk` (private, mode 0600) and `jwks.json` (public) with one new ES256 key to `folder`.
absl::Status GenerateKeys(const std::string& folder, absl::string_view key_id);

class Issuer {
 public:
  // `signing_key_file` as written by GenerateKeys.
  static absl::StatusOr<std::unique_ptr<Issuer>> Create(const std::string& signing_key_file,
                                                        std::string issuer, std::string audience);
  ~Issuer();
  // A signed JWT for `identity` (subject, roles, may_date_back), good until `expires`. Thread-safe.
  absl::StatusOr<std::string> Issue(const Identity& identity, absl::Time now, absl::Time expires) const;

 private:
  struct Impl;
  explicit Issuer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::auth

#endif  // FIRSTFLOOR_COMMON_AUTH_ISSUER_H_
