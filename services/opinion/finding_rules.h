// Which opinions may be found by whom, and what makes a topic hot: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_OPINION_FINDING_RULES_H_
#define FIRSTFLOOR_SERVICES_OPINION_FINDING_RULES_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "firstfloor/opinion/v1/opinion.pb.h"
#include "firstfloor/type/v1/type.pb.h"

namespace firstfloor::opinion::rules {

// Anybody may find it, who may see it: it is not about staff and was not taken back.
bool IsFindable(const v1::Opinion& opinion);
// It may be about the same matter as another, and part of a topic: petitions stand for themselves, and what
// was merged, refused or handed over is followed elsewhere or not at all.
bool IsComparable(const v1::Opinion& opinion);
// Others than those who handle it may find it, by its public summary.
bool IsPubliclyFindable(const v1::Opinion& opinion);

// It is still followed: another opinion may be merged into it.
bool MayTakeIn(v1::OpinionState state);

// What an opinion with `supports`, received `ago`, adds to a topic's heat: 1 and 1 for each support, half as
// much for each 14 days.
double HeatOf(int64_t supports, absl::Duration ago);

// [from, to).
struct Span {
  absl::Time from = absl::InfinitePast();
  absl::Time to = absl::InfiniteFuture();
};
// The window as asked for; INVALID_ARGUMENT unless it ends after it begins.
absl::StatusOr<Span> SpanOf(const type::v1::TimeWindow& window);
// That of hot topics: what is not said ends at `now` and begins 30 days earlier; INVALID_ARGUMENT if it is
// longer than 366 days.
absl::StatusOr<Span> TopicSpan(const type::v1::TimeWindow& window, absl::Time now);
inline constexpr absl::Duration kLongestTopicSpan = absl::Hours(366 * 24);

}  // namespace firstfloor::opinion::rules

#endif  // FIRSTFLOOR_SERVICES_OPINION_FINDING_RULES_H_
