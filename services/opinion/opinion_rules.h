// What may happen to an opinion, and what follows: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_OPINION_OPINION_RULES_H_
#define FIRSTFLOOR_SERVICES_OPINION_OPINION_RULES_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/auth/identity.h"
#include "firstfloor/events/v1/outreach.pb.h"
#include "firstfloor/opinion/v1/opinion.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/opinion/v1/survey.pb.h"
#include "firstfloor/opinion/v1/survey_service.pb.h"
#include "firstfloor/outreach/v1/question.pb.h"
#include "services/opinion/opinion_states.h"

namespace firstfloor::opinion::rules {

// The opinion as taken in at `now` by `caller`, from what was sent: state RECEIVED, deadline, reporter and
// who entered it. INVALID_ARGUMENT when fields contradict each other or the category is not in the taxonomy;
// PERMISSION_DENIED when a resident says another channel than APP.
absl::StatusOr<Change> Receive(const v1::SubmitOpinionRequest& request, const auth::Identity& caller,
                               absl::Time now);
// A row of an import, taken in as received when it says so. INVALID_ARGUMENT when fields contradict each
// other, the category is not in the taxonomy, or it has no number in its source; FAILED_PRECONDITION, reason
// EMERGENCY_NOT_IMPORTED, for an emergency, which a child at risk is.
absl::StatusOr<Change> Import(const v1::ImportOpinionsRequest& row, const auth::Identity& caller,
                              absl::Time now);
// The opinion that a question of a class was handed on as: its asker's, through channel CLASS, linked to the
// question; anonymous if nobody is known to have asked. INVALID_ARGUMENT, reason OPINION_KIND_UNKNOWN, if it
// is of a kind that this program does not know.
absl::StatusOr<Change> FromQuestion(const outreach::v1::Question& question,
                                    const events::v1::QuestionReferred& referred, absl::Time now);
// The opinion that an answer to a survey is taken up as: that of whoever answered, through channel SURVEY,
// linked to the answer; anonymous if the answer is. INVALID_ARGUMENT when the category is not in the
// taxonomy, or a petition is to be made of it, which asks for more than a survey's answer says.
absl::StatusOr<Change> FromTextAnswer(const v1::TextAnswer& answer,
                                      const v1::TakeUpTextAnswerRequest& request, absl::Time now);
// The emergency numbers to answer with, most urgent first.
absl::Span<const char* const> EmergencyNumbers();

// The moves. Each answers WRONG_STATE as CheckMove does, besides what it says.
absl::StatusOr<Change> Triage(const v1::Opinion& opinion, const v1::TriageOpinionRequest& request,
                              absl::Time now);
absl::StatusOr<Change> Answer(const v1::Opinion& opinion, const v1::AnswerOpinionRequest& request,
                              absl::Time now);
absl::StatusOr<Change> Reject(const v1::Opinion& opinion, const v1::RejectOpinionRequest& request,
                              absl::Time now);
// The opinion that is said to hold the old answer to `opinion` does: OTHER_COMMUNITY, EARLIER_NOT_ANSWERED.
absl::Status CheckEarlier(const v1::Opinion& opinion, const v1::Opinion& earlier);
absl::StatusOr<Change> Withdraw(const v1::Opinion& opinion, absl::Time now);
absl::StatusOr<Change> Start(const v1::Opinion& opinion, absl::Time now);
// `case_name` and `order_name` are chosen by the caller.
absl::StatusOr<Change> Escalate(const v1::Opinion& opinion, const v1::EscalateOpinionRequest& request,
                                absl::string_view case_name, absl::Time now);
absl::StatusOr<Change> Dispatch(const v1::Opinion& opinion, const v1::DispatchOpinionRequest& request,
                                absl::string_view order_name, absl::Time now);
absl::StatusOr<Change> Refer(const v1::Opinion& opinion, const v1::ReferOpinionRequest& request,
                             absl::Time now);
absl::StatusOr<Change> Transfer(const v1::Opinion& opinion, absl::string_view district, absl::Time now);
// What was said to the reporter, and to everybody; what is empty leaves that as it is.
struct Said {
  absl::string_view answer;
  absl::string_view public_summary;
  absl::string_view public_answer;
};
absl::StatusOr<Change> Resolve(const v1::Opinion& opinion, v1::OpinionOutcome outcome, const Said& said,
                               absl::Time now);
absl::StatusOr<Change> Return(const v1::Opinion& opinion, absl::string_view reason_code, absl::Time now);
// The reporter's word. What satisfies whoever asked to be called is closed with the call.
absl::StatusOr<Change> GiveFeedback(const v1::Opinion& opinion, v1::Satisfaction satisfaction,
                                    absl::string_view text, absl::Time now);
// What the reporter said of the answer that stands, as events name it; "" if nothing.
std::string RatingOf(const v1::Opinion& opinion);
absl::StatusOr<Change> Close(const v1::Opinion& opinion, absl::string_view reason_code, absl::Time now);
// The third reopening is decided by a secretary.
bool IsSecretarysReopening(const v1::Opinion& opinion);
absl::StatusOr<Change> DecideReopen(const v1::Opinion& opinion, const v1::DecideReopenRequest& request,
                                    bool by_secretary, absl::Time now);
// REOPEN_REQUESTED → TRIAGED: its working days begin anew, and what came of it counts no more.
absl::StatusOr<Change> Reopen(const v1::Opinion& opinion, absl::string_view reason_code, absl::Time now);

// Two opinions at once: the one that is merged (or taken out again), and the one that stays.
struct Pair {
  Change merged;
  Change stays;
};
absl::StatusOr<Pair> Merge(const v1::Opinion& opinion, const v1::Opinion& into, absl::Time now);
absl::StatusOr<Pair> Unmerge(const v1::Opinion& opinion, const v1::Opinion& into, absl::Time now);

// What moves no state.
absl::StatusOr<Change> Reassign(const v1::Opinion& opinion, absl::string_view area,
                                absl::string_view reason_code, absl::Time now);
absl::StatusOr<Change> Support(const v1::Opinion& opinion, absl::string_view supporter);
// Nobody follows their own opinion: it is followed anyway.
absl::Status CheckFollow(const v1::Opinion& opinion, absl::string_view follower);
// Somebody follows it, or does so no more, so that it has `followers` now.
Change Followed(const v1::Opinion& opinion, bool follows, int64_t followers);
absl::StatusOr<Change> AskReporter(const v1::Opinion& opinion, absl::string_view question, absl::Time now);
absl::StatusOr<Change> ResumeClock(const v1::Opinion& opinion, absl::Time now);
absl::StatusOr<Change> ReplyToQuestion(const v1::Opinion& opinion, absl::string_view reply, absl::Time now);
// Of a claim, petitions::Extend decides.
absl::StatusOr<Change> ExtendDeadline(const v1::Opinion& opinion, const v1::ExtendDeadlineRequest& request,
                                      bool by_secretary, absl::Time now);
absl::StatusOr<Change> Acknowledge(const v1::Opinion& opinion, absl::Time now);
absl::StatusOr<Change> HandOff(const v1::Opinion& opinion, const v1::HandOff& hand_off, absl::Time now);
absl::StatusOr<Change> RecordCall(const v1::Opinion& opinion, absl::Time now);
absl::StatusOr<Change> Update(const v1::Opinion& opinion, const v1::UpdateOpinionRequest& request);

// A deadline of `kind` is reached at `now`: what follows, or nothing if the opinion has moved on. A lapse
// informs; silence closes.
std::optional<Change> Lapse(const v1::Opinion& opinion, absl::string_view kind, absl::Time now);

}  // namespace firstfloor::opinion::rules

#endif  // FIRSTFLOOR_SERVICES_OPINION_OPINION_RULES_H_
