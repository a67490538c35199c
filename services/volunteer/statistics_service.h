// Handlers of StatisticsService.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_STATISTICS_SERVICE_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_STATISTICS_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/volunteer/v1/statistics_service.pb.h"

namespace firstfloor::volunteer {

class StatisticsHandlers {
 public:
  void Register(rpc::Service& service);

  absl::StatusOr<v1::GetVolunteerStatisticsResponse> GetVolunteerStatistics(
      rpc::Call& call, const v1::GetVolunteerStatisticsRequest& request);
};

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_STATISTICS_SERVICE_H_
