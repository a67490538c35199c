#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "services/volunteer/testdata/town.h"

namespace firstfloor::volunteer::town {
namespace {

absl::StatusOr<v1::Volunteer> Get(const std::string& name, const As& as, bool unmask = false) {
  v1::GetVolunteerRequest request;
  request.set_name(name);
  request.set_unmask(unmask);
  v1::Volunteer volunteer;
  if (const absl::Status s = Ask("VolunteerService.GetVolunteer", request, volunteer, as); !s.ok()) return s;
  return volunteer;
}

absl::StatusOr<v1::Volunteer> Apply(const v1::Volunteer& volunteer, const std::string& subject) {
  v1::ApplyVolunteerRequest request;
  *request.mutable_volunteer() = volunteer;
  return Call<v1::Volunteer>("VolunteerService.ApplyVolunteer", request, Resident(subject));
}

TEST(Volunteers, ApplyOnceAndFindThemselves) {
  const auto applied = Must(Apply(Someone(), "zhang"));
  EXPECT_EQ(applied.state(), v1::VOLUNTEER_STATE_APPLIED);
  EXPECT_EQ(applied.display_name(), "张三丰");
  EXPECT_EQ(Reason(Apply(Someone(), "zhang").status()), "VOLUNTEER_EXISTS");
  v1::Volunteer mine;
  ASSERT_TRUE(
      Ask("VolunteerService.GetMyVolunteer", v1::GetMyVolunteerRequest(), mine, Resident("zhang")).ok());
  EXPECT_EQ(mine.SerializeAsString(), applied.SerializeAsString());
  EXPECT_EQ(
      Reason(Ask("VolunteerService.GetMyVolunteer", v1::GetMyVolunteerRequest(), mine, Resident("nobody"))),
      "DENIED");
  Must(Move<v1::Volunteer, v1::LeaveVolunteerRequest>("VolunteerService.LeaveVolunteer", applied.name(),
                                                      Resident("zhang")));
  EXPECT_TRUE(Apply(Someone(), "zhang").ok()) << "whoever has left may come again";
}

TEST(Volunteers, TooYoungIsRefused) {
  v1::Volunteer child = Someone();
  child.set_birth_month("2099-01");
  EXPECT_EQ(Reason(Apply(child, "child").status()), "VOLUNTEER_TOO_YOUNG");
}

TEST(Volunteers, ArePersonalAtRestAndForOthers) {
  const v1::Volunteer applied = Must(Apply(Someone("欧阳秘密"), "secret-subject"));
  EXPECT_EQ(Must(Get(applied.name(), Resident("secret-subject"))).display_name(), "欧阳秘密");
  const auto masked = Must(Get(applied.name(), Staff()));
  EXPECT_EQ(masked.display_name(), "欧*");
  EXPECT_EQ(masked.phone(), "+86138******78");
  EXPECT_NE(masked.subject(), "secret-subject");
  EXPECT_NE(masked.birth_month(), "1990-05");
  EXPECT_EQ(Must(Get(applied.name(), Staff(), true)).phone(), "+8613812345678");
  EXPECT_EQ(Reason(Get(applied.name(), Resident("somebody-else")).status()), "DENIED");
  EXPECT_EQ(Reason(Get("volunteers/01890000-0000-7000-8000-000000000000", Staff()).status()), "DENIED");

  v1::ListVolunteersRequest list;
  list.set_area(kBuilding);
  v1::ListVolunteersResponse listed;
  ASSERT_TRUE(Ask("VolunteerService.ListVolunteers", list, listed, Staff()).ok());
  EXPECT_FALSE(absl::StrContains(listed.SerializeAsString(), "欧阳秘密"));
  for (const char* table : {"volunteer", "event_log"}) {
    for (const char* secret : {"欧阳秘密", "13812345678", "secret-subject", "1990-05"}) {
      EXPECT_EQ(
          CountRows(absl::StrCat("SELECT COUNT(*) FROM ", table, " WHERE INSTR(body, '", secret, "') > 0")),
          0)
          << secret << " in " << table;
    }
  }
}

TEST(Volunteers, UpdateThemselvesAndKeepWhatIsImmutable) {
  const auto applied = Must(Apply(Someone(), "updater"));
  v1::UpdateVolunteerRequest request;
  request.set_name(applied.name());
  request.set_etag(applied.etag());
  *request.mutable_volunteer() = Someone("张四");
  request.mutable_volunteer()->add_skills()->set_code("LAW");
  const auto updated =
      Must(Call<v1::Volunteer>("VolunteerService.UpdateVolunteer", request, Resident("updater")));
  EXPECT_EQ(updated.display_name(), "张四");
  EXPECT_EQ(updated.subject(), "updater");
  request.set_request_id("");
  EXPECT_EQ(
      Reason(Call<v1::Volunteer>("VolunteerService.UpdateVolunteer", request, Resident("updater")).status()),
      "ETAG_MISMATCH");
}

TEST(Volunteers, SuspensionGivesUpTheirShifts) {
  const v1::Volunteer volunteer = Active("suspended");
  const v1::Activity activity = OpenActivity(Tomorrow(9), 1);
  Must(SignUp(activity.name(), volunteer.name(), Resident("suspended")));
  v1::SuspendVolunteerRequest suspend;
  suspend.set_name(volunteer.name());
  suspend.set_reason_code("ILL");
  Must(Call<v1::Volunteer>("VolunteerService.SuspendVolunteer", suspend, Staff()));
  v1::GetActivityRequest get;
  get.set_name(activity.name());
  v1::Activity now;
  ASSERT_TRUE(Ask("ActivityService.GetActivity", get, now, Staff()).ok());
  EXPECT_EQ(now.shifts(0).taken(), 0);
  EXPECT_EQ(Reason(SignUp(activity.name(), volunteer.name(), Resident("suspended")).status()),
            "VOLUNTEER_NOT_ACTIVE");
}

TEST(Imports, FiveThousandTwiceAreFiveThousand) {
  std::vector<v1::Volunteer> rows(5000, Someone());
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].set_external_number(absl::StrCat("HF-", i));
    if (i % 10 == 0) rows[i].add_kinds(v1::VOLUNTEER_KIND_BACKBONE);
  }
  const int64_t before = CountRows("SELECT COUNT(*) FROM volunteer");
  const int64_t events_before = CountRows("SELECT COUNT(*) FROM event_log");
  const std::string request_id = testing::RequestId();
  const absl::Time start = absl::Now();
  const auto first = Must(Import(rows, request_id));
  const absl::Duration took = absl::Now() - start;
  std::cout << "5,000 volunteers imported in " << took << "\n";
  EXPECT_LT(took, absl::Seconds(20));
  EXPECT_EQ(first.received(), 5000);
  EXPECT_EQ(first.created(), 5000);
  EXPECT_EQ(CountRows("SELECT COUNT(*) FROM event_log"), events_before + 5000);

  const auto again = Must(Import(rows, testing::RequestId()));
  EXPECT_EQ(again.created(), 0);
  EXPECT_EQ(again.existing(), 5000);
  const auto replayed = Must(Import(rows, request_id));
  EXPECT_EQ(replayed.created(), 5000) << "the same request is answered as before";
  EXPECT_EQ(CountRows("SELECT COUNT(*) FROM volunteer"), before + 5000);
}

TEST(Imports, OfAClientThatIsLostMidwayAreNotHalfDone) {
  std::vector<v1::Volunteer> rows(300, Someone());
  for (size_t i = 0; i < rows.size(); ++i) rows[i].set_external_number(absl::StrCat("LOST-", i));
  const std::string request_id = testing::RequestId();
  {
    v1::ImportVolunteersRequest request;
    request.set_request_id(request_id);
    v1::ImportVolunteersResponse summary;
    As hurried = Staff();
    hurried.timeout = absl::Seconds(1);
    const rpc::CallOptions options = Suite().Options(hurried);
    size_t sent = 0;
    const auto until_the_line_goes_dead = [&]() -> const google::protobuf::Message* {
      if (sent == 100) absl::SleepFor(options.deadline - absl::Now() + absl::Milliseconds(200));
      *request.mutable_volunteer() = rows[sent++];
      return &request;
    };
    const absl::Status status = Suite()
                                    .client("volunteer")
                                    .Import("firstfloor.volunteer.v1.VolunteerService.ImportVolunteers",
                                            until_the_line_goes_dead, summary, options);
    ASSERT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  }
  EXPECT_EQ(CountRows("SELECT COUNT(*) FROM volunteer WHERE external_number LIKE 'LOST-%'"), 0);
  const auto again = Import(rows, request_id);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->created(), 300);
}

TEST(Imports, MayNotFillTheMemoryWithWhatNoRowMayHold) {
  std::vector<v1::Volunteer> rows(6, Someone(std::string(3'500'000, 'x')));
  EXPECT_EQ(Reason(Import(rows, testing::RequestId()).status()), "ROWS_TOO_LARGE");
}

TEST(Imports, RowsThatCannotBeTakenAreNamedAndStopNobody) {
  std::vector<v1::Volunteer> rows(5, Someone());
  for (size_t i = 0; i < rows.size(); ++i) rows[i].set_external_number(absl::StrCat("BAD-", i));
  rows[1].clear_external_number();
  rows[2].set_birth_month("2099-01");
  rows[3].set_phone("12");
  rows[4].set_external_number("BAD-0");
  const auto summary = Must(Import(rows, testing::RequestId()));
  EXPECT_EQ(summary.created(), 1);
  EXPECT_EQ(summary.existing(), 1);
  EXPECT_EQ(summary.refused(), 3);
  ASSERT_EQ(summary.errors_size(), 3);
  EXPECT_EQ(summary.errors(0).row(), 2);
  EXPECT_EQ(summary.errors(0).reason(), "INVALID_FIELD");
  EXPECT_EQ(summary.errors(1).reason(), "VOLUNTEER_TOO_YOUNG");
  EXPECT_EQ(summary.errors(2).row(), 4);
}

}  // namespace
}  // namespace firstfloor::volunteer::town
