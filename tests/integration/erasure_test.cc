// Erasing somebody from the suite as it is deployed: copies in other services follow, a killed program goes
// on, and a restored database is told what was erased since.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/resource/table.h"
#include "common/testing/erasing.h"
#include "common/testing/eventually.h"
#include "firstfloor/deliberation/v1/order_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/type/v1/erasure.pb.h"
#include "firstfloor/volunteer/v1/task_service.pb.h"
#include "firstfloor/volunteer/v1/volunteer_service.pb.h"
#include "tests/operations/calls.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using testing::Content;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::kBuilding;
using testing::kCommunity;
using ::testing::Not;
using testing::Programs;
using type::v1::Erasure;

constexpr char kText[] = "please carry the old sofa of 独孤虚构 down";

class ErasureOfTheSuite : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    programs_ = new Programs;
    for (const char* name : {"opinion", "deliberation", "volunteer"}) programs_->Start(name);
    for (const char* name : {"opinion", "deliberation", "volunteer"}) programs_->WaitUntilReady(name);
  }
  static void TearDownTestSuite() {
    delete programs_;
    programs_ = nullptr;
  }

  static std::string As(api::v1::Role role, const std::string& subject) {
    const std::string area = role == api::v1::ROLE_DISTRICT_ADMIN ? "340111" : kCommunity;
    return programs_->Token({{role, area}}, subject);
  }
  static std::string Staff() { return As(api::v1::ROLE_COMMUNITY_STAFF, "staff"); }
  static std::string Administrator() { return As(api::v1::ROLE_DISTRICT_ADMIN, "administrator"); }

  static rpc::CallOptions Options(const std::string& token) {
    rpc::CallOptions options;
    options.deadline = absl::Now() + absl::Seconds(20);
    options.token = token;
    return options;
  }
  // "opinion.v1.OpinionService.SubmitOpinion".
  template <typename Reply, typename Request>
  static absl::StatusOr<Reply> Ask(const std::string& method, const Request& request,
                                   const std::string& token) {
    const std::string name = "firstfloor." + method;
    Reply reply;
    const absl::Status status = programs_->ClientFor(name).Ask(name, request, reply, Options(token));
    if (!status.ok()) return status;
    return reply;
  }
  template <typename Reply, typename Request>
  static Reply Do(const std::string& method, const std::string& name, Request request,
                  const std::string& token) {
    request.set_name(name);
    request.set_request_id(resource::NewUuid());
    auto reply = Ask<Reply>(method, request, token);
    EXPECT_TRUE(reply.ok()) << method << ": " << reply.status();
    return reply.value_or(Reply());
  }
  template <typename Reply, typename Request>
  static absl::StatusOr<Reply> Get(const std::string& method, const std::string& name) {
    Request request;
    request.set_name(name);
    request.set_unmask(true);
    return Ask<Reply>(method, request, Staff());
  }
  static absl::StatusOr<deliberation::v1::Order> GetOrder(const std::string& name) {
    return Get<deliberation::v1::Order, deliberation::v1::GetOrderRequest>(
        "deliberation.v1.OrderService.GetOrder", name);
  }
  static absl::StatusOr<volunteer::v1::Task> GetTask(const std::string& name) {
    return Get<volunteer::v1::Task, volunteer::v1::GetTaskRequest>("volunteer.v1.TaskService.GetTask", name);
  }

  static absl::StatusOr<Erasure> Erase(const std::string& program, const std::string& subject) {
    type::v1::EraseSubjectRequest request;
    request.set_area("340111");
    request.set_subject(subject);
    request.set_basis(type::v1::ERASURE_BASIS_CONSENT_WITHDRAWN);
    request.set_reference("2026-17");
    request.set_force(true);
    request.set_request_id(resource::NewUuid());
    return Ask<Erasure>(program + ".v1.OperationsService.EraseSubject", request, Administrator());
  }
  static Erasure Done(const std::string& program, const std::string& name) {
    type::v1::GetErasureRequest request;
    request.set_name(name);
    Erasure erasure;
    EXPECT_TRUE(Eventually([&] {
      const auto now = Ask<Erasure>(program + ".v1.OperationsService.GetErasure", request, Administrator());
      if (now.ok()) erasure = *now;
      return erasure.state() == type::v1::ERASURE_STATE_DONE;
    })) << erasure.ShortDebugString();
    return erasure;
  }

  // `count` volunteers with the accounts "PREFIX-0" …
  static void Import(const std::string& prefix, int count) {
    volunteer::v1::ImportVolunteersRequest request;
    request.set_request_id(resource::NewUuid());
    volunteer::v1::Volunteer& row = *request.mutable_volunteer();
    row.set_area(kBuilding);
    row.set_display_name("令狐虚构");
    row.add_kinds(volunteer::v1::VOLUNTEER_KIND_RESIDENT);
    row.mutable_consent()->set_version("2023-1");
    *row.mutable_consent()->mutable_consent_time() =
        calendar::ToProto(calendar::StartOf(absl::CivilDay(2023, 1, 1)));
    row.set_birth_month("1990-05");
    int next = 0;
    volunteer::v1::ImportVolunteersResponse summary;
    const absl::Status status = programs_->client("volunteer")
                                    .Import(
                                        "firstfloor.volunteer.v1.VolunteerService.ImportVolunteers",
                                        [&]() -> const google::protobuf::Message* {
                                          if (next == count) return nullptr;
                                          row.set_subject(absl::StrCat(prefix, "-", next));
                                          row.set_external_number(absl::StrCat(prefix, "-", next++));
                                          return &request;
                                        },
                                        summary, Options(Staff()));
    ASSERT_TRUE(status.ok()) << status;
    ASSERT_EQ(summary.created(), count) << summary.ShortDebugString();
  }

  static int64_t Count(const std::string& sql) {
    db::Connection connection(programs_->mariadb().Root("volunteer"));
    const auto rows = connection.Query("SELECT COUNT(*) FROM " + sql);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() ? rows->front().Int(0) : -1;
  }

  static Programs* programs_;
};

Programs* ErasureOfTheSuite::programs_ = nullptr;

TEST_F(ErasureOfTheSuite, FollowsAnOpinionToItsOrderAndItsTask) {
  const std::string subject = "reporter-of-a-sofa";
  opinion::v1::SubmitOpinionRequest submit;
  submit.set_request_id(resource::NewUuid());
  submit.mutable_opinion()->set_area(kBuilding);
  submit.mutable_opinion()->set_channel(opinion::v1::OPINION_CHANNEL_APP);
  submit.mutable_opinion()->set_kind(opinion::v1::OPINION_KIND_PROBLEM);
  submit.mutable_opinion()->set_text(kText);
  const auto submitted = Ask<opinion::v1::SubmitOpinionResponse>("opinion.v1.OpinionService.SubmitOpinion",
                                                                 submit, As(api::v1::ROLE_RESIDENT, subject));
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  const std::string name = submitted->opinion().name();
  opinion::v1::TriageOpinionRequest triage;
  triage.set_category("ENVIRONMENT.CORRIDOR");
  Do<opinion::v1::Opinion>("opinion.v1.OpinionService.TriageOpinion", name, triage, Staff());
  const std::string order = Do<opinion::v1::Opinion>("opinion.v1.OpinionService.DispatchOpinion", name,
                                                     opinion::v1::DispatchOpinionRequest(), Staff())
                                .order();
  ASSERT_TRUE(Eventually([&] { return GetOrder(order).ok(); })) << order;
  Do<deliberation::v1::Order>("deliberation.v1.OrderService.AcceptOrder", order,
                              deliberation::v1::AcceptOrderRequest(), As(api::v1::ROLE_STEWARD, "steward-1"));
  deliberation::v1::DispatchOrderRequest dispatch;
  dispatch.set_assignee(deliberation::v1::ORDER_ASSIGNEE_VOLUNTEERS);
  const std::string task =
      Do<deliberation::v1::Order>("deliberation.v1.OrderService.DispatchOrder", order, dispatch,
                                  As(api::v1::ROLE_BRANCH_SECRETARY, "secretary-1"))
          .task();
  ASSERT_TRUE(Eventually([&] { return GetTask(task).ok(); })) << task;
  ASSERT_EQ(GetOrder(order)->text(), kText);
  ASSERT_EQ(GetTask(task)->text(), kText);

  // The opinion alone: what was made of it follows by itself, from service to service.
  const auto begun = Erase("opinion", subject);
  ASSERT_TRUE(begun.ok()) << begun.status();
  EXPECT_EQ(Done("opinion", begun->name()).resources(), 1);
  EXPECT_TRUE(Eventually([&] { return GetOrder(order)->has_erase_time(); }));
  EXPECT_TRUE(Eventually([&] { return GetTask(task)->has_erase_time(); }));
  const deliberation::v1::Order left = *GetOrder(order);
  EXPECT_EQ(left.text(), "");
  EXPECT_FALSE(left.has_resident());
  EXPECT_EQ(left.steward().subject(), "steward-1");
  EXPECT_EQ(left.state(), deliberation::v1::ORDER_STATE_DISPATCHED);
  EXPECT_EQ(GetTask(task)->text(), "");
  for (const char* program : {"opinion", "deliberation", "volunteer"}) {
    EXPECT_EQ(programs_->Run(program, "verify-log"), 0) << program;
  }
}

TEST_F(ErasureOfTheSuite, GoesOnAfterTheProgramWasKilled) {
  Import("killed", 3000);
  std::mt19937 random(std::random_device{}());
  int interrupted = 0;
  int tried = 0;
  while (interrupted < 3 && tried < 30) {
    const auto begun = Erase("volunteer", absl::StrCat("killed-", ++tried));
    ASSERT_TRUE(begun.ok()) << begun.status();
    absl::SleepFor(absl::Milliseconds(random() % 40));
    programs_->Kill("volunteer");
    interrupted += Count("erasure WHERE complete_time IS NULL AND stage <> ''") > 0 ? 1 : 0;
    programs_->Start("volunteer");
    programs_->WaitUntilReady("volunteer");
    EXPECT_EQ(Done("volunteer", begun->name()).resources(), 1);
  }
  std::cout << interrupted << " of " << tried << " erasures were killed in the middle\n";
  EXPECT_GE(interrupted, 3);
  EXPECT_EQ(Count("event_log WHERE subject LIKE 'volunteers/%' AND type = "
                  "'firstfloor.events.v1.PersonalDataErased'"),
            tried);
  EXPECT_EQ(Count("volunteer WHERE external_number LIKE 'killed-%'"), 3000 - tried);
  EXPECT_EQ(programs_->Run("volunteer", "verify-log"), 0);
}

TEST_F(ErasureOfTheSuite, IsReplayedOnADatabaseThatWasRestored) {
  Import("restored", 20);
  const std::string backup = programs_->mariadb().NewSchema("backup").schema;
  testing::CopySchema(programs_->mariadb(), "volunteer", backup);
  const auto begun = Erase("volunteer", "restored-7");
  ASSERT_TRUE(begun.ok()) << begun.status();
  Done("volunteer", begun->name());
  const std::string list = programs_->folder() + "/erasures.jsonl";
  ASSERT_EQ(programs_->Run("volunteer", "export-erasures", {}, list), 0);
  EXPECT_THAT(Content(list), HasSubstr(begun->name()));
  EXPECT_THAT(Content(list), Not(HasSubstr("restored-7")));

  EXPECT_EQ(programs_->Terminate("volunteer"), 0);
  testing::CopySchema(programs_->mariadb(), backup, "volunteer");
  ASSERT_EQ(Count("volunteer WHERE external_number = 'restored-7'"), 1);
  const std::string output = programs_->folder() + "/replayed";
  EXPECT_EQ(programs_->Run("volunteer", "replay-erasures", {"--from=" + list}, output), 0);
  EXPECT_THAT(Content(output), HasSubstr("1 erasures replayed, 1 resources"));
  EXPECT_EQ(Count("volunteer WHERE external_number = 'restored-7'"), 0);
  EXPECT_EQ(Count("volunteer WHERE external_number LIKE 'restored-%'"), 19);
  EXPECT_EQ(programs_->Run("volunteer", "replay-erasures", {"--from=/nowhere"}, output), 2);
}

}  // namespace
}  // namespace firstfloor
