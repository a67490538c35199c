#include "services/opinion/survey_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/db/errors.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/cipher.h"
#include "common/privacy/keyring.h"
#include "services/opinion/survey_rules.h"

namespace firstfloor::opinion {
namespace {

using google::protobuf::Message;
using resource::Condition;

constexpr char kSurveys[] = "surveys";
constexpr int kMostTexts = 50;  // of one response: one a question

// Rows of an open tally. Each is locked by one response until its commit.
constexpr int kParts = 16;
constexpr int kWhole = kParts;  // the row of a closed one
constexpr char kReadTally[] = "SELECT counts FROM survey_tally WHERE survey = ?";

const v1::SurveyResponse& Response(const Message& m) { return static_cast<const v1::SurveyResponse&>(m); }
const v1::TextAnswer& Text(const Message& m) { return static_cast<const v1::TextAnswer&>(m); }
const v1::Survey& Survey(const Message& m) { return static_cast<const v1::Survey&>(m); }

resource::Spec SurveySpec() {
  return {.table = "survey",
          .collection = kSurveys,
          .type = "Survey",
          .prototype = nullptr,
          .columns = {{"area", [](const Message& m) { return db::Value(Survey(m).area()); }},
                      {"state", [](const Message& m) { return db::Value(Survey(m).state()); }}}};
}

resource::Spec ResponseSpec(const privacy::Keyring& keyring) {
  return {.table = "survey_response",
          .collection = "surveyResponses",
          .type = "SurveyResponse",
          .prototype = nullptr,
          .columns = {{"survey", [](const Message& m) { return db::Value(Response(m).survey()); }},
                      {"respondent", [&keyring](const Message& m) {
                         const std::string& subject = Response(m).respondent().subject();
                         return subject.empty() ? db::Value(nullptr)
                                                : db::Value(keyring.BlindIndex("subject", subject));
                       }}}};
}

resource::Spec TextSpec() {
  return {.table = "text_answer",
          .collection = "textAnswers",
          .type = "TextAnswer",
          .prototype = nullptr,
          .columns = {{"survey", [](const Message& m) { return db::Value(Text(m).survey()); }},
                      {"question", [](const Message& m) { return db::Value(Text(m).question()); }},
                      {"response", [](const Message& m) { return db::Value(Text(m).response()); }}}};
}

absl::StatusOr<std::string> IdOf(const v1::Survey& survey) { return resource::IdOf(kSurveys, survey.name()); }

std::string KeyContext(const v1::Survey& survey) { return absl::StrCat(survey.name(), "/tokens"); }

// What the condition asks for, or is of one of the areas and no draft.
Condition OrPublishedIn(Condition condition, const std::vector<std::string>& areas) {
  const Condition there = resource::In("area", {areas.begin(), areas.end()});
  condition.sql = absl::StrCat("(", condition.sql, " OR (", there.sql, " AND state <> ?))");
  condition.values.insert(condition.values.end(), there.values.begin(), there.values.end());
  condition.values.emplace_back(static_cast<int>(v1::SURVEY_STATE_DRAFT));
  return condition;
}

int AnyPart() {
  unsigned char random = 0;
  privacy::FillWithRandom(reinterpret_cast<char*>(&random), 1);
  return random % kParts;
}

}  // namespace

SurveyStore::SurveyStore(const privacy::Keyring& keyring)
    : keyring_(keyring),
      surveys_(SurveySpec(), keyring),
      responses_(ResponseSpec(keyring), keyring),
      texts_(TextSpec(), keyring) {}

std::string SurveyStore::IndexOf(absl::string_view subject) const {
  return keyring_.BlindIndex("subject", subject);
}

absl::StatusOr<std::vector<v1::Survey>> SurveyStore::List(db::Connection& connection,
                                                          const v1::ListSurveysRequest& request,
                                                          const std::vector<std::string>& larger,
                                                          bool with_drafts, absl::string_view after,
                                                          int limit) const {
  std::vector<Condition> conditions = {resource::Covered("area", request.area())};
  if (!larger.empty()) conditions.front() = OrPublishedIn(std::move(conditions.front()), larger);
  std::vector<db::Value> states;
  for (int state = v1::SurveyState_MIN + 1; state <= v1::SurveyState_MAX; ++state) {
    const auto& wanted = request.states();
    const bool asked = wanted.empty() || std::find(wanted.begin(), wanted.end(), state) != wanted.end();
    if (asked && (with_drafts || state != v1::SURVEY_STATE_DRAFT)) states.emplace_back(state);
  }
  conditions.push_back(resource::In("state", std::move(states)));
  return surveys_.List(connection, conditions, true, after, limit);
}

// ---- the tally ----

absl::Status SurveyStore::OpenTally(db::Transaction& tx, const v1::Survey& survey) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(survey));
  const std::string counts = tally::ToText(tally::Empty(survey));
  for (int part = 0; part < kParts; ++part) {
    RETURN_IF_ERROR(
        tx.Later("INSERT INTO survey_tally (survey, part, counts) VALUES (?, ?, ?)", {id, part, counts}));
  }
  return absl::OkStatus();
}

absl::Status SurveyStore::Count(db::Transaction& tx, const v1::Survey& survey,
                                const survey_form::Answers& answers) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(survey));
  const int part = AnyPart();
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query("SELECT counts FROM survey_tally WHERE survey = ? AND part = ? FOR UPDATE", {id, part}));
  if (rows.empty()) return survey_rules::NotOpen();
  ASSIGN_OR_RETURN(SurveyTally tally, tally::FromText(survey, rows.front().Text(0)));
  tally::Count(survey, answers, tally);
  return tx.Later("UPDATE survey_tally SET counts = ? WHERE survey = ? AND part = ?",
                  {tally::ToText(tally), id, part});
}

template <typename Source>
absl::StatusOr<SurveyTally> SurveyStore::ReadTally(Source& source, const v1::Survey& survey,
                                                   absl::string_view sql) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(survey));
  const db::Value key[] = {id};
  ASSIGN_OR_RETURN(const db::Rows rows, source.Query(sql, absl::MakeConstSpan(key)));
  SurveyTally sum = tally::Empty(survey);
  for (const db::Row& row : rows) {
    ASSIGN_OR_RETURN(const SurveyTally part, tally::FromText(survey, row.Text(0)));
    tally::Add(part, sum);
  }
  return sum;
}

absl::StatusOr<SurveyTally> SurveyStore::CloseTally(db::Transaction& tx, const v1::Survey& survey) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(survey));
  ASSIGN_OR_RETURN(
      SurveyTally sum,
      ReadTally(tx, survey, "SELECT counts FROM survey_tally WHERE survey = ? ORDER BY part FOR UPDATE"));
  RETURN_IF_ERROR(tx.Later("DELETE FROM survey_tally WHERE survey = ?", {id}));
  RETURN_IF_ERROR(tx.Later("INSERT INTO survey_tally (survey, part, counts) VALUES (?, ?, ?)",
                           {id, kWhole, tally::ToText(sum)}));
  return sum;
}

absl::StatusOr<SurveyTally> SurveyStore::Tally(db::Connection& connection, const v1::Survey& survey) const {
  return ReadTally(connection, survey, kReadTally);
}

absl::StatusOr<SurveyTally> SurveyStore::Tally(db::Transaction& tx, const v1::Survey& survey) const {
  return ReadTally(tx, survey, kReadTally);
}

// ---- with one's name ----

absl::Status SurveyStore::Insert(db::Transaction& tx, const events::Origin& origin,
                                 v1::SurveyResponse& response) const {
  const absl::Status inserted = responses_.Insert(tx, response, origin);
  if (!db::IsDuplicate(inserted)) return inserted;
  return error::Make(absl::StatusCode::kAlreadyExists, "SURVEY_ALREADY_ANSWERED",
                     "a survey is answered once a person");
}

absl::StatusOr<v1::SurveyResponse> SurveyStore::ResponseOf(db::Connection& connection,
                                                           const std::string& survey,
                                                           absl::string_view subject) const {
  ASSIGN_OR_RETURN(
      const std::vector<v1::SurveyResponse> found,
      responses_.List(connection,
                      {resource::Equals("survey", survey), resource::Equals("respondent", IndexOf(subject))},
                      false, "", 1));
  if (found.empty()) return error::NotFound("SurveyResponse", survey);
  v1::SurveyResponse response = found.front();
  ASSIGN_OR_RETURN(
      const std::vector<v1::TextAnswer> texts,
      texts_.List(connection, {resource::Equals("response", response.name())}, false, "", kMostTexts));
  for (v1::SurveyAnswer& answer : *response.mutable_answers()) {
    for (const v1::TextAnswer& text : texts) {
      if (text.question() == answer.question()) answer.set_text(text.text());
    }
  }
  return response;
}

// ---- without ----

absl::Status SurveyStore::KeepKey(db::Transaction& tx, const v1::Survey& survey,
                                  absl::string_view private_key) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(survey));
  return tx.Later("INSERT INTO survey_key (survey, private_key) VALUES (?, ?)",
                  {id, keyring_.Seal(private_key, KeyContext(survey))});
}

absl::StatusOr<std::string> SurveyStore::Key(db::Transaction& tx, const v1::Survey& survey) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(survey));
  ASSIGN_OR_RETURN(const db::Rows rows,
                   tx.Query("SELECT private_key FROM survey_key WHERE survey = ?", {id}));
  if (rows.empty()) return survey_rules::NotOpen();
  return keyring_.Open(rows.front().Text(0), KeyContext(survey));
}

absl::Status SurveyStore::DropKey(db::Transaction& tx, const v1::Survey& survey) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(survey));
  return tx.Later("DELETE FROM survey_key WHERE survey = ?", {id});
}

absl::Status SurveyStore::NoteToken(db::Transaction& tx, const v1::Survey& survey,
                                    absl::string_view subject) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(survey));
  const absl::Status noted =
      tx.Execute("INSERT INTO survey_token (survey, person) VALUES (?, ?)", {id, IndexOf(subject)}).status();
  if (!db::IsDuplicate(noted)) return noted;
  return error::Make(absl::StatusCode::kAlreadyExists, "SURVEY_TOKEN_ISSUED",
                     "a token is issued once a person");
}

absl::StatusOr<bool> SurveyStore::Spend(db::Transaction& tx, const v1::Survey& survey,
                                        absl::string_view token) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(survey));
  const absl::Status spent = tx.Execute("INSERT INTO survey_spent (survey, token) VALUES (?, ?)",
                                        {id, keyring_.BlindIndex("survey token", token)})
                                 .status();
  if (db::IsDuplicate(spent)) return false;
  RETURN_IF_ERROR(spent);
  return true;
}

// ---- words ----

absl::StatusOr<std::vector<v1::TextAnswer>> SurveyStore::Texts(db::Connection& connection,
                                                               const v1::ListTextAnswersRequest& request,
                                                               absl::string_view after, int limit) const {
  std::vector<Condition> conditions = {resource::Equals("survey", request.survey())};
  if (!request.question().empty()) conditions.push_back(resource::Equals("question", request.question()));
  return texts_.List(connection, conditions, false, after, limit);
}

}  // namespace firstfloor::opinion
