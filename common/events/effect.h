// What is done with one event, and what its failure means.
#ifndef FIRSTFLOOR_COMMON_EVENTS_EFFECT_H_
#define FIRSTFLOOR_COMMON_EVENTS_EFFECT_H_

#include <string>

#include "absl/status/status.h"
#include "common/events/reader.h"

namespace firstfloor::events {

enum class Concern { kNone, kKnown, kUnknownKind };

// As told at Effect.
Concern ConcernOf(const Effect& effect, const v1::Event& event);

// No retry can mend it.
bool IsPermanent(const absl::Status& status);

// Why an event is parked: code and reason, never the message, which may be about anything.
std::string ParkReason(const absl::Status& status);
inline constexpr const char* kUnknownKind = "UNKNOWN_KIND";
inline constexpr const char* kAfterParked = "AFTER_PARKED";

// Name of the cursor's row.
std::string CursorName(const std::string& reader);

// Lets one event take effect.
absl::Status ApplyOne(const Effect& effect, db::Transaction& tx, const v1::Event& event,
                      const std::string& prepared);

}  // namespace firstfloor::events

#endif  // FIRSTFLOOR_COMMON_EVENTS_EFFECT_H_
