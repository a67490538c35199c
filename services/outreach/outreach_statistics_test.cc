// Figures that the log adds up to, against the rows themselves.
#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/area/registry.h"
#include "common/calendar/timestamp.h"
#include "firstfloor/outreach/v1/check_in_service.pb.h"
#include "firstfloor/outreach/v1/series_service.pb.h"
#include "firstfloor/outreach/v1/statistics_service.pb.h"
#include "services/outreach/outreach_fixture.h"

namespace firstfloor::outreach {
namespace {

using calendar::ToProto;
using testing::As;
using testing::RequestId;

class OutreachStatistics : public OutreachTest {
 protected:
  // Figures by "key" or "key|dimension=value".
  static std::map<std::string, int64_t> Statistics(v1::OutreachDimension group_by, const std::string& start,
                                                   const std::string& end,
                                                   const std::string& area = kCommunity) {
    v1::GetOutreachStatisticsRequest request;
    request.set_area(area);
    request.set_start_day(start);
    request.set_end_day(end);
    request.set_group_by(group_by);
    As as = Staff(absl::InfinitePast());
    as.strong = true;
    const auto response =
        Must<v1::GetOutreachStatisticsResponse>("StatisticsService.GetOutreachStatistics", request, as);
    std::map<std::string, int64_t> figures;
    for (const type::v1::Figure& figure : response.figures()) {
      std::string key = figure.key();
      for (const auto& [dimension, value] : figure.dimensions()) {
        absl::StrAppend(&key, "|", dimension, "=", value);
      }
      figures[key] = figure.value();
    }
    return figures;
  }

  static const area::Registry& Areas() { return *suite().house("outreach").environment().areas; }

  // A class for `area`, or for `audience` in it.
  static void HoldClass(const std::string& area, const std::string& audience, absl::Time start) {
    v1::CreateSessionRequest create;
    create.set_request_id(RequestId());
    *create.mutable_session() = NewDraft(NewVenue(40), NewLecturer(), 40, start);
    create.mutable_session()->set_area(area);
    if (!audience.empty()) create.mutable_session()->add_audience_areas(audience);
    const auto session = Must<v1::Session>("SessionService.CreateSession", create, Staff(May(1, 10)));
    ASSERT_TRUE(Schedule(session).ok());
    ASSERT_TRUE(Start(session.name(), start).ok());
    ASSERT_TRUE(Complete(session.name(), 5, true, start + absl::Hours(1)).ok());
  }
};

TEST_F(OutreachStatistics, StatisticsAreWhatARecountOfTheRowsGives) {
  // Three rounds, of which two are taught, in June: no other test has completed anything there.
  const auto june = [](int day, int hour) { return May(31, hour) + absl::Hours(24) * day; };
  v1::CreateSeriesRequest series;
  series.set_request_id(RequestId());
  series.mutable_series()->set_display_name("红色微课堂");
  series.mutable_series()->set_area(kCommunity);
  const std::string brand = Must<v1::Series>("SeriesService.CreateSeries", series, Staff(May(1, 9))).name();
  std::vector<std::string> rounds;
  for (int i = 0; i < 3; ++i) {
    v1::CreateRoundRequest round;
    round.set_request_id(RequestId());
    round.mutable_round()->set_topic(absl::StrCat("round ", i));
    round.mutable_round()->set_area(kCommunity);
    if (i > 0) round.mutable_round()->set_series(brand);
    rounds.push_back(Must<v1::Round>("SeriesService.CreateRound", round, Staff(May(1, 9))).name());
  }
  const v1::Venue venue = NewVenue(40);
  const std::string lecturer = NewLecturer();
  for (int i = 0; i < 6; ++i) {
    v1::CreateSessionRequest create;
    create.set_request_id(RequestId());
    *create.mutable_session() = NewDraft(venue, lecturer, 40, june(i + 1, 10));
    create.mutable_session()->set_round(rounds[static_cast<size_t>(i % 2)]);
    create.mutable_session()->set_form(i < 4 ? v1::SESSION_FORM_TALK : v1::SESSION_FORM_SONG);
    const auto session = Must<v1::Session>("SessionService.CreateSession", create, Staff(May(1, 10)));
    ASSERT_TRUE(Schedule(session).ok());
    ASSERT_TRUE(Start(session.name(), june(i + 1, 10)).ok());
    ASSERT_TRUE(WalkIn(session.name(), 10 + i, june(i + 1, 10)).ok());
    if (i < 5) {
      ASSERT_TRUE(Complete(session.name(), 10 + i, false, june(i + 1, 11)).ok());
    }
  }

  v1::ListSessionsRequest list;
  list.set_area(kCommunity);
  list.add_states(v1::SESSION_STATE_COMPLETED);
  *list.mutable_window()->mutable_start_time() = ToProto(june(1, 0));
  list.set_page_size(2);
  std::set<std::string> taught;
  int64_t sessions = 0;
  int64_t attendances = 0;
  do {
    const auto page =
        Must<v1::ListSessionsResponse>("SessionService.ListSessions", list, Staff(absl::InfinitePast()));
    for (const v1::Session& session : page.sessions()) {
      ++sessions;
      attendances += session.participants();
      taught.insert(session.round());
    }
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  ASSERT_EQ(sessions, 5);
  ASSERT_EQ(attendances, 10 + 11 + 12 + 13 + 14);

  auto figures = Statistics(v1::OUTREACH_DIMENSION_FORM, "2023-06-01", "2023-07-01");
  EXPECT_EQ(figures["outreach.sessions"], sessions);
  EXPECT_EQ(figures["outreach.attendances"], attendances);
  EXPECT_EQ(figures["outreach.rounds"], static_cast<int64_t>(taught.size()));
  EXPECT_EQ(figures["outreach.venues_used"], 1);
  EXPECT_EQ(figures["outreach.venues"], figures["outreach.venues_used"] + figures["outreach.venues_unused"]);
  EXPECT_EQ(figures["outreach.sessions|form=TALK"], 4);
  EXPECT_EQ(figures["outreach.attendances|form=SONG"], 14);

  figures = Statistics(v1::OUTREACH_DIMENSION_SERIES, "2023-06-01", "2023-07-01");
  EXPECT_EQ(figures[absl::StrCat("outreach.sessions|series=", brand)], 2);
  EXPECT_EQ(figures["outreach.sessions|series="], 3);
  figures = Statistics(v1::OUTREACH_DIMENSION_AREA, "2023-06-01", "2023-07-01");
  EXPECT_EQ(figures["outreach.attendances|area=340111400001-CJ"], attendances);
  figures = Statistics(v1::OUTREACH_DIMENSION_MONTH, "2023-06-01", "2023-07-01");
  EXPECT_EQ(figures["outreach.sessions|month=2023-06"], sessions);
  figures = Statistics(v1::OUTREACH_DIMENSION_IDENTITY, "2023-06-01", "2023-07-01");
  EXPECT_EQ(figures["outreach.attendances|identity=MASSES"], attendances);

  const std::string day_figure = absl::StrCat("outreach.days_since_last|venue=", venue.name());
  const std::string unused = NewVenue(40).name();
  figures = Statistics(v1::OUTREACH_DIMENSION_VENUE, "2023-06-01", "2023-07-01");
  EXPECT_EQ(figures[absl::StrCat("outreach.sessions|venue=", venue.name())], sessions);
  EXPECT_EQ(figures[day_figure], 25);  // the last one was completed on the 5th
  EXPECT_EQ(figures[absl::StrCat("outreach.sessions|venue=", unused)], 0);
  EXPECT_EQ(figures.count(absl::StrCat("outreach.days_since_last|venue=", unused)), 0u);
  // Up to the third day there are three, the last of them on that day.
  figures = Statistics(v1::OUTREACH_DIMENSION_VENUE, "2023-06-01", "2023-06-04");
  EXPECT_EQ(figures[absl::StrCat("outreach.sessions|venue=", venue.name())], 3);
  EXPECT_EQ(figures[day_figure], 0);
}

TEST_F(OutreachStatistics, WhoWasUploadedLateCountsOnTheDayOfTheClass) {
  const auto july = [](int day, int hour) { return May(31, hour) + absl::Hours(24) * (30 + day); };
  const auto attendances = [&](v1::OutreachDimension group_by, int day) {
    return Statistics(group_by, absl::StrCat("2023-07-0", day), absl::StrCat("2023-07-0", day + 1));
  };
  const std::string session = NewScheduled(10, july(3, 10)).name();
  const absl::StatusOr<v1::Enrolment> enrolment = Enrol(session, "in-the-cellar", 2, May(2, 9));
  ASSERT_TRUE(enrolment.ok()) << enrolment.status();
  ASSERT_TRUE(Start(session, july(3, 10)).ok());
  ASSERT_TRUE(WalkIn(session, 4, july(3, 10)).ok());
  ASSERT_TRUE(Complete(session, 4, false, july(3, 11)).ok());
  EXPECT_EQ(attendances(v1::OUTREACH_DIMENSION_UNSPECIFIED, 3)["outreach.attendances"], 4);

  v1::UploadCheckInsRequest upload;
  upload.set_session(session);
  v1::OfflineCheckIn* party = upload.add_check_ins();
  party->set_nonce(RequestId());
  *party->mutable_device_time() = ToProto(july(3, 10));
  party->set_enrolment(enrolment->name());
  v1::OfflineCheckIn* cadres = upload.add_check_ins();
  *cadres = *party;
  cadres->set_nonce(RequestId());
  cadres->clear_enrolment();
  cadres->set_identity(v1::IDENTITY_CADRE);
  cadres->set_heads(3);
  for (int time = 0; time < 2; ++time) {  // the second time it is known
    upload.set_request_id(RequestId());
    Must<v1::UploadCheckInsResponse>("CheckInService.UploadCheckIns", upload, Staff(july(5, 9)));
  }
  EXPECT_EQ(Current(session).participants(), 9);
  auto figures = attendances(v1::OUTREACH_DIMENSION_IDENTITY, 3);
  EXPECT_EQ(figures["outreach.attendances"], 9);
  EXPECT_EQ(figures["outreach.sessions"], 1);
  EXPECT_EQ(figures["outreach.attendances|identity=MASSES"], 4);
  EXPECT_EQ(figures["outreach.attendances|identity=CADRE"], 3);
  EXPECT_EQ(figures["outreach.attendances|identity="], 2);
  EXPECT_EQ(attendances(v1::OUTREACH_DIMENSION_FORM, 3)["outreach.attendances|form=TALK"], 9);
  EXPECT_EQ(attendances(v1::OUTREACH_DIMENSION_UNSPECIFIED, 5)["outreach.attendances"], 0);
}

TEST_F(OutreachStatistics, AVenueIsUsedWhereItIsWhoeverWasTaughtThere) {
  // In October: two venues of building 7; in one of them a class for the whole compound.
  const auto october = [](int day, int hour) { return May(31, hour) + absl::Hours(24) * (122 + day); };
  const auto in_building = [&](const std::string& end) {
    return Statistics(v1::OUTREACH_DIMENSION_UNSPECIFIED, "2023-10-01", end, kBuilding);
  };
  const auto before = in_building("2023-11-01");
  const v1::Venue used = NewVenue(40);
  NewVenue(40);
  v1::CreateSessionRequest create;
  create.set_request_id(RequestId());
  *create.mutable_session() = NewDraft(used, NewLecturer(), 40, october(3, 10));
  create.mutable_session()->set_area("340111400001-CJ");
  const auto session = Must<v1::Session>("SessionService.CreateSession", create, Staff(May(1, 10)));
  ASSERT_TRUE(Schedule(session).ok());
  ASSERT_TRUE(Start(session.name(), october(3, 10)).ok());
  ASSERT_TRUE(Complete(session.name(), 5, true, october(3, 11)).ok());
  auto after = in_building("2023-11-01");
  EXPECT_EQ(after["outreach.venues"], before.at("outreach.venues") + 2);
  EXPECT_EQ(after["outreach.venues_used"], before.at("outreach.venues_used") + 1);
  EXPECT_EQ(after["outreach.venues_unused"], before.at("outreach.venues_unused") + 1);
  EXPECT_EQ(after["outreach.sessions"], before.at("outreach.sessions"));

  // Given up on the 20th, it is neither used nor unused on the last day.
  v1::RetireVenueRequest retire;
  retire.set_request_id(RequestId());
  retire.set_name(used.name());
  Must<v1::Venue>("VenueService.RetireVenue", retire, Staff(october(20, 9)));
  after = in_building("2023-11-01");
  EXPECT_EQ(after["outreach.venues_used"], before.at("outreach.venues_used"));
  EXPECT_EQ(after["outreach.venues_unused"], before.at("outreach.venues_unused") + 1);
  EXPECT_EQ(in_building("2023-10-20")["outreach.venues_used"], before.at("outreach.venues_used") + 1);
}

TEST_F(OutreachStatistics, BuildingsThatNoClassHasReachedAreNamed) {
  // In August; one class for a building, one for a compound, one planned elsewhere for a building.
  const auto august = [](int day) { return May(31, 10) + absl::Hours(24) * (61 + day); };
  struct Class {
    std::string area;
    std::string audience;
  };
  const std::vector<Class> classes = {{"340111400001-CJ-07", ""}, {"340111400001-CJ", "340111400001-CJ-03"}};
  const std::vector<area::Area> buildings = Areas().Below(kCommunity, area::Level::kBuilding);
  const auto building = [&](int number) { return absl::StrCat("340111400001-CJ-0", number); };
  auto figures = Statistics(v1::OUTREACH_DIMENSION_BUILDING, "2023-08-01", "2023-09-01");
  EXPECT_EQ(figures["outreach.buildings"], static_cast<int64_t>(buildings.size()));
  EXPECT_EQ(figures["outreach.buildings_unreached"], static_cast<int64_t>(buildings.size()));
  int day = 1;
  for (const Class& held : classes) HoldClass(held.area, held.audience, august(day++));

  std::set<std::string> expected;
  for (const area::Area& each : buildings) expected.insert(each.code);
  expected.erase(building(7));
  expected.erase(building(3));
  std::set<std::string> unreached;
  figures = Statistics(v1::OUTREACH_DIMENSION_BUILDING, "2023-08-01", "2023-09-01");
  for (const auto& [key, value] : figures) {
    absl::string_view code = key;
    if (absl::ConsumePrefix(&code, "outreach.buildings_unreached|building=")) unreached.emplace(code);
  }
  EXPECT_EQ(unreached, expected);
  EXPECT_EQ(figures["outreach.buildings_unreached"], static_cast<int64_t>(expected.size()));

  HoldClass("340111400001-CJ", "", august(day++));  // for the whole compound
  figures = Statistics(v1::OUTREACH_DIMENSION_BUILDING, "2023-08-01", "2023-09-01");
  for (const area::Area& each : Areas().Below("340111400001-CJ", area::Level::kBuilding)) {
    expected.erase(each.code);
  }
  EXPECT_EQ(figures["outreach.buildings_unreached"], static_cast<int64_t>(expected.size()));
}

}  // namespace
}  // namespace firstfloor::outreach
