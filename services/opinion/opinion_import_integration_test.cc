// Imports as they are served: real calls, MariaDB and Redis.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/db/schema/migrations.h"
#include "common/error/error.h"
#include "common/events/log.h"
#include "common/testing/eventually.h"
#include "common/testing/suite.h"
#include "firstfloor/events/v1/event.pb.h"
#include "firstfloor/opinion/v1/operations_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "services/opinion/furnish.h"

namespace firstfloor::opinion {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using firstfloor::testing::As;
using firstfloor::testing::RequestId;
using firstfloor::testing::Suite;
using ::testing::ElementsAre;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr char kImport[] = "firstfloor.opinion.v1.OpinionService.ImportOpinions";

As Staff() {
  return {.role = api::v1::ROLE_COMMUNITY_STAFF,
          .area = "340111400",
          .subject = "staff",
          .timeout = absl::Seconds(60)};
}

class Imports : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    suite_ = new Suite();
    suite_->Start({.name = "opinion", .migrations = schema::Migrations(), .furnish = Furnish});
  }
  static void TearDownTestSuite() { delete suite_; }

  static ImportOpinionsRequest Row(const std::string& number, const std::string& source = "HOTLINE_12345") {
    ImportOpinionsRequest row;
    row.set_source(source);
    Opinion& opinion = *row.mutable_opinion();
    opinion.set_area(kBuilding);
    opinion.set_channel(OPINION_CHANNEL_HOTLINE);
    opinion.set_kind(OPINION_KIND_PROBLEM);
    opinion.set_category("TRAFFIC.PARKING");
    opinion.set_text(
        "晚上八点以后小区里没有车位，路口也停满了车，救护车进不来，希望把北门外的空地划成临时停车位。");
    opinion.set_external_number(number);
    opinion.mutable_reporter()->set_display_name("赵虚安");
    opinion.mutable_reporter()->set_phone("+8619900001234");
    return row;
  }
  static std::vector<ImportOpinionsRequest> Rows(const std::string& prefix, int count) {
    std::vector<ImportOpinionsRequest> rows;
    for (int i = 0; i < count; ++i) rows.push_back(Row(absl::StrCat(prefix, i)));
    return rows;
  }
  static absl::StatusOr<ImportOpinionsResponse> Send(std::vector<ImportOpinionsRequest> rows,
                                                     const std::string& request_id, const As& as) {
    for (ImportOpinionsRequest& row : rows) row.set_request_id(request_id);
    size_t sent = 0;
    ImportOpinionsResponse summary;
    const absl::Status status = suite_->client("opinion").Import(
        kImport,
        [&]() -> const google::protobuf::Message* { return sent == rows.size() ? nullptr : &rows[sent++]; },
        summary, suite_->Options(as));
    if (!status.ok()) return status;
    return summary;
  }
  static ImportOpinionsResponse Sent(const std::vector<ImportOpinionsRequest>& rows, const As& as = Staff()) {
    const auto summary = Send(rows, RequestId(), as);
    EXPECT_TRUE(summary.ok()) << summary.status();
    return summary.ok() ? *summary : ImportOpinionsResponse();
  }
  static int64_t Count(const std::string& sql) {
    db::Connection connection(suite_->database("opinion"));
    const absl::StatusOr<db::Rows> rows = connection.Query(sql);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() ? rows->front().Int(0) : -1;
  }
  static int64_t Opinions() { return Count("SELECT COUNT(*) FROM opinion"); }
  static int64_t Events() { return Count("SELECT COUNT(*) FROM event_log WHERE subject LIKE 'opinions/%'"); }
  // The opinion of a number, as its staff sees it.
  static Opinion Of(const std::string& number) {
    ListOpinionsRequest request;
    request.set_area("340111400");
    request.set_page_size(1000);
    const auto list = suite_->Call<ListOpinionsResponse>("firstfloor.opinion.v1.OpinionService.ListOpinions",
                                                         request, Staff());
    EXPECT_TRUE(list.ok()) << list.status();
    if (!list.ok()) return Opinion();
    for (const Opinion& opinion : list->opinions()) {
      if (opinion.external_number() == number) return opinion;
    }
    ADD_FAILURE() << number << " is not there";
    return Opinion();
  }

  static Suite* suite_;
};

Suite* Imports::suite_ = nullptr;

TEST_F(Imports, FiveThousandTwiceAreFiveThousandEachWithItsEvent) {
  const std::vector<ImportOpinionsRequest> rows = Rows("MANY-", 5000);
  const int64_t opinions = Opinions();
  const int64_t events = Events();
  const std::string request_id = RequestId();
  const absl::Time start = absl::Now();
  const auto first = Send(rows, request_id, Staff());
  const absl::Duration took = absl::Now() - start;
  ASSERT_TRUE(first.ok()) << first.status();
  std::cout << "5,000 opinions imported in " << took << "\n";
  EXPECT_LT(took, absl::Seconds(20));
  EXPECT_EQ(first->received(), 5000);
  EXPECT_EQ(first->created(), 5000);
  EXPECT_EQ(Opinions(), opinions + 5000);
  EXPECT_EQ(Events(), events + 5000);
  const ImportOpinionsResponse again = Sent(rows);
  EXPECT_EQ(again.created(), 0);
  EXPECT_EQ(again.existing(), 5000);
  const auto replayed = Send(rows, request_id, Staff());
  ASSERT_TRUE(replayed.ok()) << replayed.status();
  EXPECT_EQ(replayed->created(), 5000) << "the same request is answered as before";
  EXPECT_EQ(Opinions(), opinions + 5000);
}

TEST_F(Imports, ByTwoAtTheSameTimeTakeEachRowOnce) {
  const std::vector<ImportOpinionsRequest> rows = Rows("TWO-", 1500);
  std::vector<ImportOpinionsRequest> backwards(rows.rbegin(), rows.rend());
  const int64_t opinions = Opinions();
  ImportOpinionsResponse forth;
  std::thread other([&] { forth = Sent(rows); });
  const ImportOpinionsResponse back = Sent(backwards);
  other.join();
  EXPECT_EQ(forth.created() + back.created(), 1500);
  EXPECT_EQ(forth.existing() + back.existing(), 1500);
  EXPECT_EQ(Opinions(), opinions + 1500);
}

TEST_F(Imports, KnowANumberPerSource) {
  const ImportOpinionsResponse summary =
      Sent({Row("SAME", "HOTLINE_12345"), Row("SAME", "SPREADSHEET"), Row("SAME", "SPREADSHEET")});
  EXPECT_EQ(summary.created(), 2);
  EXPECT_EQ(summary.existing(), 1);
}

TEST_F(Imports, NameRowsThatCannotBeTakenAndStopNobody) {
  std::vector<ImportOpinionsRequest> rows = Rows("BAD-", 6);
  rows[1].mutable_opinion()->clear_external_number();
  rows[2].mutable_opinion()->set_category("WEATHER");
  rows[3].mutable_opinion()->mutable_reporter()->set_phone("12");
  rows[4].mutable_opinion()->set_area("340104400001-SL-01");
  rows[5].mutable_opinion()->set_urgency(OPINION_URGENCY_EMERGENCY);
  const ImportOpinionsResponse summary = Sent(rows);
  EXPECT_EQ(summary.received(), 6);
  EXPECT_EQ(summary.created(), 1);
  EXPECT_EQ(summary.refused(), 5);
  std::vector<std::pair<int64_t, std::string>> errors;
  for (const ImportError& error : summary.errors()) errors.emplace_back(error.row(), error.reason());
  EXPECT_THAT(errors, ElementsAre(std::pair<int64_t, std::string>(2, "INVALID_FIELD"),
                                  std::pair(3, "INVALID_FIELD"), std::pair(4, "INVALID_FIELD"),
                                  std::pair(5, "DENIED"), std::pair(6, "EMERGENCY_NOT_IMPORTED")));
}

TEST_F(Imports, AreForStaffOnly) {
  As steward = Staff();
  steward.role = api::v1::ROLE_STEWARD;
  const auto summary = Send({Row("STEWARD")}, RequestId(), steward);
  EXPECT_TRUE(absl::IsPermissionDenied(summary.status())) << summary.status();
}

TEST_F(Imports, HaveDeadlinesFromTheDayOnWhichTheyWereReceivedThere) {
  ImportOpinionsRequest late = Row("LATE");
  const absl::Time received = absl::Now() - absl::Hours(24 * 60);
  *late.mutable_receive_time() = ToProto(received);
  ImportOpinionsRequest wanted = Row("WANTED");
  const absl::Time wanted_by = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now() + absl::Hours(1)));
  *wanted.mutable_opinion()->mutable_external_due_time() = ToProto(wanted_by);
  ASSERT_EQ(Sent({late, wanted}).created(), 2);
  EXPECT_EQ(FromProto(Of("WANTED").due_time()), wanted_by);
  const Opinion opinion = Of("LATE");
  EXPECT_LT(FromProto(opinion.due_time()), absl::Now());
  EXPECT_EQ(FromProto(opinion.create_time()), FromProto(opinion.receive_time()));
  // Its deadlines have passed, which the service's clock tells.
  EXPECT_TRUE(firstfloor::testing::Eventually([&] { return Of("LATE").lapsed_deadlines_size() >= 3; }));
  EXPECT_THAT(Of("LATE").lapsed_deadlines(), ::testing::UnorderedElementsAre("REMINDER", "DUE", "ESCALATED"));
}

TEST_F(Imports, DatedBackWaitForAdvanceTimers) {
  As then = Staff();
  absl::Time as_of;
  ASSERT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", "2023-03-01 10:00", calendar::Shanghai(), &as_of, nullptr));
  then.as_of = as_of;
  ImportOpinionsRequest row = Row("DATED");
  *row.mutable_receive_time() = ToProto(as_of - absl::Hours(24));
  ASSERT_EQ(Sent({row}, then).created(), 1);
  const Opinion before = Of("DATED");
  EXPECT_EQ(FromProto(before.receive_time()), as_of - absl::Hours(24));
  EXPECT_EQ(before.lapsed_deadlines_size(), 0);
  AdvanceTimersRequest advance;
  advance.set_area("340111400");
  *advance.mutable_as_of_time() = before.due_time();
  const auto advanced = suite_->Call<AdvanceTimersResponse>(
      "firstfloor.opinion.v1.OperationsService.AdvanceTimers", advance, Staff());
  ASSERT_TRUE(advanced.ok()) << advanced.status();
  EXPECT_THAT(Of("DATED").lapsed_deadlines(), ElementsAre("REMINDER", "DUE"));
}

TEST_F(Imports, OfAClientThatIsLostMidwayLeaveWholeChunksAndAreSentAgain) {
  std::vector<ImportOpinionsRequest> rows = Rows("LOST-", 1200);
  const std::string request_id = RequestId();
  for (ImportOpinionsRequest& row : rows) row.set_request_id(request_id);
  As hurried = Staff();
  hurried.timeout = absl::Seconds(3);
  const rpc::CallOptions options = suite_->Options(hurried);
  size_t sent = 0;
  ImportOpinionsResponse summary;
  const auto until_the_line_goes_dead = [&]() -> const google::protobuf::Message* {
    if (sent == 700) absl::SleepFor(options.deadline - absl::Now() + absl::Milliseconds(200));
    return &rows[sent++];
  };
  const absl::Status lost =
      suite_->client("opinion").Import(kImport, until_the_line_goes_dead, summary, options);
  ASSERT_TRUE(absl::IsDeadlineExceeded(lost)) << lost;
  EXPECT_EQ(Count("SELECT COUNT(*) FROM opinion_external WHERE number LIKE 'LOST-%'"), 400);
  const auto again = Send(rows, request_id, Staff());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->created(), 1200);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM opinion_external WHERE number LIKE 'LOST-%'"), 1200);
}

}  // namespace
}  // namespace firstfloor::opinion
