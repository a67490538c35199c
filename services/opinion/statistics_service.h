// Handlers of StatisticsService.
#ifndef FIRSTFLOOR_SERVICES_OPINION_STATISTICS_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OPINION_STATISTICS_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/opinion/v1/statistics_service.pb.h"

namespace firstfloor::opinion {

class StatisticsHandlers {
 public:
  void Register(rpc::Service& service);

 private:
  absl::StatusOr<v1::GetOpinionStatisticsResponse> Get(rpc::Call& call,
                                                       const v1::GetOpinionStatisticsRequest& request);
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_STATISTICS_SERVICE_H_
