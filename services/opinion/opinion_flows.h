// What follows here from what happens at the other services.
#ifndef FIRSTFLOOR_SERVICES_OPINION_OPINION_FLOWS_H_
#define FIRSTFLOOR_SERVICES_OPINION_OPINION_FLOWS_H_

#include <optional>

#include "absl/time/time.h"
#include "common/events/reader.h"
#include "firstfloor/events/v1/event.pb.h"
#include "services/opinion/opinion_changes.h"
#include "services/opinion/opinion_rules.h"
#include "services/opinion/stall_store.h"

namespace firstfloor::rpc {
class Peers;
}

namespace firstfloor::opinion {

// What a case or an order of deliberation that has come to its end means for its opinion: resolved, or back
// to triage, also when something is owed before it may be resolved. Nothing if the opinion has moved on, or
// follows another case or order by now. A reporter's rating of the order counts as their feedback, so that
// nobody is asked twice; that of an order whose resident has no account is staff's and counts for nothing.
std::optional<rules::Change> WhatFollows(const v1::Opinion& opinion, const events::v1::Event& event,
                                         absl::Time now);

// Readers of the peers' logs.
events::Effect DeliberationEffect(const OpinionStore& opinions, const OpinionChanges& changes,
                                  const StallStore& stalls);
// `peers` is asked for the question that an opinion is made of; it lives as long as the effect.
events::Effect OutreachEffect(rpc::Peers& peers, const OpinionChanges& changes, const StallStore& stalls);
events::Effect VolunteerEffect(const StallStore& stalls);

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_OPINION_FLOWS_H_
