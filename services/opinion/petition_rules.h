// What the regulations on petitions (信访工作条例 2022) want: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_OPINION_PETITION_RULES_H_
#define FIRSTFLOOR_SERVICES_OPINION_PETITION_RULES_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "firstfloor/opinion/v1/opinion.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/opinion/v1/petition_service.pb.h"
#include "services/opinion/opinion_states.h"

namespace firstfloor::opinion::petitions {

// A claim: what is accepted ends within 60 calendar days, and can be reviewed.
bool IsClaim(const v1::Opinion& opinion);

// Before staff answer a petition or send it away its written notice was given: PETITION_NOTICE_NEEDED.
absl::Status CheckNoticeGiven(const v1::Opinion& opinion);
// Nobody but the petitioner puts an end to what is under review: REVIEW_OPEN.
absl::Status CheckNoOpenReview(const v1::Opinion& opinion);

// The written notice was given, which accepts the petition or declines it.
absl::StatusOr<rules::Change> GiveNotice(const v1::Opinion& opinion, const v1::GiveNoticeRequest& request,
                                         absl::Time now);
// Outside our remit, and told so to whoever forwarded it, within 5 working days of receipt.
absl::StatusOr<rules::Change> Object(const v1::Opinion& opinion, const v1::Objection& objection,
                                     absl::Time now);
// The one extension of a claim: at most 30 calendar days, approved by a secretary, told to the petitioner.
absl::StatusOr<rules::Change> Extend(const v1::Opinion& opinion, const v1::ExtendDeadlineRequest& request,
                                     bool by_secretary, absl::Time now);
// A review of the answer to a claim, within 30 calendar days; after its answer a second one, and no third.
absl::StatusOr<rules::Change> RequestReview(const v1::Opinion& opinion, absl::Time now);
// What the reviewing authority decided. If the answer is not upheld, what was answered and is not closed goes
// back to TRIAGED.
absl::StatusOr<rules::Change> AnswerReview(const v1::Opinion& opinion, const v1::Review& review,
                                           absl::Time now);
}  // namespace firstfloor::opinion::petitions

#endif  // FIRSTFLOOR_SERVICES_OPINION_PETITION_RULES_H_
