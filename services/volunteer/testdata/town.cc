#include "services/volunteer/testdata/town.h"

#include <latch>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/db/schema/migrations.h"
#include "common/resource/table.h"
#include "services/volunteer/furnish.h"

namespace firstfloor::volunteer::town {
namespace {

constexpr char kPackage[] = "firstfloor.volunteer.v1.";
constexpr int kTries = 10;

class Running : public ::testing::Environment {
 public:
  testing::Suite& suite() {
    if (suite_ == nullptr) {
      suite_ = std::make_unique<testing::Suite>();
      suite_->Start({.name = "volunteer", .migrations = schema::Migrations(), .furnish = Furnish});
      database_ = std::make_unique<db::Connection>(suite_->database("volunteer"));
    }
    return *suite_;
  }
  db::Connection& database() {
    suite();
    return *database_;
  }
  void TearDown() override {
    database_.reset();
    suite_.reset();
  }

 private:
  std::unique_ptr<testing::Suite> suite_;
  std::unique_ptr<db::Connection> database_;
};

Running* const running = new Running();
// GoogleTest owns it from here on.
const ::testing::Environment* const registered = ::testing::AddGlobalTestEnvironment(running);

bool WorthAnotherTry(const absl::Status& status) {
  return absl::IsAborted(status) && error::ReasonOf(status) == "TRANSACTION_CONFLICT";
}

}  // namespace

testing::Suite& Suite() { return running->suite(); }
db::Connection& Database() { return running->database(); }

As Staff() { return {.role = api::v1::ROLE_COMMUNITY_STAFF, .area = kDistrict, .subject = "staff-1"}; }
As Secretary(const std::string& subject) {
  return {.role = api::v1::ROLE_BRANCH_SECRETARY, .area = kDistrict, .subject = subject};
}
As Resident(const std::string& subject) {
  return {.role = api::v1::ROLE_RESIDENT, .area = kBuilding, .subject = subject};
}

absl::Status Ask(const std::string& method, const google::protobuf::Message& request,
                 google::protobuf::Message& reply, const As& as) {
  static std::mutex mutex;
  rpc::CallOptions options;
  {
    // Tokens are remembered in a map.
    const std::lock_guard lock(mutex);
    options = Suite().Options(as);
  }
  absl::Status status;
  for (int i = 0; i < kTries; ++i) {
    status = Suite().client("volunteer").Ask(kPackage + method, request, reply, options);
    if (!WorthAnotherTry(status)) break;
  }
  return status;
}

v1::Volunteer Someone(const std::string& display_name) {
  v1::Volunteer volunteer;
  volunteer.set_area(kBuilding);
  volunteer.set_display_name(display_name);
  volunteer.set_phone("+8613812345678");
  volunteer.add_kinds(v1::VOLUNTEER_KIND_RESIDENT);
  volunteer.mutable_consent()->set_version("2023-1");
  *volunteer.mutable_consent()->mutable_consent_time() =
      calendar::ToProto(calendar::StartOf(absl::CivilDay(2023, 1, 1)));
  volunteer.set_birth_month("1990-05");
  return volunteer;
}

v1::Volunteer Active(const std::string& subject) {
  v1::ApplyVolunteerRequest request;
  *request.mutable_volunteer() = Someone();
  const auto applied =
      Must(Call<v1::Volunteer>("VolunteerService.ApplyVolunteer", request, Resident(subject)));
  return Must(Move<v1::Volunteer, v1::ApproveVolunteerRequest>("VolunteerService.ApproveVolunteer",
                                                               applied.name(), Staff()));
}

std::vector<v1::Volunteer> ActiveMany(const std::string& prefix, int count) {
  std::vector<v1::Volunteer> rows(static_cast<size_t>(count), Someone());
  for (int i = 0; i < count; ++i)
    rows[static_cast<size_t>(i)].set_external_number(absl::StrCat(prefix, "-", i));
  EXPECT_EQ(Must(Import(rows, testing::RequestId())).created(), count);
  const db::Value pattern[] = {absl::StrCat(prefix, "-%")};
  const db::Rows found =
      Must(Database().Query("SELECT id FROM volunteer WHERE external_number LIKE ? ORDER BY id", pattern));
  for (int i = 0; i < count; ++i) {
    rows[static_cast<size_t>(i)].set_name(
        resource::NameOf("volunteers", found[static_cast<size_t>(i)].Text(0)));
  }
  return rows;
}

absl::StatusOr<v1::ImportVolunteersResponse> Import(const std::vector<v1::Volunteer>& rows,
                                                    const std::string& request_id) {
  v1::ImportVolunteersResponse summary;
  v1::ImportVolunteersRequest request;
  request.set_request_id(request_id);
  size_t next = 0;
  As staff = Staff();
  staff.timeout = absl::Seconds(60);
  const absl::Status status = Suite()
                                  .client("volunteer")
                                  .Import(
                                      absl::StrCat(kPackage, "VolunteerService.ImportVolunteers"),
                                      [&]() -> const google::protobuf::Message* {
                                        if (next == rows.size()) return nullptr;
                                        *request.mutable_volunteer() = rows[next++];
                                        return &request;
                                      },
                                      summary, Suite().Options(staff));
  if (!status.ok()) return status;
  return summary;
}

v1::Activity OpenActivity(absl::Time start, int quantity) {
  v1::CreateActivityRequest request;
  v1::Activity& activity = *request.mutable_activity();
  activity.set_area(kBuilding);
  activity.set_kind(v1::ACTIVITY_KIND_FREE_CLINIC);
  activity.set_title("义诊");
  *activity.mutable_window()->mutable_start_time() = calendar::ToProto(start);
  *activity.mutable_window()->mutable_end_time() = calendar::ToProto(start + absl::Hours(2));
  v1::Shift& shift = *activity.add_shifts();
  shift.set_id(1);
  shift.set_role("REGISTRATION");
  shift.set_quantity(quantity);
  *shift.mutable_window() = activity.window();
  const auto draft = Must(Call<v1::Activity>("ActivityService.CreateActivity", request, Staff()));
  return Must(
      Move<v1::Activity, v1::OpenActivityRequest>("ActivityService.OpenActivity", draft.name(), Staff()));
}

absl::StatusOr<v1::SignUpForShiftResponse> SignUp(const std::string& activity, const std::string& volunteer,
                                                  const As& as) {
  v1::SignUpForShiftRequest request;
  request.set_activity(activity);
  request.set_shift(1);
  request.set_volunteer(volunteer);
  return Call<v1::SignUpForShiftResponse>("SignUpService.SignUpForShift", request, as);
}

v1::Project PublishedProject() {
  v1::ProposeProjectRequest request;
  request.mutable_project()->set_area(kBuilding);
  request.mutable_project()->set_title("助老食堂");
  request.mutable_project()->set_field(v1::PROJECT_FIELD_ELDERLY);
  const auto proposed = Must(Call<v1::Project>("ProjectService.ProposeProject", request, Staff()));
  return Must(Move<v1::Project, v1::PublishProjectRequest>("ProjectService.PublishProject", proposed.name(),
                                                           Staff()));
}

absl::Time Tomorrow(int hour) {
  return calendar::StartOf(calendar::DayOf(absl::Now()) + 1) + absl::Hours(hour);
}

void AtOnce(int count, const std::function<void(int)>& body) {
  std::latch ready(count);
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      ready.arrive_and_wait();
      body(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

int64_t CountRows(const std::string& sql) {
  const db::Rows rows = Must(Database().Query(sql));
  return rows.empty() ? -1 : rows[0].Int(0);
}

std::string Reason(const absl::Status& status) { return status.ok() ? "" : error::ReasonOf(status); }

}  // namespace firstfloor::volunteer::town
