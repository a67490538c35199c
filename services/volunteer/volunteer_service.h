// Handlers of VolunteerService.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_VOLUNTEER_SERVICE_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_VOLUNTEER_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/volunteer/v1/volunteer_service.pb.h"
#include "services/volunteer/books.h"
#include "services/volunteer/volunteer_rules.h"

namespace firstfloor::volunteer {

class VolunteerHandlers {
 public:
  explicit VolunteerHandlers(const Books& books) : books_(books) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::Volunteer> ApplyVolunteer(rpc::Call& call, db::Transaction& tx,
                                               const v1::ApplyVolunteerRequest& request);
  absl::StatusOr<v1::Volunteer> ApproveVolunteer(rpc::Call& call, db::Transaction& tx,
                                                 const v1::ApproveVolunteerRequest& request);
  absl::StatusOr<v1::Volunteer> SuspendVolunteer(rpc::Call& call, db::Transaction& tx,
                                                 const v1::SuspendVolunteerRequest& request);
  absl::StatusOr<v1::Volunteer> ResumeVolunteer(rpc::Call& call, db::Transaction& tx,
                                                const v1::ResumeVolunteerRequest& request);
  absl::StatusOr<v1::Volunteer> LeaveVolunteer(rpc::Call& call, db::Transaction& tx,
                                               const v1::LeaveVolunteerRequest& request);
  absl::StatusOr<v1::Volunteer> UpdateVolunteer(rpc::Call& call, db::Transaction& tx,
                                                const v1::UpdateVolunteerRequest& request);

  absl::StatusOr<v1::Volunteer> GetVolunteer(rpc::Call& call, const v1::GetVolunteerRequest& request);
  absl::StatusOr<v1::Volunteer> GetMyVolunteer(rpc::Call& call, const v1::GetMyVolunteerRequest& request);
  absl::StatusOr<v1::ListVolunteersResponse> ListVolunteers(rpc::Call& call,
                                                            const v1::ListVolunteersRequest& request);

  // A chunk of an import.
  absl::Status ImportVolunteers(rpc::Call& call, db::Transaction& tx, const std::vector<rpc::ImportRow>& rows,
                                v1::ImportVolunteersResponse& summary);

 private:
  // Locks, moves, lets go of shifts and tasks where the volunteer no longer takes part, saves.
  template <typename Request>
  absl::StatusOr<v1::Volunteer> Move(rpc::Call& call, db::Transaction& tx, const Request& request,
                                     rules::VolunteerMove move, absl::string_view reason_code);

  const Books& books_;
};

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_VOLUNTEER_SERVICE_H_
