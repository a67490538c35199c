#include "services/outreach/enrolment_view.h"

#include "common/privacy/personal.h"
#include "common/rpc/call.h"

namespace firstfloor::outreach {

bool IsOwn(const rpc::Call& call, const v1::Enrolment& enrolment) {
  return call.identity().kind == auth::Identity::Kind::kPerson && !call.subject().empty() &&
         enrolment.person().subject() == call.subject();
}

v1::Enrolment ViewOf(const rpc::Call& call, v1::Enrolment enrolment) {
  if (!IsOwn(call, enrolment)) privacy::Mask(enrolment);
  return enrolment;
}

}  // namespace firstfloor::outreach
