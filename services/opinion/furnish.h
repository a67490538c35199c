// Everything that makes a house the opinion service: handlers, readers, timers.
#ifndef FIRSTFLOOR_SERVICES_OPINION_FURNISH_H_
#define FIRSTFLOOR_SERVICES_OPINION_FURNISH_H_

#include <memory>

namespace firstfloor::program {
class House;
}

namespace firstfloor::opinion {

std::shared_ptr<void> Furnish(program::House& house);

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_FURNISH_H_
