// Erasing somebody from a running service in a test, and what must be the same afterwards.
#ifndef FIRSTFLOOR_COMMON_TESTING_ERASING_H_
#define FIRSTFLOOR_COMMON_TESTING_ERASING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/db/connection.h"
#include "common/testing/suite.h"
#include "firstfloor/type/v1/erasure.pb.h"

namespace firstfloor::testing {

// The administrator of a district.
As Administrator(const std::string& area = "340111");

// A request by CONSENT_WITHDRAWN under a new request id.
type::v1::EraseSubjectRequest ErasureOf(const std::string& subject, const std::string& area = "340111");
// Begins it.
absl::StatusOr<type::v1::Erasure> Erase(Suite& suite, const std::string& program,
                                        const type::v1::EraseSubjectRequest& request);
// Waits until it is done. Dies if that takes more than half a minute.
type::v1::Erasure Done(Suite& suite, const std::string& program, const type::v1::Erasure& erasure);

// TracesOf, in the program's database.
std::vector<std::string> TracesIn(Suite& suite, const std::string& program, const std::string& subject,
                                  const std::vector<std::string>& words);

// All figures of the program's statistics, when it has counted everything, as text.
std::string FiguresOf(Suite& suite, const std::string& program);

// Puts everything that is in schema `from` into schema `to`, in place of what is there: a backup, or its
// restoration. Dies if it cannot.
void CopySchema(MariaDb& server, const std::string& from, const std::string& to);

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_COMMON_TESTING_ERASING_H_
