#include "services/volunteer/changes.h"

#include "common/events/about.h"
#include "services/volunteer/enum_text.h"

namespace firstfloor::volunteer {
namespace {

template <typename R, typename State>
events::v1::Event About(const R& row, State from, State to) {
  events::v1::Event event = events::About(row);
  event.mutable_volunteer()->set_from(Short(from));
  event.mutable_volunteer()->set_to(Short(to));
  return event;
}

}  // namespace

events::v1::Event Changed(const v1::Post& post, v1::PostState from) {
  events::v1::Event event = About(post, from, post.state());
  auto* changed = event.mutable_volunteer()->mutable_post_changed();
  changed->set_role(Short(post.role()));
  changed->set_vacant(!post.has_holder());
  changed->set_deputised(post.deputised());
  return event;
}

events::v1::Event Changed(const v1::Volunteer& volunteer, const v1::Volunteer& previous) {
  events::v1::Event event = About(volunteer, previous.state(), volunteer.state());
  auto* changed = event.mutable_volunteer()->mutable_volunteer_changed();
  for (const int kind : volunteer.kinds()) changed->add_kinds(Short(static_cast<v1::VolunteerKind>(kind)));
  for (const int kind : previous.kinds()) {
    changed->add_previous_kinds(Short(static_cast<v1::VolunteerKind>(kind)));
  }
  return event;
}

events::v1::Event Changed(const v1::Project& project, v1::ProjectState from) {
  events::v1::Event event = About(project, from, project.state());
  event.mutable_volunteer()->set_field(Short(project.field()));
  event.mutable_volunteer()->mutable_project_moved()->set_beneficiaries(project.beneficiaries());
  return event;
}

events::v1::Event Changed(const v1::Activity& activity, v1::ActivityState from) {
  events::v1::Event event = About(activity, from, activity.state());
  event.set_stall(activity.stall());
  event.mutable_volunteer()->set_field(Short(activity.kind()));
  if (from == v1::ACTIVITY_STATE_DRAFT && activity.state() == v1::ACTIVITY_STATE_OPEN) {
    auto* scheduled = event.mutable_volunteer()->mutable_activity_scheduled();
    *scheduled->mutable_start_time() = activity.window().start_time();
    *scheduled->mutable_end_time() = activity.window().end_time();
  } else {
    event.mutable_volunteer()->mutable_activity_moved()->set_beneficiaries(activity.beneficiaries());
  }
  return event;
}

events::v1::Event Changed(const v1::SignUp& sign_up, v1::SignUpState from, int64_t taken) {
  events::v1::Event event = About(sign_up, from, sign_up.state());
  auto* changed = event.mutable_volunteer()->mutable_sign_up_changed();
  changed->set_taken(taken);
  changed->set_activity(sign_up.activity());
  changed->set_shift(sign_up.shift());
  changed->set_volunteer(sign_up.volunteer());
  return event;
}

events::v1::Event Changed(const v1::Task& task, v1::TaskState from) {
  events::v1::Event event = About(task, from, task.state());
  if (task.state() == v1::TASK_STATE_DONE || task.state() == v1::TASK_STATE_RETURNED) {
    auto* closed = event.mutable_volunteer()->mutable_task_closed();
    closed->set_order(task.order());
    closed->set_done(task.state() == v1::TASK_STATE_DONE);
    closed->set_reason_code(task.reason_code());
  } else {
    auto* moved = event.mutable_volunteer()->mutable_task_moved();
    moved->set_order(task.order());
    moved->set_reason_code(task.reason_code());
  }
  return event;
}

}  // namespace firstfloor::volunteer
