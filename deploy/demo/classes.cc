// 课堂: what classes need: venues, lecturers, series.

#include "absl/strings/str_cat.h"
#include "common/error/macros.h"
#include "deploy/demo/stories.h"
#include "firstfloor/outreach/v1/lecturer_service.pb.h"
#include "firstfloor/outreach/v1/series_service.pb.h"
#include "firstfloor/outreach/v1/venue_service.pb.h"

namespace firstfloor::demo {
namespace {

using namespace outreach::v1;  // NOLINT(google-build-using-namespace): one service's messages

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

}  // namespace

void AddClassFoundations(Stage& stage, Foundations& made) {
  stage.Add("venues", [&made](Story& story) { return ImportLobbies(story, made); });
  stage.Add("lecturers", [&made](Story& story) { return InviteLecturers(story, made); });
  stage.Add("series", [&made](Story& story) { return FoundSeries(story, made); });
}

}  // namespace firstfloor::demo
