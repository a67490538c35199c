// The tables of the service.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_STORES_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_STORES_H_

#include <initializer_list>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/db/transaction.h"
#include "common/resource/table.h"
#include "firstfloor/volunteer/v1/activity.pb.h"
#include "firstfloor/volunteer/v1/post.pb.h"
#include "firstfloor/volunteer/v1/project.pb.h"
#include "firstfloor/volunteer/v1/sign_up.pb.h"
#include "firstfloor/volunteer/v1/task.pb.h"
#include "firstfloor/volunteer/v1/volunteer.pb.h"

namespace firstfloor::privacy {
class Keyring;
}

namespace firstfloor::volunteer {

// Whoever locks several rows locks them in this order: post, volunteer, activity, sign-up, project, task.
struct Stores {
  explicit Stores(const privacy::Keyring& keyring);

  const privacy::Keyring& keyring;
  const resource::Table<v1::Post> posts;
  const resource::Table<v1::Volunteer> volunteers;
  const resource::Table<v1::Project> projects;
  const resource::Table<v1::Activity> activities;
  const resource::Table<v1::SignUp> sign_ups;
  const resource::Table<v1::Task> tasks;
};

// A resource name as it stands in a column: the 16 bytes of its id, NULL for "".
db::Value IdColumn(absl::string_view collection, absl::string_view name);

// Values of an IN list.
template <typename Enum>
std::vector<db::Value> Numbers(std::initializer_list<Enum> values) {
  std::vector<db::Value> numbers;
  for (const Enum value : values) numbers.emplace_back(static_cast<int>(value));
  return numbers;
}

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_STORES_H_
