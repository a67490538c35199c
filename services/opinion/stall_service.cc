#include "services/opinion/stall_service.h"

#include <utility>

#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/privacy/personal.h"
#include "common/resource/table.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/opinion/opinion_statistics.h"
#include "services/opinion/opinion_view.h"
#include "services/opinion/people_view.h"
#include "services/opinion/stall_rules.h"

namespace firstfloor::opinion {
namespace {

using v1::Stall;

bool IsOfTeam(const Stall& stall, const rpc::Call& call) {
  return view::IsAmong(stall.team(), call.identity());
}

// Names are for the team.
Stall ViewOf(const Stall& stall, const rpc::Call& call) {
  Stall view = stall;
  if (!IsOfTeam(stall, call)) privacy::Mask(view);
  return view;
}

}  // namespace

void StallHandlers::Register(rpc::Service& service) {
  service.Mutation("PlanStall", this, &StallHandlers::Plan);
  service.Read("GetStall", this, &StallHandlers::Get);
  service.Read("ListStalls", this, &StallHandlers::List);
  service.Mutation("OpenStall", this, &StallHandlers::Open);
  service.Mutation("CloseStall", this, &StallHandlers::Close);
  service.Mutation("CancelStall", this, &StallHandlers::Cancel);
  service.Mutation("MoveStall", this, &StallHandlers::Move);
  service.Read("ListMemberKinds", this, &StallHandlers::ListKinds);
  service.Read("GetStallDay", this, &StallHandlers::GetDay);
}

StallHandlers::Result StallHandlers::LoadFor(Call& call, const std::string& name) const {
  ASSIGN_OR_RETURN(Stall stall, rpc::HiddenIfMissing(stalls_.table().Load(call.db(), name)));
  RETURN_IF_ERROR(
      call.Authorize(stall.area(), {.participant = view::IsNeighbour(call.identity(), stall.area())}));
  return stall;
}

StallHandlers::Result StallHandlers::Lock(Call& call, Tx& tx, const std::string& name,
                                          const std::string& etag) const {
  ASSIGN_OR_RETURN(Stall stall, rpc::HiddenIfMissing(stalls_.table().Lock(tx, name)));
  RETURN_IF_ERROR(call.Authorize(stall.area(), {.participant = IsOfTeam(stall, call)}));
  RETURN_IF_ERROR(rpc::CheckEtag(etag, stall));
  return stall;
}

StallHandlers::Result StallHandlers::Change(Call& call, Tx& tx, const std::string& name,
                                            const std::string& etag,
                                            absl::FunctionRef<Result(const Stall&)> decide) const {
  ASSIGN_OR_RETURN(const Stall before, Lock(call, tx, name, etag));
  ASSIGN_OR_RETURN(Stall after, decide(before));
  RETURN_IF_ERROR(changes_.Save(tx, call.origin(), after));
  return ViewOf(after, call);
}

StallHandlers::Result StallHandlers::Plan(Call& call, Tx& tx, const v1::PlanStallRequest& request) {
  error::Violations violations;
  kinds_.Check(request.stall().team(), "stall.team", violations);
  RETURN_IF_ERROR(violations.ToStatus());
  ASSIGN_OR_RETURN(Stall stall, stall_rules::Plan(request.stall()));
  stall.set_name(resource::NewName("stalls", call.origin().record_time));
  RETURN_IF_ERROR(changes_.Insert(tx, call.origin(), stall));
  return ViewOf(stall, call);
}

StallHandlers::Result StallHandlers::Get(Call& call, const v1::GetStallRequest& request) {
  ASSIGN_OR_RETURN(const Stall stall, LoadFor(call, request.name()));
  if (!request.unmask() || IsOfTeam(stall, call)) return ViewOf(stall, call);
  if (!view::HandlesArea(call.identity(), stall.area())) return error::Denied();
  call.RecordPersonalRead(stall.name(), stall.area());
  return stall;
}

absl::StatusOr<v1::ListStallsResponse> StallHandlers::List(Call& call, const v1::ListStallsRequest& request) {
  RETURN_IF_ERROR(
      call.Authorize(request.area(), {.participant = view::IsNeighbour(call.identity(), request.area())}));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *call.environment().keyring));
  ASSIGN_OR_RETURN(std::vector<Stall> rows, stalls_.List(call.db(), request, page.after, page.size + 1));
  v1::ListStallsResponse response;
  response.set_next_page_token(rpc::TakePage(page, rows, *call.environment().keyring));
  for (const Stall& row : rows) *response.add_stalls() = ViewOf(row, call);
  return response;
}

StallHandlers::Result StallHandlers::Open(Call& call, Tx& tx, const v1::OpenStallRequest& request) {
  return Change(call, tx, request.name(), request.etag(), [&](const Stall& stall) {
    return stall_rules::Open(stall, request.area(), request.elsewhere(), call.now());
  });
}

StallHandlers::Result StallHandlers::Close(Call& call, Tx& tx, const v1::CloseStallRequest& request) {
  return Change(call, tx, request.name(), request.etag(), [&](const Stall& stall) {
    return stall_rules::Close(stall, request.visitors(), request.note(), call.now());
  });
}

StallHandlers::Result StallHandlers::Cancel(Call& call, Tx& tx, const v1::CancelStallRequest& request) {
  return Change(call, tx, request.name(), request.etag(), [&](const Stall& stall) {
    return stall_rules::Cancel(stall, request.reason_code(), call.now());
  });
}

StallHandlers::Result StallHandlers::Move(Call& call, Tx& tx, const v1::MoveStallRequest& request) {
  ASSIGN_OR_RETURN(const Stall before, Lock(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(stall_rules::Moved moved,
                   stall_rules::MoveTo(before, request,
                                       resource::NewName("stalls", call.origin().record_time), call.now()));
  // The replacement is planned by whoever may plan there.
  RETURN_IF_ERROR(call.Authorize(moved.replacement.area(), {.participant = IsOfTeam(before, call)}));
  RETURN_IF_ERROR(changes_.Save(tx, call.origin(), moved.stall));
  RETURN_IF_ERROR(changes_.Insert(tx, call.origin(), moved.replacement));
  return ViewOf(moved.replacement, call);
}

absl::StatusOr<v1::ListMemberKindsResponse> StallHandlers::ListKinds(
    Call& call, const v1::ListMemberKindsRequest& request) {
  RETURN_IF_ERROR(
      call.Authorize(request.area(), {.participant = view::IsNeighbour(call.identity(), request.area())}));
  RETURN_IF_ERROR(rpc::PageOf(request, *call.environment().keyring).status());
  v1::ListMemberKindsResponse response;
  for (const MemberKinds::Kind& known : kinds_.all()) {
    v1::MemberKind* kind = response.add_kinds();
    kind->set_code(known.code);
    kind->set_display_name(known.display_name);
  }
  return response;
}

absl::StatusOr<v1::StallDay> StallHandlers::GetDay(Call& call, const v1::GetStallDayRequest& request) {
  ASSIGN_OR_RETURN(const Stall stall, LoadFor(call, request.name()));
  if (call.strong()) {
    RETURN_IF_ERROR(events::AwaitCaughtUp(call.db(), kStatisticsReader, call.deadline()));
  }
  ASSIGN_OR_RETURN(v1::StallDay day, stalls_.Day(call.db(), stall.name()));
  day.set_visitors(stall.visitors());
  return day;
}

}  // namespace firstfloor::opinion
