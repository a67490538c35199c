// Handlers of SurveyService.
#ifndef FIRSTFLOOR_SERVICES_OPINION_SURVEY_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OPINION_SURVEY_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/opinion/v1/survey_service.pb.h"
#include "services/opinion/survey_changes.h"
#include "services/opinion/survey_store.h"

namespace firstfloor::opinion {

class SurveyHandlers {
 public:
  SurveyHandlers(const SurveyStore& surveys, const SurveyChanges& changes)
      : surveys_(surveys), changes_(changes) {}
  void Register(rpc::Service& service);

 private:
  using Call = rpc::Call;
  using Tx = db::Transaction;
  using Result = absl::StatusOr<v1::Survey>;

  Result Create(Call& call, Tx& tx, const v1::CreateSurveyRequest& request);
  Result Get(Call& call, const v1::GetSurveyRequest& request);
  absl::StatusOr<v1::ListSurveysResponse> List(Call& call, const v1::ListSurveysRequest& request);
  Result Update(Call& call, Tx& tx, const v1::UpdateSurveyRequest& request);
  Result Publish(Call& call, Tx& tx, const v1::PublishSurveyRequest& request);
  Result Close(Call& call, Tx& tx, const v1::CloseSurveyRequest& request);
  absl::StatusOr<v1::SurveyResponse> Answer(Call& call, Tx& tx, const v1::AnswerSurveyRequest& request);
  absl::StatusOr<v1::SurveyResponse> GetMine(Call& call, const v1::GetMySurveyResponseRequest& request);
  absl::StatusOr<v1::IssueSurveyTokenResponse> IssueToken(Call& call, Tx& tx,
                                                          const v1::IssueSurveyTokenRequest& request);
  absl::StatusOr<v1::AnswerAnonymouslyResponse> AnswerAnonymously(
      Call& call, Tx& tx, const v1::AnswerAnonymouslyRequest& request);
  absl::StatusOr<v1::SurveyResults> GetResults(Call& call, const v1::GetSurveyResultsRequest& request);
  absl::StatusOr<v1::ListTextAnswersResponse> ListTexts(Call& call,
                                                        const v1::ListTextAnswersRequest& request);
  absl::StatusOr<v1::TextAnswer> TakeUp(Call& call, Tx& tx, const v1::TakeUpTextAnswerRequest& request);

  // The survey, for those who may see it.
  Result LoadFor(Call& call, const std::string& name) const;
  // The survey, for those whom it asks.
  Result LoadToAnswer(Call& call, Tx& tx, const std::string& name) const;
  // The locked survey, for staff.
  Result Lock(Call& call, Tx& tx, const std::string& name, const std::string& etag) const;

  const SurveyStore& surveys_;
  const SurveyChanges& changes_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_SURVEY_SERVICE_H_
