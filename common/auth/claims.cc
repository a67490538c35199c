#include "common/auth/claims.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/area/registry.h"
#include "common/error/error.h"
#include "common/error/macros.h"

namespace firstfloor::auth {
namespace {

using nlohmann::json;

constexpr absl::string_view kRolePrefix = "ROLE_";

bool IsSubject(absl::string_view subject) {
  return !subject.empty() && subject.size() <= kMaxSubjectBytes &&
         std::none_of(subject.begin(), subject.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); });
}

bool IsRoleInArea(const RoleInArea& held) {
  return api::v1::Role_IsValid(held.role) && held.role != api::v1::ROLE_UNSPECIFIED &&
         area::LevelOf(held.area).has_value();
}

const std::string* StringAt(const json& object, const char* key) {
  const auto it = object.find(key);
  return it == object.end() ? nullptr : it->get_ptr<const std::string*>();
}

bool NamesAudience(const json& claims, const std::string& audience) {
  const auto it = claims.find("aud");
  if (it == claims.end()) return false;
  if (it->is_string()) return *it == audience;
  return it->is_array() && std::find(it->begin(), it->end(), audience) != it->end();
}

// False if the claim is there and is not a time; `out` stays empty if it is not there.
bool ReadTime(const json& claims, const char* key, std::optional<absl::Time>* out) {
  const auto it = claims.find(key);
  if (it == claims.end()) return true;
  if (!it->is_number()) return false;
  *out = absl::UnixEpoch() + absl::Seconds(it->get<double>());
  return true;
}

absl::Status CheckTimes(const json& claims, const ClaimRules& rules, absl::Time now, absl::Time* expires) {
  std::optional<absl::Time> exp, iat, nbf;
  if (!ReadTime(claims, "exp", &exp) || !ReadTime(claims, "iat", &iat) || !ReadTime(claims, "nbf", &nbf)) {
    return TokenInvalid();
  }
  if (!exp) return TokenInvalid();
  if (now >= *exp + rules.leeway) return TokenExpired();
  if (nbf && now < *nbf - rules.leeway) return TokenInvalid();
  if (iat && (now < *iat - rules.leeway || *exp - *iat > kMaxTokenLifetime)) return TokenInvalid();
  *expires = *exp;
  return absl::OkStatus();
}

std::optional<RoleInArea> ReadRole(const json& entry) {
  if (!entry.is_object()) return std::nullopt;
  const std::string* role = StringAt(entry, "role");
  const std::string* area = StringAt(entry, "area");
  RoleInArea held;
  if (role == nullptr || area == nullptr ||
      !api::v1::Role_Parse(absl::StrCat(kRolePrefix, *role), &held.role)) {
    return std::nullopt;
  }
  held.area = *area;
  if (!IsRoleInArea(held)) return std::nullopt;
  return held;
}

absl::StatusOr<std::vector<RoleInArea>> ReadRoles(const json& claims) {
  std::vector<RoleInArea> roles;
  const auto it = claims.find("roles");
  if (it == claims.end()) return roles;
  if (!it->is_array() || it->size() > kMaxRoles) return TokenInvalid();
  for (const json& entry : *it) {
    std::optional<RoleInArea> held = ReadRole(entry);
    if (!held) return TokenInvalid();
    roles.push_back(*std::move(held));
  }
  return roles;
}

absl::StatusOr<bool> ReadMayDateBack(const json& claims) {
  const auto it = claims.find("as_of");
  if (it == claims.end()) return false;
  if (!it->is_boolean()) return TokenInvalid();
  return it->get<bool>();
}

absl::Status CheckIssuable(const Identity& identity, absl::Time now, absl::Time expires) {
  error::Violations violations;
  if (identity.kind != Identity::Kind::kPerson) violations.Add("kind", "only people have tokens");
  if (!IsSubject(identity.subject)) {
    violations.Add("subject",
                   absl::StrCat("must be 1 to ", kMaxSubjectBytes, " bytes without control characters"));
  }
  if (identity.roles.size() > kMaxRoles) violations.Add("roles", absl::StrCat("at most ", kMaxRoles));
  if (!std::all_of(identity.roles.begin(), identity.roles.end(), IsRoleInArea)) {
    violations.Add("roles", "each needs a role and a well-formed area code");
  }
  if (expires <= now || expires - now > kMaxTokenLifetime) {
    violations.Add("expires", "must follow within 24 hours");
  }
  return violations.ToStatus();
}

}  // namespace

absl::Status TokenInvalid() {
  return error::Make(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID", "the token is not valid");
}

absl::Status TokenExpired() {
  return error::Make(absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED", "the token has expired");
}

absl::StatusOr<Identity> IdentityFromClaims(absl::string_view text, const ClaimRules& rules, absl::Time now) {
  const json claims = json::parse(text, nullptr, false);
  if (!claims.is_object()) return TokenInvalid();
  const std::string* issuer = StringAt(claims, "iss");
  if (issuer == nullptr || *issuer != rules.issuer || !NamesAudience(claims, rules.audience)) {
    return TokenInvalid();
  }
  const std::string* subject = StringAt(claims, "sub");
  if (subject == nullptr || !IsSubject(*subject)) return TokenInvalid();

  Identity identity;
  identity.kind = Identity::Kind::kPerson;
  identity.subject = *subject;
  RETURN_IF_ERROR(CheckTimes(claims, rules, now, &identity.expires));
  ASSIGN_OR_RETURN(identity.roles, ReadRoles(claims));
  ASSIGN_OR_RETURN(identity.may_date_back, ReadMayDateBack(claims));
  return identity;
}

absl::StatusOr<std::string> ClaimsOf(const Identity& identity, absl::string_view issuer,
                                     absl::string_view audience, absl::Time now, absl::Time expires) {
  RETURN_IF_ERROR(CheckIssuable(identity, now, expires));
  json roles = json::array();
  for (const RoleInArea& held : identity.roles) {
    const std::string& name = api::v1::Role_Name(held.role);
    roles.push_back({{"role", name.substr(kRolePrefix.size())}, {"area", held.area}});
  }
  json claims = {
      {"sub", identity.subject}, {"roles", std::move(roles)},       {"iss", issuer},
      {"aud", audience},         {"iat", absl::ToUnixSeconds(now)}, {"exp", absl::ToUnixSeconds(expires)}};
  if (identity.may_date_back) claims["as_of"] = true;
  return claims.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace firstfloor::auth
