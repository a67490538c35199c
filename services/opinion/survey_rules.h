// What may happen to a survey, and what follows: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_OPINION_SURVEY_RULES_H_
#define FIRSTFLOOR_SERVICES_OPINION_SURVEY_RULES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/auth/identity.h"
#include "common/resource/transitions.h"
#include "firstfloor/opinion/v1/survey.pb.h"
#include "firstfloor/opinion/v1/survey_service.pb.h"

namespace firstfloor::opinion::survey_rules {

enum class Act { kUpdate, kPublish, kClose };

// A row of the table of allowed moves; what is not there is refused.
using Move = resource::Transition<v1::SurveyState, Act>;
absl::Span<const Move> Moves();
// FAILED_PRECONDITION, reason SURVEY_WRONG_STATE, with the states that can be reached, unless `act` is
// allowed.
absl::Status CheckMove(const v1::Survey& survey, Act act);

// A new draft. INVALID_ARGUMENT unless its window ends after it begins, within 366 days.
absl::StatusOr<v1::Survey> Draft(const v1::Survey& survey);
// INVALID_ARGUMENT if the mask names nothing or something else, or as with Draft.
absl::StatusOr<v1::Survey> Update(const v1::Survey& survey, const v1::UpdateSurveyRequest& request);
// `token_key`: the public key of an anonymous survey's tokens. FAILED_PRECONDITION, reason
// SURVEY_WINDOW_OVER, from the end of its window on; INVALID_ARGUMENT if its questions are not sound.
absl::StatusOr<v1::Survey> Publish(const v1::Survey& survey, absl::string_view token_key, absl::Time now);
absl::StatusOr<v1::Survey> Close(const v1::Survey& survey, absl::Time now);

// Timer of the end of the window.
inline constexpr char kEnd[] = "END";
absl::Time EndOf(const v1::Survey& survey);

// Whether the survey takes answers, or hands out tokens, now: FAILED_PRECONDITION, reason SURVEY_NOT_OPEN,
// unless it is published and `now` is in its window; reason SURVEY_ANONYMOUS or SURVEY_NOT_ANONYMOUS if it is
// not what is wanted.
absl::Status CheckOpen(const v1::Survey& survey, bool anonymous, absl::Time now);
// The same of an answer with a token, which nobody could have before the window began; what comes is not
// dated.
absl::Status CheckOpenForTokens(const v1::Survey& survey);

// The one that everybody gets whose answers come when the survey is closing or closed.
absl::Status NotOpen();

// FAILED_PRECONDITION, reason SURVEY_NOT_CLOSED or SURVEY_TOO_FEW_RESPONSES, unless staff may read what was
// answered in words: of an anonymous survey when it is closed and nobody stands out.
absl::Status CheckTextsReadable(const v1::Survey& survey, int64_t responses);

// The text answer that became `opinion`. FAILED_PRECONDITION, reason TEXT_ANSWER_TAKEN_UP, if it is one
// already, and TEXT_ANSWER_ERASED if its words are gone.
absl::StatusOr<v1::TextAnswer> TakeUp(const v1::TextAnswer& answer, absl::string_view opinion);

// The person lives in the area, or in a part of it.
bool IsAsked(const auth::Identity& person, absl::string_view area);

}  // namespace firstfloor::opinion::survey_rules

#endif  // FIRSTFLOOR_SERVICES_OPINION_SURVEY_RULES_H_
