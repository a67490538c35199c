// Handlers of VenueService.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_VENUE_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_VENUE_SERVICE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/outreach/v1/venue_service.pb.h"
#include "services/outreach/session_store.h"
#include "services/outreach/venue_store.h"

namespace firstfloor::outreach {

class VenueHandlers {
 public:
  VenueHandlers(const VenueStore& venues, const SessionStore& sessions)
      : venues_(venues), sessions_(sessions) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::Venue> Create(rpc::Call& call, db::Transaction& tx,
                                   const v1::CreateVenueRequest& request);
  absl::StatusOr<v1::Venue> Get(rpc::Call& call, const v1::GetVenueRequest& request);
  absl::StatusOr<v1::BatchGetVenuesResponse> BatchGet(rpc::Call& call,
                                                      const v1::BatchGetVenuesRequest& request);
  absl::StatusOr<v1::ListVenuesResponse> List(rpc::Call& call, const v1::ListVenuesRequest& request);
  absl::StatusOr<v1::Venue> Update(rpc::Call& call, db::Transaction& tx,
                                   const v1::UpdateVenueRequest& request);
  absl::StatusOr<v1::Venue> Retire(rpc::Call& call, db::Transaction& tx,
                                   const v1::RetireVenueRequest& request);
  absl::Status Import(rpc::Call& call, db::Transaction& tx, const std::vector<rpc::ImportRow>& rows,
                      v1::ImportVenuesResponse& summary);

 private:
  // Adds what is wrong with the rows to `summary`.
  absl::Status Check(db::Transaction& tx, const std::vector<rpc::ImportRow>& rows,
                     v1::ImportVenuesResponse& summary) const;
  absl::StatusOr<v1::Venue> Add(rpc::Call& call, db::Transaction& tx, v1::Venue venue);
  absl::StatusOr<v1::Venue> Lock(rpc::Call& call, db::Transaction& tx, const std::string& name,
                                 const std::string& etag);

  const VenueStore& venues_;
  const SessionStore& sessions_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_VENUE_SERVICE_H_
