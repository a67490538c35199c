// What may happen to a suggestion box and its openings, and what follows: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_OPINION_BOX_RULES_H_
#define FIRSTFLOOR_SERVICES_OPINION_BOX_RULES_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/auth/identity.h"
#include "common/resource/transitions.h"
#include "firstfloor/opinion/v1/box.pb.h"
#include "firstfloor/opinion/v1/box_service.pb.h"

namespace firstfloor::opinion::box_rules {

enum class Act { kUpdate, kOpen, kRemind, kRetire };
enum class OpeningAct { kEnterSlip, kRecount, kComplete };

// Rows of the tables of allowed moves; what is not there is refused, with FAILED_PRECONDITION, reason
// BOX_WRONG_STATE or BOX_OPENING_WRONG_STATE, and the states that can be reached.
using Move = resource::Transition<v1::BoxState, Act>;
using OpeningMove = resource::Transition<v1::BoxOpeningState, OpeningAct>;
absl::Span<const Move> Moves();
absl::Span<const OpeningMove> OpeningMoves();

// Each checks what it is given and answers what is so after the change.
absl::StatusOr<v1::Box> Hang(const v1::Box& box, absl::Time now);
absl::StatusOr<v1::Box> Update(const v1::Box& box, const v1::UpdateBoxRequest& request);
// FAILED_PRECONDITION, reason BOX_BEING_EMPTIED, while an opening is not complete.
absl::StatusOr<v1::Box> Retire(const v1::Box& box);

// The one timer of a box in use: at the end of the day on which its opening is due, and every seven days
// after, for a year; InfiniteFuture from then on.
inline constexpr absl::string_view kReminder = "OPENING_OVERDUE";
absl::Time ReminderTime(const v1::Box& box);
// Nothing if the box has been opened, or taken down, meanwhile.
std::optional<v1::Box> Remind(const v1::Box& box, absl::Time now);

// A box, and what its opening is after the same change.
struct Emptied {
  v1::Box box;
  v1::BoxOpening opening;
};
// `name` of the opening is chosen by the caller. INVALID_ARGUMENT unless the witnesses are two, and neither
// is the custodian; FAILED_PRECONDITION, reason BOX_BEING_EMPTIED, while the opening before is not complete.
absl::StatusOr<Emptied> Open(const v1::Box& box, const v1::OpenBoxRequest& request, absl::string_view name,
                             absl::Time now);
// One slip more is an opinion. FAILED_PRECONDITION, reason SLIPS_ALL_ENTERED, if either witness counted no
// more.
absl::StatusOr<v1::BoxOpening> EnterSlip(const v1::BoxOpening& opening);
// OK if `caller` may say what this witness counts: the witness; of one without an account whoever handles the
// area, unless they are the other witness. PERMISSION_DENIED, reason COUNT_OF_ANOTHER, otherwise.
absl::Status CheckCountedBy(const v1::BoxOpening& opening, int witness, const auth::Identity& caller);
// FAILED_PRECONDITION, reason SLIPS_ENTERED, below what is entered.
absl::StatusOr<v1::BoxOpening> Recount(const v1::BoxOpening& opening, int witness, int slips);
// FAILED_PRECONDITION, reason COUNTS_DISAGREE, unless both witnesses counted what is entered.
absl::StatusOr<Emptied> Complete(const v1::Box& box, const v1::BoxOpening& opening, absl::Time now);

}  // namespace firstfloor::opinion::box_rules

#endif  // FIRSTFLOOR_SERVICES_OPINION_BOX_RULES_H_
