#include "services/volunteer/volunteer_service.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/page.h"
#include "services/volunteer/entry.h"
#include "services/volunteer/shift_flow.h"
#include "services/volunteer/task_flow.h"
#include "services/volunteer/volunteer_store.h"

namespace firstfloor::volunteer {
namespace {

using v1::Volunteer;

constexpr int kImportChunk = 250;

bool IsTheirs(const rpc::Call& call, const Volunteer& volunteer) {
  return IsCaller(call, volunteer.subject());
}

auth::Standing StandingOf(const rpc::Call& call, const Volunteer& volunteer) {
  return {.owner = IsTheirs(call, volunteer)};
}

absl::Status AlreadyOne() {
  return error::Make(absl::StatusCode::kAlreadyExists, "VOLUNTEER_EXISTS",
                     "this account is a volunteer's already");
}

}  // namespace

void VolunteerHandlers::Register(rpc::Service& service) {
  service.Mutation("ApplyVolunteer", this, &VolunteerHandlers::ApplyVolunteer);
  service.Mutation("ApproveVolunteer", this, &VolunteerHandlers::ApproveVolunteer);
  service.Mutation("SuspendVolunteer", this, &VolunteerHandlers::SuspendVolunteer);
  service.Mutation("ResumeVolunteer", this, &VolunteerHandlers::ResumeVolunteer);
  service.Mutation("LeaveVolunteer", this, &VolunteerHandlers::LeaveVolunteer);
  service.Mutation("UpdateVolunteer", this, &VolunteerHandlers::UpdateVolunteer);
  service.Read("GetVolunteer", this, &VolunteerHandlers::GetVolunteer);
  service.Read("GetMyVolunteer", this, &VolunteerHandlers::GetMyVolunteer);
  service.Read("ListVolunteers", this, &VolunteerHandlers::ListVolunteers);
  service.Import("ImportVolunteers", this, &VolunteerHandlers::ImportVolunteers, kImportChunk);
}

absl::StatusOr<Volunteer> VolunteerHandlers::ApplyVolunteer(rpc::Call& call, db::Transaction& tx,
                                                            const v1::ApplyVolunteerRequest& request) {
  ASSIGN_OR_RETURN(Volunteer volunteer, rules::Apply(request.volunteer(), call.subject(), call.now()));
  volunteer.set_name(resource::NewName("volunteers", call.origin().record_time));
  const absl::Status added = books_.Add(tx, call.origin(), books_.stores.volunteers, volunteer, Volunteer());
  if (absl::IsAlreadyExists(added)) return AlreadyOne();
  RETURN_IF_ERROR(added);
  return volunteer;
}

template <typename Request>
absl::StatusOr<Volunteer> VolunteerHandlers::Move(rpc::Call& call, db::Transaction& tx,
                                                  const Request& request, rules::VolunteerMove move,
                                                  absl::string_view reason_code) {
  ASSIGN_OR_RETURN(const Volunteer volunteer, Enter(call, tx, books_.stores.volunteers, request,
                                                    [&](const Volunteer& v) { return StandingOf(call, v); }));
  ASSIGN_OR_RETURN(Volunteer moved, rules::Move(volunteer, move, reason_code));
  if (moved.state() != v1::VOLUNTEER_STATE_ACTIVE) {
    const absl::string_view reason =
        moved.state() == v1::VOLUNTEER_STATE_LEFT ? "VOLUNTEER_LEFT" : "VOLUNTEER_SUSPENDED";
    RETURN_IF_ERROR(GiveUpAllShifts(books_, tx, call.origin(), volunteer.name()));
    RETURN_IF_ERROR(GiveUpAllTasks(books_, tx, call.origin(), volunteer.name(), reason));
  }
  RETURN_IF_ERROR(books_.Save(tx, call.origin(), books_.stores.volunteers, moved, volunteer));
  return Shown(call, std::move(moved), IsTheirs(call, volunteer));
}

absl::StatusOr<Volunteer> VolunteerHandlers::ApproveVolunteer(rpc::Call& call, db::Transaction& tx,
                                                              const v1::ApproveVolunteerRequest& request) {
  return Move(call, tx, request, rules::VolunteerMove::kApprove, "");
}

absl::StatusOr<Volunteer> VolunteerHandlers::SuspendVolunteer(rpc::Call& call, db::Transaction& tx,
                                                              const v1::SuspendVolunteerRequest& request) {
  return Move(call, tx, request, rules::VolunteerMove::kSuspend, request.reason_code());
}

absl::StatusOr<Volunteer> VolunteerHandlers::ResumeVolunteer(rpc::Call& call, db::Transaction& tx,
                                                             const v1::ResumeVolunteerRequest& request) {
  return Move(call, tx, request, rules::VolunteerMove::kResume, "");
}

absl::StatusOr<Volunteer> VolunteerHandlers::LeaveVolunteer(rpc::Call& call, db::Transaction& tx,
                                                            const v1::LeaveVolunteerRequest& request) {
  return Move(call, tx, request, rules::VolunteerMove::kLeave, "");
}

absl::StatusOr<Volunteer> VolunteerHandlers::UpdateVolunteer(rpc::Call& call, db::Transaction& tx,
                                                             const v1::UpdateVolunteerRequest& request) {
  ASSIGN_OR_RETURN(const Volunteer volunteer, Enter(call, tx, books_.stores.volunteers, request,
                                                    [&](const Volunteer& v) { return StandingOf(call, v); }));
  ASSIGN_OR_RETURN(Volunteer updated, rules::Update(volunteer, request.volunteer(), call.now()));
  RETURN_IF_ERROR(books_.Save(tx, call.origin(), books_.stores.volunteers, updated, volunteer));
  return Shown(call, std::move(updated), IsTheirs(call, volunteer));
}

absl::StatusOr<Volunteer> VolunteerHandlers::GetVolunteer(rpc::Call& call,
                                                          const v1::GetVolunteerRequest& request) {
  ASSIGN_OR_RETURN(Volunteer volunteer,
                   rpc::HiddenIfMissing(books_.stores.volunteers.Load(call.db(), request.name())));
  const auth::Standing standing = StandingOf(call, volunteer);
  RETURN_IF_ERROR(call.Authorize(volunteer.area(), standing));
  return ShownOnRequest(call, std::move(volunteer), standing.owner, request.unmask());
}

absl::StatusOr<Volunteer> VolunteerHandlers::GetMyVolunteer(rpc::Call& call,
                                                            const v1::GetMyVolunteerRequest&) {
  ASSIGN_OR_RETURN(Volunteer volunteer,
                   rpc::HiddenIfMissing(VolunteerOf(books_.stores, call.db(), call.subject())));
  RETURN_IF_ERROR(call.Authorize(volunteer.area(), StandingOf(call, volunteer)));
  return volunteer;
}

absl::StatusOr<v1::ListVolunteersResponse> VolunteerHandlers::ListVolunteers(
    rpc::Call& call, const v1::ListVolunteersRequest& request) {
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, books_.stores.keyring));
  std::vector<resource::Condition> wanted = {resource::Covered("area", request.area())};
  if (request.state() != v1::VOLUNTEER_STATE_UNSPECIFIED) {
    wanted.push_back(resource::Equals("state", static_cast<int>(request.state())));
  }
  if (!request.skill().empty()) wanted.push_back(HasSkill(request.skill()));
  ASSIGN_OR_RETURN(std::vector<Volunteer> volunteers,
                   books_.stores.volunteers.List(call.db(), wanted, true, page.after, page.size + 1));
  v1::ListVolunteersResponse response;
  response.set_next_page_token(rpc::TakePage(page, volunteers, books_.stores.keyring));
  for (Volunteer& volunteer : volunteers) {
    *response.add_volunteers() = Shown(call, std::move(volunteer), false);
  }
  return response;
}

}  // namespace firstfloor::volunteer
