#include "services/deliberation/consultation_rules.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/deliberation/case_rules.h"

namespace firstfloor::deliberation::rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr SeatKind kStanding[] = {SEAT_KIND_GRID_PARTY, SEAT_KIND_NEIGHBOURHOOD_BRANCH,
                                  SEAT_KIND_BUILDING_GROUP, SEAT_KIND_RED_STEWARD, SEAT_KIND_PROPERTY};

constexpr SeatBody kForGrid[] = {SEAT_BODY_COMMUNITY_STAFF, SEAT_BODY_COMMUNITY_PARTY_COMMITTEE};
constexpr SeatBody kForBranch[] = {SEAT_BODY_COMMUNITY_PARTY_COMMITTEE};
constexpr SeatBody kForGroup[] = {SEAT_BODY_NEIGHBOURING_GROUP};
constexpr SeatBody kForSteward[] = {SEAT_BODY_NEIGHBOURING_STEWARD};
constexpr SeatBody kForProperty[] = {SEAT_BODY_OWNERS_COMMITTEE, SEAT_BODY_COMMUNITY_STAFF,
                                     SEAT_BODY_CARETAKER};

constexpr int kMostObjections = 100;

std::string ShortName(SeatKind kind) {
  return std::string(absl::StripPrefix(SeatKind_Name(kind), "SEAT_KIND_"));
}

absl::Status SeatError(absl::string_view reason, absl::string_view message, SeatKind kind) {
  return error::Precondition(reason, message, {{"seat", ShortName(kind)}});
}

bool IsSide(const Case& matter, SeatKind body) {
  return std::any_of(matter.sides().begin(), matter.sides().end(),
                     [&](const Side& side) { return side.seat() == body; });
}

bool SpeaksForSide(const Case& matter, const type::v1::Person& person) {
  return !person.subject().empty() &&
         std::any_of(matter.sides().begin(), matter.sides().end(),
                     [&](const Side& side) { return side.representative().subject() == person.subject(); });
}

bool IsSamePerson(const type::v1::Person& a, const type::v1::Person& b) {
  if (!a.subject().empty() || !b.subject().empty()) return a.subject() == b.subject();
  return a.display_name() == b.display_name() && a.phone() == b.phone();
}

bool IsNobody(const type::v1::Person& person) {
  return person.subject().empty() && person.display_name().empty() && person.phone().empty();
}

SeatBody BodyOf(const SeatNomination& nomination) {
  return nomination.body() == SEAT_BODY_UNSPECIFIED ? SEAT_BODY_PRINCIPAL : nomination.body();
}

bool MaySit(SeatKind kind, SeatBody body) {
  const absl::Span<const SeatBody> substitutes = SubstitutesOf(kind);
  return body == SEAT_BODY_PRINCIPAL ||
         std::find(substitutes.begin(), substitutes.end(), body) != substitutes.end();
}

absl::Status CheckNominations(const ConveneConsultationRequest& request) {
  error::Violations violations;
  for (const SeatKind kind : kStanding) {
    const auto named = std::count_if(request.seats().begin(), request.seats().end(),
                                     [&](const SeatNomination& seat) { return seat.kind() == kind; });
    if (named != 1) violations.Add("seats", absl::StrCat(ShortName(kind), " is named once"));
  }
  for (int i = 0; i < request.seats_size(); ++i) {
    const SeatNomination& seat = request.seats(i);
    if (!MaySit(seat.kind(), BodyOf(seat))) {
      violations.Add(absl::StrCat("seats[", i, "].body"), "may not sit there");
    }
    if (IsNobody(seat.representative())) {
      violations.Add(absl::StrCat("seats[", i, "].representative"), "names somebody");
    }
  }
  return violations.ToStatus();
}

// The caretaker sits where there is no property firm at all; that is no way around a recusal.
absl::Status CheckRecusal(const Case& matter, const SeatNomination& seat) {
  if (!IsStanding(seat.kind())) return absl::OkStatus();
  const SeatBody body = BodyOf(seat);
  const bool recused = MustRecuse(matter, seat.kind());
  const bool is_side = (recused && (body == SEAT_BODY_PRINCIPAL || body == SEAT_BODY_CARETAKER)) ||
                       (body == SEAT_BODY_OWNERS_COMMITTEE && IsSide(matter, SEAT_KIND_OWNERS_COMMITTEE)) ||
                       SpeaksForSide(matter, seat.representative());
  if (!is_side) return absl::OkStatus();
  return SeatError("SEAT_MUST_RECUSE", "a side does not sit; its substitute does", seat.kind());
}

absl::Status CheckHeldOnce(const ConveneConsultationRequest& request) {
  const auto& seats = request.seats();
  for (int i = 0; i < seats.size(); ++i) {
    const bool owners_sit = BodyOf(seats[i]) == SEAT_BODY_OWNERS_COMMITTEE;
    for (int j = 0; j < seats.size(); ++j) {
      if (i == j) continue;
      const bool same = IsSamePerson(seats[i].representative(), seats[j].representative()) ||
                        (owners_sit && seats[j].kind() == SEAT_KIND_OWNERS_COMMITTEE);
      if (same) return SeatError("SEAT_HELD_TWICE", "nobody fills two seats", seats[i].kind());
    }
  }
  return absl::OkStatus();
}

absl::Status CheckNotOpened(const Case& matter) {
  if (matter.consultation().state() != CONSULTATION_STATE_OPENED) return absl::OkStatus();
  return error::Precondition("SEATS_FROZEN", "the meeting has been opened");
}

Seat SeatFrom(const Case& matter, const SeatNomination& nomination) {
  Seat seat;
  seat.set_kind(nomination.kind());
  seat.set_body(BodyOf(nomination));
  seat.set_recused(MustRecuse(matter, nomination.kind()));
  *seat.mutable_representative() = nomination.representative();
  seat.set_notified(nomination.notified());
  return seat;
}

absl::Status CheckResolution(const ConcludeConsultationRequest& request, absl::Time now) {
  if (!request.has_resolution()) {
    return error::InvalidField("resolution", "is required: the positions carry the proposal");
  }
  error::Violations violations;
  const Resolution& resolution = request.resolution();
  if (FromProto(resolution.deadline()) <= now) violations.Add("resolution.deadline", "is past");
  if (resolution.has_review_time() && FromProto(resolution.review_time()) <= now) {
    violations.Add("resolution.review_time", "is past");
  }
  if ((resolution.fund_amount() > 0) != !resolution.building().empty()) {
    violations.Add("resolution.building", "is set with fund_amount, and only then");
  }
  return violations.ToStatus();
}

absl::Status CheckResolved(const Case& matter, CaseMove move) {
  RETURN_IF_ERROR(Check(matter, move));
  if (matter.has_resolution()) return absl::OkStatus();
  return error::Precondition("NO_RESOLUTION", "no resolution was adopted");
}

// One at a time of each person, so that nobody fills what is held of a case.
absl::Status CheckMayObject(const Resolution& resolution, absl::string_view caller) {
  if (resolution.objections_size() >= kMostObjections) {
    return error::Precondition("OBJECTIONS_FULL", "no more objections are taken",
                               {{"most", absl::StrCat(kMostObjections)}});
  }
  const bool waits =
      std::any_of(resolution.objections().begin(), resolution.objections().end(),
                  [&](const ResolutionObjection& objection) {
                    return !objection.has_answer_time() && objection.objector().subject() == caller;
                  });
  if (!waits) return absl::OkStatus();
  return error::Precondition("OBJECTION_WAITS", "the caller's objection waits for its answer");
}

bool HasOpenObjection(const Resolution& resolution) {
  return std::any_of(resolution.objections().begin(), resolution.objections().end(),
                     [](const ResolutionObjection& objection) { return !objection.has_answer_time(); });
}

}  // namespace

absl::Span<const SeatKind> StandingSeats() { return kStanding; }

bool IsStanding(SeatKind kind) {
  return std::find(std::begin(kStanding), std::end(kStanding), kind) != std::end(kStanding);
}

absl::Span<const SeatBody> SubstitutesOf(SeatKind kind) {
  switch (kind) {
    case SEAT_KIND_GRID_PARTY:
      return kForGrid;
    case SEAT_KIND_NEIGHBOURHOOD_BRANCH:
      return kForBranch;
    case SEAT_KIND_BUILDING_GROUP:
      return kForGroup;
    case SEAT_KIND_RED_STEWARD:
      return kForSteward;
    case SEAT_KIND_PROPERTY:
      return kForProperty;
    default:
      return {};
  }
}

bool MustRecuse(const Case& matter, SeatKind kind) { return IsStanding(kind) && IsSide(matter, kind); }

absl::Status Convene(Case& matter, const ConveneConsultationRequest& request, absl::Time now) {
  RETURN_IF_ERROR(Check(matter, CaseMove::kConvene));
  RETURN_IF_ERROR(CheckNotOpened(matter));
  RETURN_IF_ERROR(CheckNominations(request));
  const absl::Duration notice = FromProto(request.meeting_time()) - now;
  if (notice < absl::ZeroDuration()) return error::InvalidField("meeting_time", "is past");
  if (notice < kNotice && !request.urgent()) {
    return error::Precondition("NOTICE_TOO_SHORT", "24 h at least, unless it is urgent");
  }
  for (const SeatNomination& seat : request.seats()) RETURN_IF_ERROR(CheckRecusal(matter, seat));
  RETURN_IF_ERROR(CheckHeldOnce(request));
  Consultation* consultation = matter.mutable_consultation();
  consultation->set_state(CONSULTATION_STATE_CONVENED);
  *consultation->mutable_convene_time() = ToProto(now);
  *consultation->mutable_meeting_time() = request.meeting_time();
  consultation->set_urgent(request.urgent() && notice < kNotice);
  if (!request.proposal().empty()) consultation->set_proposal(request.proposal());
  consultation->clear_seats();
  for (const SeatNomination& seat : request.seats()) *consultation->add_seats() = SeatFrom(matter, seat);
  Go(matter, CaseMove::kConvene, "CONVENED", now);
  return absl::OkStatus();
}

bool HasQuorum(const Consultation& consultation) {
  int there = 0;
  bool missing_were_notified = true;
  for (const Seat& seat : consultation.seats()) {
    if (!IsStanding(seat.kind())) continue;
    if (seat.present()) {
      ++there;
    } else {
      missing_were_notified = missing_were_notified && seat.notified() && !consultation.urgent();
    }
  }
  const int all = static_cast<int>(std::size(kStanding));
  if (there == all) return true;
  return consultation.adjournments() > 0 && there == all - 1 && missing_were_notified;
}

absl::Status OpenMeeting(Case& matter, const OpenConsultationRequest& request, absl::Time now) {
  RETURN_IF_ERROR(Check(matter, CaseMove::kOpenMeeting));
  RETURN_IF_ERROR(CheckNotOpened(matter));
  if (matter.consultation().state() != CONSULTATION_STATE_CONVENED) {
    return error::Precondition("NOT_CONVENED", "it was adjourned; convene it again");
  }
  if (now < FromProto(matter.consultation().meeting_time())) {
    return error::Precondition("MEETING_NOT_YET", "its time has not come");
  }
  Consultation* consultation = matter.mutable_consultation();
  for (Seat& seat : *consultation->mutable_seats()) {
    const auto& present = request.present();
    seat.set_present(std::find(present.begin(), present.end(), seat.kind()) != present.end());
  }
  if (!HasQuorum(*consultation)) {
    consultation->set_adjournments(consultation->adjournments() + 1);
    consultation->set_state(CONSULTATION_STATE_ADJOURNED);
    Note(matter, "ADJOURNED", now);
    return absl::OkStatus();
  }
  consultation->set_state(CONSULTATION_STATE_OPENED);
  *consultation->mutable_open_time() = ToProto(now);
  Note(matter, "MEETING_OPENED", now);
  return absl::OkStatus();
}

absl::Status TakePosition(Case& matter, const RecordPositionRequest& request, absl::Time now) {
  RETURN_IF_ERROR(Check(matter, CaseMove::kTakePosition));
  if (matter.consultation().state() != CONSULTATION_STATE_OPENED) {
    return error::Precondition("MEETING_NOT_OPEN", "the meeting is not open");
  }
  if (request.position() == POSITION_OBJECT && request.reason().empty()) {
    return error::InvalidField("reason", "is required with OBJECT");
  }
  for (Seat& seat : *matter.mutable_consultation()->mutable_seats()) {
    if (seat.kind() != request.seat() || !seat.present()) continue;
    seat.set_position(request.position());
    seat.set_reason(request.reason());
    Note(matter, "POSITION_TAKEN", now);
    return absl::OkStatus();
  }
  return SeatError("SEAT_NOT_THERE", "the seat is not there", request.seat());
}

bool SpeaksFor(const Case& matter, SeatKind seat, const auth::Identity& caller) {
  const auto& seats = matter.consultation().seats();
  return std::any_of(seats.begin(), seats.end(), [&](const Seat& held) {
    return held.kind() == seat && !held.representative().subject().empty() &&
           held.representative().subject() == caller.subject;
  });
}

absl::StatusOr<bool> IsCarried(const Case& matter) {
  int filled = 0;
  int agree = 0;
  int object = 0;
  for (const Seat& seat : matter.consultation().seats()) {
    if (!IsStanding(seat.kind()) || !seat.present()) continue;
    if (seat.position() == POSITION_UNSPECIFIED) {
      return SeatError("POSITIONS_MISSING", "every standing seat that is there says something", seat.kind());
    }
    ++filled;
    if (seat.position() == POSITION_AGREE) ++agree;
    if (seat.position() == POSITION_OBJECT) ++object;
  }
  if (matter.decision_rule() == DECISION_RULE_MAJORITY) return agree * 2 > filled;
  return object == 0 && agree > 0;
}

absl::Status Conclude(Case& matter, const ConcludeConsultationRequest& request, absl::Time now) {
  RETURN_IF_ERROR(Check(matter, CaseMove::kResolve));
  if (matter.consultation().state() != CONSULTATION_STATE_OPENED) {
    return error::Precondition("MEETING_NOT_OPEN", "the meeting is not open");
  }
  ASSIGN_OR_RETURN(const bool carried, IsCarried(matter));
  if (carried) RETURN_IF_ERROR(CheckResolution(request, now));
  if (!carried && request.advice() == ADVICE_UNSPECIFIED) {
    return error::InvalidField("advice", "is required: the positions do not carry the proposal");
  }
  matter.mutable_consultation()->set_state(CONSULTATION_STATE_CONCLUDED);
  matter.mutable_consultation()->set_minutes(request.minutes());
  if (!carried) {
    matter.set_advice(request.advice());
    Go(matter, CaseMove::kFail, "FAILED", now);
    return absl::OkStatus();
  }
  *matter.mutable_resolution() = request.resolution();
  *matter.mutable_resolution()->mutable_adopt_time() = ToProto(now);
  matter.set_way(CASE_WAY_CONSULTATION);
  *matter.mutable_settle_time() = ToProto(now);
  Go(matter, CaseMove::kResolve, "RESOLVED", now);
  return absl::OkStatus();
}

absl::Status Publish(Case& matter, absl::Time now) {
  RETURN_IF_ERROR(CheckResolved(matter, CaseMove::kPublish));
  *matter.mutable_resolution()->mutable_publish_until_time() = ToProto(now + kPublication);
  Note(matter, "PUBLISHED", now);
  return absl::OkStatus();
}

absl::Status ObjectToResolution(Case& matter, const ObjectToResolutionRequest& request,
                                absl::string_view caller, absl::Time now) {
  RETURN_IF_ERROR(CheckResolved(matter, CaseMove::kObject));
  Resolution* resolution = matter.mutable_resolution();
  if (!resolution->has_publish_until_time() || FromProto(resolution->publish_until_time()) < now) {
    return error::Precondition("NOT_PUBLISHED", "the resolution is not published now");
  }
  RETURN_IF_ERROR(CheckMayObject(*resolution, caller));
  ResolutionObjection* objection = resolution->add_objections();
  objection->mutable_objector()->set_subject(std::string(caller));
  objection->set_text(request.text());
  *objection->mutable_object_time() = ToProto(now);
  *objection->mutable_due_time() =
      ToProto(calendar::Calendar::InForce().AddWorkdays(now, kWorkdaysToAnswerObjection));
  resolution->set_suspended(true);
  Note(matter, "OBJECTION", now);
  return absl::OkStatus();
}

absl::Status AnswerObjection(Case& matter, const AnswerObjectionRequest& request, absl::Time now) {
  RETURN_IF_ERROR(CheckResolved(matter, CaseMove::kAnswerObjection));
  Resolution* resolution = matter.mutable_resolution();
  if (request.objection() >= resolution->objections_size()) {
    return error::InvalidField("objection", "there is no such objection");
  }
  ResolutionObjection* objection = resolution->mutable_objections(request.objection());
  if (objection->has_answer_time()) {
    return error::Precondition("OBJECTION_ANSWERED", "it was answered already");
  }
  objection->set_answer(request.answer());
  *objection->mutable_answer_time() = ToProto(now);
  resolution->set_suspended(HasOpenObjection(*resolution));
  Note(matter, "OBJECTION_ANSWERED", now);
  return absl::OkStatus();
}

}  // namespace firstfloor::deliberation::rules
