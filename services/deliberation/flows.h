// What follows here from the events of other services.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_FLOWS_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_FLOWS_H_

#include <string>

#include "absl/status/status.h"
#include "common/db/transaction.h"
#include "firstfloor/events/v1/event.pb.h"
#include "services/deliberation/cases.h"
#include "services/deliberation/orders.h"

namespace firstfloor::deliberation {

// What follows from an OpinionEscalated, OpinionDispatched or OpinionRecalled; `opinion` is the serialized
// opinion, empty where it may not be read here. DATA_LOSS if it cannot be parsed.
absl::Status FollowOpinion(const Orders& orders, const Cases& cases, db::Transaction& tx,
                           const events::v1::Event& event, const std::string& opinion);
// What follows from a TaskClosed or PostChanged.
absl::Status FollowVolunteer(const Orders& orders, db::Transaction& tx, const events::v1::Event& event);

// Reads opinion's log: what is escalated becomes a case, what is dispatched an order, what is recalled ends.
// Reads volunteer's log: tasks that came to their end take their order on; posts are known here. `orders` and
// `cases` live as long as the house.
void AddFlows(program::House& house, const Orders& orders, const Cases& cases);

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_FLOWS_H_
