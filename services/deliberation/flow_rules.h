// What an opinion becomes when it is escalated or dispatched: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_FLOW_RULES_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_FLOW_RULES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "firstfloor/deliberation/v1/case.pb.h"
#include "firstfloor/deliberation/v1/order.pb.h"
#include "firstfloor/opinion/v1/opinion.pb.h"

namespace firstfloor::deliberation::rules {

// Need of an order from an opinion's category: "SAFETY.FIRE" → "SAFETY_FIRE"; "OTHER" for none.
std::string NeedOf(absl::string_view category);
// Topic of a case from an opinion's category: the last part, "SAFETY.EARTH_WIRE" → "EARTH_WIRE"; "OTHER" for
// none.
std::string TopicOf(absl::string_view category);

// The placed order, of the name that the opinion chose. Its resident is the reporter; nobody where the
// opinion is anonymous.
v1::Order OrderFrom(const opinion::v1::Opinion& opinion, absl::string_view name, absl::Time now);
// The open case, of the topic that opinion gave it, if any. A dispute's other sides are named when mediation
// starts or the case is escalated.
v1::Case CaseFrom(const opinion::v1::Opinion& opinion, absl::string_view name, absl::string_view kind,
                  absl::Time now);

}  // namespace firstfloor::deliberation::rules

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_FLOW_RULES_H_
