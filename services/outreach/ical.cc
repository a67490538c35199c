#include "services/outreach/ical.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/calendar/timestamp.h"
#include "services/outreach/outreach_events.h"
#include "services/outreach/session_rules.h"

namespace firstfloor::outreach::ical {
namespace {

constexpr size_t kLongestLine = 75;  // octets, without CRLF

bool ContinuesCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// RFC 5545, 3.1: what is longer goes on in the next line, behind a space.
void AppendLine(absl::string_view line, std::string& text) {
  size_t room = kLongestLine;
  while (line.size() > room) {
    size_t end = room;
    while (end > 1 && ContinuesCharacter(line[end])) --end;
    absl::StrAppend(&text, line.substr(0, end), "\r\n ");
    line.remove_prefix(end);
    room = kLongestLine - 1;
  }
  absl::StrAppend(&text, line, "\r\n");
}

// RFC 5545, 3.3.11. Other control characters have no place in a text.
std::string Escaped(absl::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == ';' || c == ',') escaped.push_back('\\');
    if (c == '\n') {
      escaped.append("\\n");
    } else if (c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f')) {
      escaped.push_back(c);
    }
  }
  return escaped;
}

std::string Utc(absl::Time time) { return absl::FormatTime("%Y%m%dT%H%M%SZ", time, absl::UTCTimeZone()); }

class Event {
 public:
  explicit Event(std::string& text) : text_(text) { AppendLine("BEGIN:VEVENT", text_); }
  ~Event() { AppendLine("END:VEVENT", text_); }
  void Add(absl::string_view property, absl::string_view value) {
    AppendLine(absl::StrCat(property, ":", value), text_);
  }
  void AddText(absl::string_view property, absl::string_view value) {
    if (!value.empty()) Add(property, Escaped(value));
  }

 private:
  std::string& text_;
};

void AppendEvent(const Entry& entry, std::string& text) {
  const v1::Session& session = entry.session;
  const std::string changed = Utc(calendar::FromProto(session.update_time()));
  int64_t version = 1;
  if (!absl::SimpleAtoi(session.etag(), &version)) version = 1;
  Event event(text);
  event.Add("UID", absl::StrCat(session.name().substr(session.name().find('/') + 1), "@firstfloor"));
  event.Add("DTSTAMP", changed);
  event.Add("LAST-MODIFIED", changed);
  event.Add("SEQUENCE", absl::StrCat(version - 1));
  event.Add("DTSTART", Utc(rules::StartOf(session)));
  event.Add("DTEND", Utc(rules::EndOf(session)));
  event.Add("STATUS", session.state() == v1::SESSION_STATE_CANCELLED ? "CANCELLED" : "CONFIRMED");
  event.AddText("SUMMARY", session.topic());
  event.AddText("DESCRIPTION", session.audience());
  event.AddText("LOCATION", entry.venue);
  event.AddText("CATEGORIES", ShortName(session.form()));
}

}  // namespace

std::string Render(absl::string_view name, const std::vector<Entry>& entries) {
  std::vector<const Entry*> sorted;
  for (const Entry& entry : entries) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) {
    return std::make_pair(rules::StartOf(a->session), a->session.name()) <
           std::make_pair(rules::StartOf(b->session), b->session.name());
  });
  std::string text;
  AppendLine("BEGIN:VCALENDAR", text);
  AppendLine("VERSION:2.0", text);
  AppendLine("PRODID:-//FirstFloor//outreach//ZH", text);
  AppendLine("CALSCALE:GREGORIAN", text);
  AppendLine(absl::StrCat("X-WR-CALNAME:", Escaped(name)), text);
  for (const Entry* entry : sorted) AppendEvent(*entry, text);
  AppendLine("END:VCALENDAR", text);
  return text;
}

}  // namespace firstfloor::outreach::ical
