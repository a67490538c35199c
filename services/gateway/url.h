// The parts of a request's target.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_URL_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_URL_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firstfloor::gateway {

// What stays as it is when a text is decoded.
enum class Keep { kNothing, kSlashes };

// Percent-encoding undone; with kSlashes "%2F" is left alone. Nothing if an escape is malformed.
std::optional<std::string> PercentDecode(absl::string_view text, Keep keep = Keep::kNothing);

// A path cut at its slashes, still encoded. A colon in the last segment begins the verb: "/v1/cases/7:close"
// is {"v1", "cases", "7"} and "close". A colon that belongs to a segment there is written %3A.
struct Path {
  std::vector<absl::string_view> segments;
  absl::string_view verb;
  bool has_verb = false;
};

using QueryPairs = std::vector<std::pair<std::string, std::string>>;

struct Target {
  Path path;  // views into the text that was parsed
  QueryPairs query;
};

// "/path?query" of a request line, or "http://host/path?query". INVALID_ARGUMENT, reason MALFORMED_TARGET, if
// it is not that form, an escape is malformed or what is escaped is not UTF-8.
absl::StatusOr<Target> ParseTarget(absl::string_view text);

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_URL_H_
