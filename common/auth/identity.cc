#include "common/auth/identity.h"

#include <algorithm>

#include "absl/strings/string_view.h"
#include "common/area/registry.h"

namespace firstfloor::auth {
namespace {

using api::v1::Access;
using api::v1::Grant;

bool IsGrantable(api::v1::Role role) { return role != api::v1::ROLE_UNSPECIFIED; }

bool HoldsAnyRoleOf(const Grant& grant, const Identity& identity) {
  return std::any_of(grant.roles().begin(), grant.roles().end(),
                     [&](int role) { return identity.HasAnywhere(static_cast<api::v1::Role>(role)); });
}

bool HoldsAnyRoleCovering(const Grant& grant, const Identity& identity, absl::string_view area) {
  return std::any_of(grant.roles().begin(), grant.roles().end(),
                     [&](int role) { return identity.Has(static_cast<api::v1::Role>(role), area); });
}

bool GrantAllows(const Grant& grant, const Identity& identity, absl::string_view area, Standing standing) {
  switch (grant.relation()) {
    case api::v1::RELATION_ANY:
      return HoldsAnyRoleCovering(grant, identity, area);
    case api::v1::RELATION_OWNER:
      return standing.owner && HoldsAnyRoleOf(grant, identity);
    case api::v1::RELATION_PARTICIPANT:
      return standing.participant && HoldsAnyRoleOf(grant, identity);
    default:
      return false;
  }
}

bool GrantMayAllow(const Grant& grant, const Identity& identity) {
  switch (grant.relation()) {
    case api::v1::RELATION_ANY:
    case api::v1::RELATION_OWNER:
    case api::v1::RELATION_PARTICIPANT:
      return HoldsAnyRoleOf(grant, identity);
    default:
      return false;
  }
}

bool ListsService(const Access& access, absl::string_view name) {
  return !name.empty() &&
         std::find(access.services().begin(), access.services().end(), name) != access.services().end();
}

}  // namespace

bool Identity::Has(api::v1::Role role, absl::string_view area) const {
  if (kind != Kind::kPerson || !IsGrantable(role) || area.empty()) return false;
  return std::any_of(roles.begin(), roles.end(), [&](const RoleInArea& held) {
    return held.role == role && area::Covers(held.area, area);
  });
}

bool Identity::HasAnywhere(api::v1::Role role) const {
  if (kind != Kind::kPerson || !IsGrantable(role)) return false;
  return std::any_of(roles.begin(), roles.end(), [&](const RoleInArea& held) { return held.role == role; });
}

bool Allows(const Access& access, const Identity& identity, absl::string_view area, Standing standing) {
  if (access.anonymous()) return true;
  switch (identity.kind) {
    case Identity::Kind::kPerson:
      return std::any_of(access.grants().begin(), access.grants().end(),
                         [&](const Grant& grant) { return GrantAllows(grant, identity, area, standing); });
    case Identity::Kind::kService:
      return ListsService(access, identity.subject);
    case Identity::Kind::kAnonymous:
    case Identity::Kind::kDistrict:
      return false;
  }
  return false;
}

bool MayAllow(const Access& access, const Identity& identity) {
  if (access.anonymous()) return true;
  switch (identity.kind) {
    case Identity::Kind::kPerson:
      return std::any_of(access.grants().begin(), access.grants().end(),
                         [&](const Grant& grant) { return GrantMayAllow(grant, identity); });
    case Identity::Kind::kService:
      return ListsService(access, identity.subject);
    case Identity::Kind::kAnonymous:
    case Identity::Kind::kDistrict:
      return false;
  }
  return false;
}

}  // namespace firstfloor::auth
