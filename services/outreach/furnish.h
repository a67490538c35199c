// Everything that makes a house the outreach service: handlers, readers, timers.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_FURNISH_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_FURNISH_H_

#include <memory>

namespace firstfloor::program {
class House;
}

namespace firstfloor::outreach {

std::shared_ptr<void> Furnish(program::House& house);

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_FURNISH_H_
