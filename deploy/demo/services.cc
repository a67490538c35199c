// 服务: the corps of volunteers, the secretaries' projects, the service activities.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "deploy/demo/stories.h"
#include "firstfloor/volunteer/v1/activity_service.pb.h"
#include "firstfloor/volunteer/v1/project_service.pb.h"
#include "firstfloor/volunteer/v1/sign_up_service.pb.h"
#include "firstfloor/volunteer/v1/volunteer_service.pb.h"

namespace firstfloor::demo {
namespace {

using namespace volunteer::v1;  // NOLINT(google-build-using-namespace): one service's messages
using calendar::ToProto;

constexpr int kHelpersByName = 12;
constexpr VolunteerKind kKinds[] = {VOLUNTEER_KIND_RESIDENT,     VOLUNTEER_KIND_PARTY_MEMBER,
                                    VOLUNTEER_KIND_RESIDENT,     VOLUNTEER_KIND_STEWARD,
                                    VOLUNTEER_KIND_RESIDENT,     VOLUNTEER_KIND_YOUTH,
                                    VOLUNTEER_KIND_PARTY_MEMBER, VOLUNTEER_KIND_BACKBONE};
const absl::CivilDay kStartOfCorps(2023, 1, 4);

template <typename Request>
Request Naming(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

Volunteer Registration(const Player& who, const std::string& area, int number, absl::Time when) {
  Volunteer volunteer;
  volunteer.set_area(area);
  volunteer.set_subject(who.subject);
  volunteer.set_display_name(who.display_name);
  volunteer.add_kinds(kKinds[static_cast<size_t>(number) % std::size(kKinds)]);
  volunteer.mutable_consent()->set_version("2023-1");
  *volunteer.mutable_consent()->mutable_consent_time() = ToProto(when);
  volunteer.set_birth_month(absl::StrFormat("%d-%02d", 1950 + number % 50, 1 + number % 12));
  return volunteer;
}

absl::Status ImportCorps(Story& story) {
  Stage& stage = story.stage();
  const absl::Time when = At(kStartOfCorps, 9);
  ImportVolunteersRequest row;
  const auto make = [&](int number) {
    const std::string& building = stage.year().building(static_cast<size_t>(number));
    *row.mutable_volunteer() =
        Registration(stage.cast().Resident(20000 + number, building), building, number, when);
    row.mutable_volunteer()->set_external_number(absl::StrCat("DEMO-", number));
    row.set_request_id(story.Uuid("corps"));
    return &row;
  };
  ImportVolunteersResponse response;
  RETURN_IF_ERROR(story.Import(stage.cast().Staff(), when, "volunteer.v1.VolunteerService.ImportVolunteers",
                               stage.year().volunteers, make, response));
  if (response.refused() > 0) {
    return absl::InternalError(absl::StrCat(response.refused(), " volunteers refused; row ",
                                            response.errors(0).row(), ": ", response.errors(0).message()));
  }
  return absl::OkStatus();
}

absl::Status RegisterHelper(Story& story, Foundations& made, int number) {
  Stage& stage = story.stage();
  const Player who = stage.cast().Volunteer(number);
  ApplyVolunteerRequest apply;
  *apply.mutable_volunteer() = Registration(who, stage.year().community, number, At(kStartOfCorps, 10));
  ASSIGN_OR_RETURN(
      const Volunteer applied,
      story.Do<Volunteer>(who, At(kStartOfCorps, 10), "volunteer.v1.VolunteerService.ApplyVolunteer", apply));
  RETURN_IF_ERROR(story
                      .Do<Volunteer>(stage.cast().Staff(), At(kStartOfCorps, 11),
                                     "volunteer.v1.VolunteerService.ApproveVolunteer",
                                     Naming<ApproveVolunteerRequest>(applied.name()))
                      .status());
  const std::lock_guard lock(made.mutex);
  made.volunteers[static_cast<size_t>(number)] = applied.name();
  return absl::OkStatus();
}

absl::Status CarryProject(Story& story, const ProjectPlan& plan, int number) {
  Stage& stage = story.stage();
  const Player staff = stage.cast().Staff();
  const Player secretary = stage.cast().Secretary(number);
  const absl::CivilDay day = absl::CivilDay(2023, 2, 1) + number * 5;
  ProposeProjectRequest propose;
  Project& project = *propose.mutable_project();
  project.set_area(stage.year().community);
  project.set_title(plan.title);
  project.set_description("一个项目、一名书记、一支队伍、一抓到底。");
  ProjectField field = PROJECT_FIELD_UNSPECIFIED;
  ProjectField_Parse("PROJECT_FIELD_" + plan.field, &field);
  project.set_field(field);
  ASSIGN_OR_RETURN(
      const Project proposed,
      story.Do<Project>(staff, At(day, 9), "volunteer.v1.ProjectService.ProposeProject", propose));
  const std::string& name = proposed.name();
  RETURN_IF_ERROR(story
                      .Do<Project>(staff, At(day + 1, 9), "volunteer.v1.ProjectService.PublishProject",
                                   Naming<PublishProjectRequest>(name))
                      .status());
  auto claim = Naming<ClaimProjectRequest>(name);
  claim.set_display_name(secretary.display_name);
  RETURN_IF_ERROR(
      story.Do<Project>(secretary, At(day + 3, 9), "volunteer.v1.ProjectService.ClaimProject", claim)
          .status());
  RETURN_IF_ERROR(story
                      .Do<Project>(secretary, At(day + 5, 9), "volunteer.v1.ProjectService.StartProject",
                                   Naming<StartProjectRequest>(name))
                      .status());
  auto milestone = Naming<RecordMilestoneRequest>(name);
  milestone.mutable_milestone()->set_title("第一阶段完成");
  Evidence* photo = milestone.mutable_milestone()->add_evidence();
  photo->set_uri(absl::StrCat("https://files.example/demo/project-", number, ".jpg"));
  photo->set_sha256(std::string(64, '0'));
  RETURN_IF_ERROR(
      story.Do<Project>(secretary, At(day + 40, 9), "volunteer.v1.ProjectService.RecordMilestone", milestone)
          .status());
  if (number % 3 == 2) return absl::OkStatus();  // still under way at the end of the year
  auto inspect = Naming<InspectProjectRequest>(name);
  inspect.mutable_inspection()->set_passed(true);
  RETURN_IF_ERROR(
      story.Do<Project>(staff, At(day + 60, 9), "volunteer.v1.ProjectService.InspectProject", inspect)
          .status());
  auto complete = Naming<CompleteProjectRequest>(name);
  complete.set_beneficiaries(60 + number * 3);
  return story
      .Do<Project>(secretary, At(day + 61, 9), "volunteer.v1.ProjectService.CompleteProject", complete)
      .status();
}

absl::Status HoldActivity(Story& story, const Foundations& made, const ActivityPlan& plan, int number) {
  Stage& stage = story.stage();
  const Player staff = stage.cast().Staff();
  const std::string& building = stage.year().building(static_cast<size_t>(number) * 4 + 2);
  const absl::CivilDay day = absl::CivilDay(2023, 1, 15) + number * 4;
  const absl::Time start = At(day, 9);
  const absl::Time end = At(day, 11);
  CreateActivityRequest create;
  Activity& activity = *create.mutable_activity();
  activity.set_area(building);
  ActivityKind kind = ACTIVITY_KIND_UNSPECIFIED;
  ActivityKind_Parse("ACTIVITY_KIND_" + plan.kind, &kind);
  activity.set_kind(kind);
  activity.set_title(plan.title);
  *activity.mutable_window()->mutable_start_time() = ToProto(start);
  *activity.mutable_window()->mutable_end_time() = ToProto(end);
  Shift* shift = activity.add_shifts();
  shift->set_id(1);
  shift->set_role("HELPER");
  shift->set_quantity(3);
  *shift->mutable_window() = activity.window();
  ASSIGN_OR_RETURN(const Activity created,
                   story.Do<Activity>(staff, start - absl::Hours(24 * 7),
                                      "volunteer.v1.ActivityService.CreateActivity", create));
  RETURN_IF_ERROR(story
                      .Do<Activity>(staff, start - absl::Hours(24 * 6),
                                    "volunteer.v1.ActivityService.OpenActivity",
                                    Naming<OpenActivityRequest>(created.name()))
                      .status());
  std::vector<std::string> sign_ups;
  for (int i = 0; i < 2; ++i) {
    const size_t who = static_cast<size_t>(number * 2 + i) % made.volunteers.size();
    SignUpForShiftRequest sign_up;
    sign_up.set_activity(created.name());
    sign_up.set_shift(1);
    sign_up.set_volunteer(made.volunteers[who]);
    ASSIGN_OR_RETURN(const SignUpForShiftResponse signed_up,
                     story.Do<SignUpForShiftResponse>(stage.cast().Volunteer(static_cast<int>(who)),
                                                      start - absl::Hours(48),
                                                      "volunteer.v1.SignUpService.SignUpForShift", sign_up));
    sign_ups.push_back(signed_up.sign_up().name());
  }
  RETURN_IF_ERROR(story
                      .Do<Activity>(staff, start, "volunteer.v1.ActivityService.StartActivity",
                                    Naming<StartActivityRequest>(created.name()))
                      .status());
  for (const std::string& name : sign_ups) {
    RETURN_IF_ERROR(
        story.Do<SignUp>(staff, start, "volunteer.v1.SignUpService.CheckIn", Naming<CheckInRequest>(name))
            .status());
    RETURN_IF_ERROR(
        story.Do<SignUp>(staff, end, "volunteer.v1.SignUpService.CheckOut", Naming<CheckOutRequest>(name))
            .status());
  }
  auto finish = Naming<FinishActivityRequest>(created.name());
  finish.set_beneficiaries(plan.beneficiaries);
  return story.Do<Activity>(staff, end, "volunteer.v1.ActivityService.FinishActivity", finish).status();
}

}  // namespace

void AddCorps(Stage& stage, Foundations& made) {
  made.volunteers.resize(kHelpersByName);
  stage.Add("corps", [](Story& story) { return ImportCorps(story); });
  for (int number = 0; number < kHelpersByName; ++number) {
    stage.Add(absl::StrCat("helper-", number),
              [&made, number](Story& story) { return RegisterHelper(story, made, number); });
  }
}

void AddProjects(Stage& stage) {
  int number = 0;
  for (const ProjectPlan& plan : stage.year().projects) {
    stage.Add(absl::StrCat("project-", number),
              [&plan, number](Story& story) { return CarryProject(story, plan, number); });
    ++number;
  }
}

void AddActivities(Stage& stage, const Foundations& made) {
  int number = 0;
  for (const ActivityPlan& plan : stage.year().activities) {
    for (int i = 0; i < plan.count; ++i, ++number) {
      stage.Add(absl::StrCat("activity-", number),
                [&made, &plan, number](Story& story) { return HoldActivity(story, made, plan, number); });
    }
  }
}

}  // namespace firstfloor::demo
