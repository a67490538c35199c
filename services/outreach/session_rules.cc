#include "services/outreach/session_rules.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/area/registry.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/resource/transitions.h"
#include "common/resource/update_mask.h"
#include "services/outreach/venue_rules.h"

namespace firstfloor::outreach::rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using v1::Session;
using v1::SessionState;

constexpr resource::Transition<SessionState, SessionMove> kTransitions[] = {
    {v1::SESSION_STATE_DRAFT, SessionMove::kUpdate, v1::SESSION_STATE_DRAFT},
    {v1::SESSION_STATE_SCHEDULED, SessionMove::kUpdate, v1::SESSION_STATE_SCHEDULED},
    {v1::SESSION_STATE_DRAFT, SessionMove::kSchedule, v1::SESSION_STATE_SCHEDULED},
    {v1::SESSION_STATE_SCHEDULED, SessionMove::kStart, v1::SESSION_STATE_IN_PROGRESS},
    {v1::SESSION_STATE_IN_PROGRESS, SessionMove::kComplete, v1::SESSION_STATE_COMPLETED},
    {v1::SESSION_STATE_DRAFT, SessionMove::kCancel, v1::SESSION_STATE_CANCELLED},
    {v1::SESSION_STATE_SCHEDULED, SessionMove::kCancel, v1::SESSION_STATE_CANCELLED},
};

std::vector<std::string> ReachableFrom(SessionState state) {
  std::vector<std::string> names;
  for (const SessionState next : resource::AllAfter(kTransitions, state)) {
    if (next != state) names.push_back(v1::SessionState_Name(next));
  }
  return names;
}

absl::Status CheckVenueOf(const Session& session, const v1::Venue& venue) {
  if (venue.state() != v1::VENUE_STATE_ACTIVE) {
    return error::Precondition("VENUE_RETIRED", "the venue is not in use", {{"venue", venue.name()}});
  }
  if (!area::Covers(session.area(), venue.area()) && !area::Covers(venue.area(), session.area())) {
    return error::Precondition("VENUE_ELSEWHERE", "the venue is in another area than the session",
                               {{"venue", venue.name()}, {"area", venue.area()}});
  }
  if (session.capacity() > venue.capacity()) {
    return error::Precondition("CAPACITY_ABOVE_VENUE", "the venue does not hold so many",
                               {{"venue", venue.name()}, {"capacity", absl::StrCat(venue.capacity())}});
  }
  return absl::OkStatus();
}

// Refuses unusual hours, or records that they were forced.
absl::Status CheckHours(Session& session, const v1::Venue& venue, const LocalHours& hours, const Force& force,
                        absl::Time now) {
  const bool closed = !IsOpen(venue, StartOf(session), EndOf(session));
  const bool quiet = hours.quiet.Touch(StartOf(session), EndOf(session));
  session.clear_forced();
  if (!closed && !quiet) return absl::OkStatus();
  if (force.reason.empty()) {
    return closed ? error::Precondition("VENUE_CLOSED", "the venue is not open all the time",
                                        {{"venue", venue.name()}})
                  : error::Precondition("QUIET_HOURS", "the session touches the community's quiet hours");
  }
  if (!force.allowed) {
    return error::Make(absl::StatusCode::kPermissionDenied, "FORCE_NOT_ALLOWED",
                       "only staff may put a session outside the usual hours");
  }
  v1::ForcedWindow* forced = session.mutable_forced();
  forced->set_outside_open_hours(closed);
  forced->set_in_quiet_hours(quiet);
  forced->set_reason(force.reason);
  *forced->mutable_force_time() = ToProto(now);
  return absl::OkStatus();
}

absl::Status CheckTime(const Session& session, absl::Time now) {
  if (StartOf(session) > now) return absl::OkStatus();
  return error::Precondition("SESSION_IN_THE_PAST", "the session would have begun already",
                             {{"name", session.name()}});
}

// Those who came, as somebody, are those who are reported.
absl::Status CheckCount(const Session& session, const std::map<int, int>& reported, int participants) {
  const int came = Came(session);
  if (participants > came) {
    return error::Precondition("REPORT_EXCEEDS_CHECK_INS", "more are reported than came",
                               {{"name", session.name()}, {"came", absl::StrCat(came)}});
  }
  const auto fewer = [&](const v1::IdentityHeads& walked_in) {
    const auto found = reported.find(walked_in.identity());
    return (found == reported.end() ? 0 : found->second) < walked_in.heads();
  };
  if (participants < came || std::any_of(session.walk_ins().begin(), session.walk_ins().end(), fewer)) {
    return error::Precondition("REPORT_BELOW_CHECK_INS", "fewer are reported than came",
                               {{"name", session.name()}, {"came", absl::StrCat(came)}});
  }
  return absl::OkStatus();
}

bool SameWindow(const Session& a, const Session& b) {
  return StartOf(a) == StartOf(b) && EndOf(a) == EndOf(b);
}

}  // namespace

absl::Time StartOf(const Session& session) { return FromProto(session.window().start_time()); }
absl::Time EndOf(const Session& session) { return FromProto(session.window().end_time()); }

absl::StatusOr<SessionState> After(const Session& session, SessionMove move) {
  if (const auto to = resource::After(kTransitions, session.state(), move)) return *to;
  return error::WrongState("SESSION_WRONG_STATE", session.name(), v1::SessionState_Name(session.state()),
                           ReachableFrom(session.state()));
}

absl::Status CheckSession(const Session& session) {
  error::Violations violations;
  if (session.topic().empty()) violations.Add("topic", "is required");
  if (session.form() == v1::SESSION_FORM_UNSPECIFIED) violations.Add("form", "is required");
  if (session.has_window()) {
    if (!session.window().has_start_time() || !session.window().has_end_time()) {
      violations.Add("window", "must have a start and an end");
    } else if (EndOf(session) <= StartOf(session)) {
      violations.Add("window", "must end after it begins");
    } else if (EndOf(session) - StartOf(session) > kLongestSession) {
      violations.Add("window", "must not be longer than 12 hours");
    }
  }
  const std::set<std::string> lecturers(session.lecturers().begin(), session.lecturers().end());
  if (static_cast<int>(lecturers.size()) < session.lecturers_size()) {
    violations.Add("lecturers", "lists one twice");
  }
  for (const std::string& audience : session.audience_areas()) {
    if (!area::Covers(session.area(), audience)) violations.Add("audience_areas", "must be within the area");
  }
  if (session.has_enrol_open_time() && session.has_enrol_close_time() &&
      FromProto(session.enrol_close_time()) <= FromProto(session.enrol_open_time())) {
    violations.Add("enrol_close_time", "must be after enrolment opens");
  }
  return violations.ToStatus();
}

absl::Status CheckComplete(const Session& session) {
  std::vector<std::string> missing;
  if (session.venue().empty()) missing.push_back("venue");
  if (session.lecturers().empty()) missing.push_back("lecturers");
  if (!session.has_window()) missing.push_back("window");
  if (session.capacity() < 1) missing.push_back("capacity");
  if (missing.empty()) return absl::OkStatus();
  return error::Precondition("SESSION_INCOMPLETE", "something is missing",
                             {{"name", session.name()}, {"missing", absl::StrJoin(missing, ",")}});
}

Occupation OccupationOf(const Session& session, const LocalHours& hours) {
  return {StartOf(session) - hours.travel_buffer, EndOf(session) + hours.travel_buffer};
}

absl::Status SlotTaken(const std::vector<std::string>& sessions) {
  return error::Precondition("SLOT_TAKEN", "the venue or a lecturer is taken at that time",
                             {{"sessions", absl::StrJoin(sessions, ",")}});
}

absl::StatusOr<Session> Schedule(Session session, const v1::Venue& venue, const LocalHours& hours,
                                 const Force& force, absl::Time now) {
  ASSIGN_OR_RETURN(const SessionState to, After(session, SessionMove::kSchedule));
  RETURN_IF_ERROR(CheckComplete(session));
  RETURN_IF_ERROR(CheckTime(session, now));
  RETURN_IF_ERROR(CheckVenueOf(session, venue));
  RETURN_IF_ERROR(CheckHours(session, venue, hours, force, now));
  session.set_state(to);
  *session.mutable_report_due_time() = ToProto(EndOf(session) + kReportTerm);
  return session;
}

absl::StatusOr<Session> Change(Session session, const v1::UpdateSessionRequest& request) {
  RETURN_IF_ERROR(After(session, SessionMove::kUpdate).status());
  const resource::Changes changes = {
      {"form", [&] { session.set_form(request.form()); }},
      {"topic", [&] { session.set_topic(request.topic()); }},
      {"lecturers", [&] { *session.mutable_lecturers() = request.lecturers(); }},
      {"venue", [&] { session.set_venue(request.venue()); }},
      {"window",
       [&] {
         session.clear_window();
         if (request.has_window()) *session.mutable_window() = request.window();
       }},
      {"capacity", [&] { session.set_capacity(request.capacity()); }},
      {"audience", [&] { session.set_audience(request.audience()); }},
      {"materials", [&] { *session.mutable_materials() = request.materials(); }},
      {"enrol_open_time",
       [&] {
         session.clear_enrol_open_time();
         if (request.has_enrol_open_time()) *session.mutable_enrol_open_time() = request.enrol_open_time();
       }},
      {"enrol_close_time",
       [&] {
         session.clear_enrol_close_time();
         if (request.has_enrol_close_time()) *session.mutable_enrol_close_time() = request.enrol_close_time();
       }},
  };
  RETURN_IF_ERROR(resource::ApplyMask(request.update_mask(), changes));
  RETURN_IF_ERROR(CheckSession(session));
  return session;
}

absl::StatusOr<Session> Reschedule(const Session& before, Session session, const v1::Venue& venue,
                                   const LocalHours& hours, const Force& force, absl::Time now) {
  RETURN_IF_ERROR(CheckComplete(session));
  RETURN_IF_ERROR(CheckVenueOf(session, venue));
  const int taken = before.enrolled_heads() + WalkIns(before);
  if (session.capacity() < taken) {
    return error::Precondition("CAPACITY_BELOW_ENROLLED", "more places are taken",
                               {{"name", session.name()}, {"taken", absl::StrCat(taken)}});
  }
  const bool moved = !SameWindow(before, session);
  if (moved) {
    RETURN_IF_ERROR(CheckTime(session, now));
    *session.mutable_report_due_time() = ToProto(EndOf(session) + kReportTerm);
    session.clear_report_overdue();  // it is to be held at another time
  }
  if (moved || before.venue() != session.venue()) {
    RETURN_IF_ERROR(CheckHours(session, venue, hours, force, now));
  }
  return session;
}

absl::StatusOr<Session> Start(Session session, absl::Time now) {
  ASSIGN_OR_RETURN(const SessionState to, After(session, SessionMove::kStart));
  if (now < StartOf(session) - kDoorsOpenBefore) {
    return error::Precondition("TOO_EARLY", "the session begins later", {{"name", session.name()}});
  }
  session.set_state(to);
  *session.mutable_start_time() = ToProto(now);
  return session;
}

absl::StatusOr<Session> Complete(Session session, const v1::ClosingReport& report, absl::Time now) {
  ASSIGN_OR_RETURN(const SessionState to, After(session, SessionMove::kComplete));
  std::map<int, int> reported;
  for (const v1::IdentityHeads& heads : report.heads()) {
    if (!reported.emplace(heads.identity(), heads.heads()).second) {
      return error::InvalidField("report.heads", "counts an identity twice");
    }
  }
  int participants = 0;
  for (const auto& [identity, heads] : reported) participants += heads;
  if (!report.counted_by_hand()) RETURN_IF_ERROR(CheckCount(session, reported, participants));
  session.set_state(to);
  *session.mutable_complete_time() = ToProto(now);
  *session.mutable_report() = report;
  session.mutable_report()->set_exceeds_check_ins(participants > Came(session));
  *session.mutable_report()->mutable_report_time() = ToProto(now);
  session.set_participants(participants);
  // The deadline may have passed just now, so that its timer has not fired yet.
  if (now > FromProto(session.report_due_time())) session.set_report_overdue(true);
  return session;
}

absl::StatusOr<Session> Cancel(Session session, v1::CancelReason reason, absl::Time now) {
  ASSIGN_OR_RETURN(const SessionState to, After(session, SessionMove::kCancel));
  session.set_state(to);
  session.set_cancel_reason(reason);
  *session.mutable_cancel_time() = ToProto(now);
  return session;
}

bool AwaitsReport(const Session& session) {
  return session.state() == v1::SESSION_STATE_SCHEDULED || session.state() == v1::SESSION_STATE_IN_PROGRESS;
}

int WalkIns(const Session& session) {
  int heads = 0;
  for (const v1::IdentityHeads& walk_in : session.walk_ins()) heads += walk_in.heads();
  return heads;
}

int Came(const Session& session) { return session.checked_in_heads() + WalkIns(session); }

}  // namespace firstfloor::outreach::rules
