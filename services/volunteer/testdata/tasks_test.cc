#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/program/house.h"
#include "common/resource/table.h"
#include "firstfloor/deliberation/v1/order.pb.h"
#include "services/volunteer/task_flow.h"
#include "services/volunteer/testdata/town.h"

namespace firstfloor::volunteer::town {
namespace {

v1::Task CreateTask(const As& as = Staff()) {
  v1::CreateTaskRequest request;
  request.mutable_task()->set_area(kBuilding);
  request.mutable_task()->set_text("帮王奶奶买药");
  return Must(Call<v1::Task>("TaskService.CreateTask", request, as));
}

absl::StatusOr<v1::Task> Offer(const std::string& task, const std::string& volunteer,
                               const As& as = Staff()) {
  v1::OfferTaskRequest request;
  request.set_name(task);
  request.set_volunteer(volunteer);
  return Call<v1::Task>("TaskService.OfferTask", request, as);
}

absl::StatusOr<v1::Task> Get(const std::string& name, const As& as) {
  v1::GetTaskRequest request;
  request.set_name(name);
  v1::Task task;
  if (const absl::Status s = Ask("TaskService.GetTask", request, task, as); !s.ok()) return s;
  return task;
}

int64_t Events(const std::string& subject, const std::string& kind) {
  return CountRows(absl::StrCat("SELECT COUNT(*) FROM event_log WHERE subject = '", subject,
                                "' AND type = 'firstfloor.events.v1.", kind, "'"));
}

TEST(Tasks, AreTheVolunteersOnlyOnceTheyAccept) {
  const v1::Volunteer volunteer = Active("helper");
  const std::string task = CreateTask().name();
  EXPECT_EQ(Reason(Get(task, Resident("helper")).status()), "DENIED");
  EXPECT_EQ(Must(Offer(task, volunteer.name())).state(), v1::TASK_STATE_OFFERED);
  EXPECT_EQ(Must(Get(task, Resident("helper"))).text(), "帮王奶奶买药");
  const auto accept = [&](const As& as) {
    return Move<v1::Task, v1::AcceptTaskRequest>("TaskService.AcceptTask", task, as);
  };
  EXPECT_EQ(Reason(accept(Resident("somebody")).status()), "DENIED");
  EXPECT_EQ(Reason(accept(Staff()).status()), "DENIED") << "nobody accepts for them";
  EXPECT_EQ(Must(accept(Resident("helper"))).state(), v1::TASK_STATE_ASSIGNED);
  Must(Move<v1::Task, v1::StartTaskRequest>("TaskService.StartTask", task, Resident("helper")));
  v1::CompleteTaskRequest complete;
  complete.set_name(task);
  complete.set_note("药已送到王奶奶家");
  Must(Call<v1::Task>("TaskService.CompleteTask", complete, Resident("helper")));
  EXPECT_EQ(Events(task, "TaskClosed"), 1);
  EXPECT_NE(Must(Get(task, Staff())).note(), "药已送到王奶奶家");
  EXPECT_EQ(Must(Get(task, Resident("helper"))).note(), "药已送到王奶奶家");
}

TEST(Tasks, DeclinedIsOpenAgainAndNotOfferedBlindly) {
  const v1::Volunteer volunteer = Active("decliner");
  const std::string task = CreateTask().name();
  Must(Offer(task, volunteer.name()));
  const auto declined =
      Must(Move<v1::Task, v1::DeclineTaskRequest>("TaskService.DeclineTask", task, Resident("decliner")));
  EXPECT_EQ(declined.state(), v1::TASK_STATE_OPEN);
  v1::SuggestVolunteersRequest suggest;
  suggest.set_name(task);
  suggest.set_limit(100);
  v1::SuggestVolunteersResponse suggested;
  const absl::Time start = absl::Now();
  ASSERT_TRUE(Ask("TaskService.SuggestVolunteers", suggest, suggested, Staff()).ok());
  std::cout << "suggested of " << CountRows("SELECT COUNT(*) FROM volunteer") << " volunteers in "
            << absl::Now() - start << "\n";
  EXPECT_GT(suggested.suggestions_size(), 0);
  for (const v1::Suggestion& suggestion : suggested.suggestions()) {
    EXPECT_NE(suggestion.volunteer(), volunteer.name());
    EXPECT_EQ(suggestion.distance(), 0);
  }
}

TEST(Tasks, AreForThoseTooWhoComeFromElsewhereToHelp) {
  const auto import = [](const std::string& number, const std::string& helps_in) {
    v1::Volunteer row = Someone();
    row.set_external_number(number);
    row.set_area("340111400002");
    row.add_skills()->set_code("SIGNING");
    if (!helps_in.empty()) row.add_areas(helps_in);
    const v1::ImportVolunteersResponse summary = Must(Import({row}, testing::RequestId()));
    EXPECT_EQ(summary.created(), 1) << summary.DebugString();
    const db::Value key[] = {number};
    const db::Rows found = Must(Database().Query("SELECT id FROM volunteer WHERE external_number = ?", key));
    return resource::NameOf("volunteers", found[0].Text(0));
  };
  const std::string of_the_compound = import("ELSEWHERE-1", "340111400001-CJ");
  const std::string of_the_street = import("ELSEWHERE-2", "340111400");
  const std::string of_another_compound = import("ELSEWHERE-3", "340111400001-CJ2");
  import("ELSEWHERE-4", "");
  import("ELSEWHERE-5", "340111400002-HY");
  v1::CreateTaskRequest request;
  request.mutable_task()->set_area(kBuilding);
  request.mutable_task()->set_text("陪聋人就医");
  request.mutable_task()->set_skill("SIGNING");
  v1::SuggestVolunteersRequest suggest;
  suggest.set_name(Must(Call<v1::Task>("TaskService.CreateTask", request, Staff())).name());
  v1::SuggestVolunteersResponse suggested;
  ASSERT_TRUE(Ask("TaskService.SuggestVolunteers", suggest, suggested, Staff()).ok());
  std::vector<std::string> names;
  for (const v1::Suggestion& suggestion : suggested.suggestions()) names.push_back(suggestion.volunteer());
  EXPECT_THAT(names, ::testing::ElementsAre(of_the_compound, of_the_street, of_another_compound));
  EXPECT_EQ(suggested.suggestions(0).distance(), 0);
}

TEST(Tasks, AnOfferThatNobodyAnswersEndsAfterADay) {
  const absl::Time day = calendar::StartOf(absl::CivilDay(2023, 5, 20));
  As staff = Staff();
  staff.as_of = day;
  const v1::Volunteer volunteer = ActiveMany("SLOW", 1)[0];
  const std::string task = CreateTask(staff).name();
  Must(Offer(task, volunteer.name(), staff));
  const auto advance = [&](absl::Time to) {
    v1::AdvanceTimersRequest request;
    request.set_area(kBuilding);
    *request.mutable_as_of_time() = calendar::ToProto(to);
    return Must(Call<v1::AdvanceTimersResponse>("OperationsService.AdvanceTimers", request, Staff())).fired();
  };
  EXPECT_EQ(advance(day + absl::Hours(23)), 0);
  EXPECT_EQ(Must(Get(task, Staff())).state(), v1::TASK_STATE_OFFERED);
  EXPECT_EQ(advance(day + absl::Hours(24)), 1);
  const auto open = Must(Get(task, Staff()));
  EXPECT_EQ(open.state(), v1::TASK_STATE_OPEN);
  EXPECT_EQ(open.declined(0), volunteer.name());
}

TEST(Tasks, GoBackWhenTheVolunteerLeaves) {
  const v1::Volunteer volunteer = Active("leaver");
  const std::string task = CreateTask().name();
  Must(Offer(task, volunteer.name()));
  Must(Move<v1::Task, v1::AcceptTaskRequest>("TaskService.AcceptTask", task, Resident("leaver")));
  Must(Move<v1::Volunteer, v1::LeaveVolunteerRequest>("VolunteerService.LeaveVolunteer", volunteer.name(),
                                                      Resident("leaver")));
  const auto returned = Must(Get(task, Staff()));
  EXPECT_EQ(returned.state(), v1::TASK_STATE_RETURNED);
  EXPECT_EQ(returned.reason_code(), "VOLUNTEER_LEFT");
}

class Orders : public ::testing::Test {
 protected:
  Orders()
      : stores_(*House().environment().keyring),
        books_{stores_, *House().environment().log},
        effects_(books_, nullptr) {
    event_.set_subject(resource::NewName("orders", absl::Now()));
    event_.set_area(kBuilding);
    event_.set_event_id(testing::RequestId());
    *event_.mutable_occur_time() = calendar::ToProto(absl::Now());
    order_.set_need("ERRAND");
    order_.set_text("换灯泡");
  }

  static program::House& House() { return Suite().house("volunteer"); }

  absl::Status Apply(const events::v1::Event& event) {
    return db::RunInTransaction(Database(), absl::Now() + absl::Seconds(5), [&](db::Transaction& tx) {
      return effects_.Apply(tx, event, order_.SerializeAsString());
    });
  }

  std::string Dispatch() {
    auto* dispatched = event_.mutable_deliberation()->mutable_order_dispatched();
    dispatched->set_assignee("VOLUNTEERS");
    dispatched->set_task(resource::NewName("tasks", absl::Now()));
    EXPECT_TRUE(Apply(event_).ok());
    return dispatched->task();
  }

  const Stores stores_;
  const Books books_;
  const OrderEffects effects_;
  events::v1::Event event_;
  deliberation::v1::Order order_;
};

TEST_F(Orders, DispatchedToVolunteersOpenATaskOnce) {
  const std::string task = Dispatch();
  EXPECT_TRUE(Apply(event_).ok()) << "and the same again does nothing";
  const auto opened = Must(Get(task, Staff()));
  EXPECT_EQ(opened.state(), v1::TASK_STATE_OPEN);
  EXPECT_EQ(opened.order(), event_.subject());
  EXPECT_EQ(opened.need(), "ERRAND");
  EXPECT_EQ(opened.text(), "换*");
  EXPECT_EQ(Events(task, "TaskMoved"), 1);
}

TEST_F(Orders, DispatchedToOthersConcernNobodyHere) {
  const events::Effect effect = effects_.Effect();
  event_.mutable_deliberation()->set_from("ACCEPTED");
  event_.mutable_deliberation()->mutable_order_dispatched()->set_assignee("PROPERTY");
  EXPECT_FALSE(effect.concerns(event_));
  event_.mutable_deliberation()->mutable_order_dispatched()->set_assignee("VOLUNTEERS");
  EXPECT_TRUE(effect.concerns(event_));
}

TEST_F(Orders, TakenFromTheVolunteersReturnTheirTask) {
  const auto given_to_property = [&](events::v1::DeliberationEvent& change) {
    change.set_to("DISPATCHED");
    change.mutable_order_dispatched()->set_assignee("PROPERTY");
    change.mutable_order_dispatched()->clear_task();
  };
  const auto given_back = [](events::v1::DeliberationEvent& change) {
    change.set_to("ACCEPTED");
    change.mutable_order_moved()->set_reason_code("NO_MEANS");
  };
  const auto done_by_staff = [](events::v1::DeliberationEvent& change) {
    change.set_to("DONE");
    change.mutable_order_moved();
  };
  const std::function<void(events::v1::DeliberationEvent&)> ways[] = {given_to_property, given_back,
                                                                      done_by_staff};
  for (const auto& leave : ways) {
    event_.set_subject(resource::NewName("orders", absl::Now()));
    event_.mutable_deliberation()->set_from("ACCEPTED");
    const std::string task = Dispatch();
    event_.mutable_deliberation()->set_from("DISPATCHED");
    leave(*event_.mutable_deliberation());
    EXPECT_TRUE(effects_.Effect().concerns(event_));
    EXPECT_TRUE(Apply(event_).ok());
    const auto returned = Must(Get(task, Staff()));
    EXPECT_EQ(returned.state(), v1::TASK_STATE_RETURNED) << event_.DebugString();
    EXPECT_EQ(returned.reason_code(), "ORDER_TAKEN_BACK");
  }
}

TEST_F(Orders, BegunStayTheVolunteers) {
  const std::string task = Dispatch();
  event_.mutable_deliberation()->set_from("DISPATCHED");
  event_.mutable_deliberation()->set_to("IN_PROGRESS");
  event_.mutable_deliberation()->mutable_order_moved();
  EXPECT_FALSE(effects_.Effect().concerns(event_));
  EXPECT_TRUE(Apply(event_).ok());
  EXPECT_EQ(Must(Get(task, Staff())).state(), v1::TASK_STATE_OPEN);
}

TEST_F(Orders, CancelledReturnTheirTask) {
  const std::string task = Dispatch();
  event_.mutable_deliberation()->mutable_order_cancelled();
  EXPECT_TRUE(Apply(event_).ok());
  const auto returned = Must(Get(task, Staff()));
  EXPECT_EQ(returned.state(), v1::TASK_STATE_RETURNED);
  EXPECT_EQ(returned.reason_code(), "ORDER_CANCELLED");
  EXPECT_TRUE(Apply(event_).ok()) << "and the same again does nothing";
  EXPECT_EQ(Events(task, "TaskClosed"), 1);
}

}  // namespace
}  // namespace firstfloor::volunteer::town
