// Handlers of StatisticsService.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_STATISTICS_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_STATISTICS_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/outreach/v1/statistics_service.pb.h"

namespace firstfloor::outreach {

class StatisticsHandlers {
 public:
  explicit StatisticsHandlers(const rpc::Environment& environment) : environment_(environment) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::GetOutreachStatisticsResponse> Get(rpc::Call& call,
                                                        const v1::GetOutreachStatisticsRequest& request);

 private:
  const rpc::Environment& environment_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_STATISTICS_SERVICE_H_
