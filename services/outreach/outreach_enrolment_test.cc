// Enrolling, the waitlist and the door, on a real database.
#include <map>

#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "services/outreach/outreach_fixture.h"

namespace firstfloor::outreach {
namespace {

using testing::As;
using testing::RequestId;

std::string ReasonOf(const absl::Status& status) { return error::ReasonOf(status); }

class OutreachPlaces : public OutreachTest {
 protected:
  static absl::StatusOr<v1::Enrolment> Withdraw(const std::string& name, const std::string& subject,
                                                absl::Time as_of) {
    v1::WithdrawEnrolmentRequest request;
    request.set_request_id(RequestId());
    request.set_name(name);
    return Ask<v1::Enrolment>("EnrolmentService.WithdrawEnrolment", request, Resident(subject, as_of));
  }

  static absl::StatusOr<v1::Enrolment> WithCode(const std::string& session, const std::string& code,
                                                const std::string& subject, absl::Time as_of) {
    v1::CheckInWithCodeRequest request;
    request.set_request_id(RequestId());
    request.set_session(session);
    request.set_code(code);
    return Ask<v1::Enrolment>("EnrolmentService.CheckInWithCode", request, Resident(subject, as_of));
  }

  static std::string CodeOf(const std::string& session, absl::Time as_of) {
    v1::GetCheckInCodeRequest request;
    request.set_session(session);
    return Must<v1::CheckInCode>("EnrolmentService.GetCheckInCode", request, Staff(as_of)).code();
  }
};

TEST_F(OutreachPlaces, WithdrawalAndMoreCapacityPromoteInOrder) {
  const v1::Session session = NewScheduled(4, May(12, 10));
  const std::string& name = session.name();
  const v1::Enrolment first = *Enrol(name, "a", 3, May(2, 9));
  const v1::Enrolment large = *Enrol(name, "b", 3, May(2, 9));
  const v1::Enrolment small = *Enrol(name, "c", 1, May(2, 9));
  EXPECT_EQ(first.state(), v1::ENROLMENT_STATE_ENROLLED);
  EXPECT_EQ(large.state(), v1::ENROLMENT_STATE_WAITLISTED);
  EXPECT_EQ(small.state(), v1::ENROLMENT_STATE_WAITLISTED);  // there is a place, but nobody overtakes
  EXPECT_EQ(ReasonOf(Enrol(name, "a", 1, May(2, 9)).status()), "ALREADY_ENROLLED");

  v1::UpdateSessionRequest more;
  more.set_name(name);
  more.set_request_id(RequestId());
  more.mutable_update_mask()->add_paths("capacity");
  more.set_capacity(6);
  EXPECT_EQ(Must<v1::Session>("SessionService.UpdateSession", more, Staff(May(2, 10))).enrolled_heads(), 6);
  std::map<std::string, v1::EnrolmentState> states;
  for (const v1::Enrolment& enrolment : EnrolmentsOf(name)) states[enrolment.name()] = enrolment.state();
  EXPECT_EQ(states[large.name()], v1::ENROLMENT_STATE_ENROLLED);
  EXPECT_EQ(states[small.name()], v1::ENROLMENT_STATE_WAITLISTED);

  more.set_request_id(RequestId());
  more.set_capacity(5);
  EXPECT_EQ(ReasonOf(Ask<v1::Session>("SessionService.UpdateSession", more, Staff(May(2, 10))).status()),
            "CAPACITY_BELOW_ENROLLED");
  EXPECT_EQ(Withdraw(large.name(), "c", May(2, 11)).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(Withdraw(large.name(), "b", May(2, 11)).ok());
  const v1::Session now = Current(name);
  EXPECT_EQ(now.enrolled_heads(), 4);
  EXPECT_EQ(now.waitlisted_heads(), 0);
  EXPECT_EQ(ReasonOf(Withdraw(large.name(), "b", May(2, 12)).status()), "ENROLMENT_WRONG_STATE");
  EXPECT_TRUE(Enrol(name, "b", 1, May(2, 12)).ok());  // withdrawn: may come back
}

TEST_F(OutreachPlaces, PromotionStopsAtTheStart) {
  const v1::Session session = NewScheduled(1, May(12, 10));
  const v1::Enrolment first = *Enrol(session.name(), "a", 1, May(2, 9));
  ASSERT_TRUE(Enrol(session.name(), "b", 1, May(2, 9)).ok());
  EXPECT_EQ(ReasonOf(Withdraw(first.name(), "a", May(12, 10)).status()), "ENROLMENT_CLOSED");
  EXPECT_EQ(ReasonOf(Enrol(session.name(), "c", 1, May(12, 10)).status()), "ENROLMENT_CLOSED");
  EXPECT_EQ(Current(session.name()).waitlisted_heads(), 1);
}

TEST_F(OutreachPlaces, ARetriedRequestDoesNothingTwice) {
  const v1::Session session = NewScheduled(10, May(12, 10));
  v1::EnrolRequest request;
  request.set_request_id(RequestId());
  request.set_session(session.name());
  request.set_heads(2);
  const auto first = Must<v1::Enrolment>("EnrolmentService.Enrol", request, Resident("a", May(2, 9)));
  const auto again = Must<v1::Enrolment>("EnrolmentService.Enrol", request, Resident("a", May(2, 9)));
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(Current(session.name()).enrolled_heads(), 2);
  request.set_heads(3);
  EXPECT_EQ(
      ReasonOf(Ask<v1::Enrolment>("EnrolmentService.Enrol", request, Resident("a", May(2, 9))).status()),
      "REQUEST_ID_REUSED");
}

TEST_F(OutreachPlaces, WhoEnrolledIsSeenByThemselvesAndMaskedForOthers) {
  const v1::Session session = NewScheduled(10, May(12, 10));
  v1::EnrolRequest request;
  request.set_request_id(RequestId());
  request.set_session(session.name());
  request.set_heads(1);
  request.mutable_person()->set_display_name("Zhang San");
  v1::GetEnrolmentRequest get;
  get.set_name(Must<v1::Enrolment>("EnrolmentService.Enrol", request, Resident("zhang", May(2, 9))).name());
  const auto shown = [&](const As& as) {
    return Must<v1::Enrolment>("EnrolmentService.GetEnrolment", get, as).person().display_name();
  };
  EXPECT_EQ(shown(Resident("zhang", May(2, 9))), "Zhang San");
  EXPECT_EQ(shown(Staff(May(2, 9))), "Z*");
  EXPECT_EQ(
      Ask<v1::Enrolment>("EnrolmentService.GetEnrolment", get, Resident("li", May(2, 9))).status().code(),
      absl::StatusCode::kPermissionDenied);
  const auto mine = Must<v1::ListMyEnrolmentsResponse>(
      "EnrolmentService.ListMyEnrolments", v1::ListMyEnrolmentsRequest(), Resident("zhang", May(2, 9)));
  ASSERT_EQ(mine.enrolments_size(), 1);
  EXPECT_EQ(mine.enrolments(0).person().display_name(), "Zhang San");
}

TEST_F(OutreachPlaces, AChildIsNamedToItsPartyAndMaskedForOthers) {
  v1::EnrolRequest request;
  request.set_request_id(RequestId());
  request.set_session(NewScheduled(10, May(12, 10)).name());
  request.set_heads(2);
  request.set_child_heads(1);
  request.add_children()->set_display_name("Xiaoming");
  EXPECT_EQ(
      ReasonOf(Ask<v1::Enrolment>("EnrolmentService.Enrol", request, Resident("mother", May(2, 9))).status()),
      "CONSENT_MISSING");
  request.mutable_children(0)->mutable_guardian()->set_display_name("Zhang");
  *request.mutable_children(0)->mutable_consent_time() = calendar::ToProto(May(2, 8));
  v1::GetEnrolmentRequest get;
  get.set_name(Must<v1::Enrolment>("EnrolmentService.Enrol", request, Resident("mother", May(2, 9))).name());
  const auto named = [&](const As& as) {
    const auto enrolment = Must<v1::Enrolment>("EnrolmentService.GetEnrolment", get, as);
    EXPECT_EQ(enrolment.child_heads(), 1);  // the headcount is for everybody at the door
    return enrolment.children_size() == 1 && enrolment.children(0).display_name() == "Xiaoming";
  };
  EXPECT_TRUE(named(Resident("mother", May(2, 9))));
  EXPECT_FALSE(named(Staff(May(2, 9))));
  for (const v1::Enrolment& listed : EnrolmentsOf(request.session())) {
    for (const v1::Child& child : listed.children()) EXPECT_NE(child.display_name(), "Xiaoming");
  }
}

TEST_F(OutreachPlaces, SomebodyMayBeEnrolledByWhoeverHoldsClasses) {
  const v1::Session session = NewScheduled(10, May(12, 10));
  v1::EnrolRequest request;
  request.set_request_id(RequestId());
  request.set_session(session.name());
  request.set_heads(1);
  request.mutable_on_behalf_of()->mutable_person()->set_phone("+8613900000001");
  request.mutable_on_behalf_of()->set_channel(type::v1::PROXY_CHANNEL_PHONE);
  request.mutable_on_behalf_of()->set_reason("has no phone of his own");
  EXPECT_EQ(
      ReasonOf(Ask<v1::Enrolment>("EnrolmentService.Enrol", request, Resident("li", May(2, 9))).status()),
      "PROXY_NOT_ALLOWED");
  EXPECT_TRUE(Ask<v1::Enrolment>("EnrolmentService.Enrol", request, Staff(May(2, 9))).ok());
  request.set_request_id(RequestId());
  EXPECT_EQ(ReasonOf(Ask<v1::Enrolment>("EnrolmentService.Enrol", request, Staff(May(2, 9))).status()),
            "ALREADY_ENROLLED");
}

TEST_F(OutreachPlaces, TheCodeAtTheDoorIsThatOfThisSessionAndThisMinute) {
  const v1::Session session = NewScheduled(10, May(12, 10));
  const v1::Session other = NewScheduled(10, May(12, 10));
  for (const char* subject : {"early", "late", "replay", "waiting"}) {
    ASSERT_TRUE(Enrol(session.name(), subject, subject == std::string("waiting") ? 8 : 1, May(2, 9)).ok());
  }
  const absl::Time now = May(12, 10);
  v1::GetCheckInCodeRequest early;
  early.set_session(session.name());
  EXPECT_EQ(
      ReasonOf(Ask<v1::CheckInCode>("EnrolmentService.GetCheckInCode", early, Staff(May(12, 9))).status()),
      "NOT_OPEN");
  const std::string code = CodeOf(session.name(), now);
  EXPECT_EQ(ReasonOf(WithCode(session.name(), code, "early", May(12, 9)).status()), "NOT_OPEN");
  EXPECT_TRUE(WithCode(session.name(), code, "early", now).ok());
  EXPECT_EQ(ReasonOf(WithCode(session.name(), code, "early", now).status()), "ALREADY_IN");
  EXPECT_EQ(ReasonOf(WithCode(session.name(), code, "stranger", now).status()), "NOT_ENROLLED");
  EXPECT_EQ(ReasonOf(WithCode(session.name(), code, "waiting", now).status()), "WAITLISTED");
  EXPECT_EQ(ReasonOf(WithCode(session.name(), CodeOf(other.name(), now), "late", now).status()),
            "CODE_WRONG");
  EXPECT_EQ(ReasonOf(WithCode(session.name(), code, "late", now + absl::Seconds(60)).status()),
            "CODE_EXPIRED");
  EXPECT_TRUE(WithCode(session.name(), code, "late", now + absl::Seconds(59)).ok());
  EXPECT_EQ(Current(session.name()).checked_in_heads(), 2);
}

TEST_F(OutreachPlaces, EveryoneWhoIsEnrolledOrWaitsIsToldOfACancellation) {
  const std::string session = NewScheduled(2, May(12, 10)).name();
  std::map<std::string, std::string> told;  // enrolment → state
  for (const auto& [subject, state] : std::map<std::string, std::string>{
           {"1-placed", "ENROLLED"}, {"2-placed", "ENROLLED"}, {"3-waits", "WAITLISTED"}}) {
    told[Enrol(session, subject, 1, May(2, 9))->name()] = state;
  }
  const std::string left = Enrol(session, "4-left", 1, May(2, 9))->name();
  ASSERT_TRUE(Withdraw(left, "4-left", May(2, 10)).ok());
  const size_t before = EventsOf(session).size();
  v1::CancelSessionRequest cancel;
  cancel.set_name(session);
  cancel.set_request_id(RequestId());
  cancel.set_reason(v1::CANCEL_REASON_WEATHER);
  const auto cancelled = Must<v1::Session>("SessionService.CancelSession", cancel, Staff(May(2, 11)));
  EXPECT_EQ(cancelled.state(), v1::SESSION_STATE_CANCELLED);

  const std::vector<events::v1::Event> events = EventsOf(session);
  ASSERT_EQ(events.size(), before + 1 + told.size());
  EXPECT_EQ(events[before].outreach().session_moved().reason_code(), "WEATHER");
  for (size_t i = before + 1; i < events.size(); ++i) {
    EXPECT_EQ(events[i].outreach().to(), "CANCELLED");
    const events::v1::EnrolmentChanged& changed = events[i].outreach().enrolment_changed();
    EXPECT_EQ(told[changed.enrolment()], changed.state());
    told.erase(changed.enrolment());
  }
  EXPECT_TRUE(told.empty());
}

TEST_F(OutreachPlaces, WalkInsAreToldByIdentityHoweverTheyAreListed) {
  const std::string session = NewScheduled(10, May(12, 10)).name();
  v1::CheckInWalkInRequest request;
  request.set_request_id(RequestId());
  request.set_session(session);
  for (const int heads : {2, 3}) {
    v1::IdentityHeads* cadres = request.add_heads();
    cadres->set_identity(v1::IDENTITY_CADRE);
    cadres->set_heads(heads);
  }
  const auto counted = Must<v1::Session>("EnrolmentService.CheckInWalkIn", request, Staff(May(12, 10)));
  ASSERT_EQ(counted.walk_ins_size(), 1);
  EXPECT_EQ(counted.walk_ins(0).heads(), 5);
  EXPECT_EQ(EventsOf(session).back().outreach().walk_ins_counted().heads().at("CADRE"), 5);
}

TEST_F(OutreachPlaces, WhoComesLateFindsTheRoomFullOfThoseWhoWalkedIn) {
  const std::string session = NewScheduled(3, May(12, 10)).name();
  const std::string late = Enrol(session, "late", 2, May(2, 9))->name();
  ASSERT_TRUE(Enrol(session, "waits", 2, May(2, 9)).ok());
  EXPECT_EQ(ReasonOf(WalkIn(session, 1, May(12, 9, 55)).status()), "FULL");  // somebody waits for that place
  ASSERT_TRUE(Start(session, May(12, 10)).ok());
  ASSERT_TRUE(WalkIn(session, 2, May(12, 10)).ok());
  v1::CheckInRequest check_in;
  check_in.set_request_id(RequestId());
  check_in.set_name(late);
  EXPECT_EQ(
      ReasonOf(Ask<v1::Enrolment>("EnrolmentService.CheckIn", check_in, Staff(May(12, 10, 5))).status()),
      "FULL");
  check_in.set_heads(1);
  EXPECT_TRUE(Ask<v1::Enrolment>("EnrolmentService.CheckIn", check_in, Staff(May(12, 10, 5))).ok());
  EXPECT_EQ(ReasonOf(Complete(session, 2, false, May(12, 11)).status()), "REPORT_BELOW_CHECK_INS");
  EXPECT_TRUE(Complete(session, 3, false, May(12, 11)).ok());
}

TEST_F(OutreachPlaces, ASessionIsHeldAndReported) {
  const v1::Session session = NewScheduled(10, May(12, 10));
  const v1::Enrolment came = *Enrol(session.name(), "came", 3, May(2, 9));
  const v1::Enrolment missed = *Enrol(session.name(), "missed", 1, May(2, 9));
  EXPECT_EQ(ReasonOf(Start(session.name(), May(12, 9)).status()), "TOO_EARLY");
  ASSERT_TRUE(Start(session.name(), May(12, 10)).ok());
  v1::CheckInRequest check_in;
  check_in.set_request_id(RequestId());
  check_in.set_name(came.name());
  check_in.set_heads(2);
  EXPECT_EQ(Must<v1::Enrolment>("EnrolmentService.CheckIn", check_in, Staff(May(12, 10))).checked_in_heads(),
            2);
  ASSERT_TRUE(WalkIn(session.name(), 3, May(12, 10)).ok());
  EXPECT_EQ(ReasonOf(WalkIn(session.name(), 6, May(12, 10)).status()), "FULL");
  EXPECT_EQ(ReasonOf(Complete(session.name(), 6, false, May(12, 11)).status()), "REPORT_EXCEEDS_CHECK_INS");
  const absl::StatusOr<v1::Session> completed = Complete(session.name(), 5, false, May(12, 11));
  ASSERT_TRUE(completed.ok()) << completed.status();
  EXPECT_EQ(completed->participants(), 5);
  EXPECT_EQ(completed->state(), v1::SESSION_STATE_COMPLETED);
  for (const v1::Enrolment& enrolment : EnrolmentsOf(session.name())) {
    EXPECT_EQ(enrolment.state(),
              enrolment.name() == came.name() ? v1::ENROLMENT_STATE_ATTENDED : v1::ENROLMENT_STATE_NO_SHOW);
  }
  EXPECT_EQ(ReasonOf(WalkIn(session.name(), 1, May(12, 12)).status()), "ENDED");
  EXPECT_EQ(ReasonOf(Complete(session.name(), 5, false, May(12, 12)).status()), "SESSION_WRONG_STATE");

  v1::GetSessionRequest get;
  get.set_name(session.name());
  get.set_unmask(true);
  const auto plain = Must<v1::Session>("SessionService.GetSession", get, Staff(May(12, 12)));
  EXPECT_EQ(plain.report().summary(), "Zhang asked about earth wires");
  EXPECT_EQ(plain.report().photos(0), kPhoto);
  const auto seen = Must<v1::Session>("SessionService.GetSession", get, Resident("a", May(12, 12)));
  EXPECT_NE(seen.report().summary(), "Zhang asked about earth wires");
  for (const std::string& photo : seen.report().photos()) EXPECT_NE(photo, kPhoto);
}

}  // namespace
}  // namespace firstfloor::outreach
