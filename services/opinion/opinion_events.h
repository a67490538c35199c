// The events that an opinion's changes append.
#ifndef FIRSTFLOOR_SERVICES_OPINION_OPINION_EVENTS_H_
#define FIRSTFLOOR_SERVICES_OPINION_OPINION_EVENTS_H_

#include "firstfloor/events/v1/event.pb.h"
#include "firstfloor/opinion/v1/opinion.pb.h"

namespace firstfloor::opinion {

// One step of a change, told of `opinion` as stored after it. `ordinal` counts the steps of the change.
events::v1::Event EventOf(const v1::Opinion& opinion, const events::v1::OpinionEvent& step, int ordinal);

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_OPINION_EVENTS_H_
