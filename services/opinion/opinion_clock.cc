#include "services/opinion/opinion_clock.h"

#include <algorithm>
#include <utility>

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "services/opinion/opinion_states.h"

namespace firstfloor::opinion::clock {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using v1::Opinion;

constexpr absl::Duration kAcknowledgeWithin = absl::Minutes(15);
constexpr absl::Duration kSilenceAfter = absl::Hours(14 * 24);
constexpr int kNoticeDays = 15;
constexpr int kClaimDays = 60;
constexpr int kObjectionDays = 5;  // working days

const calendar::Calendar& Days() { return calendar::Calendar::InForce(); }

bool Has(const Opinion& opinion, absl::string_view kind) {
  return std::find(opinion.lapsed_deadlines().begin(), opinion.lapsed_deadlines().end(), kind) !=
         opinion.lapsed_deadlines().end();
}

// Somebody is to act on it, within the working days.
bool Runs(v1::OpinionState state) {
  switch (state) {
    case v1::OPINION_STATE_RECEIVED:
    case v1::OPINION_STATE_TRIAGED:
    case v1::OPINION_STATE_IN_PROGRESS:
    case v1::OPINION_STATE_ESCALATED:
    case v1::OPINION_STATE_DISPATCHED:
    case v1::OPINION_STATE_TRANSFERRING:
      return true;
    default:
      return false;
  }
}

// Deadlines end with a day, at 24:00; this is that day.
absl::CivilDay LastDay(absl::Time due) { return calendar::DayOf(due - absl::Seconds(1)); }

absl::Time Later(absl::Time due, int working_days) {
  return Days().AddWorkdays(calendar::StartOf(LastDay(due)), working_days);
}

absl::Time ReminderOf(const Opinion& opinion) {
  return calendar::StartOf(LastDay(FromProto(opinion.due_time())));
}

absl::Time EscalationOf(const Opinion& opinion) {
  return Later(FromProto(opinion.due_time()), 2 * std::max(1, opinion.working_days()));
}

bool IsReviewed(const Opinion& opinion) {
  return opinion.reviews_size() > 0 && !opinion.reviews().rbegin()->has_answer_time();
}

bool IsAnswered(const Opinion& opinion) {
  return opinion.state() == v1::OPINION_STATE_ANSWERED || opinion.state() == v1::OPINION_STATE_RESOLVED;
}

// Since when a restriction is known here.
absl::Time RestrictedSince(const Opinion& opinion) {
  return std::max(FromProto(opinion.receive_time()), FromProto(opinion.restrict_time()));
}

// What became an emergency before this was kept is one since it was received or restricted.
absl::Time EmergencySince(const Opinion& opinion) {
  return opinion.has_emergency_time() ? FromProto(opinion.emergency_time()) : RestrictedSince(opinion);
}

bool IsAcceptedClaim(const Opinion& opinion) {
  return opinion.has_accept_time() && opinion.petition_type() == v1::PETITION_TYPE_CLAIM;
}

void AddDutiesOfPetition(const Opinion& opinion, std::vector<Deadline>& duties) {
  if (Runs(opinion.state()) && !opinion.has_notice_time()) {
    duties.push_back({std::string(kNotice), FromProto(opinion.notice_due_time())});
    if (!opinion.forwarded_by().empty() && !opinion.has_objection()) {
      duties.push_back({std::string(kObjection), ObjectionEnd(opinion)});
    }
  }
  if (IsReviewed(opinion)) {
    duties.push_back({std::string(kReview), FromProto(opinion.reviews().rbegin()->due_time())});
  }
}

// What somebody has to do, by when.
std::vector<Deadline> Duties(const Opinion& opinion) {
  std::vector<Deadline> duties;
  const bool runs = Runs(opinion.state());
  if (runs && !opinion.has_waiting_since_time()) {
    duties.push_back({std::string(kDue), FromProto(opinion.due_time())});
  }
  // The other system does not wait when we do.
  if (runs && opinion.has_external_due_time()) {
    duties.push_back({std::string(kExternal), FromProto(opinion.external_due_time())});
  }
  // Also when it was taken back meanwhile.
  if (rules::AcknowledgementOwed(opinion)) {
    duties.push_back({std::string(kAcknowledge), EmergencySince(opinion) + kAcknowledgeWithin});
  }
  if (rules::ReportOwed(opinion)) {
    duties.push_back({std::string(kReport), RestrictedSince(opinion) + kAcknowledgeWithin});
  }
  if (rules::IsPetition(opinion)) AddDutiesOfPetition(opinion, duties);
  return duties;
}

void AddRunning(const Opinion& opinion, std::vector<Deadline>& deadlines) {
  const absl::Time reminder = ReminderOf(opinion);
  if (!Has(opinion, kReminder) && reminder > FromProto(opinion.receive_time())) {
    deadlines.push_back({std::string(kReminder), reminder});
  }
  if (!Has(opinion, kEscalated)) deadlines.push_back({std::string(kEscalated), EscalationOf(opinion)});
}

void Rearm(Opinion& opinion, absl::Time now) {
  std::vector<std::string> kept;
  for (const std::string& kind : opinion.lapsed_deadlines()) {
    const bool ahead = (kind == kReminder && ReminderOf(opinion) > now) ||
                       (kind == kDue && FromProto(opinion.due_time()) > now) ||
                       (kind == kEscalated && EscalationOf(opinion) > now);
    if (!ahead) kept.push_back(kind);
  }
  opinion.clear_lapsed_deadlines();
  for (std::string& kind : kept) opinion.add_lapsed_deadlines(std::move(kind));
}

}  // namespace

std::vector<Deadline> Deadlines(const Opinion& opinion) {
  std::vector<Deadline> deadlines;
  if (Runs(opinion.state()) && !opinion.has_waiting_since_time()) AddRunning(opinion, deadlines);
  for (Deadline& duty : Duties(opinion)) {
    if (!Has(opinion, duty.kind)) deadlines.push_back(std::move(duty));
  }
  if (IsAnswered(opinion) && !rules::IsPetition(opinion) && !CallOwed(opinion) &&
      !rules::ReportOwed(opinion)) {
    // Whoever was called has 14 days from the call.
    const absl::Time told = std::max(FromProto(opinion.resolve_time()), FromProto(opinion.called_time()));
    deadlines.push_back({std::string(kSilence), told + kSilenceAfter});
  }
  return deadlines;
}

std::optional<Deadline> EarliestDuty(const Opinion& opinion) {
  std::vector<Deadline> duties = Duties(opinion);
  // Past its end an objection is owed no more; it cannot be made.
  duties.erase(std::remove_if(
                   duties.begin(), duties.end(),
                   [&](const Deadline& duty) { return duty.kind == kObjection && Has(opinion, kObjection); }),
               duties.end());
  if (IsAnswered(opinion) && CallOwed(opinion)) {
    duties.push_back({std::string(kCall), Days().AddWorkdays(FromProto(opinion.resolve_time()), 1)});
  }
  if (opinion.state() == v1::OPINION_STATE_REOPEN_REQUESTED) {
    duties.push_back(
        {std::string(kReopening), Days().AddWorkdays(FromProto(opinion.feedback().feedback_time()),
                                                     std::max(1, opinion.working_days()))});
  }
  const auto earliest = std::min_element(
      duties.begin(), duties.end(), [](const Deadline& a, const Deadline& b) { return a.time < b.time; });
  return earliest == duties.end() ? std::nullopt : std::optional<Deadline>(*earliest);
}

void Start(Opinion& opinion, int working_days, absl::Time now) {
  opinion.set_working_days(working_days);
  *opinion.mutable_due_time() = ToProto(Days().AddWorkdays(now, working_days));
  if (rules::IsPetition(opinion) && !opinion.has_notice_due_time()) {
    *opinion.mutable_notice_due_time() = ToProto(EndOfCalendarDays(now, kNoticeDays));
  }
  Rearm(opinion, now);
}

absl::Time FirstDue(const Opinion& opinion, int working_days) {
  const absl::Time due = Days().AddWorkdays(FromProto(opinion.receive_time()), working_days);
  return opinion.has_external_due_time() ? std::min(due, FromProto(opinion.external_due_time())) : due;
}

void Freeze(Opinion& opinion, int working_days, absl::Time now) {
  const absl::Time before = FirstDue(opinion, opinion.working_days());
  opinion.set_working_days(working_days);
  if (IsAcceptedClaim(opinion)) return;
  const int moved = Days().WorkdaysBetween(LastDay(before), LastDay(FromProto(opinion.due_time())));
  *opinion.mutable_due_time() = ToProto(FirstDue(opinion, working_days));
  MoveBy(opinion, moved, now);
}

void Hasten(Opinion& opinion, absl::Time now) {
  EndPause(opinion, now);
  opinion.set_working_days(0);
  if (IsAcceptedClaim(opinion)) return;
  *opinion.mutable_due_time() =
      ToProto(std::min(FromProto(opinion.due_time()), Days().AddWorkdays(now, opinion.working_days())));
  Rearm(opinion, now);
}

void EndPause(Opinion& opinion, absl::Time now) {
  if (!opinion.has_waiting_since_time()) return;
  const absl::CivilDay since = calendar::DayOf(FromProto(opinion.waiting_since_time()));
  opinion.clear_waiting_since_time();
  opinion.clear_question();
  MoveBy(opinion, Days().WorkdaysBetween(since, calendar::DayOf(now)), now);
}

void Accept(Opinion& opinion, absl::Time now) {
  *opinion.mutable_accept_time() = ToProto(now);
  if (opinion.petition_type() != v1::PETITION_TYPE_CLAIM) return;
  *opinion.mutable_due_time() = ToProto(EndOfCalendarDays(now, kClaimDays));
  Rearm(opinion, now);
}

void MoveByCalendarDays(Opinion& opinion, int days, absl::Time now) {
  *opinion.mutable_due_time() =
      ToProto(calendar::StartOf(calendar::DayOf(FromProto(opinion.due_time())) + days));
  Rearm(opinion, now);
}

absl::Time EndOfCalendarDays(absl::Time time, int days) {
  return calendar::StartOf(calendar::DayOf(time) + days + 1);
}

absl::Time ObjectionEnd(const Opinion& opinion) {
  return Days().AddWorkdays(FromProto(opinion.receive_time()), kObjectionDays);
}

void MoveBy(Opinion& opinion, int working_days, absl::Time now) {
  if (working_days > 0) {
    *opinion.mutable_due_time() = ToProto(Later(FromProto(opinion.due_time()), working_days));
  }
  Rearm(opinion, now);
}

bool CallOwed(const Opinion& opinion) {
  if (opinion.contact_preference() != v1::CONTACT_PREFERENCE_PHONE) return false;
  return !opinion.has_called_time() || FromProto(opinion.called_time()) < FromProto(opinion.resolve_time());
}

}  // namespace firstfloor::opinion::clock
