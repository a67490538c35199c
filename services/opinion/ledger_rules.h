// The ledger (台账): who owes what on an opinion, and what the lobby may read of a month. Decisions only.
#ifndef FIRSTFLOOR_SERVICES_OPINION_LEDGER_RULES_H_
#define FIRSTFLOOR_SERVICES_OPINION_LEDGER_RULES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "firstfloor/opinion/v1/ledger_service.pb.h"
#include "services/opinion/opinion_clock.h"

namespace firstfloor::opinion::ledger {

// Which post has to do `duty` on the opinion. What was not answered in three times its working days is the
// branch's; what only few may read is theirs; what the law or another system wants, and reopenings, is the
// community's; the third reopening is the secretary's; what is decided above the community is all the
// district's; everything else is the steward's.
api::v1::Role PostOf(const v1::Opinion& opinion, absl::string_view duty);

// The item of what is owed first; nothing if nothing is.
std::optional<v1::DueItem> ItemOf(const v1::Opinion& opinion, absl::Time now);

// The sheet's month "2023-05" as its first day. INVALID_ARGUMENT if it is none.
absl::StatusOr<absl::CivilDay> MonthOf(absl::string_view month);

// Enters an opinion into the sheet if it was received in [from, to).
void Enter(const v1::Opinion& opinion, absl::Time from, absl::Time to, v1::YouSaidWeDid& sheet);
// Brings the entries into the order in which they came.
void Order(v1::YouSaidWeDid& sheet);

}  // namespace firstfloor::opinion::ledger

#endif  // FIRSTFLOOR_SERVICES_OPINION_LEDGER_RULES_H_
