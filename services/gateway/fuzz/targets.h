// What every input must keep to, whatever it is. Each aborts where one does not.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_FUZZ_TARGETS_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_FUZZ_TARGETS_H_

#include "absl/strings/string_view.h"

namespace firstfloor::gateway::fuzz {

// "template\ntarget": what matches binds every variable, and to what the template says.
void Path(absl::string_view input);
// A query: what is accepted is a message that can be sent.
void Query(absl::string_view input);
// A body: what is accepted is written as JSON that means the same.
void Body(absl::string_view input);

}  // namespace firstfloor::gateway::fuzz

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_FUZZ_TARGETS_H_
