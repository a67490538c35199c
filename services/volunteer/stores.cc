#include "services/volunteer/stores.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/calendar/timestamp.h"
#include "common/privacy/keyring.h"

namespace firstfloor::volunteer {
namespace {

using google::protobuf::Message;

template <typename R>
const R& As(const Message& message) {
  return static_cast<const R&>(message);
}

// A column with what `get` reads from the resource.
template <typename R, typename Get>
resource::Column Col(const char* name, Get get) {
  return {name, [get](const Message& message) { return db::Value(get(As<R>(message))); }};
}

db::Value Text(absl::string_view text) { return text.empty() ? db::Value(nullptr) : db::Value(text); }

// "|LAW|MEDICAL|", so that LIKE finds one.
std::string SkillsColumn(const v1::Volunteer& volunteer) {
  std::string text = "|";
  for (const v1::Skill& skill : volunteer.skills()) absl::StrAppend(&text, skill.code(), "|");
  return text;
}

// The same of the areas where they help; NULL for those who name none.
db::Value AreasColumn(const v1::Volunteer& volunteer) {
  if (volunteer.areas().empty()) return nullptr;
  return absl::StrCat("|", absl::StrJoin(volunteer.areas(), "|"), "|");
}

db::Value SubjectColumn(const privacy::Keyring& keyring, const v1::Volunteer& volunteer) {
  // Whoever has left may come again as somebody new.
  if (volunteer.subject().empty() || volunteer.state() == v1::VOLUNTEER_STATE_LEFT) return nullptr;
  return keyring.BlindIndex("subject", volunteer.subject());
}

resource::Spec PostSpec() {
  using v1::Post;
  return {.table = "post",
          .collection = "posts",
          .type = "Post",
          .columns = {Col<Post>("area", [](const Post& p) { return p.area(); }),
                      Col<Post>("role", [](const Post& p) { return static_cast<int>(p.role()); }),
                      Col<Post>("state", [](const Post& p) { return static_cast<int>(p.state()); }),
                      Col<Post>("organisation", [](const Post& p) { return p.organisation(); })}};
}

resource::Spec VolunteerSpec(const privacy::Keyring& keyring) {
  using v1::Volunteer;
  return {.table = "volunteer",
          .collection = "volunteers",
          .type = "Volunteer",
          .columns = {
              Col<Volunteer>("area", [](const Volunteer& v) { return v.area(); }),
              Col<Volunteer>("state", [](const Volunteer& v) { return static_cast<int>(v.state()); }),
              Col<Volunteer>("subject", [&keyring](const Volunteer& v) { return SubjectColumn(keyring, v); }),
              Col<Volunteer>("external_number", [](const Volunteer& v) { return Text(v.external_number()); }),
              Col<Volunteer>("skills", SkillsColumn), Col<Volunteer>("areas", AreasColumn)}};
}

resource::Spec ProjectSpec() {
  using v1::Project;
  return {.table = "project",
          .collection = "projects",
          .type = "Project",
          .columns = {Col<Project>("area", [](const Project& p) { return p.area(); }),
                      Col<Project>("state", [](const Project& p) { return static_cast<int>(p.state()); }),
                      Col<Project>("field", [](const Project& p) { return static_cast<int>(p.field()); }),
                      Col<Project>("post", [](const Project& p) { return IdColumn("posts", p.post()); })}};
}

resource::Spec ActivitySpec() {
  using v1::Activity;
  return {.table = "activity",
          .collection = "activities",
          .type = "Activity",
          .columns = {
              Col<Activity>("area", [](const Activity& a) { return a.area(); }),
              Col<Activity>("state", [](const Activity& a) { return static_cast<int>(a.state()); }),
              Col<Activity>("kind", [](const Activity& a) { return static_cast<int>(a.kind()); }),
              Col<Activity>("project", [](const Activity& a) { return IdColumn("projects", a.project()); })}};
}

resource::Spec SignUpSpec() {
  using v1::SignUp;
  return {
      .table = "sign_up",
      .collection = "signUps",
      .type = "SignUp",
      .columns = {
          Col<SignUp>("activity", [](const SignUp& s) { return IdColumn("activities", s.activity()); }),
          Col<SignUp>("shift", [](const SignUp& s) { return s.shift(); }),
          Col<SignUp>("volunteer", [](const SignUp& s) { return IdColumn("volunteers", s.volunteer()); }),
          Col<SignUp>("state", [](const SignUp& s) { return static_cast<int>(s.state()); }),
          Col<SignUp>("start_time",
                      [](const SignUp& s) { return calendar::FromProto(s.window().start_time()); }),
          Col<SignUp>("end_time", [](const SignUp& s) { return calendar::FromProto(s.window().end_time()); }),
          Col<SignUp>("queue_number", [](const SignUp& s) { return s.queue_number(); })}};
}

resource::Spec TaskSpec() {
  using v1::Task;
  return {
      .table = "task",
      .collection = "tasks",
      .type = "Task",
      .columns = {Col<Task>("area", [](const Task& t) { return t.area(); }),
                  Col<Task>("state", [](const Task& t) { return static_cast<int>(t.state()); }),
                  Col<Task>("volunteer", [](const Task& t) { return IdColumn("volunteers", t.volunteer()); }),
                  Col<Task>("order_id", [](const Task& t) { return IdColumn("orders", t.order()); }),
                  Col<Task>("accept_time", [](const Task& t) {
                    return t.has_accept_time() ? db::Value(calendar::FromProto(t.accept_time()))
                                               : db::Value(nullptr);
                  })}};
}

}  // namespace

db::Value IdColumn(absl::string_view collection, absl::string_view name) {
  absl::StatusOr<std::string> id = resource::IdOf(collection, name);
  return id.ok() ? db::Value(*std::move(id)) : db::Value(nullptr);
}

Stores::Stores(const privacy::Keyring& keyring)
    : keyring(keyring),
      posts(PostSpec(), keyring),
      volunteers(VolunteerSpec(keyring), keyring),
      projects(ProjectSpec(), keyring),
      activities(ActivitySpec(), keyring),
      sign_ups(SignUpSpec(), keyring),
      tasks(TaskSpec(), keyring) {}

}  // namespace firstfloor::volunteer
