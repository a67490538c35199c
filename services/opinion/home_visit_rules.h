// What may happen to a home visit, and what follows: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_OPINION_HOME_VISIT_RULES_H_
#define FIRSTFLOOR_SERVICES_OPINION_HOME_VISIT_RULES_H_

#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/resource/transitions.h"
#include "firstfloor/opinion/v1/home_visit.pb.h"
#include "firstfloor/opinion/v1/home_visit_service.pb.h"

namespace firstfloor::opinion::visit_rules {

enum class Act { kRecord, kCancel };

// A row of the table of allowed moves; what is not there is refused, with FAILED_PRECONDITION, reason
// HOME_VISIT_WRONG_STATE, and the states that can be reached.
using Move = resource::Transition<v1::HomeVisitState, Act>;
absl::Span<const Move> Moves();

// One text for a door, however it and its area were written; "" if nothing of the door says which it is, or
// it has been erased. What stands for a household is a keyed hash of it.
std::string DoorKey(const v1::HomeVisit& visit);

// What is known beside the visit.
struct Known {
  // Until when the household is left in peace; InfinitePast if it has refused nothing.
  absl::Time refused_until = absl::InfinitePast();
  // Codes of what visits may be about.
  const std::set<std::string>& topics;
};

// Each checks what it is given and answers the visit after the change. FAILED_PRECONDITION, reason
// HOUSEHOLD_REFUSED, if the household is to be left in peace and did not ask; reason MINORS_ALONE if nobody
// who goes is of age.
absl::StatusOr<v1::HomeVisit> Plan(const v1::HomeVisit& visit, const Known& known, absl::Time now);
absl::StatusOr<v1::HomeVisit> Record(const v1::HomeVisit& visit, const v1::RecordHomeVisitRequest& request,
                                     const Known& known, absl::Time now);
absl::StatusOr<v1::HomeVisit> Cancel(const v1::HomeVisit& visit, absl::string_view reason_code,
                                     absl::Time now);

// What a refusal means for another visit that is planned to the same household: called off, unless the
// household asked for it. Nothing if it is planned no more.
std::optional<v1::HomeVisit> AfterRefusal(const v1::HomeVisit& other, absl::Time now);

// Something that was said at the visit can be taken in: it is under way, or the household was met.
bool TakesOpinions(const v1::HomeVisit& visit);

}  // namespace firstfloor::opinion::visit_rules

#endif  // FIRSTFLOOR_SERVICES_OPINION_HOME_VISIT_RULES_H_
