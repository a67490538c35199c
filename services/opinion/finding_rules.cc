#include "services/opinion/finding_rules.h"

#include <cmath>

#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/opinion/confinement.h"
#include "services/opinion/opinion_states.h"
#include "services/opinion/opinion_view.h"

namespace firstfloor::opinion::rules {
namespace {

constexpr absl::Duration kUsualTopicSpan = absl::Hours(30 * 24);
constexpr absl::Duration kHalfLife = absl::Hours(14 * 24);

}  // namespace

bool IsFindable(const v1::Opinion& opinion) {
  return !confinement::IsConfined(opinion) && opinion.state() != v1::OPINION_STATE_WITHDRAWN;
}

bool IsComparable(const v1::Opinion& opinion) {
  switch (opinion.state()) {
    case v1::OPINION_STATE_DUPLICATE:
    case v1::OPINION_STATE_REJECTED:
    case v1::OPINION_STATE_TRANSFERRED:
      return false;
    default:
      return IsFindable(opinion) && !IsPetition(opinion);
  }
}

bool IsPubliclyFindable(const v1::Opinion& opinion) {
  return IsFindable(opinion) && view::IsPublic(opinion) && opinion.state() != v1::OPINION_STATE_DUPLICATE;
}

bool MayTakeIn(v1::OpinionState state) {
  return state != v1::OPINION_STATE_DUPLICATE && !AllowedMoves(state).empty();
}

double HeatOf(int64_t supports, absl::Duration ago) {
  return (1 + static_cast<double>(supports)) * std::exp2(-absl::FDivDuration(ago, kHalfLife));
}

absl::StatusOr<Span> SpanOf(const type::v1::TimeWindow& window) {
  Span span;
  if (window.has_start_time()) span.from = calendar::FromProto(window.start_time());
  if (window.has_end_time()) span.to = calendar::FromProto(window.end_time());
  if (span.to <= span.from) return error::InvalidField("window", "must end after it begins");
  return span;
}

absl::StatusOr<Span> TopicSpan(const type::v1::TimeWindow& window, absl::Time now) {
  Span span;
  span.to = window.has_end_time() ? calendar::FromProto(window.end_time()) : now;
  span.from = window.has_start_time() ? calendar::FromProto(window.start_time()) : span.to - kUsualTopicSpan;
  if (span.to <= span.from) return error::InvalidField("window", "must end after it begins");
  if (span.to - span.from > kLongestTopicSpan) {
    return error::InvalidField("window", "must not be longer than 366 days");
  }
  return span;
}

}  // namespace firstfloor::opinion::rules
