#include "services/outreach/outreach_events.h"

#include "absl/strings/strip.h"
#include "common/events/about.h"

namespace firstfloor::outreach {
namespace {

using events::v1::Event;

std::string Short(const std::string& name, absl::string_view prefix) {
  return std::string(absl::StripPrefix(name, prefix));
}

std::string ShortName(v1::VenueState state) {
  return state == v1::VENUE_STATE_UNSPECIFIED ? "" : Short(v1::VenueState_Name(state), "VENUE_STATE_");
}

std::string ShortName(v1::SeriesState state) {
  return state == v1::SERIES_STATE_UNSPECIFIED ? "" : Short(v1::SeriesState_Name(state), "SERIES_STATE_");
}

Event AboutSession(const v1::Session& session, v1::SessionState from) {
  Event event = events::About(session);
  event.set_stall(session.stall());
  events::v1::OutreachEvent* payload = event.mutable_outreach();
  if (from != v1::SESSION_STATE_UNSPECIFIED) payload->set_from(outreach::ShortName(from));
  payload->set_to(outreach::ShortName(session.state()));
  payload->set_series(session.series());
  payload->set_round(session.round());
  payload->set_form(outreach::ShortName(session.form()));
  return event;
}

// Times, venue and lecturers of a session, into an event that has the fields.
template <typename Change>
void FillPlan(const v1::Session& session, Change* change) {
  if (session.has_window()) {
    *change->mutable_start_time() = session.window().start_time();
    *change->mutable_end_time() = session.window().end_time();
  }
  change->set_venue(session.venue());
  *change->mutable_lecturers() = session.lecturers();
}

}  // namespace

std::string ShortName(v1::SessionState state) {
  return Short(v1::SessionState_Name(state), "SESSION_STATE_");
}
std::string ShortName(v1::SessionForm form) { return Short(v1::SessionForm_Name(form), "SESSION_FORM_"); }
std::string ShortName(v1::EnrolmentState state) {
  return Short(v1::EnrolmentState_Name(state), "ENROLMENT_STATE_");
}
std::string ShortName(v1::Identity identity) { return Short(v1::Identity_Name(identity), "IDENTITY_"); }

Event VenueChanged(const v1::Venue& venue, v1::VenueState from) {
  Event event = events::About(venue);
  event.mutable_outreach()->set_from(ShortName(from));
  event.mutable_outreach()->set_to(ShortName(venue.state()));
  event.mutable_outreach()->mutable_venue_changed();
  return event;
}

Event LecturerChanged(const v1::Lecturer& lecturer) {
  Event event = events::About(lecturer);
  event.mutable_outreach()->mutable_lecturer_changed();
  return event;
}

Event SeriesChanged(const v1::Series& series, v1::SeriesState from) {
  Event event = events::About(series);
  event.mutable_outreach()->set_from(ShortName(from));
  event.mutable_outreach()->set_to(ShortName(series.state()));
  event.mutable_outreach()->set_series(series.name());
  event.mutable_outreach()->mutable_series_changed();
  return event;
}

Event RoundChanged(const v1::Round& round) {
  Event event = events::About(round);
  event.mutable_outreach()->set_series(round.series());
  event.mutable_outreach()->set_round(round.name());
  event.mutable_outreach()->mutable_round_changed();
  return event;
}

Event SessionDrafted(const v1::Session& session) {
  Event event = AboutSession(session, v1::SESSION_STATE_UNSPECIFIED);
  event.mutable_outreach()->mutable_session_drafted();
  return event;
}

Event SessionChanged(const v1::Session& session) {
  Event event = AboutSession(session, session.state());
  FillPlan(session, event.mutable_outreach()->mutable_session_changed());
  return event;
}

Event SessionScheduled(const v1::Session& session) {
  Event event = AboutSession(session, v1::SESSION_STATE_DRAFT);
  FillPlan(session, event.mutable_outreach()->mutable_session_scheduled());
  return event;
}

Event SessionPlanned(const v1::Session& session) {
  Event event = AboutSession(session, v1::SESSION_STATE_UNSPECIFIED);
  FillPlan(session, event.mutable_outreach()->mutable_session_scheduled());
  return event;
}

Event SessionMoved(const v1::Session& session, v1::SessionState from) {
  Event event = AboutSession(session, from);
  events::v1::SessionMoved* moved = event.mutable_outreach()->mutable_session_moved();
  if (session.state() == v1::SESSION_STATE_CANCELLED) {
    moved->set_reason_code(Short(v1::CancelReason_Name(session.cancel_reason()), "CANCEL_REASON_"));
  }
  return event;
}

Event SessionCompleted(const v1::Session& session) {
  Event event = AboutSession(session, v1::SESSION_STATE_IN_PROGRESS);
  events::v1::SessionCompleted* completed = event.mutable_outreach()->mutable_session_completed();
  completed->set_venue(session.venue());
  *completed->mutable_audience_areas() = session.audience_areas();
  if (session.audience_areas().empty()) completed->add_audience_areas(session.area());
  for (const v1::IdentityHeads& heads : session.report().heads()) {
    (*completed->mutable_heads())[ShortName(heads.identity())] = heads.heads();
  }
  return event;
}

Event ReportOverdue(const v1::Session& session) {
  Event event = AboutSession(session, session.state());
  *event.mutable_outreach()->mutable_report_overdue()->mutable_due_time() = session.report_due_time();
  return event;
}

Event WalkInsCounted(const v1::Session& session,
                     const google::protobuf::RepeatedPtrField<v1::IdentityHeads>& walk_ins) {
  Event event = AboutSession(session, session.state());
  events::v1::WalkInsCounted* counted = event.mutable_outreach()->mutable_walk_ins_counted();
  for (const v1::IdentityHeads& heads : walk_ins) {
    (*counted->mutable_heads())[ShortName(heads.identity())] += heads.heads();
  }
  return event;
}

Event ParticipantsAdded(const v1::Session& session,
                        const google::protobuf::RepeatedPtrField<v1::IdentityHeads>& walk_ins, int enrolled,
                        int ordinal) {
  Event event = AboutSession(session, session.state());
  event.set_ordinal(ordinal);
  events::v1::ParticipantsAdded* added = event.mutable_outreach()->mutable_participants_added();
  for (const v1::IdentityHeads& heads : walk_ins) {
    (*added->mutable_heads())[ShortName(heads.identity())] += heads.heads();
  }
  if (enrolled > 0) (*added->mutable_heads())[""] = enrolled;
  *added->mutable_complete_time() = session.complete_time();
  return event;
}

Event EnrolmentChanged(const v1::Session& session, const v1::Enrolment& enrolment, int ordinal) {
  Event event = AboutSession(session, session.state());
  event.set_ordinal(ordinal);
  events::v1::EnrolmentChanged* changed = event.mutable_outreach()->mutable_enrolment_changed();
  changed->set_enrolment(enrolment.name());
  changed->set_state(ShortName(enrolment.state()));
  changed->set_heads(enrolment.heads());
  return event;
}

}  // namespace firstfloor::outreach
