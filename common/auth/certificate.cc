#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/area/registry.h"
#include "common/auth/authenticator.h"

namespace firstfloor::auth {
namespace {

bool IsServiceName(absl::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

std::optional<Identity> FromPath(absl::string_view path) {
  Identity identity;
  if (absl::ConsumePrefix(&path, "service/") && IsServiceName(path)) {
    identity.kind = Identity::Kind::kService;
  } else if (absl::ConsumePrefix(&path, "district/") && area::LevelOf(path) == area::Level::kDistrict) {
    identity.kind = Identity::Kind::kDistrict;
  } else {
    return std::nullopt;
  }
  identity.subject = std::string(path);
  return identity;
}

}  // namespace

Identity FromCertificate(const std::vector<std::string>& uris, absl::string_view trust_domain) {
  if (trust_domain.empty()) return {};
  const std::string prefix = absl::StrCat("spiffe://", trust_domain, "/");
  std::optional<Identity> found;
  for (absl::string_view uri : uris) {
    if (!absl::ConsumePrefix(&uri, prefix)) continue;
    std::optional<Identity> identity = FromPath(uri);
    if (!identity) continue;
    // A certificate that speaks for two is trusted for neither.
    if (found) return {};
    found = std::move(identity);
  }
  return found.value_or(Identity{});
}

}  // namespace firstfloor::auth
