// Handlers of CheckInService.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_CHECK_IN_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_CHECK_IN_SERVICE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/outreach/v1/check_in_service.pb.h"
#include "services/outreach/enrolment_store.h"
#include "services/outreach/session_store.h"

namespace firstfloor::outreach {

class CheckInHandlers {
 public:
  CheckInHandlers(const rpc::Environment& environment, const SessionStore& sessions,
                  const EnrolmentStore& enrolments)
      : environment_(environment), sessions_(sessions), enrolments_(enrolments) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::UploadCheckInsResponse> Upload(rpc::Call& call, db::Transaction& tx,
                                                    const v1::UploadCheckInsRequest& request);

 private:
  // Decides one check-in and keeps it. `session` is locked and saved by the caller; an enrolment that came is
  // saved here and added to `came`.
  absl::StatusOr<v1::CheckInOutcome> Count(rpc::Call& call, db::Transaction& tx,
                                           const v1::OfflineCheckIn& check_in, v1::Session& session,
                                           std::vector<v1::Enrolment>& came);

  const rpc::Environment& environment_;
  const SessionStore& sessions_;
  const EnrolmentStore& enrolments_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_CHECK_IN_SERVICE_H_
