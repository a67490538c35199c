// The code that a session shows at its door: another one every 30 seconds.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_CHECK_IN_CODE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_CHECK_IN_CODE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace firstfloor::privacy {
class Keyring;
}

namespace firstfloor::outreach::check_in_code {

inline constexpr absl::Duration kStep = absl::Seconds(30);

// 8 digits and letters (no I, L, O, U): an HMAC over the session's name and the step.
std::string At(const privacy::Keyring& keyring, absl::string_view session, absl::Time now);
// When the code of `now` changes.
absl::Time ChangesAt(absl::Time now);

// OK for the code of this step, the one before and the one after; FAILED_PRECONDITION, reason CODE_EXPIRED,
// for one that was shown in the last ten minutes; CODE_WRONG otherwise. Takes the same time whatever is
// given.
absl::Status Check(const privacy::Keyring& keyring, absl::string_view session, absl::string_view code,
                   absl::Time now);

}  // namespace firstfloor::outreach::check_in_code

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_CHECK_IN_CODE_H_
