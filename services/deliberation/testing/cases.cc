#include "services/deliberation/testing/cases.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "common/calendar/timestamp.h"
#include "services/deliberation/case_rules.h"
#include "services/deliberation/consultation_rules.h"

namespace firstfloor::deliberation::testing {

using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

Case Dispute() {
  Case matter;
  matter.set_name("cases/0190a000-0000-7000-8000-000000000001");
  matter.set_area(kArea);
  matter.set_kind(CASE_KIND_DISPUTE);
  matter.set_topic("RENOVATION_NOISE");
  matter.set_text("They drill at noon.");
  for (const char* subject : {"upstairs", "downstairs"}) {
    matter.add_sides()->mutable_representative()->set_subject(subject);
  }
  matter.mutable_sides(0)->set_asked(true);
  rules::Begin(matter, kNow);
  return matter;
}

RecordAgreementRequest Acknowledged(const std::vector<int>& sides) {
  RecordAgreementRequest request;
  request.mutable_agreement()->set_form(AGREEMENT_FORM_ORAL);
  request.mutable_agreement()->add_terms()->set_text("No drilling at noon.");
  request.mutable_agreement()->mutable_terms(0)->set_side(-1);
  for (const int side : sides) request.add_acknowledged_sides(side);
  return request;
}

ConveneConsultationRequest FiveSeats(absl::Time meeting) {
  ConveneConsultationRequest request;
  *request.mutable_meeting_time() = ToProto(meeting);
  for (const SeatKind kind : rules::StandingSeats()) {
    SeatNomination* seat = request.add_seats();
    seat->set_kind(kind);
    seat->set_notified(true);
    seat->mutable_representative()->set_subject("seat-" + SeatKind_Name(kind));
  }
  return request;
}

SeatNomination& SeatIn(ConveneConsultationRequest& request, SeatKind kind) {
  return *std::find_if(request.mutable_seats()->begin(), request.mutable_seats()->end(),
                       [&](const SeatNomination& seat) { return seat.kind() == kind; });
}

OpenConsultationRequest Present(const std::vector<SeatKind>& seats) {
  OpenConsultationRequest request;
  for (const SeatKind kind : seats) request.add_present(kind);
  return request;
}

OpenConsultationRequest AllPresent() {
  return Present({rules::StandingSeats().begin(), rules::StandingSeats().end()});
}

ConcludeConsultationRequest WithResolution() {
  ConcludeConsultationRequest request;
  request.mutable_resolution()->set_text("No drilling at noon.");
  request.mutable_resolution()->set_responsible_party("PROPERTY");
  *request.mutable_resolution()->mutable_deadline() = ToProto(kNow + absl::Hours(24 * 20));
  return request;
}

RecordVisitRequest Kept(bool kept) {
  RecordVisitRequest request;
  request.set_kept(kept);
  return request;
}

Case Convened(const std::vector<SeatKind>& recused) {
  Case matter = Dispute();
  for (const SeatKind kind : recused) matter.add_sides()->set_seat(kind);
  EXPECT_TRUE(rules::Escalate(matter, {}, kNow - absl::Hours(48)).ok());
  ConveneConsultationRequest request = FiveSeats(kNow);
  for (const SeatKind kind : recused) SeatIn(request, kind).set_body(rules::SubstitutesOf(kind).front());
  EXPECT_TRUE(rules::Convene(matter, request, kNow - absl::Hours(48)).ok());
  return matter;
}

Case InMeeting(DecisionRule rule) {
  Case matter = Convened();
  matter.set_decision_rule(rule);
  EXPECT_TRUE(rules::OpenMeeting(matter, AllPresent(), kNow).ok());
  return matter;
}

namespace {

Case Mediating() {
  Case matter = Dispute();
  EXPECT_TRUE(rules::StartMediation(matter, {}, "mediator", kNow).ok());
  for (const int side : {0, 1}) {
    EXPECT_TRUE(rules::AnswerMediator(matter, side, MEDIATOR_ANSWER_ACCEPTED, kNow).ok());
  }
  return matter;
}

Case Concluded(Position position) {
  Case matter = InMeeting();
  for (const SeatKind kind : rules::StandingSeats()) {
    RecordPositionRequest request;
    request.set_seat(kind);
    request.set_position(position);
    request.set_reason("because");
    EXPECT_TRUE(rules::TakePosition(matter, request, kNow).ok());
  }
  ConcludeConsultationRequest request = WithResolution();
  request.set_advice(ADVICE_COURT);
  EXPECT_TRUE(rules::Conclude(matter, request, kNow).ok());
  return matter;
}

}  // namespace

Case InState(CaseState state) {
  Case matter;
  switch (state) {
    case CASE_STATE_OPEN:
      return Dispute();
    case CASE_STATE_MEDIATING:
      return Mediating();
    case CASE_STATE_AGREED:
      matter = Mediating();
      EXPECT_TRUE(rules::Agree(matter, Acknowledged({0, 1}), kNow).ok());
      return matter;
    case CASE_STATE_ESCALATED:
      matter = Dispute();
      EXPECT_TRUE(rules::Escalate(matter, {}, kNow).ok());
      return matter;
    case CASE_STATE_CONSULTING:
      return Convened();
    case CASE_STATE_RESOLVED:
      return Concluded(POSITION_AGREE);
    case CASE_STATE_FAILED:
      return Concluded(POSITION_OBJECT);
    case CASE_STATE_FOLLOW_UP:
      matter = InState(CASE_STATE_RESOLVED);
      EXPECT_TRUE(rules::StartFollowUp(matter, kNow).ok());
      return matter;
    case CASE_STATE_CLOSED:
      matter = InState(CASE_STATE_FOLLOW_UP);
      EXPECT_TRUE(rules::Visit(matter, Kept(true), kNow).ok());
      return matter;
    default:
      matter = Dispute();
      EXPECT_TRUE(rules::Withdraw(matter, kNow).ok());
      return matter;
  }
}

}  // namespace firstfloor::deliberation::testing
