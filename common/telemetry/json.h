// JSON text, for those who write it a line at a time.
#ifndef FIRSTFLOOR_COMMON_TELEMETRY_JSON_H_
#define FIRSTFLOOR_COMMON_TELEMETRY_JSON_H_

#include <string>

#include "absl/strings/string_view.h"

namespace firstfloor::telemetry {

// Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD.
void AppendJsonString(absl::string_view text, std::string& out);

// Appends `value`; what JSON has no number for (NaN, infinities) becomes null.
void AppendJsonNumber(double value, std::string& out);

}  // namespace firstfloor::telemetry

#endif  // FIRSTFLOOR_COMMON_TELEMETRY_JSON_H_
