// The volunteer service as it runs, with people who use it; started once for all tests of the program.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_TESTDATA_TOWN_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_TESTDATA_TOWN_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/connection.h"
#include "common/error/error.h"
#include "common/testing/suite.h"
#include "firstfloor/volunteer/v1/activity_service.pb.h"
#include "firstfloor/volunteer/v1/operations_service.pb.h"
#include "firstfloor/volunteer/v1/post_service.pb.h"
#include "firstfloor/volunteer/v1/project_service.pb.h"
#include "firstfloor/volunteer/v1/sign_up_service.pb.h"
#include "firstfloor/volunteer/v1/statistics_service.pb.h"
#include "firstfloor/volunteer/v1/task_service.pb.h"
#include "firstfloor/volunteer/v1/volunteer_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace firstfloor::volunteer::town {

using testing::As;

inline constexpr char kDistrict[] = "340111";
inline constexpr char kBuilding[] = "340111400001-CJ-07";

testing::Suite& Suite();
db::Connection& Database();

As Staff();
As Secretary(const std::string& subject);
As Resident(const std::string& subject);

// A call to a method of the service, "ProjectService.ClaimProject"; tried again, with the same request id,
// when the service says that a later try may do. Thread-safe.
absl::Status Ask(const std::string& method, const google::protobuf::Message& request,
                 google::protobuf::Message& reply, const As& as);

template <typename Reply, typename Request>
absl::StatusOr<Reply> Call(const std::string& method, Request request, const As& as) {
  if (request.request_id().empty()) request.set_request_id(testing::RequestId());
  Reply reply;
  if (const absl::Status status = Ask(method, request, reply, as); !status.ok()) return status;
  return reply;
}

// The same for a mutation of a named resource that needs nothing but its name.
template <typename Reply, typename Request>
absl::StatusOr<Reply> Move(const std::string& method, const std::string& name, const As& as) {
  Request request;
  request.set_name(name);
  return Call<Reply>(method, request, as);
}

// A volunteer with an account `subject`, born in 1990: as applied for, and as approved.
v1::Volunteer Someone(const std::string& display_name = "张三丰");
v1::Volunteer Active(const std::string& subject);
// Many at once, by an import; in the order of their numbers "<prefix>-0".
std::vector<v1::Volunteer> ActiveMany(const std::string& prefix, int count);

// Imports `rows` under `request_id`.
absl::StatusOr<v1::ImportVolunteersResponse> Import(const std::vector<v1::Volunteer>& rows,
                                                    const std::string& request_id);

// An open activity with one shift of `quantity` places from `start` for two hours.
v1::Activity OpenActivity(absl::Time start, int quantity);
absl::StatusOr<v1::SignUpForShiftResponse> SignUp(const std::string& activity, const std::string& volunteer,
                                                  const As& as);

v1::Project PublishedProject();

// A time of tomorrow, so that nothing has ended.
absl::Time Tomorrow(int hour);

// Runs `body(0)`, …, `body(count - 1)` on as many threads, as near to at once as can be.
void AtOnce(int count, const std::function<void(int)>& body);

int64_t CountRows(const std::string& sql);

// "" for OK, else the reason.
std::string Reason(const absl::Status& status);

template <typename T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) ADD_FAILURE() << result.status();
  return result.ok() ? *std::move(result) : T();
}

}  // namespace firstfloor::volunteer::town

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_TESTDATA_TOWN_H_
