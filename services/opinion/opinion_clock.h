// Deadlines of an opinion: when they are, and how pauses and extensions move them. Decisions only.
#ifndef FIRSTFLOOR_SERVICES_OPINION_OPINION_CLOCK_H_
#define FIRSTFLOOR_SERVICES_OPINION_OPINION_CLOCK_H_

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

// Sets the working days and what follows from them, from `now` on.
void Start(v1::Opinion& opinion, int working_days, absl::Time now);

// Ends a pause, if there is one: the deadline moves by its working days.
void EndPause(v1::Opinion& opinion, absl::Time now);

// Moves the deadline by working days; what has lapsed and now lies ahead again may lapse again.
void MoveBy(v1::Opinion& opinion, int working_days, absl::Time now);

// A call about the answer is owed to a reporter who asked to be called.
bool CallOwed(const v1::Opinion& opinion);

}  // namespace firstfloor::opinion::clock

#endif  // FIRSTFLOOR_SERVICES_OPINION_OPINION_CLOCK_H_
