// What may happen to a campaign, and which stalls it makes when: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_OPINION_CAMPAIGN_RULES_H_
#define FIRSTFLOOR_SERVICES_OPINION_CAMPAIGN_RULES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/resource/transitions.h"
#include "firstfloor/opinion/v1/campaign.pb.h"
#include "firstfloor/opinion/v1/stall.pb.h"

namespace firstfloor::opinion::campaign_rules {

enum class Act { kPause, kResume, kEnd };

// A row of the table of allowed moves; what is not there is refused.
using Move = resource::Transition<v1::CampaignState, Act>;
absl::Span<const Move> Moves();

// The timer of an active campaign: stalls are to be made, or it is over.
inline constexpr absl::string_view kMake = "MAKE";
// Stalls that are made at once; more follow at once.
inline constexpr int kMostAtOnce = 200;

// INVALID_ARGUMENT with every violation, of fields whose names begin with `prefix`; what an update leaves
// must pass too.
absl::Status Check(const v1::Campaign& campaign, const std::string& prefix);
// Each checks what it is given and answers the campaign after the change. FAILED_PRECONDITION, reason
// CAMPAIGN_WRONG_STATE, with the allowed moves if the state does not allow it.
absl::StatusOr<v1::Campaign> Start(const v1::Campaign& campaign);
absl::StatusOr<v1::Campaign> Pause(const v1::Campaign& campaign);
// From now on: days that are over are not made up for.
absl::StatusOr<v1::Campaign> Resume(const v1::Campaign& campaign);
absl::StatusOr<v1::Campaign> End(const v1::Campaign& campaign);
// FAILED_PRECONDITION, reason CAMPAIGN_WRONG_STATE, if it has ended.
absl::Status CheckChangeable(const v1::Campaign& campaign);

// What an active campaign does at `now`: the stalls until days_ahead from today that have not been made, with
// names that follow from the campaign's, so that none can be made twice; and when it is to be asked again.
// Once its last day is over it ends.
struct Step {
  v1::Campaign campaign;
  std::vector<v1::Stall> stalls;
  absl::Time next;  // InfiniteFuture: never
};
Step Make(const v1::Campaign& campaign, absl::Time now);

// Names of the stalls that Make may have made and that begin after `now`.
std::vector<std::string> MadeAhead(const v1::Campaign& campaign, absl::Time now);

}  // namespace firstfloor::opinion::campaign_rules

#endif  // FIRSTFLOOR_SERVICES_OPINION_CAMPAIGN_RULES_H_
