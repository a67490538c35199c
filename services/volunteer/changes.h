// The events that changes append. Nothing typed and nothing personal is in them.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_CHANGES_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_CHANGES_H_

#include "firstfloor/events/v1/event.pb.h"
#include "firstfloor/volunteer/v1/activity.pb.h"
#include "firstfloor/volunteer/v1/post.pb.h"
#include "firstfloor/volunteer/v1/project.pb.h"
#include "firstfloor/volunteer/v1/sign_up.pb.h"
#include "firstfloor/volunteer/v1/task.pb.h"
#include "firstfloor/volunteer/v1/volunteer.pb.h"

namespace firstfloor::volunteer {

// Each takes the resource as stored after the change, and the state before it (UNSPECIFIED for a new one).
events::v1::Event Changed(const v1::Post& post, v1::PostState from);
// `previous` is the volunteer before the change; default for a new one.
events::v1::Event Changed(const v1::Volunteer& volunteer, const v1::Volunteer& previous);
events::v1::Event Changed(const v1::Project& project, v1::ProjectState from);
events::v1::Event Changed(const v1::Activity& activity, v1::ActivityState from);
// `taken` are the places of the shift that are taken after the change.
events::v1::Event Changed(const v1::SignUp& sign_up, v1::SignUpState from, int64_t taken);
events::v1::Event Changed(const v1::Task& task, v1::TaskState from);

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_CHANGES_H_
