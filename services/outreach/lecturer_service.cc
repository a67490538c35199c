#include "services/outreach/lecturer_service.h"

#include <set>

#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/privacy/personal.h"
#include "common/resource/update_mask.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/outreach/outreach_events.h"
#include "services/outreach/roles.h"

namespace firstfloor::outreach {
namespace {

using v1::Lecturer;

absl::Status CheckLecturer(const Lecturer& lecturer) {
  error::Violations violations;
  if (lecturer.display_name().empty()) violations.Add("display_name", "is required");
  if (lecturer.kind() == v1::LECTURER_KIND_UNSPECIFIED) violations.Add("kind", "is required");
  const std::set<int> forms(lecturer.forms().begin(), lecturer.forms().end());
  if (static_cast<int>(forms.size()) < lecturer.forms_size()) violations.Add("forms", "lists one twice");
  const std::set<std::string> topics(lecturer.topics().begin(), lecturer.topics().end());
  if (static_cast<int>(topics.size()) < lecturer.topics_size()) violations.Add("topics", "lists one twice");
  return violations.ToStatus();
}

}  // namespace

void LecturerHandlers::Register(rpc::Service& service) {
  service.Mutation("CreateLecturer", this, &LecturerHandlers::Create);
  service.Read("GetLecturer", this, &LecturerHandlers::Get);
  service.Read("BatchGetLecturers", this, &LecturerHandlers::BatchGet);
  service.Read("ListLecturers", this, &LecturerHandlers::List);
  service.Mutation("UpdateLecturer", this, &LecturerHandlers::Update);
}

absl::StatusOr<Lecturer> LecturerHandlers::Create(rpc::Call& call, db::Transaction& tx,
                                                  const v1::CreateLecturerRequest& request) {
  Lecturer lecturer = request.lecturer();
  RETURN_IF_ERROR(CheckLecturer(lecturer));
  lecturer.set_name(resource::NewName("lecturers", call.origin().record_time));
  RETURN_IF_ERROR(lecturers_.table().Insert(tx, lecturer, call.origin()));
  RETURN_IF_ERROR(call.environment().log->Append(tx, call.origin(), LecturerChanged(lecturer)));
  privacy::Mask(lecturer);
  return lecturer;
}

absl::StatusOr<Lecturer> LecturerHandlers::Get(rpc::Call& call, const v1::GetLecturerRequest& request) {
  ASSIGN_OR_RETURN(Lecturer lecturer,
                   rpc::HiddenIfMissing(lecturers_.table().Load(call.db(), request.name())));
  const bool owner = call.subject() == lecturer.contact().subject() && !call.subject().empty();
  RETURN_IF_ERROR(call.Authorize(lecturer.area(), {.owner = owner}));
  if (owner || call.identity().is_service()) return lecturer;
  if (request.unmask() && IsStaff(call, lecturer.area())) {
    call.RecordPersonalRead(lecturer.name(), lecturer.area());
  } else {
    privacy::Mask(lecturer);
  }
  return lecturer;
}

absl::StatusOr<v1::BatchGetLecturersResponse> LecturerHandlers::BatchGet(
    rpc::Call& call, const v1::BatchGetLecturersRequest& request) {
  v1::BatchGetLecturersResponse response;
  for (const std::string& name : request.names()) {
    ASSIGN_OR_RETURN(Lecturer lecturer, rpc::HiddenIfMissing(lecturers_.table().Load(call.db(), name)));
    RETURN_IF_ERROR(call.Authorize(lecturer.area()));
    privacy::Mask(lecturer);
    *response.add_lecturers() = std::move(lecturer);
  }
  return response;
}

absl::StatusOr<v1::ListLecturersResponse> LecturerHandlers::List(rpc::Call& call,
                                                                 const v1::ListLecturersRequest& request) {
  const privacy::Keyring& keyring = *call.environment().keyring;
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, keyring));
  std::vector<resource::Condition> conditions = {resource::Covered("area", request.area())};
  if (request.kind() != v1::LECTURER_KIND_UNSPECIFIED) {
    conditions.push_back(resource::Equals("kind", request.kind()));
  }
  ASSIGN_OR_RETURN(std::vector<Lecturer> lecturers,
                   lecturers_.table().List(call.db(), conditions, false, page.after, page.size + 1));
  v1::ListLecturersResponse response;
  response.set_next_page_token(rpc::TakePage(page, lecturers, keyring));
  for (Lecturer& lecturer : lecturers) {
    privacy::Mask(lecturer);
    *response.add_lecturers() = std::move(lecturer);
  }
  return response;
}

absl::StatusOr<Lecturer> LecturerHandlers::Update(rpc::Call& call, db::Transaction& tx,
                                                  const v1::UpdateLecturerRequest& request) {
  ASSIGN_OR_RETURN(Lecturer lecturer, rpc::HiddenIfMissing(lecturers_.table().Lock(tx, request.name())));
  RETURN_IF_ERROR(call.Authorize(lecturer.area()));
  RETURN_IF_ERROR(rpc::CheckEtag(request.etag(), lecturer));
  const resource::Changes changes = {
      {"display_name", [&] { lecturer.set_display_name(request.display_name()); }},
      {"kind", [&] { lecturer.set_kind(request.kind()); }},
      {"topics", [&] { *lecturer.mutable_topics() = request.topics(); }},
      {"forms", [&] { *lecturer.mutable_forms() = request.forms(); }},
      {"volunteer", [&] { lecturer.set_volunteer(request.volunteer()); }},
      {"contact", [&] { *lecturer.mutable_contact() = request.contact(); }},
  };
  RETURN_IF_ERROR(resource::ApplyMask(request.update_mask(), changes));
  RETURN_IF_ERROR(CheckLecturer(lecturer));
  RETURN_IF_ERROR(lecturers_.table().Save(tx, lecturer, call.origin()));
  RETURN_IF_ERROR(call.environment().log->Append(tx, call.origin(), LecturerChanged(lecturer)));
  privacy::Mask(lecturer);
  return lecturer;
}

}  // namespace firstfloor::outreach
