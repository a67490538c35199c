// Queries for volunteers beyond what their table answers.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_VOLUNTEER_STORE_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_VOLUNTEER_STORE_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/db/connection.h"
#include "common/db/transaction.h"
#include "common/resource/table.h"
#include "firstfloor/volunteer/v1/volunteer.pb.h"
#include "services/volunteer/stores.h"

namespace firstfloor::volunteer {

// Volunteers with that skill.
resource::Condition HasSkill(absl::string_view code);

// The volunteer with this account who has not left. NOT_FOUND if there is none. Blocks.
absl::StatusOr<v1::Volunteer> VolunteerOf(const Stores& stores, db::Connection& connection,
                                          absl::string_view subject);

// Which of these external numbers are known already.
absl::StatusOr<std::set<std::string>> KnownNumbers(db::Transaction& tx,
                                                   const std::vector<std::string>& numbers);

// Active volunteers of `area`, and those of elsewhere who help in part of it or in all of it; with `skill`,
// if there is one. In no particular order, at most `limit`. Without personal data: that stays sealed. Blocks.
absl::StatusOr<std::vector<v1::Volunteer>> ActiveVolunteersFor(db::Connection& connection,
                                                               absl::string_view area,
                                                               absl::string_view skill, int limit);

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_VOLUNTEER_STORE_H_
