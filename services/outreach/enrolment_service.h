// Handlers of EnrolmentService: enrolling and withdrawing here, the door in door_service.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_ENROLMENT_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_ENROLMENT_SERVICE_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/outreach/v1/enrolment_service.pb.h"
#include "services/outreach/enrolment_store.h"
#include "services/outreach/session_store.h"

namespace firstfloor::outreach {

class EnrolmentHandlers {
 public:
  EnrolmentHandlers(const rpc::Environment& environment, const SessionStore& sessions,
                    const EnrolmentStore& enrolments)
      : environment_(environment), sessions_(sessions), enrolments_(enrolments) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::Enrolment> Enrol(rpc::Call& call, db::Transaction& tx, const v1::EnrolRequest& request);
  absl::StatusOr<v1::Enrolment> Withdraw(rpc::Call& call, db::Transaction& tx,
                                         const v1::WithdrawEnrolmentRequest& request);
  absl::StatusOr<v1::Enrolment> Get(rpc::Call& call, const v1::GetEnrolmentRequest& request);
  absl::StatusOr<v1::ListEnrolmentsResponse> List(rpc::Call& call, const v1::ListEnrolmentsRequest& request);
  absl::StatusOr<v1::ListMyEnrolmentsResponse> ListMine(rpc::Call& call,
                                                        const v1::ListMyEnrolmentsRequest& request);

  // ---- the door ----
  absl::StatusOr<v1::Enrolment> CheckIn(rpc::Call& call, db::Transaction& tx,
                                        const v1::CheckInRequest& request);
  absl::StatusOr<v1::CheckInCode> GetCode(rpc::Call& call, const v1::GetCheckInCodeRequest& request);
  absl::StatusOr<v1::Enrolment> CheckInWithCode(rpc::Call& call, db::Transaction& tx,
                                                const v1::CheckInWithCodeRequest& request);
  absl::StatusOr<v1::Session> CheckInWalkIn(rpc::Call& call, db::Transaction& tx,
                                            const v1::CheckInWalkInRequest& request);

 private:
  // The session's row is always locked before those of its enrolments.
  absl::StatusOr<std::pair<v1::Session, v1::Enrolment>> Lock(rpc::Call& call, db::Transaction& tx,
                                                             const std::string& name,
                                                             const std::string& etag);
  absl::StatusOr<v1::Session> LockSession(rpc::Call& call, db::Transaction& tx, const std::string& name);
  absl::Status LetIn(rpc::Call& call, db::Transaction& tx, v1::Session session, v1::Enrolment& enrolment,
                     int heads, v1::CheckInMethod method);

  const rpc::Environment& environment_;
  const SessionStore& sessions_;
  const EnrolmentStore& enrolments_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_ENROLMENT_SERVICE_H_
