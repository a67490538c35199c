// Surveys, what was answered to them, and their tokens, in the database.
#ifndef FIRSTFLOOR_SERVICES_OPINION_SURVEY_STORE_H_
#define FIRSTFLOOR_SERVICES_OPINION_SURVEY_STORE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/db/transaction.h"
#include "common/resource/table.h"
#include "firstfloor/opinion/v1/survey.pb.h"
#include "firstfloor/opinion/v1/survey_service.pb.h"
#include "services/opinion/survey_tally.h"

namespace firstfloor::opinion {

class SurveyStore {
 public:
  // `keyring` is not owned.
  explicit SurveyStore(const privacy::Keyring& keyring);

  const resource::Table<v1::Survey>& surveys() const { return surveys_; }
  const resource::Table<v1::SurveyResponse>& responses() const { return responses_; }
  const resource::Table<v1::TextAnswer>& texts() const { return texts_; }

  // What a list request asks for, and as much of the areas `larger`, newest first. Drafts only of the
  // request's area, and only if `with_drafts`. Blocks.
  absl::StatusOr<std::vector<v1::Survey>> List(db::Connection& connection,
                                               const v1::ListSurveysRequest& request,
                                               const std::vector<std::string>& larger, bool with_drafts,
                                               absl::string_view after, int limit) const;

  // ---- the tally ----
  // From when a survey is published until it is closed, its tally can be counted to.
  absl::Status OpenTally(db::Transaction& tx, const v1::Survey& survey) const;
  // Counts one response, whose answers are sound. FAILED_PRECONDITION, reason SURVEY_NOT_OPEN, once it is
  // closed: whoever closes it waits for those who are counting, and they for whoever closes it.
  absl::Status Count(db::Transaction& tx, const v1::Survey& survey,
                     const survey_form::Answers& answers) const;
  // Ends counting, and answers what was counted.
  absl::StatusOr<SurveyTally> CloseTally(db::Transaction& tx, const v1::Survey& survey) const;
  absl::StatusOr<SurveyTally> Tally(db::Connection& connection, const v1::Survey& survey) const;
  absl::StatusOr<SurveyTally> Tally(db::Transaction& tx, const v1::Survey& survey) const;

  // ---- with one's name ----
  // ALREADY_EXISTS, reason SURVEY_ALREADY_ANSWERED, if the person has responded before.
  absl::Status Insert(db::Transaction& tx, const events::Origin& origin, v1::SurveyResponse& response) const;
  // The person's response with all its words; NOT_FOUND if there is none. Blocks.
  absl::StatusOr<v1::SurveyResponse> ResponseOf(db::Connection& connection, const std::string& survey,
                                                absl::string_view subject) const;

  // ---- without ----
  absl::Status KeepKey(db::Transaction& tx, const v1::Survey& survey, absl::string_view private_key) const;
  // FAILED_PRECONDITION, reason SURVEY_NOT_OPEN, if it has none any more.
  absl::StatusOr<std::string> Key(db::Transaction& tx, const v1::Survey& survey) const;
  absl::Status DropKey(db::Transaction& tx, const v1::Survey& survey) const;
  // Notes that the person had a token. ALREADY_EXISTS, reason SURVEY_TOKEN_ISSUED, if they had one before.
  absl::Status NoteToken(db::Transaction& tx, const v1::Survey& survey, absl::string_view subject) const;
  // Spends a token; false if it was spent before.
  absl::StatusOr<bool> Spend(db::Transaction& tx, const v1::Survey& survey, absl::string_view token) const;

  // ---- words ----
  // In the order of their names. Blocks.
  absl::StatusOr<std::vector<v1::TextAnswer>> Texts(db::Connection& connection,
                                                    const v1::ListTextAnswersRequest& request,
                                                    absl::string_view after, int limit) const;

 private:
  std::string IndexOf(absl::string_view subject) const;
  template <typename Source>
  absl::StatusOr<SurveyTally> ReadTally(Source& source, const v1::Survey& survey,
                                        absl::string_view sql) const;

  const privacy::Keyring& keyring_;
  const resource::Table<v1::Survey> surveys_;
  const resource::Table<v1::SurveyResponse> responses_;
  const resource::Table<v1::TextAnswer> texts_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_SURVEY_STORE_H_
