#include "services/opinion/people_view.h"

namespace firstfloor::opinion::view {

bool Is(const type::v1::Person& person, const auth::Identity& caller) {
  return caller.kind == auth::Identity::Kind::kPerson && !person.subject().empty() &&
         person.subject() == caller.subject;
}

}  // namespace firstfloor::opinion::view
