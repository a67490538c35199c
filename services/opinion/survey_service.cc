#include "services/opinion/survey_service.h"

#include <algorithm>
#include <utility>

#include "common/area/registry.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/blind_token.h"
#include "common/privacy/personal.h"
#include "common/resource/table.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/opinion/opinion_rules.h"
#include "services/opinion/opinion_view.h"
#include "services/opinion/survey_results.h"
#include "services/opinion/survey_rules.h"

namespace firstfloor::opinion {
namespace {

using v1::Survey;

constexpr api::v1::Role kAuthors[] = {api::v1::ROLE_GRID_WORKER, api::v1::ROLE_BRANCH_SECRETARY,
                                      api::v1::ROLE_COMMUNITY_STAFF};

bool SeesDrafts(const rpc::Call& call, absl::string_view area) {
  return std::any_of(std::begin(kAuthors), std::end(kAuthors),
                     [&](api::v1::Role role) { return call.Holds(role, area); });
}

// Whose surveys may be read once they are published.
bool MayRead(const auth::Identity& caller, absl::string_view area) {
  return view::IsNeighbour(caller, area) || survey_rules::IsAsked(caller, area);
}

// The areas that contain `area`, as far as the caller may read their surveys.
std::vector<std::string> LargerAreasFor(const auth::Identity& caller, absl::string_view area) {
  std::vector<std::string> areas = area::SelfAndAncestors(area);
  areas.erase(
      std::remove_if(areas.begin(), areas.end(),
                     [&](const std::string& other) { return other == area || !MayRead(caller, other); }),
      areas.end());
  return areas;
}

}  // namespace

void SurveyHandlers::Register(rpc::Service& service) {
  service.Mutation("CreateSurvey", this, &SurveyHandlers::Create);
  service.Read("GetSurvey", this, &SurveyHandlers::Get);
  service.Read("ListSurveys", this, &SurveyHandlers::List);
  service.Mutation("UpdateSurvey", this, &SurveyHandlers::Update);
  service.Mutation("PublishSurvey", this, &SurveyHandlers::Publish);
  service.Mutation("CloseSurvey", this, &SurveyHandlers::Close);
  service.Mutation("AnswerSurvey", this, &SurveyHandlers::Answer);
  service.Read("GetMySurveyResponse", this, &SurveyHandlers::GetMine);
  service.Mutation("IssueSurveyToken", this, &SurveyHandlers::IssueToken);
  service.Mutation("AnswerAnonymously", this, &SurveyHandlers::AnswerAnonymously);
  service.Read("GetSurveyResults", this, &SurveyHandlers::GetResults);
  service.Read("ListTextAnswers", this, &SurveyHandlers::ListTexts);
  service.Mutation("TakeUpTextAnswer", this, &SurveyHandlers::TakeUp);
}

SurveyHandlers::Result SurveyHandlers::LoadFor(Call& call, const std::string& name) const {
  ASSIGN_OR_RETURN(Survey survey, rpc::HiddenIfMissing(surveys_.surveys().Load(call.db(), name)));
  RETURN_IF_ERROR(call.Authorize(survey.area(), {.participant = MayRead(call.identity(), survey.area())}));
  if (survey.state() == v1::SURVEY_STATE_DRAFT && !SeesDrafts(call, survey.area())) return error::Denied();
  return survey;
}

SurveyHandlers::Result SurveyHandlers::LoadToAnswer(Call& call, Tx& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(Survey survey, rpc::HiddenIfMissing(surveys_.surveys().Load(tx, name)));
  const bool asked =
      survey.state() != v1::SURVEY_STATE_DRAFT && survey_rules::IsAsked(call.identity(), survey.area());
  RETURN_IF_ERROR(call.Authorize(survey.area(), {.participant = asked}));
  return survey;
}

SurveyHandlers::Result SurveyHandlers::Lock(Call& call, Tx& tx, const std::string& name,
                                            const std::string& etag) const {
  ASSIGN_OR_RETURN(Survey survey, rpc::HiddenIfMissing(surveys_.surveys().Lock(tx, name)));
  RETURN_IF_ERROR(call.Authorize(survey.area()));
  RETURN_IF_ERROR(rpc::CheckEtag(etag, survey));
  return survey;
}

// ---- the survey ----

SurveyHandlers::Result SurveyHandlers::Create(Call& call, Tx& tx, const v1::CreateSurveyRequest& request) {
  ASSIGN_OR_RETURN(Survey survey, survey_rules::Draft(request.survey()));
  survey.set_name(resource::NewName("surveys", call.origin().record_time));
  RETURN_IF_ERROR(changes_.Insert(tx, call.origin(), survey));
  return survey;
}

SurveyHandlers::Result SurveyHandlers::Get(Call& call, const v1::GetSurveyRequest& request) {
  return LoadFor(call, request.name());
}

absl::StatusOr<v1::ListSurveysResponse> SurveyHandlers::List(Call& call,
                                                             const v1::ListSurveysRequest& request) {
  RETURN_IF_ERROR(
      call.Authorize(request.area(), {.participant = view::IsNeighbour(call.identity(), request.area())}));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *call.environment().keyring));
  std::vector<std::string> larger;
  if (request.with_larger_areas()) larger = LargerAreasFor(call.identity(), request.area());
  ASSIGN_OR_RETURN(
      std::vector<Survey> rows,
      surveys_.List(call.db(), request, larger, SeesDrafts(call, request.area()), page.after, page.size + 1));
  v1::ListSurveysResponse response;
  response.set_next_page_token(rpc::TakePage(page, rows, *call.environment().keyring));
  response.mutable_surveys()->Assign(rows.begin(), rows.end());
  return response;
}

SurveyHandlers::Result SurveyHandlers::Update(Call& call, Tx& tx, const v1::UpdateSurveyRequest& request) {
  ASSIGN_OR_RETURN(const Survey before, Lock(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(Survey after, survey_rules::Update(before, request));
  const auto& paths = request.update_mask().paths();
  RETURN_IF_ERROR(changes_.Amend(tx, call.origin(), {paths.begin(), paths.end()}, after));
  return after;
}

SurveyHandlers::Result SurveyHandlers::Publish(Call& call, Tx& tx, const v1::PublishSurveyRequest& request) {
  ASSIGN_OR_RETURN(const Survey before, Lock(call, tx, request.name(), request.etag()));
  RETURN_IF_ERROR(survey_rules::CheckMove(before, survey_rules::Act::kPublish));
  const privacy::TokenKey key = before.anonymous() ? privacy::NewTokenKey() : privacy::TokenKey();
  ASSIGN_OR_RETURN(Survey after, survey_rules::Publish(before, key.public_key, call.now()));
  RETURN_IF_ERROR(changes_.Publish(tx, call.origin(), key.private_key, after));
  return after;
}

SurveyHandlers::Result SurveyHandlers::Close(Call& call, Tx& tx, const v1::CloseSurveyRequest& request) {
  ASSIGN_OR_RETURN(const Survey before, Lock(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(Survey after, survey_rules::Close(before, call.now()));
  RETURN_IF_ERROR(changes_.Close(tx, call.origin(), false, after));
  return after;
}

// ---- answers ----

absl::StatusOr<v1::SurveyResponse> SurveyHandlers::Answer(Call& call, Tx& tx,
                                                          const v1::AnswerSurveyRequest& request) {
  ASSIGN_OR_RETURN(const Survey survey, LoadToAnswer(call, tx, request.name()));
  RETURN_IF_ERROR(survey_rules::CheckOpen(survey, false, call.now()));
  RETURN_IF_ERROR(survey_form::CheckAnswers(survey, request.answers()));
  v1::SurveyResponse response;
  response.mutable_respondent()->set_subject(call.subject());
  *response.mutable_answers() = request.answers();
  RETURN_IF_ERROR(changes_.Take(tx, call.origin(), survey, response));
  return response;
}

absl::StatusOr<v1::SurveyResponse> SurveyHandlers::GetMine(Call& call,
                                                           const v1::GetMySurveyResponseRequest& request) {
  // One's own is one's own, wherever one has moved to.
  RETURN_IF_ERROR(call.Authorize("", {.owner = true}));
  return surveys_.ResponseOf(call.db(), request.name(), call.subject());
}

absl::StatusOr<v1::IssueSurveyTokenResponse> SurveyHandlers::IssueToken(
    Call& call, Tx& tx, const v1::IssueSurveyTokenRequest& request) {
  ASSIGN_OR_RETURN(const Survey survey, LoadToAnswer(call, tx, request.name()));
  RETURN_IF_ERROR(survey_rules::CheckOpen(survey, true, call.now()));
  ASSIGN_OR_RETURN(const std::string key, surveys_.Key(tx, survey));
  v1::IssueSurveyTokenResponse response;
  ASSIGN_OR_RETURN(*response.mutable_blind_signature(), privacy::SignBlinded(key, request.blinded_token()));
  RETURN_IF_ERROR(surveys_.NoteToken(tx, survey, call.subject()));
  return response;
}

absl::StatusOr<v1::AnswerAnonymouslyResponse> SurveyHandlers::AnswerAnonymously(
    Call& call, Tx& tx, const v1::AnswerAnonymouslyRequest& request) {
  // A program may bring it, as the gateway does.
  if (call.identity().kind == auth::Identity::Kind::kPerson) {
    return error::Precondition("IDENTITY_SENT", "whoever is not to be known says not who they are");
  }
  ASSIGN_OR_RETURN(const Survey survey, rpc::HiddenIfMissing(surveys_.surveys().Load(tx, request.name())));
  if (!privacy::IsSigned(survey.token_key(), request.token(), request.signature())) return error::Denied();
  ASSIGN_OR_RETURN(const bool spent, surveys_.Spend(tx, survey, request.token()));
  v1::AnswerAnonymouslyResponse response;
  response.set_spent_before(!spent);
  if (!spent) return response;
  RETURN_IF_ERROR(survey_rules::CheckOpenForTokens(survey));
  RETURN_IF_ERROR(survey_form::CheckAnswers(survey, request.answers()));
  RETURN_IF_ERROR(changes_.TakeUnnamed(tx, survey, request.answers()));
  return response;
}

// ---- what came of it ----

absl::StatusOr<v1::SurveyResults> SurveyHandlers::GetResults(Call& call,
                                                             const v1::GetSurveyResultsRequest& request) {
  ASSIGN_OR_RETURN(const Survey survey, LoadFor(call, request.name()));
  RETURN_IF_ERROR(survey.state() == v1::SURVEY_STATE_DRAFT ? survey_rules::NotOpen() : absl::OkStatus());
  ASSIGN_OR_RETURN(const SurveyTally tally, surveys_.Tally(call.db(), survey));
  return survey_results::Tell(survey, tally);
}

absl::StatusOr<v1::ListTextAnswersResponse> SurveyHandlers::ListTexts(
    Call& call, const v1::ListTextAnswersRequest& request) {
  ASSIGN_OR_RETURN(const Survey survey,
                   rpc::HiddenIfMissing(surveys_.surveys().Load(call.db(), request.survey())));
  RETURN_IF_ERROR(call.Authorize(survey.area()));
  ASSIGN_OR_RETURN(const SurveyTally tally, surveys_.Tally(call.db(), survey));
  RETURN_IF_ERROR(survey_rules::CheckTextsReadable(survey, tally.responses));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *call.environment().keyring));
  ASSIGN_OR_RETURN(std::vector<v1::TextAnswer> rows,
                   surveys_.Texts(call.db(), request, page.after, page.size + 1));
  v1::ListTextAnswersResponse response;
  response.set_next_page_token(rpc::TakePage(page, rows, *call.environment().keyring));
  for (v1::TextAnswer& row : rows) {
    if (request.unmask()) {
      call.RecordPersonalRead(row.name(), row.area());
    } else {
      privacy::Mask(row);
    }
    *response.add_text_answers() = std::move(row);
  }
  return response;
}

absl::StatusOr<v1::TextAnswer> SurveyHandlers::TakeUp(Call& call, Tx& tx,
                                                      const v1::TakeUpTextAnswerRequest& request) {
  ASSIGN_OR_RETURN(const v1::TextAnswer before,
                   rpc::HiddenIfMissing(surveys_.texts().Lock(tx, request.name())));
  RETURN_IF_ERROR(call.Authorize(before.area()));
  RETURN_IF_ERROR(rpc::CheckEtag(request.etag(), before));
  ASSIGN_OR_RETURN(const Survey survey, surveys_.surveys().Load(tx, before.survey()));
  ASSIGN_OR_RETURN(const SurveyTally tally, surveys_.Tally(tx, survey));
  RETURN_IF_ERROR(survey_rules::CheckTextsReadable(survey, tally.responses));
  ASSIGN_OR_RETURN(v1::TextAnswer after,
                   survey_rules::TakeUp(before, resource::NewName("opinions", call.origin().record_time)));
  ASSIGN_OR_RETURN(rules::Change change, rules::FromTextAnswer(after, request, call.now()));
  RETURN_IF_ERROR(changes_.TakeUp(tx, call.origin(), after, change));
  privacy::Mask(after);
  return after;
}

}  // namespace firstfloor::opinion
