#include "services/opinion/opinion_clock.h"

#include <algorithm>

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"

namespace firstfloor::opinion::clock {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using v1::Opinion;

constexpr absl::Duration kAcknowledgeWithin = absl::Minutes(15);
constexpr absl::Duration kSilenceAfter = absl::Hours(14 * 24);
constexpr int kNoticeDays = 15;

const calendar::Calendar& Days() { return calendar::Calendar::BuiltIn(); }

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

bool IsPetition(const Opinion& opinion) { return opinion.kind() == v1::OPINION_KIND_PETITION; }

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

void AddRunning(const Opinion& opinion, std::vector<Deadline>& deadlines) {
  const absl::Time due = FromProto(opinion.due_time());
  const absl::Time reminder = ReminderOf(opinion);
  if (!Has(opinion, kReminder) && reminder > FromProto(opinion.receive_time())) {
    deadlines.push_back({std::string(kReminder), reminder});
  }
  if (!Has(opinion, kDue)) deadlines.push_back({std::string(kDue), due});
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
  const bool runs = Runs(opinion.state());
  if (runs && !opinion.has_waiting_since_time()) AddRunning(opinion, deadlines);
  if (runs && opinion.urgency() == v1::OPINION_URGENCY_EMERGENCY && !opinion.has_acknowledge_time() &&
      !Has(opinion, kAcknowledge)) {
    deadlines.push_back({std::string(kAcknowledge), FromProto(opinion.receive_time()) + kAcknowledgeWithin});
  }
  if (runs && IsPetition(opinion) && !opinion.has_notice_time() && !Has(opinion, kNotice)) {
    deadlines.push_back({std::string(kNotice), FromProto(opinion.notice_due_time())});
  }
  const bool answered =
      opinion.state() == v1::OPINION_STATE_ANSWERED || opinion.state() == v1::OPINION_STATE_RESOLVED;
  if (answered && !IsPetition(opinion) && !CallOwed(opinion)) {
    // Whoever was called has 14 days from the call.
    const absl::Time told = std::max(FromProto(opinion.resolve_time()), FromProto(opinion.called_time()));
    deadlines.push_back({std::string(kSilence), told + kSilenceAfter});
  }
  return deadlines;
}

void Start(Opinion& opinion, int working_days, absl::Time now) {
  opinion.set_working_days(working_days);
  *opinion.mutable_due_time() = ToProto(Days().AddWorkdays(now, working_days));
  if (IsPetition(opinion) && !opinion.has_notice_due_time()) {
    *opinion.mutable_notice_due_time() = ToProto(calendar::StartOf(calendar::DayOf(now) + kNoticeDays + 1));
  }
  Rearm(opinion, now);
}

void EndPause(Opinion& opinion, absl::Time now) {
  if (!opinion.has_waiting_since_time()) return;
  const absl::CivilDay since = calendar::DayOf(FromProto(opinion.waiting_since_time()));
  opinion.clear_waiting_since_time();
  opinion.clear_question();
  MoveBy(opinion, Days().WorkdaysBetween(since, calendar::DayOf(now)), now);
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
