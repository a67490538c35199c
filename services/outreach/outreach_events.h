// The events that changes in outreach append. Resources as stored after the change.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_OUTREACH_EVENTS_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_OUTREACH_EVENTS_H_

#include <string>

#include "firstfloor/events/v1/event.pb.h"
#include "firstfloor/outreach/v1/enrolment.pb.h"
#include "firstfloor/outreach/v1/lecturer.pb.h"
#include "firstfloor/outreach/v1/series.pb.h"
#include "firstfloor/outreach/v1/session.pb.h"
#include "firstfloor/outreach/v1/venue.pb.h"

namespace firstfloor::outreach {

// Names of enum values without their prefix, as events carry them.
std::string ShortName(v1::SessionState state);
std::string ShortName(v1::SessionForm form);
std::string ShortName(v1::EnrolmentState state);
std::string ShortName(v1::Identity identity);

// `from`: the state before, VENUE_STATE_UNSPECIFIED for a new one.
events::v1::Event VenueChanged(const v1::Venue& venue, v1::VenueState from);
events::v1::Event LecturerChanged(const v1::Lecturer& lecturer);
events::v1::Event SeriesChanged(const v1::Series& series, v1::SeriesState from);
events::v1::Event RoundChanged(const v1::Round& round);

events::v1::Event SessionDrafted(const v1::Session& session);
events::v1::Event SessionChanged(const v1::Session& session);
events::v1::Event SessionScheduled(const v1::Session& session);
// Scheduled with the plan of a round, without having been a draft.
events::v1::Event SessionPlanned(const v1::Session& session);
// Started or called off.
events::v1::Event SessionMoved(const v1::Session& session, v1::SessionState from);
events::v1::Event SessionCompleted(const v1::Session& session);
events::v1::Event ReportOverdue(const v1::Session& session);
// `walk_ins`: those that came now.
events::v1::Event WalkInsCounted(const v1::Session& session,
                                 const google::protobuf::RepeatedPtrField<v1::IdentityHeads>& walk_ins);
// More took part than the closing report knew of: `walk_ins`, and so many `enrolled` heads. `ordinal`: the
// number of the event among those of one change of `session`.
events::v1::Event ParticipantsAdded(const v1::Session& session,
                                    const google::protobuf::RepeatedPtrField<v1::IdentityHeads>& walk_ins,
                                    int enrolled, int ordinal);
events::v1::Event EnrolmentChanged(const v1::Session& session, const v1::Enrolment& enrolment, int ordinal);

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_OUTREACH_EVENTS_H_
