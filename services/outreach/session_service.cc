#include "services/outreach/session_service.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/privacy/personal.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/outreach/outreach_events.h"
#include "services/outreach/roles.h"
#include "services/outreach/series_rules.h"
#include "services/outreach/session_rules.h"
#include "services/outreach/waitlist.h"

namespace firstfloor::outreach {
namespace {

using v1::Session;

constexpr char kReportDue[] = "REPORT_DUE";

Session Masked(Session session) {
  privacy::Mask(session);
  return session;
}

}  // namespace

absl::Status TakePlaces(db::Transaction& tx, const SessionStore& sessions, const Session& session,
                        const events::Origin& origin) {
  RETURN_IF_ERROR(sessions.Book(tx, session));
  return timers::Set(tx, {.subject = session.name(),
                          .kind = kReportDue,
                          .area = session.area(),
                          .due = calendar::FromProto(session.report_due_time()),
                          .back_dated = origin.back_dated});
}

void SessionHandlers::Register(rpc::Service& service) {
  service.Mutation("CreateSession", this, &SessionHandlers::Create);
  service.Read("GetSession", this, &SessionHandlers::Get);
  service.Read("BatchGetSessions", this, &SessionHandlers::BatchGet);
  service.Read("ListSessions", this, &SessionHandlers::List);
  service.Stream("WatchSessions", this, &SessionHandlers::Watch);
  service.Mutation("UpdateSession", this, &SessionHandlers::Update);
  service.Mutation("ScheduleSession", this, &SessionHandlers::Schedule);
  service.Mutation("StartSession", this, &SessionHandlers::Start);
  service.Mutation("CompleteSession", this, &SessionHandlers::Complete);
  service.Mutation("CancelSession", this, &SessionHandlers::Cancel);
}

absl::StatusOr<Session> SessionHandlers::Create(rpc::Call& call, db::Transaction& tx,
                                                const v1::CreateSessionRequest& request) {
  Session session = request.session();
  RETURN_IF_ERROR(rules::CheckSession(session));
  if (!session.round().empty()) {
    ASSIGN_OR_RETURN(const v1::Round round,
                     rpc::HiddenIfMissing(stores_.series.rounds().Load(tx, session.round())));
    RETURN_IF_ERROR(rules::MayJoin(round, session.area()));
    if (session.series().empty()) session.set_series(round.series());
    if (session.series() != round.series()) {
      return error::InvalidField("session.series", "must be the series of the round");
    }
  }
  if (!session.series().empty()) {
    ASSIGN_OR_RETURN(const v1::Series series,
                     rpc::HiddenIfMissing(stores_.series.series().Load(tx, session.series())));
    RETURN_IF_ERROR(rules::MayJoin(series, session.area()));
  }
  session.set_name(resource::NewName("sessions", call.origin().record_time));
  session.set_state(v1::SESSION_STATE_DRAFT);
  RETURN_IF_ERROR(stores_.sessions.table().Insert(tx, session, call.origin()));
  RETURN_IF_ERROR(environment_.log->Append(tx, call.origin(), SessionDrafted(session)));
  return session;
}

absl::StatusOr<Session> SessionHandlers::Get(rpc::Call& call, const v1::GetSessionRequest& request) {
  ASSIGN_OR_RETURN(Session session,
                   rpc::HiddenIfMissing(stores_.sessions.table().Load(call.db(), request.name())));
  RETURN_IF_ERROR(call.Authorize(session.area()));
  if (call.identity().is_service()) return session;
  if (!request.unmask() || !HoldsClasses(call, session.area())) return Masked(std::move(session));
  if (session.has_report()) call.RecordPersonalRead(session.name(), session.area());
  return session;
}

absl::StatusOr<v1::BatchGetSessionsResponse> SessionHandlers::BatchGet(
    rpc::Call& call, const v1::BatchGetSessionsRequest& request) {
  v1::BatchGetSessionsResponse response;
  for (const std::string& name : request.names()) {
    ASSIGN_OR_RETURN(Session session, rpc::HiddenIfMissing(stores_.sessions.table().Load(call.db(), name)));
    RETURN_IF_ERROR(call.Authorize(session.area()));
    *response.add_sessions() = Masked(std::move(session));
  }
  return response;
}

absl::StatusOr<v1::ListSessionsResponse> SessionHandlers::List(rpc::Call& call,
                                                               const v1::ListSessionsRequest& request) {
  const privacy::Keyring& keyring = *environment_.keyring;
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, keyring));
  std::vector<resource::Condition> conditions = {resource::Covered("area", request.area())};
  if (!request.states().empty()) {
    conditions.push_back(resource::In("state", {request.states().begin(), request.states().end()}));
  }
  if (!request.series().empty()) conditions.push_back(resource::Equals("series", request.series()));
  if (!request.round().empty()) conditions.push_back(resource::Equals("round", request.round()));
  if (!request.venue().empty()) conditions.push_back(resource::Equals("venue", request.venue()));
  if (request.window().has_start_time()) {
    conditions.push_back(resource::AtLeast("start_time", calendar::FromProto(request.window().start_time())));
  }
  if (request.window().has_end_time()) {
    conditions.push_back(resource::Below("start_time", calendar::FromProto(request.window().end_time())));
  }
  ASSIGN_OR_RETURN(std::vector<Session> sessions,
                   stores_.sessions.table().List(call.db(), conditions, true, page.after, page.size + 1));
  v1::ListSessionsResponse response;
  response.set_next_page_token(rpc::TakePage(page, sessions, keyring));
  for (Session& session : sessions) *response.add_sessions() = Masked(std::move(session));
  return response;
}

absl::StatusOr<Session> SessionHandlers::Lock(rpc::Call& call, db::Transaction& tx, const std::string& name,
                                              const std::string& etag) {
  ASSIGN_OR_RETURN(Session session, rpc::HiddenIfMissing(stores_.sessions.table().Lock(tx, name)));
  RETURN_IF_ERROR(call.Authorize(session.area()));
  RETURN_IF_ERROR(rpc::CheckEtag(etag, session));
  return session;
}

absl::StatusOr<v1::Venue> SessionHandlers::LockPlaces(db::Transaction& tx, const Session& session) {
  v1::Venue venue;
  for (const std::string& place : SessionStore::PlacesOf(session)) {
    absl::Status locked;
    if (absl::StartsWith(place, "venues/")) {
      absl::StatusOr<v1::Venue> found = stores_.venues.table().Lock(tx, place);
      locked = found.status();
      if (found.ok()) venue = *std::move(found);
    } else {
      locked = stores_.lecturers.table().Lock(tx, place).status();
    }
    if (absl::IsNotFound(locked)) {
      return error::Precondition("PLACE_UNKNOWN", "there is no such venue or lecturer", {{"name", place}});
    }
    RETURN_IF_ERROR(locked);
  }
  return venue;
}

absl::Status SessionHandlers::Book(db::Transaction& tx, const Session& session,
                                   const events::Origin& origin) {
  ASSIGN_OR_RETURN(const std::vector<std::string> conflicts,
                   stores_.sessions.Conflicts(tx, session, stores_.hours));
  if (!conflicts.empty()) return rules::SlotTaken(conflicts);
  return TakePlaces(tx, stores_.sessions, session, origin);
}

absl::Status SessionHandlers::Save(rpc::Call& call, db::Transaction& tx, Session& session,
                                   events::v1::Event (*event)(const Session&)) {
  RETURN_IF_ERROR(stores_.sessions.table().Save(tx, session, call.origin()));
  return environment_.log->Append(tx, call.origin(), event(session));
}

absl::StatusOr<Session> SessionHandlers::Update(rpc::Call& call, db::Transaction& tx,
                                                const v1::UpdateSessionRequest& request) {
  ASSIGN_OR_RETURN(const Session before, Lock(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(Session session, rules::Change(before, request));
  std::vector<v1::Enrolment> moved;
  if (session.state() == v1::SESSION_STATE_SCHEDULED) {
    RETURN_IF_ERROR(rules::CheckComplete(session));
    ASSIGN_OR_RETURN(const v1::Venue venue, LockPlaces(tx, session));
    const rules::Force force = {.reason = request.force_reason(), .allowed = IsStaff(call, session.area())};
    ASSIGN_OR_RETURN(session, rules::Reschedule(before, session, venue, stores_.hours, force, call.now()));
    RETURN_IF_ERROR(Book(tx, session, call.origin()));
    ASSIGN_OR_RETURN(moved, MoveUp(tx, stores_.enrolments, session, call.origin()));
  }
  RETURN_IF_ERROR(Save(call, tx, session, SessionChanged));
  RETURN_IF_ERROR(AppendEnrolments(tx, *environment_.log, call.origin(), session, moved, 1));
  return Masked(std::move(session));
}

absl::StatusOr<Session> SessionHandlers::Schedule(rpc::Call& call, db::Transaction& tx,
                                                  const v1::ScheduleSessionRequest& request) {
  ASSIGN_OR_RETURN(const Session before, Lock(call, tx, request.name(), request.etag()));
  RETURN_IF_ERROR(rules::After(before, rules::SessionMove::kSchedule).status());
  RETURN_IF_ERROR(rules::CheckComplete(before));
  ASSIGN_OR_RETURN(const v1::Venue venue, LockPlaces(tx, before));
  const rules::Force force = {.reason = request.force_reason(), .allowed = IsStaff(call, before.area())};
  ASSIGN_OR_RETURN(Session session, rules::Schedule(before, venue, stores_.hours, force, call.now()));
  RETURN_IF_ERROR(Book(tx, session, call.origin()));
  RETURN_IF_ERROR(Save(call, tx, session, SessionScheduled));
  return session;
}

absl::StatusOr<Session> SessionHandlers::Start(rpc::Call& call, db::Transaction& tx,
                                               const v1::StartSessionRequest& request) {
  ASSIGN_OR_RETURN(const Session before, Lock(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(Session session, rules::Start(before, call.now()));
  RETURN_IF_ERROR(stores_.sessions.table().Save(tx, session, call.origin()));
  RETURN_IF_ERROR(environment_.log->Append(tx, call.origin(), SessionMoved(session, before.state())));
  return session;
}

absl::StatusOr<Session> SessionHandlers::Complete(rpc::Call& call, db::Transaction& tx,
                                                  const v1::CompleteSessionRequest& request) {
  ASSIGN_OR_RETURN(const Session before, Lock(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(Session session, rules::Complete(before, request.report(), call.now()));
  ASSIGN_OR_RETURN(const std::vector<v1::Enrolment> missing,
                   MarkMissing(tx, stores_.enrolments, session, call.origin()));
  RETURN_IF_ERROR(timers::Clear(tx, session.name(), kReportDue));
  RETURN_IF_ERROR(Save(call, tx, session, SessionCompleted));
  RETURN_IF_ERROR(AppendEnrolments(tx, *environment_.log, call.origin(), session, missing, 1));
  return Masked(std::move(session));
}

absl::StatusOr<Session> SessionHandlers::Cancel(rpc::Call& call, db::Transaction& tx,
                                                const v1::CancelSessionRequest& request) {
  ASSIGN_OR_RETURN(const Session before, Lock(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(Session session, rules::Cancel(before, request.reason(), call.now()));
  RETURN_IF_ERROR(stores_.sessions.Release(tx, session));
  RETURN_IF_ERROR(timers::Clear(tx, session.name(), kReportDue));
  RETURN_IF_ERROR(stores_.sessions.table().Save(tx, session, call.origin()));
  RETURN_IF_ERROR(environment_.log->Append(tx, call.origin(), SessionMoved(session, before.state())));
  // Everyone who has a place or waits for one is told.
  ASSIGN_OR_RETURN(const std::vector<v1::Enrolment> told,
                   stores_.enrolments.In(tx, session,
                                         {v1::ENROLMENT_STATE_ENROLLED, v1::ENROLMENT_STATE_WAITLISTED,
                                          v1::ENROLMENT_STATE_ATTENDED}));
  RETURN_IF_ERROR(AppendEnrolments(tx, *environment_.log, call.origin(), session, told, 1));
  return session;
}

absl::Status SessionHandlers::Fire(db::Transaction& tx, const timers::Timer& timer,
                                   const events::Origin& origin) {
  if (timer.kind != kReportDue) return absl::OkStatus();
  absl::StatusOr<Session> locked = stores_.sessions.table().Lock(tx, timer.subject);
  if (absl::IsNotFound(locked.status())) return absl::OkStatus();
  RETURN_IF_ERROR(locked.status());
  Session session = *std::move(locked);
  if (!rules::AwaitsReport(session)) return absl::OkStatus();
  session.set_report_overdue(true);
  // Something may have happened to the session after the deadline that fires only now.
  events::Origin late = origin;
  late.occur_time = std::max(origin.occur_time, calendar::FromProto(session.update_time()));
  RETURN_IF_ERROR(stores_.sessions.table().Save(tx, session, late));
  return environment_.log->Append(tx, late, ReportOverdue(session));
}

}  // namespace firstfloor::outreach
