// The service on a real database: what one caller at a time can see.
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "firstfloor/outreach/v1/lecturer_service.pb.h"
#include "firstfloor/outreach/v1/operations_service.pb.h"
#include "firstfloor/outreach/v1/series_service.pb.h"
#include "google/rpc/error_info.pb.h"
#include "google/rpc/status.pb.h"
#include "services/outreach/outreach_fixture.h"

namespace firstfloor::outreach {
namespace {

using calendar::ToProto;
using testing::As;
using testing::RequestId;

std::string ReasonOf(const absl::Status& status) { return error::ReasonOf(status); }

std::vector<v1::ImportVenuesRequest> Lobbies(int count, const std::string& prefix) {
  std::vector<v1::ImportVenuesRequest> rows(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    v1::Venue& venue = *rows[static_cast<size_t>(i)].mutable_venue();
    venue.set_display_name(absl::StrCat(prefix, i));
    venue.set_area(absl::StrCat("340111400001-CJ-0", 1 + i % 9));
    venue.set_kind(v1::VENUE_KIND_LOBBY);
    venue.set_capacity(20);
  }
  rows.front().set_request_id(RequestId());
  return rows;
}

class OutreachService : public OutreachTest {
 protected:
  static absl::StatusOr<v1::ImportVenuesResponse> Import(const std::vector<v1::ImportVenuesRequest>& rows) {
    size_t next = 0;
    v1::ImportVenuesResponse response;
    const absl::Status status = client().Import(
        "firstfloor.outreach.v1.VenueService.ImportVenues",
        [&]() -> const google::protobuf::Message* { return next < rows.size() ? &rows[next++] : nullptr; },
        response, Options(Staff(May(1, 8))));
    if (!status.ok()) return status;
    return response;
  }

  static int CountVenues(const std::string& prefix) {
    v1::ListVenuesRequest request;
    request.set_area(kCommunity);
    request.set_page_size(100);
    int count = 0;
    do {
      const auto page = Must<v1::ListVenuesResponse>("VenueService.ListVenues", request, Staff(May(1, 8)));
      for (const v1::Venue& venue : page.venues()) count += absl::StartsWith(venue.display_name(), prefix);
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return count;
  }
};

TEST_F(OutreachService, ImportsTheMissionsVenuesOnceHoweverOftenItIsSent) {
  const std::vector<v1::ImportVenuesRequest> rows = Lobbies(278, "lobby ");
  const absl::StatusOr<v1::ImportVenuesResponse> first = Import(rows);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->imported(), 278);
  EXPECT_EQ(first->names_size(), 278);
  EXPECT_EQ(first->errors_size(), 0);
  const absl::StatusOr<v1::ImportVenuesResponse> again = Import(rows);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(CountVenues("lobby "), 278);

  std::vector<v1::ImportVenuesRequest> anew = rows;
  anew.front().set_request_id(RequestId());
  const absl::StatusOr<v1::ImportVenuesResponse> refused = Import(anew);
  ASSERT_TRUE(refused.ok()) << refused.status();
  EXPECT_EQ(refused->imported(), 0);
  ASSERT_EQ(refused->errors_size(), 100);
  EXPECT_EQ(refused->errors(0).reason(), "VENUE_EXISTS");
  EXPECT_EQ(CountVenues("lobby "), 278);
}

TEST_F(OutreachService, AnImportWithAWrongRowWritesNothingAndNamesTheRows) {
  std::vector<v1::ImportVenuesRequest> rows = Lobbies(10, "wrong ");
  rows[3].mutable_venue()->set_capacity(0);
  rows[5].mutable_venue()->set_display_name("wrong 4");
  rows[5].mutable_venue()->set_area(rows[4].venue().area());
  rows[7].mutable_venue()->set_area("340104400001-SL");
  const absl::StatusOr<v1::ImportVenuesResponse> response = Import(rows);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->imported(), 0);
  ASSERT_EQ(response->errors_size(), 3);
  EXPECT_EQ(response->errors(0).row(), 4);
  EXPECT_EQ(response->errors(0).reason(), "INVALID_FIELD");
  EXPECT_EQ(response->errors(1).row(), 6);
  EXPECT_EQ(response->errors(1).reason(), "VENUE_EXISTS");
  EXPECT_EQ(response->errors(2).row(), 8);
  EXPECT_EQ(response->errors(2).reason(), "DENIED");
  EXPECT_EQ(CountVenues("wrong "), 0);
}

TEST_F(OutreachService, AnImportOfMoreThanAThousandIsRefused) {
  EXPECT_EQ(ReasonOf(Import(Lobbies(1001, "many ")).status()), "IMPORT_TOO_LARGE");
  EXPECT_EQ(ReasonOf(Import(Lobbies(2100, "many ")).status()), "IMPORT_TOO_LARGE");
  EXPECT_EQ(CountVenues("many "), 0);
}

TEST_F(OutreachService, ARetiredVenueFreesItsNameAndTakesNoSessions) {
  const v1::Venue venue = NewVenue(30);
  const v1::Session session = NewDraft(venue, NewLecturer(), 20, May(20, 10));
  ASSERT_TRUE(Schedule(session).ok());
  v1::RetireVenueRequest retire;
  retire.set_name(venue.name());
  retire.set_request_id(RequestId());
  const absl::Status in_use = Ask<v1::Venue>("VenueService.RetireVenue", retire, Staff(May(2, 9))).status();
  EXPECT_EQ(ReasonOf(in_use), "VENUE_IN_USE");
  retire.set_request_id(RequestId());
  EXPECT_EQ(Must<v1::Venue>("VenueService.RetireVenue", retire, Staff(May(21, 9))).state(),
            v1::VENUE_STATE_RETIRED);
  EXPECT_EQ(ReasonOf(Schedule(NewDraft(venue, NewLecturer(), 20, May(25, 10))).status()), "VENUE_RETIRED");
  v1::CreateVenueRequest create;
  create.set_request_id(RequestId());
  *create.mutable_venue() = venue;
  EXPECT_TRUE(Ask<v1::Venue>("VenueService.CreateVenue", create, Staff(May(21, 9))).ok());
  create.set_request_id(RequestId());
  EXPECT_EQ(ReasonOf(Ask<v1::Venue>("VenueService.CreateVenue", create, Staff(May(21, 9))).status()),
            "VENUE_EXISTS");
}

TEST_F(OutreachService, ASeriesNameIsTakenInItsWholeCommunity) {
  v1::CreateSeriesRequest request;
  request.set_request_id(RequestId());
  request.mutable_series()->set_display_name("初心课堂");
  request.mutable_series()->set_area("340111400001-CJ");
  EXPECT_TRUE(Ask<v1::Series>("SeriesService.CreateSeries", request, Staff(May(1, 9))).ok());
  request.set_request_id(RequestId());
  request.mutable_series()->set_area("340111400001-CJ2");
  EXPECT_EQ(ReasonOf(Ask<v1::Series>("SeriesService.CreateSeries", request, Staff(May(1, 9))).status()),
            "SERIES_EXISTS");
}

TEST_F(OutreachService, ALecturersContactIsMaskedButForWhomItConcerns) {
  v1::CreateLecturerRequest request;
  request.set_request_id(RequestId());
  request.mutable_lecturer()->set_display_name("Wang");
  request.mutable_lecturer()->set_area(kCommunity);
  request.mutable_lecturer()->set_kind(v1::LECTURER_KIND_EXPERT);
  request.mutable_lecturer()->mutable_contact()->set_subject("wang");
  request.mutable_lecturer()->mutable_contact()->set_phone("+8613812345678");
  v1::GetLecturerRequest get;
  get.set_name(Must<v1::Lecturer>("LecturerService.CreateLecturer", request, Staff(May(1, 9))).name());
  const auto phone = [&](const As& as) {
    return Must<v1::Lecturer>("LecturerService.GetLecturer", get, as).contact().phone();
  };
  EXPECT_EQ(phone(Staff(May(1, 9))), "+86138******78");
  get.set_unmask(true);
  EXPECT_EQ(phone(Staff(May(1, 9))), "+8613812345678");
  EXPECT_EQ(phone(Resident("somebody", May(1, 9))), "+86138******78");
  EXPECT_EQ(phone({.role = api::v1::ROLE_LECTURER, .area = "340104", .subject = "wang"}), "+8613812345678");
}

TEST_F(OutreachService, SeveralLecturersAreReadAtOnceAndMasked) {
  v1::BatchGetLecturersRequest batch;
  for (const char* subject : {"first", "second"}) {
    v1::CreateLecturerRequest request;
    request.set_request_id(RequestId());
    request.mutable_lecturer()->set_display_name(subject);
    request.mutable_lecturer()->set_area(kCommunity);
    request.mutable_lecturer()->set_kind(v1::LECTURER_KIND_CADRE);
    request.mutable_lecturer()->mutable_contact()->set_phone("+8613812345678");
    batch.add_names(Must<v1::Lecturer>("LecturerService.CreateLecturer", request, Staff(May(1, 9))).name());
  }
  std::swap(*batch.mutable_names(0), *batch.mutable_names(1));
  const auto found = Must<v1::BatchGetLecturersResponse>("LecturerService.BatchGetLecturers", batch,
                                                         Resident("somebody", absl::InfinitePast()));
  ASSERT_EQ(found.lecturers_size(), 2);
  EXPECT_EQ(found.lecturers(0).display_name(), "second");
  EXPECT_EQ(found.lecturers(0).contact().phone(), "+86138******78");
  batch.add_names("lecturers/00000000-0000-7000-8000-000000000000");
  EXPECT_EQ(Ask<v1::BatchGetLecturersResponse>("LecturerService.BatchGetLecturers", batch,
                                               Resident("somebody", absl::InfinitePast()))
                .status()
                .code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(OutreachService, AVenueIsInOnePlaceAtATimeToTheMinute) {
  const v1::Venue venue = NewVenue(30);
  const v1::Session first = NewDraft(venue, NewLecturer(), 20, May(10, 10));
  ASSERT_TRUE(Schedule(first).ok());
  const absl::Status taken =
      Schedule(NewDraft(venue, NewLecturer(), 20, May(10, 11, 14)), "because").status();
  EXPECT_EQ(ReasonOf(taken), "SLOT_TAKEN");
  google::rpc::ErrorInfo info;
  const google::rpc::Status sent = error::ToProto(taken);
  for (const auto& detail : sent.details()) {
    if (detail.Is<google::rpc::ErrorInfo>()) detail.UnpackTo(&info);
  }
  EXPECT_EQ(info.metadata().at("sessions"), first.name());
  EXPECT_TRUE(Schedule(NewDraft(venue, NewLecturer(), 20, May(10, 11, 15)), "because").ok());
  EXPECT_EQ(ReasonOf(Schedule(NewDraft(venue, NewLecturer(), 20, May(10, 8, 46))).status()), "SLOT_TAKEN");
  EXPECT_TRUE(Schedule(NewDraft(venue, NewLecturer(), 20, May(10, 8, 45))).ok());
}

TEST_F(OutreachService, ALecturerIsInOnePlaceAtATimeAndFreeAfterACancellation) {
  const std::string lecturer = NewLecturer();
  const v1::Session first = NewDraft(NewVenue(30), lecturer, 20, May(10, 10));
  ASSERT_TRUE(Schedule(first).ok());
  const v1::Session second = NewDraft(NewVenue(30), lecturer, 20, May(10, 10, 30));
  EXPECT_EQ(ReasonOf(Schedule(second).status()), "SLOT_TAKEN");
  v1::CancelSessionRequest cancel;
  cancel.set_name(first.name());
  cancel.set_request_id(RequestId());
  cancel.set_reason(v1::CANCEL_REASON_WEATHER);
  EXPECT_TRUE(Ask<v1::Session>("SessionService.CancelSession", cancel, Staff(May(2, 9))).ok());
  EXPECT_TRUE(Schedule(second).ok());
}

TEST_F(OutreachService, AScheduledSessionMovesOnlyToAFreeSlot) {
  const v1::Venue venue = NewVenue(30);
  ASSERT_TRUE(Schedule(NewDraft(venue, NewLecturer(), 20, May(10, 10))).ok());
  const v1::Session second = NewDraft(venue, NewLecturer(), 20, May(11, 10));
  ASSERT_TRUE(Schedule(second).ok());
  v1::UpdateSessionRequest move;
  move.set_name(second.name());
  move.set_request_id(RequestId());
  move.mutable_update_mask()->add_paths("window");
  *move.mutable_window()->mutable_start_time() = ToProto(May(10, 10, 30));
  *move.mutable_window()->mutable_end_time() = ToProto(May(10, 11, 30));
  EXPECT_EQ(ReasonOf(Ask<v1::Session>("SessionService.UpdateSession", move, Staff(May(2, 9))).status()),
            "SLOT_TAKEN");
  // The slot it had is its own still; an hour later in it is free.
  *move.mutable_window()->mutable_start_time() = ToProto(May(11, 10, 30));
  *move.mutable_window()->mutable_end_time() = ToProto(May(11, 11, 30));
  EXPECT_TRUE(Ask<v1::Session>("SessionService.UpdateSession", move, Staff(May(2, 9))).ok());
  EXPECT_EQ(ReasonOf(Schedule(NewDraft(venue, NewLecturer(), 20, May(11, 9, 16))).status()), "SLOT_TAKEN");
  EXPECT_TRUE(Schedule(NewDraft(venue, NewLecturer(), 20, May(11, 9, 15))).ok());
}

TEST_F(OutreachService, AMissingReportIsFlaggedAfterTwoDays) {
  const v1::Session missing = NewScheduled(10, May(13, 10));
  const v1::Session reported = NewScheduled(10, May(13, 10));
  for (const v1::Session& session : {missing, reported}) ASSERT_TRUE(Start(session.name(), May(13, 10)).ok());
  ASSERT_TRUE(Complete(reported.name(), 0, false, May(13, 11)).ok());
  v1::AdvanceTimersRequest advance;
  advance.set_area(kCommunity);
  *advance.mutable_as_of_time() = ToProto(May(15, 10, 59));
  Must<v1::AdvanceTimersResponse>("OperationsService.AdvanceTimers", advance, Staff(absl::InfinitePast()));
  EXPECT_FALSE(Current(missing.name()).report_overdue());
  *advance.mutable_as_of_time() = ToProto(May(15, 11));
  EXPECT_GE(
      Must<v1::AdvanceTimersResponse>("OperationsService.AdvanceTimers", advance, Staff(absl::InfinitePast()))
          .fired(),
      1);
  EXPECT_TRUE(Current(missing.name()).report_overdue());
  EXPECT_FALSE(Current(reported.name()).report_overdue());
  EXPECT_TRUE(Complete(missing.name(), 0, false, May(16, 9)).ok());
}

TEST_F(OutreachService, OthersAreToldNothingAndMayDoNothing) {
  const v1::Session session = NewScheduled(10, May(12, 10));
  v1::GetSessionRequest get;
  get.set_name(session.name());
  const As elsewhere = {.role = api::v1::ROLE_RESIDENT, .area = "340104400001", .subject = "far"};
  const absl::Status there = Ask<v1::Session>("SessionService.GetSession", get, elsewhere).status();
  get.set_name("sessions/01900000-0000-7000-8000-000000000009");
  const absl::Status not_there = Ask<v1::Session>("SessionService.GetSession", get, elsewhere).status();
  EXPECT_EQ(there.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(there, not_there);
  v1::StartSessionRequest start;
  start.set_request_id(RequestId());
  start.set_name(session.name());
  EXPECT_EQ(
      Ask<v1::Session>("SessionService.StartSession", start, Resident("a", May(12, 10))).status().code(),
      absl::StatusCode::kPermissionDenied);
}

TEST_F(OutreachService, AStaleEtagIsRefused) {
  const v1::Session session = NewScheduled(10, May(12, 10));
  v1::CancelSessionRequest cancel;
  cancel.set_name(session.name());
  cancel.set_request_id(RequestId());
  cancel.set_reason(v1::CANCEL_REASON_OTHER);
  cancel.set_etag("1");
  EXPECT_EQ(ReasonOf(Ask<v1::Session>("SessionService.CancelSession", cancel, Staff(May(2, 9))).status()),
            "ETAG_MISMATCH");
  cancel.set_etag(session.etag());
  EXPECT_TRUE(Ask<v1::Session>("SessionService.CancelSession", cancel, Staff(May(2, 9))).ok());
}

TEST_F(OutreachService, AWatchTellsWhatHappensAndGoesOnWhereItStopped) {
  const v1::Session session = NewScheduled(10, May(12, 10));
  v1::WatchSessionsRequest watch;
  watch.set_area(kBuilding);
  v1::WatchSessionsResponse message;
  std::vector<std::string> seen;
  std::thread enrols;
  const absl::Status status = client().Watch(
      "firstfloor.outreach.v1.SessionService.WatchSessions", watch, message,
      [&] {
        watch.set_cursor(message.cursor());
        if (message.name().empty() && !enrols.joinable()) {
          enrols = std::thread([&] { EXPECT_TRUE(Enrol(session.name(), "watched", 1, May(2, 9)).ok()); });
        }
        // The draft and its announcement may be told too, if the log had not ordered them yet.
        if (message.name() == session.name()) seen.push_back(message.what());
        return seen.empty() || seen.back() != "EnrolmentChanged";
      },
      Options(Resident("watcher", absl::InfinitePast())));
  ASSERT_TRUE(enrols.joinable());
  enrols.join();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_FALSE(seen.empty());

  ASSERT_TRUE(Start(session.name(), May(12, 10)).ok());
  seen.clear();
  const absl::Status resumed = client().Watch(
      "firstfloor.outreach.v1.SessionService.WatchSessions", watch, message,
      [&] {
        if (message.name() == session.name()) seen.push_back(message.what());
        return seen.empty();
      },
      Options(Resident("watcher", absl::InfinitePast())));
  EXPECT_TRUE(resumed.ok()) << resumed;
  EXPECT_EQ(seen, std::vector<std::string>{"SessionMoved"});
  EXPECT_EQ(message.state(), v1::SESSION_STATE_IN_PROGRESS);
}

}  // namespace
}  // namespace firstfloor::outreach
