// Rules of imports.
#include <gtest/gtest.h>

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/opinion/opinion_rules.h"

namespace firstfloor::opinion::rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr char kArea[] = "340111400001-CJ-07";

absl::Time At(const char* text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, calendar::Shanghai(), &time, nullptr));
  return time;
}

const absl::Time kNow = At("2023-03-01 10:00");  // a Wednesday

auth::Identity Staff() {
  auth::Identity identity;
  identity.kind = auth::Identity::Kind::kPerson;
  identity.subject = "staff";
  identity.roles = {{api::v1::ROLE_COMMUNITY_STAFF, "340111400"}};
  return identity;
}

ImportOpinionsRequest Row() {
  ImportOpinionsRequest row;
  row.set_source("HOTLINE_12345");
  Opinion& opinion = *row.mutable_opinion();
  opinion.set_area(kArea);
  opinion.set_channel(OPINION_CHANNEL_HOTLINE);
  opinion.set_kind(OPINION_KIND_PROBLEM);
  opinion.set_category("TRAFFIC.PARKING");  // 5 working days
  opinion.set_text("车位不够");
  opinion.set_external_number("HF-2023-1");
  opinion.mutable_reporter()->set_display_name("赵虚安");
  return row;
}

Opinion Taken(const ImportOpinionsRequest& row) {
  const absl::StatusOr<Change> change = Import(row, Staff(), kNow);
  EXPECT_TRUE(change.ok()) << change.status();
  return change.ok() ? change->opinion : Opinion();
}

// The field that is wrong, and the only one.
std::string FieldOf(const ImportOpinionsRequest& row) {
  const absl::Status status = Import(row, Staff(), kNow).status();
  EXPECT_EQ(error::ReasonOf(status), "INVALID_FIELD");
  google::rpc::BadRequest bad;
  const google::rpc::Status proto = error::ToProto(status);
  for (const auto& detail : proto.details()) {
    if (detail.Is<google::rpc::BadRequest>()) detail.UnpackTo(&bad);
  }
  EXPECT_EQ(bad.field_violations_size(), 1);
  return bad.field_violations_size() == 1 ? bad.field_violations(0).field() : "";
}

TEST(Importing, ReceivesTheRowInTheNameOfWhoeverSaidIt) {
  const Opinion opinion = Taken(Row());
  EXPECT_EQ(opinion.state(), OPINION_STATE_RECEIVED);
  EXPECT_EQ(opinion.external_source(), "HOTLINE_12345");
  EXPECT_EQ(opinion.reporter().display_name(), "赵虚安");
  EXPECT_EQ(opinion.entered_by().subject(), "staff");
}

TEST(Importing, KeepsNobodyOfWhomItIsSaidThatTheyAreAnonymous) {
  ImportOpinionsRequest row = Row();
  row.mutable_opinion()->set_anonymous(true);
  EXPECT_FALSE(Taken(row).has_reporter());
}

TEST(Importing, TellsTheLogThatItWasReceived) {
  const absl::StatusOr<Change> change = Import(Row(), Staff(), kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  ASSERT_EQ(change->steps.size(), 1u);
  EXPECT_TRUE(change->steps.front().has_received());
  EXPECT_EQ(change->steps.front().to(), "RECEIVED");
}

TEST(Importing, CountsDeadlinesFromTheDayOnWhichItWasReceivedThere) {
  EXPECT_EQ(FromProto(Taken(Row()).due_time()), At("2023-03-09 00:00"));
  ImportOpinionsRequest row = Row();
  // Over the Spring Festival's holidays, and the Saturday and Sunday after them that worked (调休).
  *row.mutable_receive_time() = ToProto(At("2023-01-19 16:00"));
  const Opinion opinion = Taken(row);
  EXPECT_EQ(FromProto(opinion.receive_time()), At("2023-01-19 16:00"));
  EXPECT_EQ(FromProto(opinion.due_time()), At("2023-02-01 00:00"));
}

TEST(Importing, HasTheAnswerDueWhenTheOtherSystemWantsItIfThatIsEarlier) {
  ImportOpinionsRequest row = Row();
  *row.mutable_opinion()->mutable_external_due_time() = ToProto(At("2023-03-03 17:30"));
  EXPECT_EQ(FromProto(Taken(row).due_time()), At("2023-03-03 17:30"));
  *row.mutable_opinion()->mutable_external_due_time() = ToProto(At("2023-03-30 17:30"));
  EXPECT_EQ(FromProto(Taken(row).due_time()), At("2023-03-09 00:00")) << "our own promise stands";
  *row.mutable_opinion()->mutable_external_due_time() = ToProto(kNow);
  EXPECT_EQ(FieldOf(row), "opinion.external_due_time");
}

TEST(Importing, WantsTheNumberByWhichTheSourceKnowsIt) {
  ImportOpinionsRequest row = Row();
  row.mutable_opinion()->clear_external_number();
  EXPECT_EQ(FieldOf(row), "opinion.external_number");
}

TEST(Importing, TakesAnyChannelAndNamesNoPlace) {
  for (const OpinionChannel channel : {OPINION_CHANNEL_STALL, OPINION_CHANNEL_HOME_VISIT,
                                       OPINION_CHANNEL_SUGGESTION_BOX, OPINION_CHANNEL_APP}) {
    ImportOpinionsRequest row = Row();
    row.mutable_opinion()->set_channel(channel);
    EXPECT_EQ(Taken(row).channel(), channel);
  }
  ImportOpinionsRequest stall = Row();
  stall.mutable_opinion()->set_stall("stalls/01900000-0000-7000-8000-000000000001");
  EXPECT_EQ(FieldOf(stall), "opinion.stall");
  ImportOpinionsRequest visit = Row();
  visit.mutable_opinion()->set_home_visit("homeVisits/01900000-0000-7000-8000-000000000001");
  EXPECT_EQ(FieldOf(visit), "opinion.home_visit");
  ImportOpinionsRequest opening = Row();
  opening.mutable_opinion()->set_box_opening("boxOpenings/01900000-0000-7000-8000-000000000001");
  EXPECT_EQ(FieldOf(opening), "opinion.box_opening");
}

TEST(Importing, ReachesTenYearsBackAndNotAhead) {
  ImportOpinionsRequest row = Row();
  *row.mutable_receive_time() = ToProto(kNow);
  EXPECT_TRUE(Import(row, Staff(), kNow).ok());
  *row.mutable_receive_time() = ToProto(kNow + absl::Seconds(1));
  EXPECT_EQ(FieldOf(row), "receive_time");
  *row.mutable_receive_time() = ToProto(At("2013-03-02 10:00"));
  EXPECT_TRUE(Import(row, Staff(), kNow).ok());
  *row.mutable_receive_time() = ToProto(At("2013-01-02 10:00"));
  EXPECT_EQ(FieldOf(row), "receive_time");
}

TEST(Importing, LeavesEmergenciesToWhoeverAnswersThem) {
  ImportOpinionsRequest row = Row();
  row.mutable_opinion()->set_urgency(OPINION_URGENCY_EMERGENCY);
  EXPECT_EQ(error::ReasonOf(Import(row, Staff(), kNow).status()), "EMERGENCY_NOT_IMPORTED");
}

TEST(Importing, LeavesAChildAtRiskToWhoeverReportsIt) {
  ImportOpinionsRequest row = Row();
  row.mutable_opinion()->set_restriction(RESTRICTION_CHILD_AT_RISK);
  EXPECT_EQ(error::ReasonOf(Import(row, Staff(), kNow).status()), "EMERGENCY_NOT_IMPORTED");
  row.mutable_opinion()->set_restriction(RESTRICTION_THREAT);
  EXPECT_TRUE(Import(row, Staff(), kNow).ok());
}

TEST(Importing, RefusesWhatAnyOpinionMayNotSay) {
  ImportOpinionsRequest category = Row();
  category.mutable_opinion()->set_category("WEATHER");
  EXPECT_EQ(FieldOf(category), "opinion.category");
  ImportOpinionsRequest petition = Row();
  petition.mutable_opinion()->set_kind(OPINION_KIND_PETITION);
  EXPECT_EQ(FieldOf(petition), "opinion.petition_type");
}

}  // namespace
}  // namespace firstfloor::opinion::rules
