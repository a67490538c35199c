// Everything that makes a house the deliberation service: handlers, readers, timers.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_FURNISH_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_FURNISH_H_

#include <memory>

namespace firstfloor::program {
class House;
}

namespace firstfloor::deliberation {

std::shared_ptr<void> Furnish(program::House& house);

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_FURNISH_H_
