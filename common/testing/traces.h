// Whether somebody whose data was erased is really gone from a service's database.
#ifndef FIRSTFLOOR_COMMON_TESTING_TRACES_H_
#define FIRSTFLOOR_COMMON_TESTING_TRACES_H_

#include <string>
#include <vector>

#include "common/db/connection.h"
#include "common/erasure/plan.h"
#include "common/privacy/keyring.h"

namespace firstfloor::testing {

// Every place where the account `subject`, or one of `words`, is found: in plain in any column of any table,
// sealed in resources, kept replies and actors, as a blind index. Also tables with sealed data that the plan
// does not name. Not looked at: the erasures, which know by hashes whom they were about, and who is answered
// by a kept reply.
std::vector<std::string> TracesOf(db::Connection& connection, const erasure::Plan& plan,
                                  const privacy::Keyring& keyring, const std::string& subject,
                                  std::vector<std::string> words);

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_COMMON_TESTING_TRACES_H_
