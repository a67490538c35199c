// Handlers of SignUpService.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_SIGN_UP_SERVICE_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_SIGN_UP_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/volunteer/v1/sign_up_service.pb.h"
#include "services/volunteer/books.h"

namespace firstfloor::volunteer {

class SignUpHandlers {
 public:
  explicit SignUpHandlers(const Books& books) : books_(books) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::SignUpForShiftResponse> SignUpForShift(rpc::Call& call, db::Transaction& tx,
                                                            const v1::SignUpForShiftRequest& request);
  absl::StatusOr<v1::SignUp> WithdrawSignUp(rpc::Call& call, db::Transaction& tx,
                                            const v1::WithdrawSignUpRequest& request);
  absl::StatusOr<v1::SignUp> CheckIn(rpc::Call& call, db::Transaction& tx, const v1::CheckInRequest& request);
  absl::StatusOr<v1::SignUp> CheckOut(rpc::Call& call, db::Transaction& tx,
                                      const v1::CheckOutRequest& request);
  absl::StatusOr<v1::SignUp> MarkNoShow(rpc::Call& call, db::Transaction& tx,
                                        const v1::MarkNoShowRequest& request);

  absl::StatusOr<v1::ListSignUpsResponse> ListSignUps(rpc::Call& call, const v1::ListSignUpsRequest& request);

 private:
  // A sign-up and its activity, both locked, after the access decision.
  struct Opened {
    v1::Activity activity;
    v1::SignUp sign_up;
  };
  template <typename Request>
  absl::StatusOr<Opened> Open(rpc::Call& call, db::Transaction& tx, const Request& request);
  // Saves a sign-up whose move changes nothing about places.
  absl::StatusOr<v1::SignUp> Keep(rpc::Call& call, db::Transaction& tx, Opened& opened, v1::SignUp changed);

  const Books& books_;
};

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_SIGN_UP_SERVICE_H_
