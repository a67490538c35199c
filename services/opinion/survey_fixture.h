// Surveys as the tests of the running service make and answer them.
#ifndef FIRSTFLOOR_SERVICES_OPINION_SURVEY_FIXTURE_H_
#define FIRSTFLOOR_SERVICES_OPINION_SURVEY_FIXTURE_H_

#include <functional>
#include <string>

#include "absl/time/clock.h"
#include "common/privacy/blind_token.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/opinion/v1/survey_service.pb.h"
#include "services/opinion/stall_fixture.h"

namespace firstfloor::opinion {

// A token of an anonymous survey, ready to be spent.
struct Token {
  std::string token;
  std::string signature;
};

class SurveyTest : public StallTest {
 protected:
  static testing::As Resident(const std::string& subject, const std::string& area = kBuilding);
  // Nobody.
  static testing::As Unnamed() { return {}; }

  // Q1 (SINGLE, 3 options, required), Q2 (TEXT, asked with option 3), Q3 (SCALE 1 to 5).
  static v1::Survey Draft(bool anonymous, absl::Time start, absl::Time end, const testing::As& as = Staff(),
                          const std::string& area = kCommunity);
  // From a minute ago until tomorrow.
  static v1::Survey Published(bool anonymous);
  static v1::Survey Publish(const v1::Survey& survey, const testing::As& as);
  static v1::Survey Close(const v1::Survey& survey);
  static v1::SurveyResults ResultsOf(const v1::Survey& survey);

  // With option 3 and words: Q1 and Q2; otherwise Q1 alone. Always Q3.
  static v1::AnswerSurveyRequest Answers(const v1::Survey& survey, int option, int mark,
                                         const std::string& words = "");
  static absl::StatusOr<v1::SurveyResponse> Answer(const v1::AnswerSurveyRequest& request,
                                                   const std::string& subject);

  static absl::StatusOr<v1::IssueSurveyTokenResponse> Issue(const v1::IssueSurveyTokenRequest& request,
                                                            const std::string& subject);
  // What an app does to have a token.
  static Token TokenFor(const v1::Survey& survey, const std::string& subject);
  static v1::AnswerAnonymouslyRequest Spending(const Token& token, const v1::AnswerSurveyRequest& answers);
  static absl::StatusOr<v1::AnswerAnonymouslyResponse> AnswerAnonymously(
      const v1::AnswerAnonymouslyRequest& request);

  // Calls `person` for everybody from 0 to `people` at the same time.
  static void AtOnce(int people, const std::function<void(int)>& person);
  // Calls again what may or may not have been done, and what was turned away because too many call.
  template <typename Call>
  static auto UntilAnswered(Call call) {
    while (true) {
      auto result = call();
      const absl::Status& status = result.status();
      if (!absl::IsUnavailable(status) && !absl::IsAborted(status) && !absl::IsDeadlineExceeded(status) &&
          !absl::IsResourceExhausted(status)) {
        return result;
      }
      absl::SleepFor(absl::Milliseconds(20));
    }
  }
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_SURVEY_FIXTURE_H_
