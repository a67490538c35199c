// Every error that a caller can act on, made in one place. Statuses carry their google.rpc details as
// payloads from the moment they are made; common/rpc puts them on the wire.
#ifndef FIRSTFLOOR_COMMON_ERROR_ERROR_H_
#define FIRSTFLOOR_COMMON_ERROR_ERROR_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace google::rpc {
class Status;
}

namespace firstfloor::error {

using Metadata = std::vector<std::pair<std::string, std::string>>;

// An error with google.rpc.ErrorInfo {reason, domain "firstfloor", metadata}. `reason` is
// UPPER_SNAKE and never changes; `message` is for developers and holds no personal data.
absl::Status Make(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                  const Metadata& metadata = {});

// INVALID_ARGUMENT, reason INVALID_FIELD, with one BadRequest violation.
absl::Status InvalidField(absl::string_view field, absl::string_view description);

// Collects violations, so that a caller learns of all of them at once.
class Violations {
 public:
  void Add(absl::string_view field, absl::string_view description);
  bool empty() const { return violations_.empty(); }
  // OK when empty, else INVALID_ARGUMENT with reason INVALID_FIELD and every violation (at most 100, and
  // about 4 KiB: what every client can take).
  absl::Status ToStatus() const;

 private:
  size_t bytes_ = 0;
  std::vector<std::pair<std::string, std::string>> violations_;
};

// FAILED_PRECONDITION: `subject` (a resource name) is in `state`, from which only `allowed` can be
// reached. Carries PreconditionFailure with one violation per allowed state.
absl::Status WrongState(absl::string_view reason, absl::string_view subject, absl::string_view state,
                        absl::Span<const std::string> allowed);

// FAILED_PRECONDITION with ErrorInfo.
absl::Status Precondition(absl::string_view reason, absl::string_view message, const Metadata& metadata = {});

// NOT_FOUND with ResourceInfo. `type` as in "Opinion".
absl::Status NotFound(absl::string_view type, absl::string_view name);

// PERMISSION_DENIED, reason DENIED: "denied, or does not exist". Says nothing else on purpose.
absl::Status Denied();

// ABORTED, reason ETAG_MISMATCH: read again, then try again.
absl::Status EtagMismatch(absl::string_view name);

// `code` (RESOURCE_EXHAUSTED or UNAVAILABLE) with RetryInfo.
absl::Status RetryAfter(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                        absl::Duration delay);

// The reason of an error made here, or "" if it has none.
std::string ReasonOf(const absl::Status& status);

// As google.rpc.Status, details included.
google::rpc::Status ToProto(const absl::Status& status);

// The reverse, for errors that a peer answered.
absl::Status FromProto(const google::rpc::Status& proto);

}  // namespace firstfloor::error

#endif  // FIRSTFLOOR_COMMON_ERROR_ERROR_H_
