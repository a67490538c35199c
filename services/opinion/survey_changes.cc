#include "services/opinion/survey_changes.h"

#include <utility>

#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "common/events/about.h"
#include "common/events/log.h"
#include "common/program/house.h"
#include "common/resource/table.h"
#include "services/opinion/survey_results.h"
#include "services/opinion/survey_rules.h"

namespace firstfloor::opinion {
namespace {

using events::v1::OpinionEvent;
using v1::Survey;

template <typename R>
events::v1::Event EventOf(const R& resource, OpinionEvent payload) {
  events::v1::Event event = events::About(resource);
  *event.mutable_opinion() = std::move(payload);
  return event;
}

v1::TextAnswer TextOf(const Survey& survey, const v1::SurveyAnswer& answer) {
  v1::TextAnswer text;
  text.set_survey(survey.name());
  text.set_area(survey.area());
  text.set_question(answer.question());
  text.set_text(answer.text());
  return text;
}

}  // namespace

absl::Status SurveyChanges::Save(db::Transaction& tx, const events::Origin& origin, OpinionEvent payload,
                                 Survey& survey) const {
  RETURN_IF_ERROR(surveys_.surveys().Save(tx, survey, origin));
  return house_.environment().log->Append(tx, origin, EventOf(survey, std::move(payload)));
}

absl::Status SurveyChanges::Insert(db::Transaction& tx, const events::Origin& origin, Survey& survey) const {
  RETURN_IF_ERROR(surveys_.surveys().Insert(tx, survey, origin));
  OpinionEvent payload;
  payload.mutable_survey_drafted();
  return house_.environment().log->Append(tx, origin, EventOf(survey, std::move(payload)));
}

absl::Status SurveyChanges::Amend(db::Transaction& tx, const events::Origin& origin,
                                  const std::vector<std::string>& fields, Survey& survey) const {
  OpinionEvent payload;
  payload.mutable_survey_amended()->mutable_fields()->Add(fields.begin(), fields.end());
  return Save(tx, origin, std::move(payload), survey);
}

absl::Status SurveyChanges::Publish(db::Transaction& tx, const events::Origin& origin,
                                    absl::string_view private_key, Survey& survey) const {
  RETURN_IF_ERROR(surveys_.OpenTally(tx, survey));
  if (survey.anonymous()) RETURN_IF_ERROR(surveys_.KeepKey(tx, survey, private_key));
  RETURN_IF_ERROR(timers::Set(tx, {survey.name(), std::string(survey_rules::kEnd), survey.area(),
                                   survey_rules::EndOf(survey), origin.back_dated}));
  OpinionEvent payload;
  payload.mutable_survey_published()->set_anonymous(survey.anonymous());
  *payload.mutable_survey_published()->mutable_end_time() = survey.window().end_time();
  return Save(tx, origin, std::move(payload), survey);
}

absl::Status SurveyChanges::Close(db::Transaction& tx, const events::Origin& origin, bool by_time,
                                  Survey& survey) const {
  ASSIGN_OR_RETURN(const SurveyTally tally, surveys_.CloseTally(tx, survey));
  RETURN_IF_ERROR(surveys_.DropKey(tx, survey));
  RETURN_IF_ERROR(timers::Clear(tx, survey.name(), survey_rules::kEnd));
  OpinionEvent payload;
  const bool few = tally.responses < survey_results::kFewest;
  payload.mutable_survey_closed()->set_responses(few ? 0 : tally.responses);
  payload.mutable_survey_closed()->set_by_time(by_time);
  return Save(tx, origin, std::move(payload), survey);
}

absl::Status SurveyChanges::Fire(db::Transaction& tx, const timers::Timer& timer,
                                 const events::Origin& origin) const {
  const absl::StatusOr<Survey> survey = surveys_.surveys().Lock(tx, timer.subject);
  if (absl::IsNotFound(survey.status())) return absl::OkStatus();
  RETURN_IF_ERROR(survey.status());
  const events::Origin when = events::NotBefore(origin, calendar::FromProto(survey->update_time()));
  absl::StatusOr<Survey> closed = survey_rules::Close(*survey, when.occur_time);
  if (!closed.ok()) return absl::OkStatus();  // somebody closed it
  return Close(tx, when, true, *closed);
}

absl::Status SurveyChanges::Take(db::Transaction& tx, const events::Origin& origin, const Survey& survey,
                                 v1::SurveyResponse& response) const {
  response.set_name(resource::NewName("surveyResponses", origin.record_time));
  response.set_survey(survey.name());
  response.set_area(survey.area());
  // Words are kept in one place only.
  v1::SurveyResponse row = response;
  for (v1::SurveyAnswer& answer : *row.mutable_answers()) answer.clear_text();
  RETURN_IF_ERROR(surveys_.Insert(tx, origin, row));
  for (const v1::SurveyAnswer& answer : response.answers()) {
    if (answer.text().empty()) continue;
    v1::TextAnswer text = TextOf(survey, answer);
    text.set_name(resource::NewName("textAnswers", origin.record_time));
    text.set_response(row.name());
    *text.mutable_respondent() = response.respondent();
    RETURN_IF_ERROR(surveys_.texts().InsertLater(tx, text, origin));
  }
  RETURN_IF_ERROR(surveys_.Count(tx, survey, response.answers()));
  row.mutable_answers()->Swap(response.mutable_answers());
  response = std::move(row);
  OpinionEvent payload;
  payload.mutable_survey_answered()->set_survey(survey.name());
  return house_.environment().log->Append(tx, origin, EventOf(response, std::move(payload)));
}

absl::Status SurveyChanges::TakeUnnamed(db::Transaction& tx, const Survey& survey,
                                        const survey_form::Answers& answers) const {
  events::Origin origin;
  origin.occur_time = calendar::FromProto(survey.publish_time());
  for (const v1::SurveyAnswer& answer : answers) {
    if (answer.text().empty()) continue;
    v1::TextAnswer text = TextOf(survey, answer);
    text.set_name(resource::NameOf("textAnswers", resource::UuidBytes(resource::NewUuid())));
    RETURN_IF_ERROR(surveys_.texts().InsertLater(tx, text, origin));
  }
  return surveys_.Count(tx, survey, answers);
}

absl::Status SurveyChanges::TakeUp(db::Transaction& tx, const events::Origin& origin, v1::TextAnswer& answer,
                                   rules::Change& change) const {
  RETURN_IF_ERROR(surveys_.texts().Save(tx, answer, origin));
  OpinionEvent payload;
  payload.mutable_text_answer_taken_up()->set_opinion(answer.opinion());
  RETURN_IF_ERROR(house_.environment().log->Append(tx, origin, EventOf(answer, std::move(payload))));
  events::Origin of_opinion = origin;
  of_opinion.on_behalf_of = answer.respondent().subject();
  return opinions_.Insert(tx, of_opinion, change);
}

}  // namespace firstfloor::opinion
