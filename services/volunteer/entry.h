// How every handler comes to the row that it works on: found, allowed, and of the version that the caller
// has seen.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_ENTRY_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_ENTRY_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/personal.h"
#include "common/resource/table.h"
#include "common/rpc/call.h"
#include "common/rpc/row.h"

namespace firstfloor::volunteer {

// Locks the row that `request` names. `standing_of(row)` says how the caller stands to it.
template <typename R, typename Request, typename StandingOf>
absl::StatusOr<R> Enter(rpc::Call& call, db::Transaction& tx, const resource::Table<R>& table,
                        const Request& request, StandingOf standing_of) {
  ASSIGN_OR_RETURN(R row, rpc::HiddenIfMissing(table.Lock(tx, request.name())));
  ASSIGN_OR_RETURN(const auth::Standing standing, absl::StatusOr<auth::Standing>(standing_of(row)));
  RETURN_IF_ERROR(call.Authorize(row.area(), standing));
  RETURN_IF_ERROR(rpc::CheckEtag(request.etag(), row));
  return row;
}

inline bool IsCaller(const rpc::Call& call, absl::string_view subject) {
  return !subject.empty() && subject == call.subject();
}

// What the caller may see of a row that they may see: whole for whom it is about and for services, else
// masked.
template <typename R>
R Shown(const rpc::Call& call, R row, bool is_theirs) {
  if (!is_theirs && !call.identity().is_service()) privacy::Mask(row);
  return row;
}

// People who handle matters of `area` and may read personal data there, if they ask for it.
inline bool MayUnmask(const rpc::Call& call, absl::string_view area) {
  return call.Holds(api::v1::ROLE_STEWARD, area) || call.Holds(api::v1::ROLE_GRID_WORKER, area) ||
         call.Holds(api::v1::ROLE_BRANCH_SECRETARY, area) ||
         call.Holds(api::v1::ROLE_COMMUNITY_STAFF, area) || call.Holds(api::v1::ROLE_DISTRICT_ADMIN, area);
}

// The same for a Get with `unmask`, which is recorded.
template <typename R>
absl::StatusOr<R> ShownOnRequest(rpc::Call& call, R row, bool is_theirs, bool unmask) {
  if (!unmask || is_theirs || call.identity().is_service()) return Shown(call, std::move(row), is_theirs);
  if (!MayUnmask(call, row.area())) return error::Denied();
  call.RecordPersonalRead(row.name(), row.area());
  return row;
}

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_ENTRY_H_
