#include "services/outreach/ical.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/calendar/timestamp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace firstfloor::outreach::ical {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kStart = absl::FromCivil(absl::CivilSecond(2023, 5, 12, 2, 0, 0), absl::UTCTimeZone());

Entry Class(const std::string& topic) {
  Entry entry;
  v1::Session& session = entry.session;
  session.set_name("sessions/00000000-0000-7000-8000-000000000001");
  session.set_etag("3");
  session.set_topic(topic);
  session.set_form(v1::SESSION_FORM_SONG);
  session.set_state(v1::SESSION_STATE_SCHEDULED);
  *session.mutable_window()->mutable_start_time() = calendar::ToProto(kStart);
  *session.mutable_window()->mutable_end_time() = calendar::ToProto(kStart + absl::Hours(1));
  *session.mutable_update_time() = calendar::ToProto(kStart - absl::Hours(48));
  entry.venue = "一号楼大厅";
  return entry;
}

std::string Unfolded(const std::string& text) { return absl::StrReplaceAll(text, {{"\r\n ", ""}}); }

TEST(ICal, AClassIsAnEvent) {
  EXPECT_EQ(Render("翠景", {Class("fire safety")}),
            "BEGIN:VCALENDAR\r\n"
            "VERSION:2.0\r\n"
            "PRODID:-//FirstFloor//outreach//ZH\r\n"
            "CALSCALE:GREGORIAN\r\n"
            "X-WR-CALNAME:翠景\r\n"
            "BEGIN:VEVENT\r\n"
            "UID:00000000-0000-7000-8000-000000000001@firstfloor\r\n"
            "DTSTAMP:20230510T020000Z\r\n"
            "LAST-MODIFIED:20230510T020000Z\r\n"
            "SEQUENCE:2\r\n"
            "DTSTART:20230512T020000Z\r\n"
            "DTEND:20230512T030000Z\r\n"
            "STATUS:CONFIRMED\r\n"
            "SUMMARY:fire safety\r\n"
            "LOCATION:一号楼大厅\r\n"
            "CATEGORIES:SONG\r\n"
            "END:VEVENT\r\n"
            "END:VCALENDAR\r\n");
}

TEST(ICal, AClassThatIsCalledOffStaysWithItsUid) {
  Entry entry = Class("fire safety");
  entry.session.set_state(v1::SESSION_STATE_CANCELLED);
  entry.session.set_etag("4");
  const std::string text = Render("c", {entry});
  EXPECT_THAT(text, HasSubstr("UID:00000000-0000-7000-8000-000000000001@firstfloor\r\n"));
  EXPECT_THAT(text, HasSubstr("STATUS:CANCELLED\r\n"));
  EXPECT_THAT(text, HasSubstr("SEQUENCE:3\r\n"));
}

TEST(ICal, TextIsEscaped) {
  const std::string text = Render("a;b", {Class("one, two; three\\four\nfive\r\a")});
  EXPECT_THAT(text, HasSubstr("SUMMARY:one\\, two\\; three\\\\four\\nfive\r\n"));
  EXPECT_THAT(text, HasSubstr("X-WR-CALNAME:a\\;b\r\n"));
}

TEST(ICal, NobodyPutsAnEventOfTheirOwnIntoATopic) {
  const std::string text = Render("c", {Class("x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:other")});
  EXPECT_THAT(text, Not(HasSubstr("\r\nUID:other")));
}

TEST(ICal, LongLinesAreFoldedBetweenCharacters) {
  for (int length = 1; length < 200; ++length) {
    std::string topic;
    for (int i = 0; i < length; ++i) absl::StrAppend(&topic, i % 3 == 0 ? "a" : (i % 3 == 1 ? "课" : "é"));
    const std::string text = Render("c", {Class(topic)});
    for (absl::string_view line : absl::StrSplit(text, "\r\n")) {
      EXPECT_LE(line.size(), 75u);
      if (absl::StartsWith(line, " ")) line.remove_prefix(1);
      // No line begins in the middle of a character.
      if (!line.empty()) {
        EXPECT_NE(static_cast<unsigned char>(line.front()) & 0xC0, 0x80);
      }
    }
    EXPECT_THAT(Unfolded(text), HasSubstr(absl::StrCat("\r\nSUMMARY:", topic, "\r\n")));
  }
}

TEST(ICal, EventsStandInTheOrderOfTime) {
  Entry later = Class("later");
  *later.session.mutable_window()->mutable_start_time() = calendar::ToProto(kStart + absl::Minutes(30));
  const std::string text = Render("c", {later, Class("sooner")});
  EXPECT_LT(text.find("sooner"), text.find("later"));
  EXPECT_EQ(text, Render("c", {Class("sooner"), later}));
}

}  // namespace
}  // namespace firstfloor::outreach::ical
