// Who calls, as far as a token or a certificate has proved it.
#ifndef FIRSTFLOOR_COMMON_AUTH_IDENTITY_H_
#define FIRSTFLOOR_COMMON_AUTH_IDENTITY_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "firstfloor/api/v1/access.pb.h"

namespace firstfloor::auth {

struct RoleInArea {
  api::v1::Role role = api::v1::ROLE_UNSPECIFIED;
  std::string area;
};

struct Identity {
  enum class Kind { kAnonymous, kPerson, kService, kDistrict };
  Kind kind = Kind::kAnonymous;
  // Token subject of a person, program name of a service, code of a district. Personal for a person.
  std::string subject;
  std::vector<RoleInArea> roles;
  // The token allows work dated back (only honoured by servers started with --allow_as_of).
  bool may_date_back = false;
  // InfiniteFuture for certificates.
  absl::Time expires = absl::InfiniteFuture();

  bool is_service() const { return kind == Kind::kService; }
  // True if the person has `role` in an area that covers `area`.
  bool Has(api::v1::Role role, absl::string_view area) const;
  // True if the person has `role` anywhere.
  bool HasAnywhere(api::v1::Role role) const;
};

// How the caller stands to a loaded row; what ANY means is not listed, everybody stands so.
struct Standing {
  bool owner = false;
  bool participant = false;
};

// The access decision for a thing in `area`. Default deny.
bool Allows(const api::v1::Access& access, const Identity& identity, absl::string_view area,
            Standing standing);

// Whether the rule could allow this caller for some thing at all; asked before the request is read.
bool MayAllow(const api::v1::Access& access, const Identity& identity);

}  // namespace firstfloor::auth

#endif  // FIRSTFLOOR_COMMON_AUTH_IDENTITY_H_
