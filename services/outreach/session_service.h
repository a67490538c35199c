// Handlers of SessionService.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_SESSION_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_SESSION_SERVICE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "common/timers/timers.h"
#include "firstfloor/outreach/v1/session_service.pb.h"
#include "services/outreach/enrolment_store.h"
#include "services/outreach/lecturer_store.h"
#include "services/outreach/series_store.h"
#include "services/outreach/session_store.h"
#include "services/outreach/venue_store.h"

namespace firstfloor::outreach {

class SessionHandlers {
 public:
  struct Stores {
    const VenueStore& venues;
    const LecturerStore& lecturers;
    const SeriesStore& series;
    const SessionStore& sessions;
    const EnrolmentStore& enrolments;
    const LocalHours& hours;
  };
  SessionHandlers(const rpc::Environment& environment, const Stores& stores)
      : environment_(environment), stores_(stores) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::Session> Create(rpc::Call& call, db::Transaction& tx,
                                     const v1::CreateSessionRequest& request);
  absl::StatusOr<v1::Session> Get(rpc::Call& call, const v1::GetSessionRequest& request);
  absl::StatusOr<v1::BatchGetSessionsResponse> BatchGet(rpc::Call& call,
                                                        const v1::BatchGetSessionsRequest& request);
  absl::StatusOr<v1::ListSessionsResponse> List(rpc::Call& call, const v1::ListSessionsRequest& request);
  absl::StatusOr<rpc::StreamFlow> Watch(rpc::Call& call, const v1::WatchSessionsRequest& request,
                                        std::shared_ptr<rpc::ServerStream> stream);
  absl::StatusOr<v1::Session> Update(rpc::Call& call, db::Transaction& tx,
                                     const v1::UpdateSessionRequest& request);
  absl::StatusOr<v1::Session> Schedule(rpc::Call& call, db::Transaction& tx,
                                       const v1::ScheduleSessionRequest& request);
  absl::StatusOr<v1::Session> Start(rpc::Call& call, db::Transaction& tx,
                                    const v1::StartSessionRequest& request);
  absl::StatusOr<v1::Session> Complete(rpc::Call& call, db::Transaction& tx,
                                       const v1::CompleteSessionRequest& request);
  absl::StatusOr<v1::Session> Cancel(rpc::Call& call, db::Transaction& tx,
                                     const v1::CancelSessionRequest& request);

  // A deadline of a session has passed.
  absl::Status Fire(db::Transaction& tx, const timers::Timer& timer, const events::Origin& origin);

 private:
  absl::StatusOr<v1::Session> Lock(rpc::Call& call, db::Transaction& tx, const std::string& name,
                                   const std::string& etag);
  // Locks the rows of the venue and of every lecturer, in the order of their names; the venue.
  absl::StatusOr<v1::Venue> LockPlaces(db::Transaction& tx, const v1::Session& session);
  // Refuses what conflicts with others' bookings, else books. The places are locked.
  absl::Status Book(db::Transaction& tx, const v1::Session& session, const events::Origin& origin);
  absl::Status Save(rpc::Call& call, db::Transaction& tx, v1::Session& session,
                    events::v1::Event (*event)(const v1::Session&));

  const rpc::Environment& environment_;
  const Stores stores_;
};

// Books the places of a scheduled session, which nobody else has at the time, and sets the deadline of its
// report. The places are locked.
absl::Status TakePlaces(db::Transaction& tx, const SessionStore& sessions, const v1::Session& session,
                        const events::Origin& origin);

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_SESSION_SERVICE_H_
