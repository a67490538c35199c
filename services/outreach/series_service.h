// Handlers of SeriesService.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_SERIES_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_SERIES_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/outreach/v1/series_service.pb.h"
#include "services/outreach/series_store.h"

namespace firstfloor::outreach {

class SeriesHandlers {
 public:
  explicit SeriesHandlers(const SeriesStore& store) : store_(store) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::Series> Create(rpc::Call& call, db::Transaction& tx,
                                    const v1::CreateSeriesRequest& request);
  absl::StatusOr<v1::Series> Get(rpc::Call& call, const v1::GetSeriesRequest& request);
  absl::StatusOr<v1::ListSeriesResponse> List(rpc::Call& call, const v1::ListSeriesRequest& request);
  absl::StatusOr<v1::Series> Update(rpc::Call& call, db::Transaction& tx,
                                    const v1::UpdateSeriesRequest& request);
  absl::StatusOr<v1::Series> End(rpc::Call& call, db::Transaction& tx, const v1::EndSeriesRequest& request);

  absl::StatusOr<v1::Round> CreateRound(rpc::Call& call, db::Transaction& tx,
                                        const v1::CreateRoundRequest& request);
  absl::StatusOr<v1::Round> GetRound(rpc::Call& call, const v1::GetRoundRequest& request);
  absl::StatusOr<v1::ListRoundsResponse> ListRounds(rpc::Call& call, const v1::ListRoundsRequest& request);
  absl::StatusOr<v1::Round> UpdateRound(rpc::Call& call, db::Transaction& tx,
                                        const v1::UpdateRoundRequest& request);

 private:
  absl::StatusOr<v1::Series> Lock(rpc::Call& call, db::Transaction& tx, const std::string& name,
                                  const std::string& etag);

  const SeriesStore& store_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_SERIES_SERVICE_H_
