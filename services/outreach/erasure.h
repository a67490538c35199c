// What the service has of people, for erasing them.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_ERASURE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_ERASURE_H_

#include "common/erasure/plan.h"
#include "services/outreach/enrolment_store.h"
#include "services/outreach/lecturer_store.h"
#include "services/outreach/question_store.h"
#include "services/outreach/series_store.h"
#include "services/outreach/session_store.h"
#include "services/outreach/venue_store.h"

namespace firstfloor::outreach {

struct ErasedStores {
  const VenueStore& venues;
  const LecturerStore& lecturers;
  const SeriesStore& series;
  const SessionStore& sessions;
  const EnrolmentStore& enrolments;
  const QuestionStore& questions;
  const FeedbackStore& feedbacks;
};

// The stores must live as long as the plan is used.
erasure::Plan ErasurePlan(const ErasedStores& stores);

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_ERASURE_H_
