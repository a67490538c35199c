// What callers see of an enrolment.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_ENROLMENT_VIEW_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_ENROLMENT_VIEW_H_

#include "firstfloor/outreach/v1/enrolment.pb.h"

namespace firstfloor::rpc {
class Call;
}

namespace firstfloor::outreach {

// The caller is who enrolled.
bool IsOwn(const rpc::Call& call, const v1::Enrolment& enrolment);
// Masked unless it is the caller's own.
v1::Enrolment ViewOf(const rpc::Call& call, v1::Enrolment enrolment);

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_ENROLMENT_VIEW_H_
