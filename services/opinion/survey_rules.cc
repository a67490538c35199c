#include "services/opinion/survey_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "common/area/registry.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/resource/update_mask.h"
#include "services/opinion/survey_form.h"
#include "services/opinion/survey_results.h"

namespace firstfloor::opinion::survey_rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr absl::Duration kLongestWindow = absl::Hours(366 * 24);

constexpr Move kMoves[] = {
    {SURVEY_STATE_DRAFT, Act::kUpdate, SURVEY_STATE_DRAFT},
    {SURVEY_STATE_DRAFT, Act::kPublish, SURVEY_STATE_PUBLISHED},
    {SURVEY_STATE_PUBLISHED, Act::kClose, SURVEY_STATE_CLOSED},
};

constexpr api::v1::Role kAsked[] = {api::v1::ROLE_RESIDENT, api::v1::ROLE_VOLUNTEER, api::v1::ROLE_STEWARD};

std::string NameOf(SurveyState state) {
  return std::string(absl::StripPrefix(SurveyState_Name(state), "SURVEY_STATE_"));
}

absl::StatusOr<Survey> Moving(const Survey& survey, Act act) {
  RETURN_IF_ERROR(CheckMove(survey, act));
  Survey moved = survey;
  moved.set_state(*resource::After(kMoves, survey.state(), act));
  return moved;
}

absl::Status CheckWindow(const Survey& survey) {
  const type::v1::TimeWindow& window = survey.window();
  const absl::Duration length = FromProto(window.end_time()) - FromProto(window.start_time());
  if (!window.has_start_time() || !window.has_end_time() || length <= absl::ZeroDuration()) {
    return error::InvalidField("survey.window", "must end after it begins");
  }
  if (length > kLongestWindow) return error::InvalidField("survey.window", "must be within 366 days");
  return absl::OkStatus();
}

}  // namespace

absl::Span<const Move> Moves() { return kMoves; }

absl::Status CheckMove(const Survey& survey, Act act) {
  if (resource::After(kMoves, survey.state(), act).has_value()) return absl::OkStatus();
  std::vector<std::string> allowed;
  for (const SurveyState state : resource::AllAfter(kMoves, survey.state())) {
    if (state != survey.state()) allowed.push_back(NameOf(state));
  }
  return error::WrongState("SURVEY_WRONG_STATE", survey.name(), NameOf(survey.state()), allowed);
}

absl::StatusOr<Survey> Draft(const Survey& survey) {
  RETURN_IF_ERROR(CheckWindow(survey));
  Survey draft = survey;
  draft.set_state(SURVEY_STATE_DRAFT);
  return draft;
}

absl::StatusOr<Survey> Update(const Survey& survey, const UpdateSurveyRequest& request) {
  ASSIGN_OR_RETURN(Survey updated, Moving(survey, Act::kUpdate));
  RETURN_IF_ERROR(resource::ApplyMask(
      request.update_mask(), {{"title", [&] { updated.set_title(request.title()); }},
                              {"window", [&] { *updated.mutable_window() = request.window(); }},
                              {"questions", [&] { *updated.mutable_questions() = request.questions(); }},
                              {"anonymous", [&] { updated.set_anonymous(request.anonymous()); }}}));
  if (absl::StripAsciiWhitespace(updated.title()).empty()) {
    return error::InvalidField("title", "says nothing");
  }
  RETURN_IF_ERROR(CheckWindow(updated));
  return updated;
}

absl::StatusOr<Survey> Publish(const Survey& survey, absl::string_view token_key, absl::Time now) {
  ASSIGN_OR_RETURN(Survey published, Moving(survey, Act::kPublish));
  if (now >= EndOf(survey)) return error::Precondition("SURVEY_WINDOW_OVER", "its window is over");
  RETURN_IF_ERROR(survey_form::CheckQuestions(survey));
  *published.mutable_publish_time() = ToProto(now);
  published.set_token_key(std::string(token_key));
  return published;
}

absl::StatusOr<Survey> Close(const Survey& survey, absl::Time now) {
  ASSIGN_OR_RETURN(Survey closed, Moving(survey, Act::kClose));
  *closed.mutable_close_time() = ToProto(now);
  return closed;
}

absl::Time EndOf(const Survey& survey) { return FromProto(survey.window().end_time()); }

absl::Status NotOpen() { return error::Precondition("SURVEY_NOT_OPEN", "the survey takes no answers now"); }

absl::Status CheckOpen(const Survey& survey, bool anonymous, absl::Time now) {
  const bool open = survey.state() == SURVEY_STATE_PUBLISHED &&
                    now >= FromProto(survey.window().start_time()) && now < EndOf(survey);
  if (!open) return NotOpen();
  if (survey.anonymous() == anonymous) return absl::OkStatus();
  return anonymous ? error::Precondition("SURVEY_NOT_ANONYMOUS", "the survey is answered with one's name")
                   : error::Precondition("SURVEY_ANONYMOUS", "the survey is answered without a name");
}

absl::Status CheckOpenForTokens(const Survey& survey) {
  return survey.state() == SURVEY_STATE_PUBLISHED ? absl::OkStatus() : NotOpen();
}

absl::Status CheckTextsReadable(const Survey& survey, int64_t responses) {
  if (!survey.anonymous()) return absl::OkStatus();
  if (survey.state() != SURVEY_STATE_CLOSED) {
    return error::Precondition("SURVEY_NOT_CLOSED",
                               "what is answered without a name is read when it is closed");
  }
  if (responses < survey_results::kFewest) {
    return error::Precondition("SURVEY_TOO_FEW_RESPONSES", "fewer than five answered it");
  }
  return absl::OkStatus();
}

absl::StatusOr<TextAnswer> TakeUp(const TextAnswer& answer, absl::string_view opinion) {
  if (!answer.opinion().empty()) {
    return error::Precondition("TEXT_ANSWER_TAKEN_UP", "it is an opinion already",
                               {{"opinion", answer.opinion()}});
  }
  if (answer.text().empty()) return error::Precondition("TEXT_ANSWER_ERASED", "its words have been erased");
  TextAnswer taken = answer;
  taken.set_opinion(std::string(opinion));
  return taken;
}

bool IsAsked(const auth::Identity& person, absl::string_view area) {
  if (person.kind != auth::Identity::Kind::kPerson) return false;
  return std::any_of(person.roles.begin(), person.roles.end(), [&](const auth::RoleInArea& held) {
    const bool lives_there = std::find(std::begin(kAsked), std::end(kAsked), held.role) != std::end(kAsked);
    return lives_there && area::Covers(area, held.area);
  });
}

}  // namespace firstfloor::opinion::survey_rules
