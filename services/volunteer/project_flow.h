// What happens to projects because of something else.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_PROJECT_FLOW_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_PROJECT_FLOW_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/volunteer/books.h"

namespace firstfloor::volunteer {

// Whoever holds `post` now goes on with the projects that were claimed through it.
absl::Status HandOverProjectsOf(const Books& books, db::Transaction& tx, const events::Origin& origin,
                                absl::string_view post, const type::v1::Person& successor);

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_PROJECT_FLOW_H_
