// Who is whom among the people that a resource names: they see the names in plain.
#ifndef FIRSTFLOOR_SERVICES_OPINION_PEOPLE_VIEW_H_
#define FIRSTFLOOR_SERVICES_OPINION_PEOPLE_VIEW_H_

#include <algorithm>

#include "common/auth/identity.h"
#include "firstfloor/type/v1/type.pb.h"

namespace firstfloor::opinion::view {

// The caller is this person: never a program, nor somebody without an account.
bool Is(const type::v1::Person& person, const auth::Identity& caller);

// The caller is one of the members, visitors, witnesses: whatever has a `person`.
template <typename Members>
bool IsAmong(const Members& members, const auth::Identity& caller) {
  return std::any_of(members.begin(), members.end(),
                     [&](const auto& member) { return Is(member.person(), caller); });
}

}  // namespace firstfloor::opinion::view

#endif  // FIRSTFLOOR_SERVICES_OPINION_PEOPLE_VIEW_H_
