// 课堂: venues, lecturers, series, and the rounds of many small sessions.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "deploy/demo/stories.h"
#include "firstfloor/outreach/v1/enrolment_service.pb.h"
#include "firstfloor/outreach/v1/lecturer_service.pb.h"
#include "firstfloor/outreach/v1/series_service.pb.h"
#include "firstfloor/outreach/v1/session_service.pb.h"
#include "firstfloor/outreach/v1/venue_service.pb.h"

namespace firstfloor::demo {
namespace {

using namespace outreach::v1;  // NOLINT(google-build-using-namespace): one service's messages
using calendar::ToProto;

const absl::CivilDay kNewYear(2023, 1, 2);
constexpr SessionForm kForms[] = {SESSION_FORM_TALK, SESSION_FORM_SONG, SESSION_FORM_RECITATION,
                                  SESSION_FORM_PERFORMANCE};

Venue LobbyOf(const area::Area& building) {
  Venue venue;
  venue.set_display_name(building.name + "大堂微阵地");
  venue.set_area(building.code);
  venue.set_kind(VENUE_KIND_LOBBY);
  venue.set_capacity(20);
  for (int day = WEEKDAY_MONDAY; day <= WEEKDAY_SUNDAY; ++day) {
    OpenDay* open = venue.add_open_days();
    open->set_weekday(static_cast<Weekday>(day));
    OpenSpan* span = open->add_spans();
    span->set_start_minute(8 * 60);
    span->set_end_minute(21 * 60);
  }
  return venue;
}

absl::Status ImportLobbies(Story& story, Foundations& made) {
  Stage& stage = story.stage();
  std::vector<ImportVenuesRequest> rows;
  for (const area::Area& building : stage.year().buildings) {
    ImportVenuesRequest& row = rows.emplace_back();
    *row.mutable_venue() = LobbyOf(building);
    row.set_request_id(story.Uuid("venues"));
  }
  ImportVenuesResponse response;
  RETURN_IF_ERROR(story.Import(
      stage.cast().Staff(), At(kNewYear, 9), "outreach.v1.VenueService.ImportVenues",
      static_cast<int>(rows.size()), [&](int i) { return &rows[static_cast<size_t>(i)]; }, response));
  if (response.errors_size() > 0) {
    return absl::InternalError(
        absl::StrCat("row ", response.errors(0).row(), ": ", response.errors(0).message()));
  }
  made.venues.assign(response.names().begin(), response.names().end());
  return absl::OkStatus();
}

absl::Status InviteLecturers(Story& story, Foundations& made) {
  Stage& stage = story.stage();
  int number = 0;
  for (const LecturerPlan& plan : stage.year().lecturers) {
    for (int i = 0; i < plan.count; ++i, ++number) {
      CreateLecturerRequest request;
      Lecturer& lecturer = *request.mutable_lecturer();
      const Player who = stage.cast().Resident(7000 + number, stage.year().community);
      lecturer.set_display_name(who.display_name);
      lecturer.set_area(stage.year().community);
      LecturerKind kind = LECTURER_KIND_UNSPECIFIED;
      LecturerKind_Parse("LECTURER_KIND_" + plan.kind, &kind);
      lecturer.set_kind(kind);
      lecturer.add_topics("POLICY");
      for (const SessionForm form : kForms) lecturer.add_forms(form);
      ASSIGN_OR_RETURN(const Lecturer created,
                       story.Do<Lecturer>(stage.cast().Staff(), At(kNewYear, 10),
                                          "outreach.v1.LecturerService.CreateLecturer", request));
      made.lecturers.push_back(created.name());
    }
  }
  return absl::OkStatus();
}

absl::Status FoundSeries(Story& story, Foundations& made) {
  Stage& stage = story.stage();
  for (const SeriesPlan& plan : stage.year().series) {
    CreateSeriesRequest request;
    Series& series = *request.mutable_series();
    series.set_display_name(plan.display_name);
    series.set_area(stage.year().community);
    series.set_description(plan.description);
    series.set_owner_branch(plan.owner_branch);
    ASSIGN_OR_RETURN(const Series created,
                     story.Do<Series>(stage.cast().Staff(), At(kNewYear, 10),
                                      "outreach.v1.SeriesService.CreateSeries", request));
    made.series.push_back(created.name());
  }
  return absl::OkStatus();
}

// Who came in without enrolling, to the session numbered `number`: five or six people.
std::vector<std::pair<Identity, int>> WalkIns(int number) {
  std::vector<std::pair<Identity, int>> heads = {{IDENTITY_MASSES, 4}, {IDENTITY_PARTY_MEMBER, 1}};
  if (number % 4 != 0) heads.emplace_back(number % 2 == 0 ? IDENTITY_CADRE : IDENTITY_YOUTH, 1);
  return heads;
}

absl::Status Teach(Story& story, const Foundations& made, const RoundPlan& plan, const std::string& round,
                   int number) {
  Stage& stage = story.stage();
  const Player staff = stage.cast().Staff();
  const auto at = static_cast<size_t>(number);
  const std::string& building = stage.year().building(at);
  const absl::Time start = At(plan.day, 19);
  const absl::Time end = At(plan.day, 20);
  const int heads_enrolled = 2;

  CreateSessionRequest create;
  Session& draft = *create.mutable_session();
  draft.set_area(building);
  draft.set_series(made.series[static_cast<size_t>(plan.series)]);
  draft.set_round(round);
  draft.set_form(kForms[at % std::size(kForms)]);
  draft.set_topic(plan.title);
  draft.add_lecturers(made.lecturers[at % made.lecturers.size()]);
  draft.set_venue(made.venues[at % made.venues.size()]);
  *draft.mutable_window()->mutable_start_time() = ToProto(start);
  *draft.mutable_window()->mutable_end_time() = ToProto(end);
  draft.set_capacity(16);
  *draft.mutable_enrol_open_time() = ToProto(start - absl::Hours(24 * 4));
  *draft.mutable_enrol_close_time() = ToProto(start);
  ASSIGN_OR_RETURN(const Session created,
                   story.Do<Session>(staff, start - absl::Hours(24 * 5),
                                     "outreach.v1.SessionService.CreateSession", create));
  ScheduleSessionRequest schedule;
  schedule.set_name(created.name());
  RETURN_IF_ERROR(story
                      .Do<Session>(staff, start - absl::Hours(24 * 5),
                                   "outreach.v1.SessionService.ScheduleSession", schedule)
                      .status());

  EnrolRequest enrol;
  enrol.set_session(created.name());
  enrol.set_heads(heads_enrolled);
  ASSIGN_OR_RETURN(const Enrolment enrolment,
                   story.Do<Enrolment>(stage.cast().Resident(number, building), start - absl::Hours(24 * 2),
                                       "outreach.v1.EnrolmentService.Enrol", enrol));
  StartSessionRequest begin;
  begin.set_name(created.name());
  RETURN_IF_ERROR(story.Do<Session>(staff, start, "outreach.v1.SessionService.StartSession", begin).status());
  CheckInRequest check_in;
  check_in.set_name(enrolment.name());
  check_in.set_heads(heads_enrolled);
  RETURN_IF_ERROR(
      story.Do<Enrolment>(staff, start + absl::Minutes(2), "outreach.v1.EnrolmentService.CheckIn", check_in)
          .status());

  CheckInWalkInRequest walk_in;
  walk_in.set_session(created.name());
  CompleteSessionRequest complete;
  complete.set_name(created.name());
  for (const auto& [identity, heads] : WalkIns(number)) {
    IdentityHeads* counted = walk_in.add_heads();
    counted->set_identity(identity);
    counted->set_heads(heads);
    *complete.mutable_report()->add_heads() = *counted;
  }
  // Those who enrolled are residents.
  complete.mutable_report()->mutable_heads(0)->set_heads(complete.report().heads(0).heads() + heads_enrolled);
  complete.mutable_report()->set_summary("到场听讲，互问互答。");
  RETURN_IF_ERROR(
      story
          .Do<Session>(staff, start + absl::Minutes(5), "outreach.v1.EnrolmentService.CheckInWalkIn", walk_in)
          .status());
  return story
      .Do<Session>(staff, end + absl::Minutes(20), "outreach.v1.SessionService.CompleteSession", complete)
      .status();
}

}  // namespace

void AddClassFoundations(Stage& stage, Foundations& made) {
  stage.Add("venues", [&made](Story& story) { return ImportLobbies(story, made); });
  stage.Add("lecturers", [&made](Story& story) { return InviteLecturers(story, made); });
  stage.Add("series", [&made](Story& story) { return FoundSeries(story, made); });
}

void AddClasses(Stage& stage, const Foundations& made) {
  int number = 0;
  for (const RoundPlan& plan : stage.year().rounds) {
    const int first = number;
    number += stage.year().sessions_per_round;
    stage.Add("round-" + plan.topic, [&made, &plan, first](Story& story) -> absl::Status {
      Stage& stage = story.stage();
      CreateRoundRequest request;
      Round& round = *request.mutable_round();
      round.set_topic(plan.title);
      round.set_series(made.series[static_cast<size_t>(plan.series)]);
      round.set_area(stage.year().community);
      ASSIGN_OR_RETURN(const Round created,
                       story.Do<Round>(stage.cast().Staff(), At(plan.day - 20, 9),
                                       "outreach.v1.SeriesService.CreateRound", request));
      for (int i = 0; i < stage.year().sessions_per_round; ++i) {
        RETURN_IF_ERROR(Teach(story, made, plan, created.name(), first + i));
      }
      return absl::OkStatus();
    });
  }
}

}  // namespace firstfloor::demo
