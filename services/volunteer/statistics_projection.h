// What the service's own events add to its figures.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_STATISTICS_PROJECTION_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_STATISTICS_PROJECTION_H_

#include "absl/types/span.h"
#include "common/events/reader.h"
#include "common/statistics/projection.h"

namespace firstfloor::volunteer {

// Name of the reader that keeps the figures.
inline constexpr char kStatisticsReader[] = "volunteer/statistics";

// A figure, by its key, with the dimension that tells it apart ("" if none does).
struct FigureKey {
  const char* key;
  const char* dimension;
  // Counts what is there at the end, not what happened within.
  bool stock;
};

// All that are kept.
absl::Span<const FigureKey> FigureKeys();

// Adds what `event` means.
void Count(const events::v1::Event& event, statistics::Deltas& deltas);

events::Effect StatisticsEffect();

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_STATISTICS_PROJECTION_H_
