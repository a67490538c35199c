// One call, as its handler sees it.
#ifndef FIRSTFLOOR_COMMON_RPC_CALL_H_
#define FIRSTFLOOR_COMMON_RPC_CALL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/auth/identity.h"
#include "common/events/origin.h"
#include "common/rpc/environment.h"
#include "common/rpc/workers.h"
#include "common/telemetry/trace.h"

namespace firstfloor::rpc {

// Used by one thread at a time. The wrapper makes it; handlers ask it who calls, when, and whether the
// caller may.
class Call {
 public:
  Call(const Environment& environment, const api::v1::Access& access)
      : environment_(environment), access_(access) {}

  const auth::Identity& identity() const { return *identity_; }
  // Token subject of the person, or name of the service.
  const std::string& subject() const { return identity_->subject; }
  // Where the change comes from, to be given to stores and to the event log.
  const events::Origin& origin() const { return origin_; }
  // When it happens, as far as rules go: the clock, or the given time of back-dated work.
  absl::Time now() const { return origin_.occur_time; }
  absl::Time deadline() const { return deadline_; }
  // The caller wants to see every change that was acknowledged before the call.
  bool strong() const { return strong_; }

  // The access decision for a thing in `area` to which the caller stands in `standing`. PERMISSION_DENIED
  // "denied, or does not exist" if not. A handler whose method does not name the area in the request must
  // ask before it answers or changes anything; the wrapper refuses to commit or to answer otherwise.
  absl::Status Authorize(absl::string_view area, auth::Standing standing = {});

  // The caller is a person with `role` in an area that covers `area`.
  bool Holds(api::v1::Role role, absl::string_view area) const;

  // Personal data of somebody else goes out unmasked: the wrapper records it before it replies.
  void RecordPersonalRead(absl::string_view name, absl::string_view area);

  // The worker's connections. Only on a worker: not in answers from memory.
  db::Connection& db() { return worker_->db; }
  redis::Client& redis() { return worker_->redis; }
  const Environment& environment() const { return environment_; }
  telemetry::Span& span() { return span_; }

 private:
  friend class Wrapper;
  const Environment& environment_;
  const api::v1::Access& access_;
  std::shared_ptr<const auth::Identity> identity_;
  events::Origin origin_;
  absl::Time deadline_;
  bool strong_ = false;
  bool decided_ = false;
  std::vector<std::string> personal_reads_;
  std::string personal_read_area_;
  Worker* worker_ = nullptr;
  telemetry::Span span_;
};

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_CALL_H_
