#include "services/opinion/survey_fixture.h"

#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"

namespace firstfloor::opinion {

using calendar::ToProto;
using testing::As;
using testing::RequestId;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

As SurveyTest::Resident(const std::string& subject, const std::string& area) {
  return {.role = api::v1::ROLE_RESIDENT, .area = area, .subject = subject, .timeout = absl::Seconds(30)};
}

Survey SurveyTest::Draft(bool anonymous, absl::Time start, absl::Time end, const As& as,
                         const std::string& area) {
  CreateSurveyRequest request;
  Survey& survey = *request.mutable_survey();
  survey.set_area(area);
  survey.set_title("电梯满意度（虚构）");
  survey.set_anonymous(anonymous);
  *survey.mutable_window()->mutable_start_time() = ToProto(start);
  *survey.mutable_window()->mutable_end_time() = ToProto(end);
  SurveyQuestion& single = *survey.add_questions();
  single.set_code("Q1");
  single.set_kind(SURVEY_QUESTION_KIND_SINGLE);
  single.set_text("您对电梯满意吗？");
  single.set_required(true);
  for (const char* option : {"满意", "一般", "不满意"}) single.add_options(option);
  SurveyQuestion& words = *survey.add_questions();
  words.set_code("Q2");
  words.set_kind(SURVEY_QUESTION_KIND_TEXT);
  words.set_text("哪里不满意？");
  words.mutable_condition()->set_question("Q1");
  words.mutable_condition()->add_choices(3);
  SurveyQuestion& scale = *survey.add_questions();
  scale.set_code("Q3");
  scale.set_kind(SURVEY_QUESTION_KIND_SCALE);
  scale.set_text("请打分。");
  scale.set_scale_min(1);
  scale.set_scale_max(5);
  return Must<Survey>("SurveyService.CreateSurvey", request, as);
}

Survey SurveyTest::Published(bool anonymous) {
  const absl::Time now = absl::Now();
  return Publish(Draft(anonymous, now - absl::Minutes(1), now + absl::Hours(24)), Staff());
}

Survey SurveyTest::Publish(const Survey& survey, const As& as) {
  PublishSurveyRequest request;
  request.set_name(survey.name());
  return Must<Survey>("SurveyService.PublishSurvey", request, as);
}

Survey SurveyTest::Close(const Survey& survey) {
  CloseSurveyRequest request;
  request.set_name(survey.name());
  return Must<Survey>("SurveyService.CloseSurvey", request, Staff());
}

SurveyResults SurveyTest::ResultsOf(const Survey& survey) {
  GetSurveyResultsRequest request;
  request.set_name(survey.name());
  const auto results = UntilAnswered(
      [&] { return Ask<SurveyResults>("SurveyService.GetSurveyResults", request, Resident("reader")); });
  EXPECT_TRUE(results.ok()) << results.status();
  return results.value_or(SurveyResults());
}

AnswerSurveyRequest SurveyTest::Answers(const Survey& survey, int option, int mark,
                                        const std::string& words) {
  AnswerSurveyRequest request;
  request.set_name(survey.name());
  request.set_request_id(RequestId());
  SurveyAnswer* answer = request.add_answers();
  answer->set_question("Q1");
  answer->add_choices(option);
  if (!words.empty()) {
    answer = request.add_answers();
    answer->set_question("Q2");
    answer->set_text(words);
  }
  answer = request.add_answers();
  answer->set_question("Q3");
  answer->add_choices(mark);
  return request;
}

absl::StatusOr<SurveyResponse> SurveyTest::Answer(const AnswerSurveyRequest& request,
                                                  const std::string& subject) {
  return UntilAnswered(
      [&] { return Ask<SurveyResponse>("SurveyService.AnswerSurvey", request, Resident(subject)); });
}

absl::StatusOr<IssueSurveyTokenResponse> SurveyTest::Issue(const IssueSurveyTokenRequest& request,
                                                           const std::string& subject) {
  return UntilAnswered([&] {
    return Ask<IssueSurveyTokenResponse>("SurveyService.IssueSurveyToken", request, Resident(subject));
  });
}

Token SurveyTest::TokenFor(const Survey& survey, const std::string& subject) {
  const auto blinded = privacy::NewBlindedToken(survey.token_key());
  EXPECT_TRUE(blinded.ok()) << blinded.status();
  if (!blinded.ok()) return {};
  IssueSurveyTokenRequest request;
  request.set_name(survey.name());
  request.set_request_id(RequestId());
  request.set_blinded_token(blinded->blinded);
  const auto issued = Issue(request, subject);
  EXPECT_TRUE(issued.ok()) << issued.status();
  if (!issued.ok()) return {};
  const auto signature = privacy::Unblind(survey.token_key(), *blinded, issued->blind_signature());
  EXPECT_TRUE(signature.ok()) << signature.status();
  return {blinded->token, signature.value_or("")};
}

AnswerAnonymouslyRequest SurveyTest::Spending(const Token& token, const AnswerSurveyRequest& answers) {
  AnswerAnonymouslyRequest request;
  request.set_name(answers.name());
  request.set_token(token.token);
  request.set_signature(token.signature);
  *request.mutable_answers() = answers.answers();
  return request;
}

absl::StatusOr<AnswerAnonymouslyResponse> SurveyTest::AnswerAnonymously(
    const AnswerAnonymouslyRequest& request) {
  return UntilAnswered(
      [&] { return Ask<AnswerAnonymouslyResponse>("SurveyService.AnswerAnonymously", request, Unnamed()); });
}

void SurveyTest::AtOnce(int people, const std::function<void(int)>& person) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(people));
  for (int i = 0; i < people; ++i) threads.emplace_back([&person, i] { person(i); });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace firstfloor::opinion
