// What is due, what was said and done, and where most was said, on the running service.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "firstfloor/opinion/v1/ledger_service.pb.h"
#include "firstfloor/opinion/v1/statistics_service.pb.h"
#include "services/opinion/opinion_fixture.h"

namespace firstfloor::opinion {
namespace {

using calendar::FromProto;
using error::ReasonOf;
using testing::As;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

TEST_F(OpinionStories, DaysThatNoCalendarHasAreRefusedWhereverTheyAreAskedFor) {
  for (const char* day : {"99999-1-1", "-999-01-01", "2023-1-1", " 2023-01-1", "2023-02-30", "0001-01-01"}) {
    SCOPED_TRACE(day);
    GetOpinionStatisticsRequest figures;
    figures.set_area(kBuilding);
    figures.set_start_day("2023-01-01");
    figures.set_end_day(day);
    EXPECT_EQ(ReasonOf(Ask<GetOpinionStatisticsResponse>("StatisticsService.GetOpinionStatistics", figures,
                                                         OfTheCommunity())
                           .status()),
              "INVALID_FIELD");
    ListDueRequest due;
    due.set_area(kBuilding);
    due.set_day(day);
    EXPECT_EQ(ReasonOf(Ask<ListDueResponse>("LedgerService.ListDue", due, OfTheCommunity()).status()),
              "INVALID_FIELD");
  }
  for (const char* month : {"99999-1", "-999-01", "2023-13", "0001-01", "2023-1 "}) {
    GetYouSaidWeDidRequest sheet;
    sheet.set_area(kBuilding);
    sheet.set_month(month);
    EXPECT_EQ(ReasonOf(Ask<YouSaidWeDid>("LedgerService.GetYouSaidWeDid", sheet, OfTheCommunity()).status()),
              "INVALID_FIELD")
        << month;
  }
}

TEST_F(OpinionStories, EveryPostSeesWhatIsDueAndNothingTwice) {
  const std::string area = "340111400002-HY-01";
  const As resident = Resident("d1", area);
  const As steward = Steward("340111400002-HY");
  std::vector<std::string> expected;
  for (const char* when : {"2023-03-01 10:00", "2023-03-02 10:00", "2023-03-03 10:00"}) {
    expected.push_back(
        absl::StrCat(Submitted(Submission(area), Then(resident, At(when))).opinion().name(), ": DUE"));
  }
  // Two working days each: the end of 3, 6 and 7 March.
  EXPECT_THAT(DueFor(steward, area, "2023-03-02"), IsEmpty());
  EXPECT_THAT(DueFor(steward, area, "2023-03-03"), ElementsAre(expected[0]));
  EXPECT_THAT(DueFor(steward, area, "2023-03-06"), ElementsAre(expected[0], expected[1]));
  EXPECT_THAT(DueFor(steward, area), ElementsAre(expected[0], expected[1], expected[2]));
  ListDueRequest request;
  request.set_area(area);
  EXPECT_EQ(ReasonOf(Ask<ListDueResponse>("LedgerService.ListDue", request, resident).status()), "DENIED");
  EXPECT_EQ(ReasonOf(Ask<ListDueResponse>("LedgerService.ListDue", request, Steward()).status()), "DENIED");
  request.set_day("tomorrow");
  EXPECT_EQ(ReasonOf(Ask<ListDueResponse>("LedgerService.ListDue", request, steward).status()),
            "INVALID_FIELD");
  request.clear_day();
  request.set_post(api::v1::ROLE_BRANCH_SECRETARY);
  EXPECT_EQ(Must<ListDueResponse>("LedgerService.ListDue", request, steward).items_size(), 0);
  // After three times the days they are the branch's.
  Advance(area, At("2023-03-20 10:00"));
  EXPECT_EQ(Must<ListDueResponse>("LedgerService.ListDue", request, steward).items_size(), 3);
}

TEST_F(OpinionStories, TheLobbyReadsWhatItSaidAndWhatWasDone) {
  const std::string area = "340111400001-CJ-09";
  const auto said = [&](const char* when) {
    return Submitted(Submission(area), Then(Resident("y1", area), At(when))).opinion().name();
  };
  said("2023-04-30 23:59");
  const std::string done = said("2023-05-01 00:00");
  said("2023-05-20 10:00");
  Triaged(done, Then(Steward(), At("2023-05-02 10:00")));
  Done("StartOpinion", done, StartOpinionRequest(), Then(Steward(), At("2023-05-02 11:00")));
  ResolveOpinionRequest resolve;
  resolve.set_outcome(OPINION_OUTCOME_FIXED);
  resolve.set_answer("王师傅已来过您家");
  resolve.set_public_answer("当天清理完毕");
  Done("ResolveOpinion", done, resolve, Then(Steward(), At("2023-05-03 10:00")));
  GetYouSaidWeDidRequest request;
  request.set_area(area);
  request.set_month("2023-05");
  const auto sheet =
      Must<YouSaidWeDid>("LedgerService.GetYouSaidWeDid", request, Resident("anybody", kBuilding));
  EXPECT_EQ(sheet.received(), 2);
  EXPECT_EQ(sheet.resolved(), 1);
  ASSERT_EQ(sheet.entries_size(), 1);
  EXPECT_EQ(sheet.entries(0).said(), "楼道堆物");
  EXPECT_EQ(sheet.entries(0).did(), "当天清理完毕");
  EXPECT_EQ(sheet.entries(0).outcome(), OPINION_OUTCOME_FIXED);
  EXPECT_THAT(sheet.SerializeAsString(), Not(::testing::HasSubstr("王师傅")));
  // It is written once for all who ask within seconds, and says of when it is.
  EXPECT_LE(FromProto(sheet.as_of_time()), absl::Now());
  said("2023-05-21 10:00");
  EXPECT_EQ(Must<YouSaidWeDid>("LedgerService.GetYouSaidWeDid", request, Resident("anybody", kBuilding))
                .SerializeAsString(),
            sheet.SerializeAsString());
  EXPECT_EQ(
      Must<YouSaidWeDid>("LedgerService.GetYouSaidWeDid", request, Strong(Resident("anybody"))).received(),
      3);
  EXPECT_EQ(
      ReasonOf(
          Ask<YouSaidWeDid>("LedgerService.GetYouSaidWeDid", request, Resident("far", kElsewhere)).status()),
      "DENIED");
  request.set_area("340111400001");
  EXPECT_EQ(ReasonOf(Ask<YouSaidWeDid>("LedgerService.GetYouSaidWeDid", request, OfTheCommunity()).status()),
            "INVALID_FIELD");
}

TEST_F(OpinionStories, TheHottestBuildingIsWhereMostWasSaidAndSupported) {
  const std::string cool = "340111400002-HY-01";
  const std::string hot = "340111400002-HY-02";
  const auto said = [&](const std::string& area, const char* when) {
    return Submitted(Submission(area), Then(Resident("h1", area), At(when))).opinion().name();
  };
  said(cool, "2022-05-03 10:00");
  said(cool, "2022-05-04 10:00");
  const std::string name = said(hot, "2022-05-04 23:59");
  Triaged(name, Then(Steward("340111400002"), At("2022-05-05 10:00")));
  for (const char* who : {"h2", "h3"}) {
    Done("SupportOpinion", name, SupportOpinionRequest(), Then(Resident(who, hot), At("2022-05-06 10:00")));
  }
  GetOpinionStatisticsRequest request;
  request.set_area("340111400002-HY");
  request.set_start_day("2022-05-01");
  request.set_end_day("2022-06-01");
  const auto figures = [&](OpinionDimension dimension, const std::string& key, const std::string& name_of) {
    request.set_group_by(dimension);
    const auto response = Ask<GetOpinionStatisticsResponse>("StatisticsService.GetOpinionStatistics", request,
                                                            Strong(Steward("340111400002")));
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> found;
    if (!response.ok()) return found;
    for (const type::v1::Figure& figure : response->figures()) {
      const auto of = figure.dimensions().find(name_of);
      if (figure.key() != key || of == figure.dimensions().end()) continue;
      found.push_back(absl::StrCat(of->second, ": ", figure.value()));
    }
    return found;
  };
  EXPECT_THAT(figures(OPINION_DIMENSION_BUILDING, "opinions.received", "building"),
              ElementsAre(hot + ": 1", cool + ": 2"));
  EXPECT_THAT(figures(OPINION_DIMENSION_BUILDING, "opinions.supported", "building"),
              ElementsAre(hot + ": 2", cool + ": 0"));
  EXPECT_THAT(figures(OPINION_DIMENSION_AREA, "opinions.received", "area"),
              ElementsAre(cool + ": 2", hot + ": 1"));
  EXPECT_THAT(figures(OPINION_DIMENSION_DAY, "opinions.received", "day"),
              ElementsAre("2022-05-03: 1", "2022-05-04: 2"));
}

}  // namespace
}  // namespace firstfloor::opinion
