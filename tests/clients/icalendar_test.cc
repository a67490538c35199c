// Sessions as a calendar application has them: over HTTP, read by libical.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libical/ical.h>

#include <map>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/calendar/timestamp.h"
#include "firstfloor/outreach/v1/series_service.pb.h"
#include "services/gateway/contract.h"
#include "services/gateway/gateway.h"
#include "services/gateway/server.h"
#include "services/gateway/testing/http_client.h"
#include "services/outreach/ical.h"
#include "services/outreach/outreach_fixture.h"

namespace firstfloor::outreach {
namespace {

using gateway::testing::Reply;
using gateway::testing::Request;
using testing::RequestId;

// What an application shows of an event.
struct Shown {
  std::string summary;
  std::string description;
  std::string location;
  std::string categories;
  absl::Time start;
  absl::Time end;
  absl::Time stamp;
  int sequence = 0;
  bool cancelled = false;
};

std::string TextOf(const char* text) { return text == nullptr ? "" : text; }

absl::Time TimeOf(const icaltimetype& time) {
  EXPECT_TRUE(icaltime_is_utc(time));
  return absl::FromTimeT(icaltime_as_timet(time));
}

absl::Time Seconds(const google::protobuf::Timestamp& time) { return absl::FromUnixSeconds(time.seconds()); }

// The events by UID. Fails the test if the library finds anything wrong.
std::map<std::string, Shown> Read(const std::string& text) {
  std::map<std::string, Shown> events;
  const std::unique_ptr<icalcomponent, void (*)(icalcomponent*)> calendar(
      icalparser_parse_string(text.c_str()), icalcomponent_free);
  EXPECT_NE(calendar, nullptr) << text;
  if (calendar == nullptr) return events;
  EXPECT_EQ(icalcomponent_isa(calendar.get()), ICAL_VCALENDAR_COMPONENT);
  EXPECT_EQ(icalcomponent_count_errors(calendar.get()), 0) << text;
  EXPECT_TRUE(icalrestriction_check(calendar.get()));
  for (icalcomponent* event = icalcomponent_get_first_component(calendar.get(), ICAL_VEVENT_COMPONENT);
       event != nullptr; event = icalcomponent_get_next_component(calendar.get(), ICAL_VEVENT_COMPONENT)) {
    Shown& shown = events[TextOf(icalcomponent_get_uid(event))];
    shown.summary = TextOf(icalcomponent_get_summary(event));
    shown.description = TextOf(icalcomponent_get_description(event));
    shown.location = TextOf(icalcomponent_get_location(event));
    icalproperty* categories = icalcomponent_get_first_property(event, ICAL_CATEGORIES_PROPERTY);
    shown.categories = categories == nullptr ? "" : TextOf(icalproperty_get_categories(categories));
    shown.start = TimeOf(icalcomponent_get_dtstart(event));
    shown.end = TimeOf(icalcomponent_get_dtend(event));
    shown.stamp = TimeOf(icalcomponent_get_dtstamp(event));
    shown.sequence = icalcomponent_get_sequence(event);
    shown.cancelled = icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED;
  }
  return events;
}

std::string UidOf(const v1::Session& session) {
  return absl::StrCat(absl::StripPrefix(session.name(), "sessions/"), "@firstfloor");
}

void ExpectFolded(const std::string& text) {
  for (const absl::string_view line : absl::StrSplit(text, "\r\n")) {
    EXPECT_LE(line.size(), 75u) << line;
    EXPECT_FALSE(absl::StrContains(line, '\n')) << line;
  }
}

class CalendarOverHttp : public OutreachTest {
 protected:
  static void SetUpTestSuite() {
    OutreachTest::SetUpTestSuite();
    gateway::GatewayConfig config;
    config.peers["outreach"] = suite().SettingsFor("opinion").peers.at("outreach");
    auto gateway = gateway::Gateway::Create(config, gateway::ContractServices());
    ASSERT_TRUE(gateway.ok()) << gateway.status();
    gateway_ = gateway->release();
    gateway::ServerConfig server_config;
    server_config.address = "127.0.0.1:0";
    auto server = gateway::Server::Start(server_config, *gateway_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = server->release();
  }
  static void TearDownTestSuite() {
    delete server_;
    delete gateway_;
    OutreachTest::TearDownTestSuite();
  }

  using Headers = std::map<std::string, std::string>;

  static Headers Bearer(const std::string& area) {
    const std::string token =
        suite().Token({.role = api::v1::ROLE_RESIDENT, .area = area, .subject = "subscriber"});
    return {{"Authorization", "Bearer " + token}};
  }
  // A day of May.
  static std::string Target(const std::string& place, int day) {
    const auto utc = [](absl::Time time) {
      return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
    };
    return absl::StrCat("/v1/calendars/", place, "/sessions.ics?window.startTime=", utc(May(day, 0)),
                        "&window.endTime=", utc(May(day + 1, 0)));
  }
  static Reply Get(const std::string& target, const Headers& more = {}, const std::string& method = "GET") {
    Headers headers = Bearer(kCommunity);
    headers.insert(more.begin(), more.end());
    return Request(server_->port(), method, target, headers);
  }

  static v1::Session NewSession(int day, const std::string& topic, const std::string& audience,
                                const std::string& series = "") {
    v1::CreateSessionRequest request;
    request.set_request_id(RequestId());
    *request.mutable_session() = NewDraft(NewVenue(30), NewLecturer(), 30, May(day, 10));
    request.mutable_session()->set_form(v1::SESSION_FORM_RECITATION);
    request.mutable_session()->set_topic(topic);
    request.mutable_session()->set_audience(audience);
    request.mutable_session()->set_series(series);
    const auto draft = Must<v1::Session>("SessionService.CreateSession", request, Staff(May(1, 10)));
    const absl::StatusOr<v1::Session> session = Schedule(draft);
    EXPECT_TRUE(session.ok()) << session.status();
    return session.ok() ? *session : draft;
  }
  static std::string VenueOf(const v1::Session& session) {
    v1::GetVenueRequest request;
    request.set_name(session.venue());
    return Must<v1::Venue>("VenueService.GetVenue", request, Staff(absl::InfinitePast())).display_name();
  }
  static v1::Session Cancel(const v1::Session& session) {
    v1::CancelSessionRequest request;
    request.set_request_id(RequestId());
    request.set_name(session.name());
    request.set_reason(v1::CANCEL_REASON_WEATHER);
    return Must<v1::Session>("SessionService.CancelSession", request, Staff(May(2, 9)));
  }

  static gateway::Gateway* gateway_;
  static gateway::Server* server_;
};

gateway::Gateway* CalendarOverHttp::gateway_ = nullptr;
gateway::Server* CalendarOverHttp::server_ = nullptr;

TEST_F(CalendarOverHttp, AnApplicationReadsWhatTheSessionsSay) {
  std::string long_topic;
  for (int i = 0; i < 40; ++i) absl::StrAppend(&long_topic, "防火;", i % 10, ",");
  const std::vector<v1::Session> sessions = {
      NewSession(20, "用电安全, 第一讲; \"接地线\" \\ 入门: 问答", "老人,孩子;谁都行"),
      NewSession(20, long_topic, std::string(200, 'a')), NewSession(20, "plain", "")};
  NewDraft(NewVenue(30), NewLecturer(), 30, May(20, 10));  // not announced

  const Reply reply = Get(Target(absl::StrCat("areas/", kBuilding), 20));
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.headers.at("content-type"), "text/calendar; charset=utf-8");
  ExpectFolded(reply.body);
  const std::map<std::string, Shown> events = Read(reply.body);
  EXPECT_EQ(events.size(), sessions.size());
  for (const v1::Session& session : sessions) {
    ASSERT_EQ(events.count(UidOf(session)), 1u) << session.topic();
    const Shown& shown = events.at(UidOf(session));
    EXPECT_EQ(shown.summary, session.topic());
    EXPECT_EQ(shown.description, session.audience());
    EXPECT_EQ(shown.location, VenueOf(session));
    EXPECT_EQ(shown.categories, "RECITATION");
    EXPECT_EQ(shown.start, Seconds(session.window().start_time()));
    EXPECT_EQ(shown.end, Seconds(session.window().end_time()));
    EXPECT_EQ(shown.stamp, Seconds(session.update_time()));
    EXPECT_FALSE(shown.cancelled);
  }
}

TEST_F(CalendarOverHttp, WhatIsCalledOffStaysUnderItsUid) {
  const v1::Session session = NewSession(21, "fire safety", "");
  const std::string target = Target(absl::StrCat("areas/", kCommunity), 21);
  const Shown before = Read(Get(target).body).at(UidOf(session));
  EXPECT_FALSE(before.cancelled);
  Cancel(session);
  const std::map<std::string, Shown> events = Read(Get(target).body);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events.at(UidOf(session)).cancelled);
  EXPECT_GT(events.at(UidOf(session)).sequence, before.sequence);
}

TEST_F(CalendarOverHttp, ASubscriberIsToldWhetherAnythingChanged) {
  const v1::Session session = NewSession(22, "fire safety", "");
  const std::string target = Target(absl::StrCat("areas/", kCommunity), 22);
  const Reply first = Get(target);
  const std::string etag = first.headers.at("etag");
  EXPECT_EQ(Get(target).headers.at("etag"), etag);
  const Reply head = Get(target, {}, "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("etag"), etag);
  EXPECT_EQ(head.headers.at("content-length"), absl::StrCat(first.body.size()));
  EXPECT_EQ(head.body, "");
  const Reply same = Get(target, {{"If-None-Match", etag}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  Cancel(session);
  const Reply changed = Get(target, {{"If-None-Match", etag}});
  EXPECT_EQ(changed.status, 200);
  EXPECT_NE(changed.headers.at("etag"), etag);
}

TEST_F(CalendarOverHttp, ASeriesHasItsOwn) {
  v1::CreateSeriesRequest create;
  create.set_request_id(RequestId());
  create.mutable_series()->set_display_name("初心课堂");
  create.mutable_series()->set_area(kCommunity);
  const auto series = Must<v1::Series>("SeriesService.CreateSeries", create, Staff(May(1, 9)));
  const v1::Session session = NewSession(23, "one", "", series.name());
  NewSession(23, "another", "");
  const Reply reply = Get(Target(series.name(), 23));
  ASSERT_EQ(reply.status, 200) << reply.body;
  const std::map<std::string, Shown> events = Read(reply.body);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events.begin()->first, UidOf(session));
}

TEST_F(CalendarOverHttp, NobodyReadsItWithoutATokenOfThePlace) {
  const std::string target = Target(absl::StrCat("areas/", kBuilding), 24);
  const Reply nobody = Request(server_->port(), "GET", target);
  EXPECT_EQ(nobody.status, 401);
  EXPECT_EQ(nobody.headers.at("content-type"), "application/json");
  EXPECT_EQ(Request(server_->port(), "GET", target, Bearer("340111400001-CJ-08")).status, 403);
  EXPECT_EQ(Get("/v1/calendars/areas/nowhere/sessions.ics").status, 403);
}

// Topics have one line by the contract; the text is sound whatever they hold.
TEST(CalendarText, AnyTextIsReadAsItWasWritten) {
  const std::string texts[] = {"two\nlines",
                               "\\n is no line",
                               ";,\\;,\\",
                               "two  spaces",
                               "END:VEVENT\nBEGIN:VEVENT\nUID:other",
                               "课\n\n堂",
                               std::string(300, ','),
                               "tab\tand \"quotes\": ^n"};
  for (const std::string& text : texts) {
    ical::Entry entry;
    entry.session.set_name("sessions/1");
    entry.session.set_topic(text);
    entry.session.set_audience(text);
    entry.session.set_form(v1::SESSION_FORM_SONG);
    *entry.session.mutable_window()->mutable_start_time() = calendar::ToProto(May(1, 9));
    *entry.session.mutable_window()->mutable_end_time() = calendar::ToProto(May(1, 10));
    entry.venue = text;
    const std::string written = ical::Render(text, {entry});
    ExpectFolded(written);
    const std::map<std::string, Shown> events = Read(written);
    ASSERT_EQ(events.size(), 1u) << written;
    const Shown& shown = events.at("1@firstfloor");
    EXPECT_EQ(shown.summary, text);
    EXPECT_EQ(shown.description, text);
    EXPECT_EQ(shown.location, text);
  }
}

}  // namespace
}  // namespace firstfloor::outreach
