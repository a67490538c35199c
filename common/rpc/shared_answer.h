// Answers that are dear to compute and may be some seconds old: figures, above all.
#ifndef FIRSTFLOOR_COMMON_RPC_SHARED_ANSWER_H_
#define FIRSTFLOOR_COMMON_RPC_SHARED_ANSWER_H_

#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/cache/answers.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/rpc/call.h"

namespace firstfloor::rpc {

template <typename Response>
struct Dated {
  Response response;
  absl::Time as_of;  // when it was computed
};

// What `compute` answers, shared by all replicas under `key` for 5 seconds; `key` names the service and all
// that the answer depends on, nothing personal. For a caller who wants to see every change acknowledged
// before, computed now, once `reader` has passed them all (UNAVAILABLE, reason READER_BEHIND, if that takes
// too long). Blocks.
template <typename Response>
absl::StatusOr<Dated<Response>> SharedAnswer(Call& call, absl::string_view reader, absl::string_view key,
                                             absl::FunctionRef<absl::StatusOr<Response>()> compute) {
  constexpr absl::Duration kLife = absl::Seconds(5);
  const absl::Time now = call.origin().record_time;
  if (call.strong()) {
    RETURN_IF_ERROR(events::AwaitCaughtUp(call.db(), reader, call.deadline()));
    ASSIGN_OR_RETURN(Response response, compute());
    return Dated<Response>{std::move(response), now};
  }
  ASSIGN_OR_RETURN(const cache::Answer answer,
                   cache::Shared(call.redis(), key, kLife, now, [&]() -> absl::StatusOr<std::string> {
                     ASSIGN_OR_RETURN(const Response computed, compute());
                     return computed.SerializeAsString();
                   }));
  Dated<Response> dated{{}, answer.as_of};
  if (dated.response.ParseFromString(answer.bytes)) return dated;
  return error::Make(absl::StatusCode::kDataLoss, "ANSWER_UNREADABLE", "a shared answer cannot be read");
}

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_SHARED_ANSWER_H_
