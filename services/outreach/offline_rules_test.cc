#include "services/outreach/offline_rules.h"

#include "common/calendar/timestamp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/outreach/session_rules.h"

namespace firstfloor::outreach::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kStart = absl::FromUnixSeconds(1'684'000'000);

v1::Session Going(int capacity) {
  v1::Session session;
  session.set_name("sessions/1");
  session.set_state(v1::SESSION_STATE_IN_PROGRESS);
  session.set_capacity(capacity);
  *session.mutable_window()->mutable_start_time() = calendar::ToProto(kStart);
  *session.mutable_window()->mutable_end_time() = calendar::ToProto(kStart + absl::Hours(1));
  return session;
}

v1::OfflineCheckIn WalkedIn(int heads, absl::Time time = kStart) {
  v1::OfflineCheckIn check_in;
  check_in.set_nonce("11111111-1111-4111-8111-111111111111");
  check_in.set_identity(v1::IDENTITY_YOUTH);
  check_in.set_heads(heads);
  *check_in.mutable_device_time() = calendar::ToProto(time);
  return check_in;
}

v1::Enrolment Party(int heads) {
  v1::Enrolment enrolment;
  enrolment.set_name("enrolments/1");
  enrolment.set_session("sessions/1");
  enrolment.set_state(v1::ENROLMENT_STATE_ENROLLED);
  enrolment.set_heads(heads);
  return enrolment;
}

v1::OfflineCheckIn OfParty() {
  v1::OfflineCheckIn check_in = WalkedIn(0);
  check_in.clear_identity();
  check_in.set_enrolment("enrolments/1");
  return check_in;
}

std::vector<int> FlagsOf(const v1::CheckInOutcome& outcome) {
  return {outcome.flags().begin(), outcome.flags().end()};
}

v1::CheckInOutcome Count(const v1::OfflineCheckIn& check_in, v1::Session& session,
                         v1::Enrolment* enrolment = nullptr) {
  return CountOffline(check_in, kStart + absl::Hours(3), session, enrolment);
}

TEST(OfflineRules, PeopleWhoWalkedInAreCountedByIdentity) {
  v1::Session session = Going(10);
  const v1::CheckInOutcome outcome = Count(WalkedIn(3), session);
  EXPECT_EQ(outcome.result(), v1::CHECK_IN_RESULT_COUNTED);
  EXPECT_THAT(FlagsOf(outcome), IsEmpty());
  Count(WalkedIn(0), session);  // one person
  ASSERT_EQ(session.walk_ins_size(), 1);
  EXPECT_EQ(session.walk_ins(0).identity(), v1::IDENTITY_YOUTH);
  EXPECT_EQ(session.walk_ins(0).heads(), 4);
}

TEST(OfflineRules, WhatDoesNotFitCountsAndIsFlagged) {
  v1::Session session = Going(3);
  EXPECT_THAT(FlagsOf(Count(WalkedIn(3), session)), IsEmpty());
  EXPECT_THAT(FlagsOf(Count(WalkedIn(2), session)), ElementsAre(v1::CHECK_IN_FLAG_OVER_CAPACITY));
  EXPECT_EQ(WalkIns(session), 5);
  EXPECT_EQ(session.over_capacity_heads(), 2);
}

TEST(OfflineRules, WhoIsLateTookPartAndIsFlaggedAndTheReportStays) {
  v1::Session session = Going(10);
  EXPECT_THAT(FlagsOf(Count(WalkedIn(1, kStart + absl::Hours(2)), session)),
              ElementsAre(v1::CHECK_IN_FLAG_LATE));
  EXPECT_EQ(session.participants(), 0);  // the report is to come
  session.set_state(v1::SESSION_STATE_COMPLETED);
  session.mutable_report()->add_heads()->set_heads(1);
  session.set_participants(1);
  const std::string report = session.report().SerializeAsString();
  EXPECT_THAT(FlagsOf(Count(WalkedIn(2), session)), ElementsAre(v1::CHECK_IN_FLAG_LATE));
  v1::Enrolment party = Party(4);
  party.set_state(v1::ENROLMENT_STATE_NO_SHOW);
  Count(OfParty(), session, &party);
  EXPECT_EQ(session.late_heads(), 7);
  EXPECT_EQ(Came(session), 7);
  EXPECT_EQ(session.participants(), 7);
  EXPECT_EQ(session.report().SerializeAsString(), report);
}

TEST(OfflineRules, ACountByHandHadEverybodyInIt) {
  v1::Session session = Going(10);
  session.set_state(v1::SESSION_STATE_COMPLETED);
  session.mutable_report()->set_counted_by_hand(true);
  session.set_participants(9);
  EXPECT_THAT(FlagsOf(Count(WalkedIn(2), session)), ElementsAre(v1::CHECK_IN_FLAG_LATE));
  EXPECT_EQ(session.late_heads(), 2);
  EXPECT_EQ(session.participants(), 9);
}

TEST(OfflineRules, AClockThatCannotBeRightIsFlagged) {
  v1::Session session = Going(10);
  EXPECT_THAT(FlagsOf(Count(WalkedIn(1, kStart - absl::Minutes(31)), session)),
              ElementsAre(v1::CHECK_IN_FLAG_DOUBTFUL_TIME));
  EXPECT_THAT(FlagsOf(Count(WalkedIn(1, kStart - absl::Minutes(30)), session)), IsEmpty());
  EXPECT_THAT(FlagsOf(CountOffline(WalkedIn(1, kStart + absl::Minutes(10)), kStart + absl::Minutes(5),
                                   session, nullptr)),
              IsEmpty());
  EXPECT_THAT(FlagsOf(CountOffline(WalkedIn(1, kStart + absl::Minutes(11)), kStart + absl::Minutes(5),
                                   session, nullptr)),
              ElementsAre(v1::CHECK_IN_FLAG_DOUBTFUL_TIME));
}

TEST(OfflineRules, AnEnrolmentAttendsOnceAlsoWhenItHadBeenGivenUp) {
  for (const v1::EnrolmentState before : {v1::ENROLMENT_STATE_ENROLLED, v1::ENROLMENT_STATE_NO_SHOW}) {
    v1::Session session = Going(10);
    v1::Enrolment party = Party(4);
    party.set_state(before);
    EXPECT_EQ(Count(OfParty(), session, &party).heads(), 4);
    EXPECT_EQ(party.state(), v1::ENROLMENT_STATE_ATTENDED);
    EXPECT_EQ(party.check_in_method(), v1::CHECK_IN_METHOD_OFFLINE);
    EXPECT_EQ(session.checked_in_heads(), 4);
    EXPECT_EQ(Count(OfParty(), session, &party).refusal(), "ALREADY_IN");
    EXPECT_EQ(session.checked_in_heads(), 4);
  }
}

TEST(OfflineRules, NoMoreComeThanAPartyStandsFor) {
  v1::Session session = Going(10);
  v1::Enrolment party = Party(4);
  v1::OfflineCheckIn check_in = OfParty();
  check_in.set_heads(6);
  EXPECT_EQ(Count(check_in, session, &party).heads(), 4);
  party = Party(4);
  check_in.set_heads(2);
  EXPECT_EQ(Count(check_in, session, &party).heads(), 2);
}

TEST(OfflineRules, RefusalsSayWhyAndChangeNothing) {
  v1::Enrolment party = Party(2);
  const auto refusal = [&](v1::Session session, v1::Enrolment* enrolment) {
    const v1::Session before = session;
    const v1::CheckInOutcome outcome = Count(OfParty(), session, enrolment);
    EXPECT_EQ(outcome.result(), v1::CHECK_IN_RESULT_REFUSED);
    EXPECT_EQ(session.SerializeAsString(), before.SerializeAsString());
    return outcome.refusal();
  };
  v1::Session session = Going(10);
  EXPECT_EQ(refusal(session, nullptr), "NOT_ENROLLED");
  party.set_session("sessions/2");
  EXPECT_EQ(refusal(session, &party), "NOT_ENROLLED");
  party = Party(2);
  party.set_state(v1::ENROLMENT_STATE_WAITLISTED);
  EXPECT_EQ(refusal(session, &party), "WAITLISTED");
  party.set_state(v1::ENROLMENT_STATE_WITHDRAWN);
  EXPECT_EQ(refusal(session, &party), "WITHDRAWN");
  party = Party(2);
  session.set_state(v1::SESSION_STATE_CANCELLED);
  EXPECT_EQ(refusal(session, &party), "CANCELLED");
  session.set_state(v1::SESSION_STATE_DRAFT);
  EXPECT_EQ(refusal(session, &party), "NOT_OPEN");
}

TEST(OfflineRules, ACheckInIsOfAnEnrolmentOrOfPeopleWhoWalkedIn) {
  EXPECT_TRUE(CheckOffline(WalkedIn(1)).ok());
  EXPECT_TRUE(CheckOffline(OfParty()).ok());
  v1::OfflineCheckIn both = OfParty();
  both.set_identity(v1::IDENTITY_CADRE);
  EXPECT_FALSE(CheckOffline(both).ok());
  both.clear_identity();
  both.clear_enrolment();
  EXPECT_FALSE(CheckOffline(both).ok());
}

}  // namespace
}  // namespace firstfloor::outreach::rules
