// Sessions as iCalendar text (RFC 5545): the part of it that a list of events needs.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_ICAL_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_ICAL_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "firstfloor/outreach/v1/session.pb.h"

namespace firstfloor::outreach::ical {

struct Entry {
  v1::Session session;  // with a window
  std::string venue;    // as people call it; may be empty
};

// A calendar of that name. Events have UIDs that stay the same ("{uuid of the session}@firstfloor"), SEQUENCE
// and DTSTAMP from the session's last change, times in UTC; those called off are CANCELLED. Lines end in CRLF
// and are folded at 75 octets, between characters. The same sessions, the same text.
std::string Render(absl::string_view name, const std::vector<Entry>& entries);

}  // namespace firstfloor::outreach::ical

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_ICAL_H_
