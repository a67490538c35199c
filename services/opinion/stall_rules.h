// What may happen to a stall, and what follows: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_OPINION_STALL_RULES_H_
#define FIRSTFLOOR_SERVICES_OPINION_STALL_RULES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/resource/transitions.h"
#include "firstfloor/opinion/v1/stall.pb.h"
#include "firstfloor/opinion/v1/stall_service.pb.h"

namespace firstfloor::opinion::stall_rules {

enum class Act { kOpen, kClose, kCloseItself, kCancel, kMove };

// A row of the table of allowed moves; what is not there is refused.
using Move = resource::Transition<v1::StallState, Act>;
absl::Span<const Move> Moves();
std::vector<v1::StallState> AllowedMoves(v1::StallState from);
// FAILED_PRECONDITION, reason STALL_WRONG_STATE, with the allowed moves unless `act` is allowed.
absl::Status CheckMove(const v1::Stall& stall, Act act);

// The timer of a planned or open stall: it ends 30 minutes after its window, if nobody has opened or closed
// it by then.
inline constexpr absl::string_view kSelfClose = "SELF_CLOSE";
absl::Time SelfCloseTime(const v1::Stall& stall);

// The timer of a stall from before it was noted when stalls keep whom busy, and when they end: it is noted
// now.
inline constexpr absl::string_view kBook = "BOOK";
// Nobody sits there, nor will.
bool IsOver(const v1::Stall& stall);
// It is open, and `area` is in the community in which it stands: whatever was said elsewhere was not said at
// this table.
bool TakesFrom(const v1::Stall& stall, absl::string_view area);

// Each checks what it is given and answers the stall after the change.
// INVALID_ARGUMENT unless it stands in a compound or a building (or one of its units).
absl::StatusOr<v1::Stall> Plan(const v1::Stall& stall);
// `area` is where it is opened, "" where it was planned; `elsewhere` at a place that has no code.
absl::StatusOr<v1::Stall> Open(const v1::Stall& stall, absl::string_view area, bool elsewhere,
                               absl::Time now);
absl::StatusOr<v1::Stall> Close(const v1::Stall& stall, int64_t visitors, absl::string_view note,
                                absl::Time now);
absl::StatusOr<v1::Stall> CloseItself(const v1::Stall& stall, absl::Time now);
absl::StatusOr<v1::Stall> Cancel(const v1::Stall& stall, absl::string_view reason_code, absl::Time now);

// A stall called off, and the one that replaces it; `replacement_name` is chosen by the caller.
struct Moved {
  v1::Stall stall;
  v1::Stall replacement;
};
absl::StatusOr<Moved> MoveTo(const v1::Stall& stall, const v1::MoveStallRequest& request,
                             absl::string_view replacement_name, absl::Time now);

}  // namespace firstfloor::opinion::stall_rules

#endif  // FIRSTFLOOR_SERVICES_OPINION_STALL_RULES_H_
