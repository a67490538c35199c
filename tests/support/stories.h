// What the caller of everything says beyond what the field options ask for.
#ifndef FIRSTFLOOR_TESTS_SUPPORT_STORIES_H_
#define FIRSTFLOOR_TESTS_SUPPORT_STORIES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace firstfloor::testing {

// What the request of a method says beyond what any valid request says, or instead, where it is a list: as
// protobuf text. $PUBLIC stands for a text that is not personal, $NOW for the seconds of the clock, $NEXT,
// $SOON and $LATER for one second, ten minutes and seventy minutes after it, $sessions for the name of the
// session that was seen last.
const std::map<std::string, std::string>& Additions();

// One call on a longer way.
struct Step {
  std::string method;
  std::string says = "";  // as above
  // Fields, separated by spaces, that are left out although they are personal.
  std::string leaves_out = "";
  absl::Duration pause = absl::ZeroDuration();  // before the call
  bool by_other = false;                        // said by the second person
};

// Every step must be carried out for the next one to mean something.
const std::vector<Step>& Stories();

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_SUPPORT_STORIES_H_
