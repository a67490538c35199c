#include "common/auth/authenticator.h"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/auth/claims.h"
#include "common/auth/jwks.h"
#include "common/auth/seen.h"
#include "common/error/macros.h"

namespace firstfloor::auth {
namespace {

constexpr size_t kMaxTokenBytes = 8 << 10;

// Keys and the number of the reload that brought them.
struct Generation {
  uint64_t number = 0;
  VerificationKeys keys;
};

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in || content.empty())
    return absl::InvalidArgumentError(absl::StrCat(path, ": cannot be read, or is empty"));
  return content;
}

absl::StatusOr<VerificationKeys> ParseFile(const std::string& path, absl::string_view content) {
  absl::StatusOr<VerificationKeys> keys = ParseJwks(content);
  if (!keys.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", keys.status().message()));
  return keys;
}

}  // namespace

struct Authenticator::Impl {
  std::string jwks_file;
  ClaimRules rules;
  SeenTokens seen;

  // Held by one reload at a time; guards `content`, what the keys in force were read from.
  std::mutex reload_mutex;
  std::string content;

  // Guards the pointer only.
  std::mutex keys_mutex;
  std::shared_ptr<const Generation> current = std::make_shared<Generation>();

  std::shared_ptr<const Generation> Current() {
    std::lock_guard lock(keys_mutex);
    return current;
  }

  // Keys first, then the seen tokens: what the old keys verified in between is not remembered.
  void Use(VerificationKeys keys) {
    auto next = std::make_shared<Generation>();
    next->keys = std::move(keys);
    {
      std::lock_guard lock(keys_mutex);
      next->number = current->number + 1;
      current = next;
    }
    seen.Begin(next->number);
  }
};

Authenticator::Authenticator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Authenticator::~Authenticator() = default;

absl::StatusOr<std::unique_ptr<Authenticator>> Authenticator::Create(TokenConfig config) {
  if (config.issuer.empty()) return absl::InvalidArgumentError("the token issuer is not set");
  if (config.audience.empty()) return absl::InvalidArgumentError("the token audience is not set");
  auto impl = std::make_unique<Impl>();
  impl->jwks_file = std::move(config.jwks_file);
  impl->rules = {std::move(config.issuer), std::move(config.audience), config.leeway};
  std::unique_ptr<Authenticator> authenticator(new Authenticator(std::move(impl)));
  RETURN_IF_ERROR(authenticator->Reload());
  return authenticator;
}

std::shared_ptr<const Identity> Authenticator::Seen(absl::string_view token, absl::Time now) const {
  return impl_->seen.Find(token, now);
}

absl::StatusOr<std::shared_ptr<const Identity>> Authenticator::Verify(absl::string_view token,
                                                                      absl::Time now) {
  if (token.size() > kMaxTokenBytes) return TokenInvalid();
  const std::shared_ptr<const Generation> generation = impl_->Current();
  const std::optional<std::string> claims = VerifiedClaims(token, generation->keys);
  if (!claims) return TokenInvalid();
  ASSIGN_OR_RETURN(Identity identity, IdentityFromClaims(*claims, impl_->rules, now));
  auto shared = std::make_shared<const Identity>(std::move(identity));
  impl_->seen.Remember(token, shared, generation->number, now);
  return shared;
}

absl::Status Authenticator::Reload() {
  std::lock_guard lock(impl_->reload_mutex);
  ASSIGN_OR_RETURN(std::string content, ReadFile(impl_->jwks_file));
  // The content, not the time of the file: mounted files change without a new time, and this one is small.
  if (content == impl_->content) return absl::OkStatus();
  ASSIGN_OR_RETURN(VerificationKeys keys, ParseFile(impl_->jwks_file, content));
  impl_->content = std::move(content);
  impl_->Use(std::move(keys));
  return absl::OkStatus();
}

}  // namespace firstfloor::auth
