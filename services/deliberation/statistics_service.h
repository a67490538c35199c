// Handlers of StatisticsService.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_STATISTICS_SERVICE_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_STATISTICS_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/deliberation/v1/statistics_service.pb.h"

namespace firstfloor::deliberation {

class StatisticsHandlers {
 public:
  void Register(rpc::Service& service);

  absl::StatusOr<v1::DeliberationStatistics> Get(rpc::Call& call,
                                                 const v1::GetDeliberationStatisticsRequest& request);
};

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_STATISTICS_SERVICE_H_
