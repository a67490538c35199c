#include "services/deliberation/consultation_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "services/deliberation/case_rules.h"
#include "services/deliberation/testing/cases.h"

namespace firstfloor::deliberation::rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using namespace v1;                     // NOLINT(google-build-using-namespace): the resource's own enums
using namespace deliberation::testing;  // NOLINT(google-build-using-namespace): cases to start from

const absl::Time kMeeting = kNow + absl::Hours(48);

std::string ReasonOfConvening(const Case& escalated, const ConveneConsultationRequest& request) {
  Case matter = escalated;
  return error::ReasonOf(Convene(matter, request, kNow));
}

Case EscalatedWithSide(SeatKind side) {
  Case matter = InState(CASE_STATE_ESCALATED);
  matter.add_sides()->set_seat(side);
  return matter;
}

TEST(Consultation, EveryStandingSeatIsNamedOnce) {
  const Case matter = InState(CASE_STATE_ESCALATED);
  for (int missing = 0; missing < 5; ++missing) {
    ConveneConsultationRequest request = FiveSeats(kMeeting);
    request.mutable_seats()->DeleteSubrange(missing, 1);
    EXPECT_EQ(ReasonOfConvening(matter, request), "INVALID_FIELD") << missing;
  }
  ConveneConsultationRequest twice = FiveSeats(kMeeting);
  *twice.add_seats() = twice.seats(0);
  twice.mutable_seats(5)->mutable_representative()->set_subject("somebody else");
  EXPECT_EQ(ReasonOfConvening(matter, twice), "INVALID_FIELD");
  ConveneConsultationRequest empty = FiveSeats(kMeeting);
  empty.mutable_seats(2)->clear_representative();
  EXPECT_EQ(ReasonOfConvening(matter, empty), "INVALID_FIELD");
  EXPECT_EQ(ReasonOfConvening(matter, FiveSeats(kMeeting)), "");
}

TEST(Consultation, NoticeIsADayUnlessUrgent) {
  const Case matter = InState(CASE_STATE_ESCALATED);
  EXPECT_EQ(ReasonOfConvening(matter, FiveSeats(kNow + absl::Hours(24))), "");
  ConveneConsultationRequest request = FiveSeats(kNow + absl::Hours(24) - absl::Seconds(1));
  EXPECT_EQ(ReasonOfConvening(matter, request), "NOTICE_TOO_SHORT");
  request.set_urgent(true);
  EXPECT_EQ(ReasonOfConvening(matter, request), "");
  *request.mutable_meeting_time() = ToProto(kNow - absl::Seconds(1));
  EXPECT_EQ(ReasonOfConvening(matter, request), "INVALID_FIELD");
}

TEST(Consultation, ASeatThatIsASideRecusesItself) {
  struct Trial {
    SeatKind side;
    SeatBody body;
    const char* reason;
  };
  const Trial trials[] = {
      {SEAT_KIND_PROPERTY, SEAT_BODY_PRINCIPAL, "SEAT_MUST_RECUSE"},
      {SEAT_KIND_PROPERTY, SEAT_BODY_CARETAKER, "SEAT_MUST_RECUSE"},
      {SEAT_KIND_PROPERTY, SEAT_BODY_OWNERS_COMMITTEE, ""},
      {SEAT_KIND_PROPERTY, SEAT_BODY_COMMUNITY_STAFF, ""},
      {SEAT_KIND_PROPERTY, SEAT_BODY_NEIGHBOURING_GROUP, "INVALID_FIELD"},
      {SEAT_KIND_GRID_PARTY, SEAT_BODY_PRINCIPAL, "SEAT_MUST_RECUSE"},
      {SEAT_KIND_GRID_PARTY, SEAT_BODY_COMMUNITY_PARTY_COMMITTEE, ""},
      {SEAT_KIND_NEIGHBOURHOOD_BRANCH, SEAT_BODY_PRINCIPAL, "SEAT_MUST_RECUSE"},
      {SEAT_KIND_NEIGHBOURHOOD_BRANCH, SEAT_BODY_COMMUNITY_PARTY_COMMITTEE, ""},
      {SEAT_KIND_NEIGHBOURHOOD_BRANCH, SEAT_BODY_OWNERS_COMMITTEE, "INVALID_FIELD"},
      {SEAT_KIND_BUILDING_GROUP, SEAT_BODY_PRINCIPAL, "SEAT_MUST_RECUSE"},
      {SEAT_KIND_BUILDING_GROUP, SEAT_BODY_NEIGHBOURING_GROUP, ""},
      {SEAT_KIND_RED_STEWARD, SEAT_BODY_PRINCIPAL, "SEAT_MUST_RECUSE"},
      {SEAT_KIND_RED_STEWARD, SEAT_BODY_NEIGHBOURING_STEWARD, ""},
  };
  for (const Trial& trial : trials) {
    ConveneConsultationRequest request = FiveSeats(kMeeting);
    SeatIn(request, trial.side).set_body(trial.body);
    EXPECT_EQ(ReasonOfConvening(EscalatedWithSide(trial.side), request), trial.reason)
        << SeatKind_Name(trial.side) << " by " << SeatBody_Name(trial.body);
  }
}

TEST(Consultation, WhereThereIsNoPropertyFirmTheCaretakerSits) {
  ConveneConsultationRequest request = FiveSeats(kMeeting);
  SeatIn(request, SEAT_KIND_PROPERTY).set_body(SEAT_BODY_CARETAKER);
  EXPECT_EQ(ReasonOfConvening(InState(CASE_STATE_ESCALATED), request), "");
}

TEST(Consultation, AnOwnersCommitteeThatIsASideDoesNotSubstitute) {
  Case matter = EscalatedWithSide(SEAT_KIND_PROPERTY);
  matter.add_sides()->set_seat(SEAT_KIND_OWNERS_COMMITTEE);
  ConveneConsultationRequest request = FiveSeats(kMeeting);
  SeatIn(request, SEAT_KIND_PROPERTY).set_body(SEAT_BODY_OWNERS_COMMITTEE);
  EXPECT_EQ(ReasonOfConvening(matter, request), "SEAT_MUST_RECUSE");
  SeatIn(request, SEAT_KIND_PROPERTY).set_body(SEAT_BODY_COMMUNITY_STAFF);
  EXPECT_EQ(ReasonOfConvening(matter, request), "");
}

TEST(Consultation, NobodyJudgesTheirOwnDispute) {
  ConveneConsultationRequest request = FiveSeats(kMeeting);
  SeatIn(request, SEAT_KIND_RED_STEWARD).mutable_representative()->set_subject("downstairs");
  EXPECT_EQ(ReasonOfConvening(InState(CASE_STATE_ESCALATED), request), "SEAT_MUST_RECUSE");
}

TEST(Consultation, NobodyFillsTwoSeats) {
  const Case matter = InState(CASE_STATE_ESCALATED);
  ConveneConsultationRequest request = FiveSeats(kMeeting);
  *request.mutable_seats(1)->mutable_representative() = request.seats(3).representative();
  EXPECT_EQ(ReasonOfConvening(matter, request), "SEAT_HELD_TWICE");

  request = FiveSeats(kMeeting);
  SeatIn(request, SEAT_KIND_PROPERTY).set_body(SEAT_BODY_OWNERS_COMMITTEE);
  SeatNomination* guest = request.add_seats();
  guest->set_kind(SEAT_KIND_OWNERS_COMMITTEE);
  guest->mutable_representative()->set_subject("chair");
  EXPECT_EQ(ReasonOfConvening(matter, request), "SEAT_HELD_TWICE");

  request = FiveSeats(kMeeting);
  for (const int seat : {0, 1}) {
    request.mutable_seats(seat)->mutable_representative()->Clear();
    request.mutable_seats(seat)->mutable_representative()->set_display_name("Wang");
  }
  EXPECT_EQ(ReasonOfConvening(matter, request), "SEAT_HELD_TWICE");
}

TEST(Consultation, TheQuorumIsFiveAndTheSecondTimeFourIfTheFifthWasTold) {
  struct Trial {
    int there;
    int adjournments;
    bool notified;
    bool urgent;
    bool quorum;
  };
  const Trial trials[] = {
      {5, 0, true, false, true},  {5, 0, false, true, true},   {4, 0, true, false, false},
      {4, 1, true, false, true},  {4, 1, false, false, false}, {4, 1, true, true, false},
      {4, 2, true, false, true},  {3, 1, true, false, false},  {3, 5, true, false, false},
      {0, 1, true, false, false},
  };
  for (const Trial& trial : trials) {
    Consultation consultation;
    consultation.set_adjournments(trial.adjournments);
    consultation.set_urgent(trial.urgent);
    int seated = 0;
    for (const SeatKind kind : StandingSeats()) {
      Seat* seat = consultation.add_seats();
      seat->set_kind(kind);
      seat->set_present(seated++ < trial.there);
      seat->set_notified(trial.notified);
    }
    Seat* guest = consultation.add_seats();
    guest->set_kind(SEAT_KIND_POLICE);
    guest->set_present(true);
    EXPECT_EQ(HasQuorum(consultation), trial.quorum)
        << trial.there << " there, " << trial.adjournments << " adjournments";
  }
}

TEST(Consultation, WithoutAQuorumItIsAdjournedAndConvenedAgain) {
  Case matter = Convened();
  const std::vector<SeatKind> four = {StandingSeats().begin(), StandingSeats().begin() + 4};
  ASSERT_TRUE(OpenMeeting(matter, Present(four), kNow).ok());
  EXPECT_EQ(matter.state(), CASE_STATE_CONSULTING);
  EXPECT_EQ(matter.consultation().state(), CONSULTATION_STATE_ADJOURNED);
  EXPECT_EQ(error::ReasonOf(OpenMeeting(matter, AllPresent(), kNow)), "NOT_CONVENED");
  ASSERT_TRUE(Convene(matter, FiveSeats(kMeeting), kNow).ok());
  ASSERT_TRUE(OpenMeeting(matter, Present(four), kMeeting).ok());
  EXPECT_EQ(matter.consultation().state(), CONSULTATION_STATE_OPENED);
}

TEST(Consultation, ItDoesNotOpenBeforeItsTime) {
  Case matter = Convened();
  EXPECT_EQ(error::ReasonOf(OpenMeeting(matter, AllPresent(), kNow - absl::Minutes(1))), "MEETING_NOT_YET");
}

TEST(Consultation, SeatsAreFrozenAtTheOpening) {
  Case matter = InMeeting();
  EXPECT_EQ(error::ReasonOf(Convene(matter, FiveSeats(kMeeting), kNow)), "SEATS_FROZEN");
  EXPECT_EQ(error::ReasonOf(OpenMeeting(matter, AllPresent(), kNow)), "SEATS_FROZEN");
}

absl::Status Take(Case& matter, SeatKind kind, Position position) {
  RecordPositionRequest request;
  request.set_seat(kind);
  request.set_position(position);
  if (position == POSITION_OBJECT) request.set_reason("it costs too much");
  return TakePosition(matter, request, kNow);
}

// "AAAOS": agree, object, silent (S = abstain; "-" = says nothing), in the order of the standing seats.
Case WithPositions(const std::string& positions, DecisionRule rule) {
  Case matter = InMeeting(rule);
  for (size_t i = 0; i < positions.size(); ++i) {
    if (positions[i] == '-') continue;
    const Position position = positions[i] == 'A'   ? POSITION_AGREE
                              : positions[i] == 'O' ? POSITION_OBJECT
                                                    : POSITION_ABSTAIN;
    EXPECT_TRUE(Take(matter, StandingSeats()[i], position).ok());
  }
  return matter;
}

TEST(Consultation, ConsensusIsNoStandingObjectionAndMajorityMoreThanHalfOfTheSeats) {
  struct Trial {
    const char* positions;
    bool consensus;
    bool majority;
  };
  const Trial trials[] = {
      {"AAAAA", true, true},   {"AAAAS", true, true},   {"AAASS", true, true},   {"AASSS", true, false},
      {"ASSSS", true, false},  {"SSSSS", false, false}, {"AAAAO", false, true},  {"AAAOO", false, true},
      {"AAOSS", false, false}, {"AAOOO", false, false}, {"OOOOO", false, false},
  };
  for (const Trial& trial : trials) {
    EXPECT_EQ(*IsCarried(WithPositions(trial.positions, DECISION_RULE_CONSENSUS)), trial.consensus)
        << trial.positions;
    EXPECT_EQ(*IsCarried(WithPositions(trial.positions, DECISION_RULE_MAJORITY)), trial.majority)
        << trial.positions;
  }
  EXPECT_EQ(error::ReasonOf(IsCarried(WithPositions("AAAA-", DECISION_RULE_MAJORITY)).status()),
            "POSITIONS_MISSING");
}

TEST(Consultation, WithFourSeatsTwoAreNoMajority) {
  Case matter = WithPositions("AAOO-", DECISION_RULE_MAJORITY);
  matter.mutable_consultation()->mutable_seats(4)->set_present(false);
  EXPECT_FALSE(*IsCarried(matter));
}

TEST(Consultation, GuestsAdviseButDoNotDecide) {
  Case matter = WithPositions("AAAAA", DECISION_RULE_CONSENSUS);
  Seat* guest = matter.mutable_consultation()->add_seats();
  guest->set_kind(SEAT_KIND_FIRE_BRIGADE);
  guest->set_present(true);
  ASSERT_TRUE(Take(matter, SEAT_KIND_FIRE_BRIGADE, POSITION_OBJECT).ok());
  EXPECT_TRUE(*IsCarried(matter));
}

TEST(Consultation, AnObjectionSaysWhyAndMayBeTakenBack) {
  Case matter = InMeeting();
  RecordPositionRequest request;
  request.set_seat(SEAT_KIND_PROPERTY);
  request.set_position(POSITION_OBJECT);
  EXPECT_TRUE(absl::IsInvalidArgument(TakePosition(matter, request, kNow)));
  ASSERT_TRUE(Take(matter, SEAT_KIND_PROPERTY, POSITION_OBJECT).ok());
  ASSERT_TRUE(Take(matter, SEAT_KIND_PROPERTY, POSITION_AGREE).ok());
  EXPECT_EQ(matter.consultation().seats(4).position(), POSITION_AGREE);
  EXPECT_EQ(matter.consultation().seats(4).reason(), "");
  EXPECT_EQ(error::ReasonOf(Take(matter, SEAT_KIND_POLICE, POSITION_AGREE)), "SEAT_NOT_THERE");
}

TEST(Consultation, WhatIsCarriedIsResolvedAndTheRestFailsWithAdvice) {
  Case matter = WithPositions("AAAAA", DECISION_RULE_CONSENSUS);
  EXPECT_TRUE(absl::IsInvalidArgument(Conclude(matter, {}, kNow)));
  ASSERT_TRUE(Conclude(matter, WithResolution(), kNow).ok());
  EXPECT_EQ(matter.state(), CASE_STATE_RESOLVED);
  EXPECT_EQ(matter.way(), CASE_WAY_CONSULTATION);

  matter = WithPositions("AAAAO", DECISION_RULE_CONSENSUS);
  EXPECT_TRUE(absl::IsInvalidArgument(Conclude(matter, WithResolution(), kNow)));
  ConcludeConsultationRequest request;
  request.set_advice(ADVICE_COURT);
  ASSERT_TRUE(Conclude(matter, request, kNow).ok());
  EXPECT_EQ(matter.state(), CASE_STATE_FAILED);
  EXPECT_FALSE(matter.has_resolution());
}

TEST(Consultation, MoneyFromAFundNamesItsBuilding) {
  Case matter = WithPositions("AAAAA", DECISION_RULE_CONSENSUS);
  ConcludeConsultationRequest request = WithResolution();
  request.mutable_resolution()->set_fund_amount(120000);
  EXPECT_TRUE(absl::IsInvalidArgument(Conclude(matter, request, kNow)));
  request.mutable_resolution()->set_building(kArea);
  EXPECT_TRUE(Conclude(matter, request, kNow).ok());
}

TEST(Consultation, NothingIsConcludedOutsideTheMeeting) {
  Case matter = Convened();
  EXPECT_EQ(error::ReasonOf(Conclude(matter, WithResolution(), kNow)), "MEETING_NOT_OPEN");
  EXPECT_EQ(error::ReasonOf(Take(matter, SEAT_KIND_PROPERTY, POSITION_AGREE)), "MEETING_NOT_OPEN");
}

TEST(Resolution, AnObjectionSuspendsItUntilTheAnswer) {
  Case matter = InState(CASE_STATE_RESOLVED);
  ObjectToResolutionRequest objection;
  EXPECT_EQ(error::ReasonOf(ObjectToResolution(matter, objection, "n", kNow)), "NOT_PUBLISHED");
  ASSERT_TRUE(Publish(matter, kNow).ok());
  EXPECT_EQ(FromProto(matter.resolution().publish_until_time()), kNow + absl::Hours(7 * 24));
  ASSERT_TRUE(ObjectToResolution(matter, objection, "n", kNow).ok());
  EXPECT_EQ(FromProto(matter.resolution().objections(0).due_time()),
            calendar::Calendar::BuiltIn().AddWorkdays(kNow, 5));
  EXPECT_EQ(error::ReasonOf(StartFollowUp(matter, kNow)), "RESOLUTION_SUSPENDED");
  AnswerObjectionRequest answer;
  answer.set_objection(1);
  EXPECT_TRUE(absl::IsInvalidArgument(AnswerObjection(matter, answer, kNow)));
  answer.set_objection(0);
  ASSERT_TRUE(AnswerObjection(matter, answer, kNow).ok());
  EXPECT_EQ(error::ReasonOf(AnswerObjection(matter, answer, kNow)), "OBJECTION_ANSWERED");
  EXPECT_TRUE(StartFollowUp(matter, kNow).ok());
}

TEST(Resolution, IsObjectedToOnceAtATimeByEach) {
  Case matter = InState(CASE_STATE_RESOLVED);
  ASSERT_TRUE(Publish(matter, kNow).ok());
  ASSERT_TRUE(ObjectToResolution(matter, {}, "n", kNow).ok());
  EXPECT_EQ(error::ReasonOf(ObjectToResolution(matter, {}, "n", kNow)), "OBJECTION_WAITS");
  ASSERT_TRUE(AnswerObjection(matter, {}, kNow).ok());
  EXPECT_TRUE(ObjectToResolution(matter, {}, "n", kNow).ok()) << "to the answer";
  for (int i = 2; i < 100; ++i) {
    ASSERT_TRUE(ObjectToResolution(matter, {}, absl::StrCat("n", i), kNow).ok());
  }
  EXPECT_EQ(error::ReasonOf(ObjectToResolution(matter, {}, "another", kNow)), "OBJECTIONS_FULL");
}

TEST(Resolution, ObjectionsEndWithThePublication) {
  Case matter = InState(CASE_STATE_RESOLVED);
  ASSERT_TRUE(Publish(matter, kNow).ok());
  EXPECT_EQ(error::ReasonOf(ObjectToResolution(matter, {}, "n", kNow + absl::Hours(7 * 24 + 1))),
            "NOT_PUBLISHED");
}

TEST(Resolution, AnAgreementIsNotPublished) {
  Case matter = InState(CASE_STATE_AGREED);
  ASSERT_TRUE(StartFollowUp(matter, kNow).ok());
  EXPECT_EQ(error::ReasonOf(Publish(matter, kNow)), "NO_RESOLUTION");
}

}  // namespace
}  // namespace firstfloor::deliberation::rules
