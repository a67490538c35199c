#include "services/outreach/erasure.h"

namespace firstfloor::outreach {

erasure::Plan ErasurePlan(const ErasedStores& stores) {
  erasure::Plan plan;
  plan.holdings = {
      {.table = &stores.venues.table().raw()},
      {.table = &stores.lecturers.table().raw()},
      {.table = &stores.series.series().raw()},
      {.table = &stores.series.rounds().raw()},
      {.table = &stores.sessions.table().raw()},
      {.table = &stores.enrolments.table().raw(),
       .open = [](const std::string& subject_index) -> std::vector<resource::Condition> {
         return {resource::Equals("person", subject_index),
                 resource::In("state", {v1::ENROLMENT_STATE_ENROLLED, v1::ENROLMENT_STATE_WAITLISTED})};
       }},
      {.table = &stores.questions.questions().raw()},
      {.table = &stores.questions.answers().raw()},
      {.table = &stores.feedbacks.table().raw()},
  };
  plan.columns = {{"question_upvote", "person"}};
  return plan;
}

}  // namespace firstfloor::outreach
