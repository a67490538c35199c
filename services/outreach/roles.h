// Who may do more than the access option of a method says.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_ROLES_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_ROLES_H_

#include "absl/strings/string_view.h"

namespace firstfloor::rpc {
class Call;
}

namespace firstfloor::outreach {

// Community staff or a branch's secretary there: may force a session outside the usual hours, may read
// personal data in plain.
bool IsStaff(const rpc::Call& call, absl::string_view area);

// Holds classes there, or helps at the door: staff, lecturers, stewards, grid workers. May read a class's
// report and enrolments in plain, may speak for residents.
bool HoldsClasses(const rpc::Call& call, absl::string_view area);

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_ROLES_H_
