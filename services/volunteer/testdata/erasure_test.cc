// Erasing somebody from the volunteer service, on a real database.
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/erasure/erasures.h"
#include "common/events/log.h"
#include "common/program/house.h"
#include "common/resource/table.h"
#include "common/testing/erasing.h"
#include "common/testing/eventually.h"
#include "firstfloor/events/v1/event.pb.h"
#include "services/volunteer/testdata/town.h"

namespace firstfloor::volunteer::town {
namespace {

using testing::ErasureOf;
using testing::FiguresOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::TracesIn;

// Invented, and found nowhere else.
constexpr char kName[] = "慕容虚构";
constexpr char kPhone[] = "+8619900004567";
constexpr char kWord[] = "lmvrqjut";
const std::vector<std::string>& Words() {
  static const auto* const words = new std::vector<std::string>{kName, kPhone, kWord};
  return *words;
}

type::v1::Person Person(const std::string& subject) {
  type::v1::Person person;
  person.set_subject(subject);
  person.set_display_name(kName);
  person.set_phone(kPhone);
  return person;
}

v1::Volunteer Applied(const std::string& subject) {
  v1::ApplyVolunteerRequest request;
  *request.mutable_volunteer() = Someone(kName);
  request.mutable_volunteer()->set_phone(kPhone);
  const auto applied =
      Must(Call<v1::Volunteer>("VolunteerService.ApplyVolunteer", request, Resident(subject)));
  return Must(Move<v1::Volunteer, v1::ApproveVolunteerRequest>("VolunteerService.ApproveVolunteer",
                                                               applied.name(), Staff()));
}

type::v1::Erasure Erased(const std::string& subject, bool force = false) {
  type::v1::EraseSubjectRequest request = ErasureOf(subject);
  request.set_force(force);
  return testing::Done(Suite(), "volunteer", Must(testing::Erase(Suite(), "volunteer", request)));
}

template <typename Resource, typename Request>
Resource Get(const std::string& method, const std::string& name) {
  Request request;
  request.set_name(name);
  request.set_unmask(true);
  Resource row;
  EXPECT_TRUE(Ask(method, request, row, Staff()).ok()) << name;
  return row;
}

v1::Volunteer GetVolunteer(const std::string& name) {
  return Get<v1::Volunteer, v1::GetVolunteerRequest>("VolunteerService.GetVolunteer", name);
}

// An activity on which the volunteer was missed.
std::string Missed(const v1::Volunteer& volunteer) {
  const std::string activity = OpenActivity(Tomorrow(9), 5).name();
  const std::string sign_up = Must(SignUp(activity, volunteer.name(), Staff())).sign_up().name();
  Must(Move<v1::Activity, v1::StartActivityRequest>("ActivityService.StartActivity", activity, Staff()));
  v1::MarkNoShowRequest no_show;
  no_show.set_name(sign_up);
  no_show.set_comment(absl::StrCat(kWord, ": was ill"));
  Must(Call<v1::SignUp>("SignUpService.MarkNoShow", no_show, Staff()));
  return sign_up;
}

std::string Post(const std::string& holder, const std::string& deputy) {
  v1::CreatePostRequest create;
  create.mutable_post()->set_organisation("BRANCH_7");
  create.mutable_post()->set_area(kBuilding);
  create.mutable_post()->set_role(v1::POST_ROLE_SECRETARY);
  *create.mutable_post()->mutable_holder() = Person(holder);
  create.mutable_post()->mutable_deputy()->set_subject(deputy);
  return Must(Call<v1::Post>("PostService.CreatePost", create, Staff())).name();
}

TEST(Erasure, LeavesNothingOfAVolunteerWhoHasLeft) {
  const std::string subject = "volunteer-who-goes";
  const v1::Volunteer volunteer = Applied(subject);
  const std::string sign_up = Missed(volunteer);
  // Many others, so that there is something to walk through.
  ActiveMany("CROWD", 1500);
  const auto refused = testing::Erase(Suite(), "volunteer", ErasureOf(subject));
  EXPECT_EQ(Reason(refused.status()), "SUBJECT_HAS_OPEN_MATTERS");
  Must(Move<v1::Volunteer, v1::LeaveVolunteerRequest>("VolunteerService.LeaveVolunteer", volunteer.name(),
                                                      Staff()));
  const std::string figures = FiguresOf(Suite(), "volunteer");
  const int64_t rows = CountRows("SELECT COUNT(*) FROM volunteer WHERE version = 1");
  ASSERT_THAT(TracesIn(Suite(), "volunteer", subject, Words()), Not(IsEmpty()));

  const type::v1::Erasure erasure = Erased(subject);
  EXPECT_EQ(erasure.resources(), 2) << "the volunteer, and the sign-up that is about them";
  EXPECT_THAT(TracesIn(Suite(), "volunteer", subject, Words()), IsEmpty());
  EXPECT_EQ(FiguresOf(Suite(), "volunteer"), figures);
  EXPECT_EQ(CountRows("SELECT COUNT(*) FROM volunteer WHERE version = 1"), rows) << "others' are untouched";
  const v1::Volunteer left = GetVolunteer(volunteer.name());
  EXPECT_EQ(left.state(), v1::VOLUNTEER_STATE_LEFT);
  EXPECT_EQ(left.kinds_size(), 1);
  EXPECT_TRUE(left.has_erase_time());
  EXPECT_EQ(CountRows(absl::StrCat("SELECT COUNT(*) FROM event_log WHERE subject = '", sign_up,
                                   "' AND type = 'firstfloor.events.v1.PersonalDataErased'")),
            1);
  EXPECT_TRUE(events::Verify(Database()).ok());
}

TEST(Erasure, EndsTheDutiesOfSomebodyWhenForced) {
  const std::string subject = "volunteer-who-must-go";
  const v1::Volunteer volunteer = Applied(subject);
  const std::string activity = OpenActivity(Tomorrow(14), 1).name();
  Must(SignUp(activity, volunteer.name(), Staff()));
  const v1::Volunteer waiting = ActiveMany("WAITING", 1)[0];
  Must(SignUp(activity, waiting.name(), Staff()));
  const std::string held = Post(subject, "deputy-1");
  const std::string deputised = Post("holder-1", subject);
  Must(Move<v1::Post, v1::SetAwayRequest>("PostService.SetAway", deputised, Staff()));
  const std::string project = PublishedProject().name();
  v1::ClaimProjectRequest claim;
  claim.set_name(project);
  claim.set_display_name(kName);
  Must(Call<v1::Project>("ProjectService.ClaimProject", claim, Secretary(subject)));
  const auto refused = testing::Erase(Suite(), "volunteer", ErasureOf(subject));
  const std::string why = refused.status().ToString();
  for (const std::string& open : {volunteer.name(), held, deputised, project}) {
    EXPECT_THAT(why, HasSubstr(open));
  }

  EXPECT_EQ(Erased(subject, true).resources(), 4);
  EXPECT_THAT(TracesIn(Suite(), "volunteer", subject, {}), IsEmpty());
  EXPECT_EQ(GetVolunteer(volunteer.name()).state(), v1::VOLUNTEER_STATE_LEFT);
  const auto post = [](const std::string& name) {
    return Get<v1::Post, v1::GetPostRequest>("PostService.GetPost", name);
  };
  EXPECT_EQ(post(held).state(), v1::POST_STATE_VACANT);
  EXPECT_EQ(post(held).deputy().subject(), "deputy-1");
  EXPECT_EQ(post(deputised).state(), v1::POST_STATE_HELD);
  EXPECT_EQ(post(deputised).holder().subject(), "holder-1");
  const auto abandoned = Get<v1::Project, v1::GetProjectRequest>("ProjectService.GetProject", project);
  EXPECT_EQ(abandoned.state(), v1::PROJECT_STATE_ABANDONED);
  EXPECT_EQ(abandoned.reason_code(), "SECRETARY_ERASED");
  // Whoever waited has the place.
  EXPECT_EQ(CountRows("SELECT COUNT(*) FROM sign_up WHERE state = 1 AND volunteer = UNHEX('" +
                      absl::BytesToHexString(*resource::IdOf("volunteers", waiting.name())) + "')"),
            1);
  // The figures know that there is one volunteer less.
  FiguresOf(Suite(), "volunteer");
  EXPECT_EQ(CountRows("SELECT SUM(value) FROM statistic WHERE series = 'volunteers.active' AND area = '34'"),
            CountRows("SELECT COUNT(*) FROM volunteer WHERE state = 2"));
}

TEST(Erasure, FollowsAnOrderThatWasErased) {
  v1::CreateTaskRequest create;
  create.mutable_task()->set_area(kBuilding);
  create.mutable_task()->set_text(kWord);
  const std::string task = Must(Call<v1::Task>("TaskService.CreateTask", create, Staff())).name();
  ASSERT_THAT(TracesIn(Suite(), "volunteer", "nobody", {kWord}), Not(IsEmpty()));
  events::v1::Event told;
  told.set_event_id(testing::RequestId());
  told.set_subject(resource::NewName("orders", absl::Now()));
  told.set_area(kBuilding);
  told.mutable_access()->mutable_personal_data_erased()->add_copies(task);
  const events::Effect effect = Suite()
                                    .house("volunteer")
                                    .erasures()
                                    .Following({
                                        .apply = [](db::Transaction&, const events::v1::Event&,
                                                    const std::string&) { return absl::OkStatus(); },
                                        .payloads = {"deliberation"},
                                    });
  ASSERT_TRUE(db::Run(Database(), absl::Now() + absl::Seconds(10), [&](db::Transaction& tx) {
                return effect.apply(tx, told, "");
              }).ok());
  EXPECT_TRUE(testing::Eventually(
      [] { return CountRows("SELECT COUNT(*) FROM erasure WHERE complete_time IS NULL") == 0; }));
  EXPECT_THAT(TracesIn(Suite(), "volunteer", "nobody", {kWord}), IsEmpty()) << "the reply to staff included";
}

}  // namespace
}  // namespace firstfloor::volunteer::town
