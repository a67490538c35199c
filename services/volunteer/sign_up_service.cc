#include "services/volunteer/sign_up_service.h"

#include <utility>
#include <vector>

#include "common/rpc/page.h"
#include "services/volunteer/activity_rules.h"
#include "services/volunteer/entry.h"
#include "services/volunteer/shift_flow.h"
#include "services/volunteer/sign_up_rules.h"

namespace firstfloor::volunteer {

using v1::Activity;
using v1::SignUp;
using v1::Volunteer;

void SignUpHandlers::Register(rpc::Service& service) {
  service.Mutation("SignUpForShift", this, &SignUpHandlers::SignUpForShift);
  service.Mutation("WithdrawSignUp", this, &SignUpHandlers::WithdrawSignUp);
  service.Mutation("CheckIn", this, &SignUpHandlers::CheckIn);
  service.Mutation("CheckOut", this, &SignUpHandlers::CheckOut);
  service.Mutation("MarkNoShow", this, &SignUpHandlers::MarkNoShow);
  service.Read("ListSignUps", this, &SignUpHandlers::ListSignUps);
}

absl::StatusOr<v1::SignUpForShiftResponse> SignUpHandlers::SignUpForShift(
    rpc::Call& call, db::Transaction& tx, const v1::SignUpForShiftRequest& request) {
  // The volunteer's row keeps two sign-ups of one person apart, the activity's those for one place.
  ASSIGN_OR_RETURN(const Volunteer volunteer,
                   rpc::HiddenIfMissing(books_.stores.volunteers.Lock(tx, request.volunteer())));
  ASSIGN_OR_RETURN(Activity activity,
                   rpc::HiddenIfMissing(books_.stores.activities.Lock(tx, request.activity())));
  RETURN_IF_ERROR(call.Authorize(activity.area(), {.owner = IsCaller(call, volunteer.subject())}));
  v1::Shift* shift = rules::FindShift(activity, request.shift());
  if (shift == nullptr) return error::InvalidField("shift", "is no shift of the activity");
  RETURN_IF_ERROR(rules::MayChangeSignUps(activity, *shift, call.now()));
  ASSIGN_OR_RETURN(const std::vector<SignUp> others,
                   SignUpsAround(books_.stores, tx, volunteer.name(), *shift));
  RETURN_IF_ERROR(rules::MaySignUp(activity, *shift, volunteer, others));

  SignUp sign_up;
  sign_up.set_name(resource::NewName("signUps", call.origin().record_time));
  sign_up.set_activity(activity.name());
  sign_up.set_shift(shift->id());
  sign_up.set_volunteer(volunteer.name());
  sign_up.set_area(activity.area());
  *sign_up.mutable_window() = shift->window();
  const bool placed = rules::TakePlace(*shift);
  sign_up.set_state(placed ? v1::SIGN_UP_STATE_SIGNED_UP : v1::SIGN_UP_STATE_WAITLISTED);
  if (!placed) sign_up.set_queue_number(shift->last_queue_number());

  v1::SignUpForShiftResponse response;
  for (v1::SignUpWarning& warning : rules::ShortGaps(*shift, others)) {
    *response.add_warnings() = std::move(warning);
  }
  const int64_t taken = shift->taken();
  RETURN_IF_ERROR(books_.stores.activities.Save(tx, activity, call.origin()));
  RETURN_IF_ERROR(
      books_.Add(tx, call.origin(), books_.stores.sign_ups, sign_up, v1::SIGN_UP_STATE_UNSPECIFIED, taken));
  *response.mutable_sign_up() = std::move(sign_up);
  return response;
}

template <typename Request>
absl::StatusOr<SignUpHandlers::Opened> SignUpHandlers::Open(rpc::Call& call, db::Transaction& tx,
                                                            const Request& request) {
  // What names the two others never changes, so that it may be read before they are locked.
  ASSIGN_OR_RETURN(const SignUp named, rpc::HiddenIfMissing(books_.stores.sign_ups.Load(tx, request.name())));
  ASSIGN_OR_RETURN(const Volunteer volunteer,
                   rpc::HiddenIfMissing(books_.stores.volunteers.Load(tx, named.volunteer())));
  RETURN_IF_ERROR(call.Authorize(named.area(), {.owner = IsCaller(call, volunteer.subject())}));
  Opened opened;
  ASSIGN_OR_RETURN(opened.activity, books_.stores.activities.Lock(tx, named.activity()));
  ASSIGN_OR_RETURN(opened.sign_up, books_.stores.sign_ups.Lock(tx, request.name()));
  RETURN_IF_ERROR(rpc::CheckEtag(request.etag(), opened.sign_up));
  return opened;
}

absl::StatusOr<SignUp> SignUpHandlers::Keep(rpc::Call& call, db::Transaction& tx, Opened& opened,
                                            SignUp changed) {
  const v1::Shift* shift = rules::FindShift(opened.activity, changed.shift());
  const int64_t taken = shift == nullptr ? 0 : shift->taken();
  RETURN_IF_ERROR(
      books_.Save(tx, call.origin(), books_.stores.sign_ups, changed, opened.sign_up.state(), taken));
  return Shown(call, std::move(changed), false);
}

absl::StatusOr<SignUp> SignUpHandlers::WithdrawSignUp(rpc::Call& call, db::Transaction& tx,
                                                      const v1::WithdrawSignUpRequest& request) {
  ASSIGN_OR_RETURN(Opened opened, Open(call, tx, request));
  RETURN_IF_ERROR(GiveUpShift(books_, tx, call.origin(), opened.activity, opened.sign_up));
  return Shown(call, std::move(opened.sign_up), false);
}

absl::StatusOr<SignUp> SignUpHandlers::CheckIn(rpc::Call& call, db::Transaction& tx,
                                               const v1::CheckInRequest& request) {
  ASSIGN_OR_RETURN(Opened opened, Open(call, tx, request));
  ASSIGN_OR_RETURN(SignUp changed, rules::CheckIn(opened.sign_up, opened.activity, call.now()));
  return Keep(call, tx, opened, std::move(changed));
}

absl::StatusOr<SignUp> SignUpHandlers::CheckOut(rpc::Call& call, db::Transaction& tx,
                                                const v1::CheckOutRequest& request) {
  ASSIGN_OR_RETURN(Opened opened, Open(call, tx, request));
  ASSIGN_OR_RETURN(SignUp changed, rules::Move(opened.sign_up, rules::SignUpMove::kCheckOut, call.now()));
  return Keep(call, tx, opened, std::move(changed));
}

absl::StatusOr<SignUp> SignUpHandlers::MarkNoShow(rpc::Call& call, db::Transaction& tx,
                                                  const v1::MarkNoShowRequest& request) {
  ASSIGN_OR_RETURN(Opened opened, Open(call, tx, request));
  ASSIGN_OR_RETURN(SignUp changed, rules::Move(opened.sign_up, rules::SignUpMove::kNoShow, call.now()));
  changed.set_no_show_comment(request.comment());
  return Keep(call, tx, opened, std::move(changed));
}

absl::StatusOr<v1::ListSignUpsResponse> SignUpHandlers::ListSignUps(rpc::Call& call,
                                                                    const v1::ListSignUpsRequest& request) {
  if (request.activity().empty() == request.volunteer().empty()) {
    return error::InvalidField("activity", "or volunteer, one of them, must be set");
  }
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, books_.stores.keyring));
  std::vector<resource::Condition> wanted;
  if (!request.activity().empty()) {
    ASSIGN_OR_RETURN(const Activity activity,
                     rpc::HiddenIfMissing(books_.stores.activities.Load(call.db(), request.activity())));
    RETURN_IF_ERROR(call.Authorize(activity.area()));
    wanted.push_back(resource::Equals("activity", IdColumn("activities", request.activity())));
  } else {
    ASSIGN_OR_RETURN(const Volunteer volunteer,
                     rpc::HiddenIfMissing(books_.stores.volunteers.Load(call.db(), request.volunteer())));
    RETURN_IF_ERROR(call.Authorize(volunteer.area(), {.owner = IsCaller(call, volunteer.subject())}));
    wanted.push_back(resource::Equals("volunteer", IdColumn("volunteers", request.volunteer())));
  }
  if (request.state() != v1::SIGN_UP_STATE_UNSPECIFIED) {
    wanted.push_back(resource::Equals("state", static_cast<int>(request.state())));
  }
  ASSIGN_OR_RETURN(std::vector<SignUp> sign_ups,
                   books_.stores.sign_ups.List(call.db(), wanted, false, page.after, page.size + 1));
  v1::ListSignUpsResponse response;
  response.set_next_page_token(rpc::TakePage(page, sign_ups, books_.stores.keyring));
  for (SignUp& sign_up : sign_ups) *response.add_sign_ups() = Shown(call, std::move(sign_up), false);
  return response;
}

}  // namespace firstfloor::volunteer
