// Suggestion boxes as they are served: real calls, MariaDB and Redis.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
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
#include "common/testing/suite.h"
#include "firstfloor/events/v1/event.pb.h"
#include "firstfloor/opinion/v1/box_service.pb.h"
#include "firstfloor/opinion/v1/operations_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/opinion/v1/statistics_service.pb.h"
#include "services/opinion/furnish.h"

namespace firstfloor::opinion {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using firstfloor::testing::As;
using firstfloor::testing::RequestId;
using firstfloor::testing::Suite;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

constexpr char kCommittee[] = "340111400001";
constexpr char kBoxes[] = "firstfloor.opinion.v1.BoxService.";

As Person(const std::string& subject, api::v1::Role role, const std::string& area = "340111400") {
  return {.role = role, .area = area, .subject = subject};
}
As Staff() { return Person("staff", api::v1::ROLE_COMMUNITY_STAFF); }
As Steward() { return Person("steward", api::v1::ROLE_STEWARD); }
As Resident() { return Person("resident", api::v1::ROLE_RESIDENT, "340111400001-CJ-07"); }
As Then(As as, absl::Time time) {
  as.as_of = time;
  return as;
}

class Boxes : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    suite_ = new Suite();
    suite_->Start({.name = "opinion", .migrations = schema::Migrations(), .furnish = Furnish});
  }
  static void TearDownTestSuite() { delete suite_; }

  template <typename Reply, typename Request>
  static absl::StatusOr<Reply> Ask(const std::string& method, Request request, const As& as) {
    if constexpr (requires { request.set_request_id(""); }) request.set_request_id(RequestId());
    return suite_->Call<Reply>(method, request, as);
  }
  template <typename Reply>
  static Reply Must(const absl::StatusOr<Reply>& reply) {
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() ? *reply : Reply();
  }
  static std::string Reason(const absl::Status& status) { return error::ReasonOf(status); }

  static Box Hung(const As& as = Staff()) {
    CreateBoxRequest request;
    Box& box = *request.mutable_box();
    box.set_area(kCommittee);
    box.set_place("光荣之家大厅");
    box.mutable_custodian()->set_subject("custodian");
    box.mutable_custodian()->set_display_name("钱虚宁");
    box.set_opening_interval_days(7);
    return Must(Ask<Box>(absl::StrCat(kBoxes, "CreateBox"), request, as));
  }
  static absl::StatusOr<BoxOpening> Open(const Box& box, int first, int second, const As& as = Steward()) {
    OpenBoxRequest request;
    request.set_name(box.name());
    for (const auto& [subject, slips] : {std::pair("resident", first), std::pair("steward", second)}) {
      BoxWitness* witness = request.add_witnesses();
      witness->mutable_person()->set_subject(subject);
      witness->mutable_person()->set_display_name("赵虚安");
      witness->set_slips(slips);
    }
    return Ask<BoxOpening>(absl::StrCat(kBoxes, "OpenBox"), request, as);
  }
  static absl::StatusOr<SubmitOpinionResponse> Enter(const std::string& opening, const As& as = Steward()) {
    SubmitOpinionRequest request;
    Opinion& opinion = *request.mutable_opinion();
    opinion.set_area(kCommittee);
    opinion.set_channel(OPINION_CHANNEL_SUGGESTION_BOX);
    opinion.set_kind(OPINION_KIND_SUGGESTION);
    opinion.set_text("大堂里放几把带扶手的椅子。");
    opinion.set_anonymous(true);
    opinion.set_box_opening(opening);
    return Ask<SubmitOpinionResponse>("firstfloor.opinion.v1.OpinionService.SubmitOpinion", request, as);
  }
  static absl::StatusOr<BoxOpening> Complete(const std::string& opening, const As& as = Steward()) {
    CompleteBoxOpeningRequest request;
    request.set_name(opening);
    return Ask<BoxOpening>(absl::StrCat(kBoxes, "CompleteBoxOpening"), request, as);
  }
  static absl::StatusOr<BoxOpening> Recount(const std::string& opening, int witness, int slips,
                                            const As& as = Steward()) {
    RecountBoxOpeningRequest request;
    request.set_name(opening);
    request.set_witness(witness);
    request.set_slips(slips);
    return Ask<BoxOpening>(absl::StrCat(kBoxes, "RecountBoxOpening"), request, as);
  }
  static absl::StatusOr<BoxOpening> GetOpening(const std::string& name, const As& as, bool unmask = false) {
    GetBoxOpeningRequest request;
    request.set_name(name);
    request.set_unmask(unmask);
    return Ask<BoxOpening>(absl::StrCat(kBoxes, "GetBoxOpening"), request, as);
  }
  static absl::StatusOr<Box> GetBox(const std::string& name, const As& as, bool unmask = false) {
    GetBoxRequest request;
    request.set_name(name);
    request.set_unmask(unmask);
    return Ask<Box>(absl::StrCat(kBoxes, "GetBox"), request, as);
  }
  static std::vector<events::v1::Event> EventsOf(const std::string& subject) {
    db::Connection connection(suite_->database("opinion"));
    EXPECT_TRUE(events::AwaitCaughtUp(connection, "", absl::Now() + absl::Seconds(10)).ok());
    std::vector<events::v1::Event> of_it;
    int64_t after = 0;
    while (true) {
      const auto page = events::ReadAfter(connection, after, 1000);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok() || page->empty()) return of_it;
      for (const events::v1::Event& event : *page) {
        if (event.subject() == subject) of_it.push_back(event);
      }
      after = page->back().seq();
    }
  }
  static int64_t Figure(const std::string& key) {
    GetOpinionStatisticsRequest request;
    request.set_area("340111400");
    request.set_start_day("2023-01-01");
    request.set_end_day("2100-01-01");
    As as = Staff();
    as.strong = true;
    const auto response = suite_->Call<GetOpinionStatisticsResponse>(
        "firstfloor.opinion.v1.StatisticsService.GetOpinionStatistics", request, as);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return -1;
    for (const type::v1::Figure& figure : response->figures()) {
      if (figure.key() == key) return figure.value();
    }
    return -1;
  }

  static Suite* suite_;
};

Suite* Boxes::suite_ = nullptr;

TEST_F(Boxes, AreEmptiedIntoOpinionsBeforeTwoWitnesses) {
  const int64_t emptied = Figure("boxes.emptied");
  const int64_t slips = Figure("boxes.slips");
  const Box box = Hung();
  const BoxOpening opening = Must(Open(box, 2, 3));
  EXPECT_EQ(Must(GetBox(box.name(), Staff())).opening(), opening.name());
  const Opinion first = Must(Enter(opening.name())).opinion();
  EXPECT_EQ(first.box_opening(), opening.name());
  Must(Enter(opening.name()));
  EXPECT_EQ(Reason(Enter(opening.name()).status()), "SLIPS_ALL_ENTERED");
  EXPECT_EQ(Reason(Complete(opening.name()).status()), "COUNTS_DISAGREE");
  EXPECT_EQ(Reason(Recount(opening.name(), 0, 2).status()), "COUNT_OF_ANOTHER");
  EXPECT_EQ(Reason(Recount(opening.name(), 1, 2, Staff()).status()), "COUNT_OF_ANOTHER");
  Must(Recount(opening.name(), 1, 2));
  const BoxOpening complete = Must(Complete(opening.name()));
  EXPECT_EQ(complete.state(), BOX_OPENING_STATE_COMPLETE);
  EXPECT_EQ(Must(GetBox(box.name(), Staff())).opening(), "");
  EXPECT_EQ(Reason(Enter(opening.name()).status()), "BOX_OPENING_NOT_OPEN");
  EXPECT_EQ(Reason(Complete(opening.name()).status()), "BOX_OPENING_WRONG_STATE");

  std::vector<std::string> told;
  for (const events::v1::Event& event : EventsOf(opening.name())) told.push_back(event.type());
  EXPECT_THAT(
      told, ::testing::ElementsAre("firstfloor.events.v1.BoxOpened", "firstfloor.events.v1.BoxSlipEntered",
                                   "firstfloor.events.v1.BoxSlipEntered", "firstfloor.events.v1.BoxRecounted",
                                   "firstfloor.events.v1.BoxOpeningCompleted"));
  EXPECT_EQ(Figure("boxes.emptied"), emptied + 1);
  EXPECT_EQ(Figure("boxes.slips"), slips + 2);
}

TEST_F(Boxes, TakeEachSlipOnceHoweverManyEnterThemAtTheSameTime) {
  constexpr int kSlips = 12;
  const BoxOpening opening = Must(Open(Hung(), kSlips, kSlips));
  std::atomic<int> entered{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 4; ++j) {
        const auto response = Enter(opening.name());
        if (response.ok()) {
          ++entered;
        } else if (Reason(response.status()) == "SLIPS_ALL_ENTERED") {
          ++refused;
        } else {
          ADD_FAILURE() << response.status();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(entered, kSlips);
  EXPECT_EQ(refused, 8 * 4 - kSlips);
  EXPECT_EQ(Must(Complete(opening.name())).slips_entered(), kSlips);
}

TEST_F(Boxes, AreOpenedByOneOfManyWhoOpenAtTheSameTime) {
  const Box box = Hung();
  std::atomic<int> opened{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto opening = Open(box, 1, 1);
      if (opening.ok()) ++opened;
      if (!opening.ok()) {
        EXPECT_EQ(Reason(opening.status()), "BOX_BEING_EMPTIED");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, 1);
}

TEST_F(Boxes, TakeNoSlipOfAnOpeningThatIsNotOnesOwnToHandle) {
  const BoxOpening opening = Must(Open(Hung(), 1, 1));
  const As other = Person("other", api::v1::ROLE_STEWARD, "340104400");
  EXPECT_TRUE(absl::IsPermissionDenied(Enter(opening.name(), other).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(Enter(opening.name(), Resident()).status())) << "through APP alone";
  EXPECT_EQ(Reason(Enter("boxOpenings/01900000-0000-7000-8000-000000000009").status()),
            "BOX_OPENING_NOT_OPEN");
  SubmitOpinionRequest request;
  request.mutable_opinion()->set_area(kCommittee);
  request.mutable_opinion()->set_channel(OPINION_CHANNEL_SUGGESTION_BOX);
  request.mutable_opinion()->set_kind(OPINION_KIND_SUGGESTION);
  request.mutable_opinion()->set_text("a slip of no opening");
  EXPECT_EQ(Reason(Ask<SubmitOpinionResponse>("firstfloor.opinion.v1.OpinionService.SubmitOpinion", request,
                                              Steward())
                       .status()),
            "INVALID_FIELD");
}

TEST_F(Boxes, NamePeopleToThemselvesAndToStaffWhoAskWhichIsRecorded) {
  const Box box = Hung();
  const BoxOpening opening = Must(Open(box, 0, 0));
  EXPECT_EQ(Must(GetBox(box.name(), Resident())).custodian().display_name(), "钱*");
  EXPECT_EQ(Must(GetBox(box.name(), Person("custodian", api::v1::ROLE_RESIDENT))).custodian().display_name(),
            "钱虚宁");
  EXPECT_TRUE(absl::IsPermissionDenied(GetBox(box.name(), Resident(), true).status()));
  EXPECT_EQ(Must(GetBox(box.name(), Staff(), true)).custodian().display_name(), "钱虚宁");
  EXPECT_EQ(Must(GetOpening(opening.name(), Staff())).witnesses(0).person().display_name(), "赵*");
  EXPECT_EQ(Must(GetOpening(opening.name(), Steward())).witnesses(0).person().display_name(), "赵虚安");
  EXPECT_TRUE(absl::IsPermissionDenied(GetOpening(opening.name(), Resident()).status()))
      << "residents see boxes, not openings";
}

TEST_F(Boxes, AreListedAndTheOverdueByThemselves) {
  const absl::Time then = absl::Now() - absl::Hours(24 * 40);
  const Box overdue = Hung(Then(Staff(), then));
  const Box fresh = Hung();
  ListBoxesRequest request;
  request.set_area(kCommittee);
  request.set_overdue(true);
  request.set_page_size(1000);
  std::vector<std::string> names;
  const auto overdues = Must(Ask<ListBoxesResponse>(absl::StrCat(kBoxes, "ListBoxes"), request, Resident()));
  for (const Box& box : overdues.boxes()) names.push_back(box.name());
  EXPECT_THAT(names, ::testing::Contains(overdue.name()));
  EXPECT_THAT(names, ::testing::Not(::testing::Contains(fresh.name())));
  ListBoxOpeningsRequest openings;
  openings.set_area(kCommittee);
  openings.set_box(fresh.name());
  const BoxOpening opening = Must(Open(fresh, 0, 0));
  const auto list =
      Must(Ask<ListBoxOpeningsResponse>(absl::StrCat(kBoxes, "ListBoxOpenings"), openings, Staff()));
  ASSERT_EQ(list.box_openings_size(), 1);
  EXPECT_EQ(list.box_openings(0).name(), opening.name());
}

TEST_F(Boxes, ThatAreOverdueAreRemindedOfUntilTheyAreOpened) {
  absl::Time hung;
  ASSERT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", "2023-03-01 10:00", calendar::Shanghai(), &hung, nullptr));
  const Box box = Hung(Then(Staff(), hung));
  const absl::Time due = FromProto(box.due_time());
  const auto advance = [](absl::Time as_of) {
    AdvanceTimersRequest request;
    request.set_area("340111400");
    *request.mutable_as_of_time() = ToProto(as_of);
    EXPECT_TRUE(suite_
                    ->Call<AdvanceTimersResponse>("firstfloor.opinion.v1.OperationsService.AdvanceTimers",
                                                  request, Staff())
                    .ok());
  };
  advance(due - absl::Seconds(1));
  EXPECT_EQ(Must(GetBox(box.name(), Staff())).reminders(), 0);
  advance(due + absl::Hours(24 * 8));
  EXPECT_EQ(Must(GetBox(box.name(), Staff())).reminders(), 2);
  int reminders = 0;
  for (const events::v1::Event& event : EventsOf(box.name())) reminders += event.opinion().has_box_overdue();
  EXPECT_EQ(reminders, 2);
  const absl::Time opened = due + absl::Hours(24 * 9);
  const BoxOpening opening = Must(Open(box, 0, 0, Then(Steward(), opened)));
  Must(Complete(opening.name(), Then(Steward(), opened)));
  EXPECT_EQ(Must(GetBox(box.name(), Staff())).reminders(), 0);
  RetireBoxRequest retire;
  retire.set_name(box.name());
  EXPECT_EQ(Must(Ask<Box>(absl::StrCat(kBoxes, "RetireBox"), retire, Then(Staff(), opened))).state(),
            BOX_STATE_RETIRED);
  advance(opened + absl::Hours(24 * 60));
  EXPECT_EQ(Must(GetBox(box.name(), Staff())).reminders(), 0) << "nobody is reminded of what was taken down";
}

TEST_F(Boxes, AreChangedByMaskAndEtag) {
  const Box box = Hung();
  UpdateBoxRequest request;
  request.set_name(box.name());
  request.set_etag("7");
  request.mutable_update_mask()->add_paths("place");
  request.set_place("二楼活动室");
  const std::string method = absl::StrCat(kBoxes, "UpdateBox");
  EXPECT_EQ(Reason(Ask<Box>(method, request, Staff()).status()), "ETAG_MISMATCH");
  request.set_etag(box.etag());
  EXPECT_EQ(Must(Ask<Box>(method, request, Staff())).place(), "二楼活动室");
  request.clear_etag();
  EXPECT_TRUE(absl::IsPermissionDenied(Ask<Box>(method, request, Steward()).status()));
}

}  // namespace
}  // namespace firstfloor::opinion
