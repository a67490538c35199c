// The header of W3C Trace Context that names a span: "00-<trace, 32 hex>-<span, 16 hex>-<flags, 2 hex>".
#ifndef FIRSTFLOOR_COMMON_TELEMETRY_TRACEPARENT_H_
#define FIRSTFLOOR_COMMON_TELEMETRY_TRACEPARENT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace firstfloor::telemetry {

struct Traceparent {
  // Lower-case hex digits; views into the parsed text.
  absl::string_view trace_id;
  absl::string_view span_id;
  bool sampled = false;
};

// Nothing if `text` is malformed or one of its ids is all zeros. A version later than ours is read as
// far as we know it.
std::optional<Traceparent> ParseTraceparent(absl::string_view text);

// In version 00.
std::string FormatTraceparent(const Traceparent& parent);

}  // namespace firstfloor::telemetry

#endif  // FIRSTFLOOR_COMMON_TELEMETRY_TRACEPARENT_H_
