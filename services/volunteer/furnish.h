// Everything that makes a house the volunteer service: handlers, readers, timers.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_FURNISH_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_FURNISH_H_

#include <memory>

namespace firstfloor::program {
class House;
}

namespace firstfloor::volunteer {

std::shared_ptr<void> Furnish(program::House& house);

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_FURNISH_H_
