// Deadlines of an opinion: when they are, and how pauses and extensions move them. Decisions only.
#ifndef FIRSTFLOOR_SERVICES_OPINION_OPINION_CLOCK_H_
#define FIRSTFLOOR_SERVICES_OPINION_OPINION_CLOCK_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "firstfloor/opinion/v1/opinion.pb.h"

namespace firstfloor::opinion::clock {

// Kinds of deadlines; also the codes by which a lapse is told.
inline constexpr absl::string_view kReminder = "REMINDER";  // the last working day begins
inline constexpr absl::string_view kDue = "DUE";            // the answer is due
inline constexpr absl::string_view kEscalated =
    "ESCALATED";  // three times the working days: the branch is told
inline constexpr absl::string_view kAcknowledge = "ACKNOWLEDGE";  // of an emergency: 15 minutes at any hour
inline constexpr absl::string_view kSilence = "SILENCE";          // 14 days without feedback
inline constexpr absl::string_view kNotice = "NOTICE";            // of a petition: 15 calendar days
inline constexpr absl::string_view kReport = "REPORT";            // of suspected harm to a child: at once
inline constexpr absl::string_view kObjection = "OBJECTION";      // to a forwarded petition: 5 working days
inline constexpr absl::string_view kExternal = "EXTERNAL";        // another system wants the answer
inline constexpr absl::string_view kReview = "REVIEW";            // of a claim: 30 calendar days to answer
// Owed, but nobody is told when they pass.
inline constexpr absl::string_view kCall = "CALL";            // that the reporter asked for
inline constexpr absl::string_view kReopening = "REOPENING";  // is to be decided

struct Deadline {
  std::string kind;
  absl::Time time;
  friend bool operator==(const Deadline& a, const Deadline& b) {
    return a.kind == b.kind && a.time == b.time;
  }
};

// What is still to come, or has come and was not told yet. Everything follows from the opinion itself, so
// that a timer which fires late, or after the opinion has moved on, is seen for what it is.
std::vector<Deadline> Deadlines(const v1::Opinion& opinion);

// The thing that is owed on the opinion by the earliest time, passed or to come; our answer is not while the
// reporter is waited for, and nothing is when it is over.
std::optional<Deadline> EarliestDuty(const v1::Opinion& opinion);

// Sets the working days and what follows from them, from `now` on.
void Start(v1::Opinion& opinion, int working_days, absl::Time now);

// When what has these working days is due, counted from its receipt; earlier if whoever passed it on wants
// the answer then.
absl::Time FirstDue(const v1::Opinion& opinion, int working_days);

// Sets the working days of what came in without a category, as if it had come with one: the deadline counts
// from the receipt, and stays moved by what has moved it since. An accepted claim keeps its 60 days.
void Freeze(v1::Opinion& opinion, int working_days, absl::Time now);

// It became an emergency at `now`: it is due that day, if it was not before, and its clock does not stand
// still. An accepted claim keeps its 60 days.
void Hasten(v1::Opinion& opinion, absl::Time now);

// Ends a pause, if there is one: the deadline moves by its working days.
void EndPause(v1::Opinion& opinion, absl::Time now);

// A petition is accepted at `now`: a claim ends within 60 calendar days (信访工作条例, article 34).
void Accept(v1::Opinion& opinion, absl::Time now);
// Moves the deadline by calendar days; what has lapsed and now lies ahead again may lapse again.
void MoveByCalendarDays(v1::Opinion& opinion, int days, absl::Time now);
// Until when something may be asked for, or is to be answered, that is given `days` calendar days from `time`
// on: the end of the last of them.
absl::Time EndOfCalendarDays(absl::Time time, int days);
// Until when a forwarded petition may be objected to.
absl::Time ObjectionEnd(const v1::Opinion& opinion);

// Moves the deadline by working days; what has lapsed and now lies ahead again may lapse again.
void MoveBy(v1::Opinion& opinion, int working_days, absl::Time now);

// A call about the answer is owed to a reporter who asked to be called.
bool CallOwed(const v1::Opinion& opinion);

}  // namespace firstfloor::opinion::clock

#endif  // FIRSTFLOOR_SERVICES_OPINION_OPINION_CLOCK_H_
