// Handlers of LecturerService.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_LECTURER_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_LECTURER_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/outreach/v1/lecturer_service.pb.h"
#include "services/outreach/lecturer_store.h"

namespace firstfloor::outreach {

class LecturerHandlers {
 public:
  explicit LecturerHandlers(const LecturerStore& lecturers) : lecturers_(lecturers) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::Lecturer> Create(rpc::Call& call, db::Transaction& tx,
                                      const v1::CreateLecturerRequest& request);
  absl::StatusOr<v1::Lecturer> Get(rpc::Call& call, const v1::GetLecturerRequest& request);
  absl::StatusOr<v1::BatchGetLecturersResponse> BatchGet(rpc::Call& call,
                                                         const v1::BatchGetLecturersRequest& request);
  absl::StatusOr<v1::ListLecturersResponse> List(rpc::Call& call, const v1::ListLecturersRequest& request);
  absl::StatusOr<v1::Lecturer> Update(rpc::Call& call, db::Transaction& tx,
                                      const v1::UpdateLecturerRequest& request);

 private:
  const LecturerStore& lecturers_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_LECTURER_SERVICE_H_
