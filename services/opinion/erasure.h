// What the service has of people, for erasing them.
#ifndef FIRSTFLOOR_SERVICES_OPINION_ERASURE_H_
#define FIRSTFLOOR_SERVICES_OPINION_ERASURE_H_

#include "common/erasure/plan.h"
#include "services/opinion/box_store.h"
#include "services/opinion/campaign_store.h"
#include "services/opinion/finding_store.h"
#include "services/opinion/home_visit_store.h"
#include "services/opinion/opinion_changes.h"
#include "services/opinion/opinion_store.h"
#include "services/opinion/stall_store.h"
#include "services/opinion/survey_store.h"

namespace firstfloor::opinion {

// The stores and `changes` must live as long as the plan is used.
erasure::Plan ErasurePlan(const OpinionStore& opinions, const OpinionChanges& changes,
                          const FindingStore& extracts, const StallStore& stalls,
                          const CampaignStore& campaigns, const BoxStore& boxes, const HomeVisitStore& visits,
                          const SurveyStore& surveys);

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_ERASURE_H_
