#include "services/opinion/box_service.h"

#include <utility>
#include <vector>

#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/personal.h"
#include "common/resource/table.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/opinion/box_rules.h"
#include "services/opinion/opinion_view.h"
#include "services/opinion/people_view.h"

namespace firstfloor::opinion {
namespace {

using v1::Box;
using v1::BoxOpening;

bool IsCustodian(const Box& box, const rpc::Call& call) { return view::Is(box.custodian(), call.identity()); }

bool IsWitness(const BoxOpening& opening, const rpc::Call& call) {
  return view::IsAmong(opening.witnesses(), call.identity());
}

// People are named to themselves alone.
Box ViewOf(const Box& box, const rpc::Call& call) {
  Box view = box;
  if (!IsCustodian(box, call)) privacy::Mask(view);
  return view;
}
BoxOpening ViewOf(const BoxOpening& opening, const rpc::Call& call) {
  BoxOpening view = opening;
  if (!IsWitness(opening, call)) privacy::Mask(view);
  return view;
}

// The row in plain, for those who handle what is in its area and ask for it.
template <typename R>
absl::StatusOr<R> Unmasked(rpc::Call& call, const R& row) {
  if (!view::HandlesArea(call.identity(), row.area())) return error::Denied();
  call.RecordPersonalRead(row.name(), row.area());
  return row;
}

}  // namespace

void BoxHandlers::Register(rpc::Service& service) {
  service.Mutation("CreateBox", this, &BoxHandlers::Create);
  service.Read("GetBox", this, &BoxHandlers::Get);
  service.Read("ListBoxes", this, &BoxHandlers::List);
  service.Mutation("UpdateBox", this, &BoxHandlers::Update);
  service.Mutation("RetireBox", this, &BoxHandlers::Retire);
  service.Mutation("OpenBox", this, &BoxHandlers::Open);
  service.Read("GetBoxOpening", this, &BoxHandlers::GetOpening);
  service.Read("ListBoxOpenings", this, &BoxHandlers::ListOpenings);
  service.Mutation("RecountBoxOpening", this, &BoxHandlers::Recount);
  service.Mutation("CompleteBoxOpening", this, &BoxHandlers::Complete);
}

// ---- boxes ----

BoxHandlers::BoxResult BoxHandlers::LockBox(Call& call, Tx& tx, const std::string& name,
                                            const std::string& etag) const {
  ASSIGN_OR_RETURN(Box box, rpc::HiddenIfMissing(store_.boxes().Lock(tx, name)));
  RETURN_IF_ERROR(call.Authorize(box.area()));
  RETURN_IF_ERROR(rpc::CheckEtag(etag, box));
  return box;
}

BoxHandlers::BoxResult BoxHandlers::Create(Call& call, Tx& tx, const v1::CreateBoxRequest& request) {
  ASSIGN_OR_RETURN(Box box, box_rules::Hang(request.box(), call.now()));
  box.set_name(resource::NewName("boxes", call.origin().record_time));
  RETURN_IF_ERROR(changes_.Hang(tx, call.origin(), box));
  return ViewOf(box, call);
}

BoxHandlers::BoxResult BoxHandlers::Get(Call& call, const v1::GetBoxRequest& request) {
  ASSIGN_OR_RETURN(const Box box, rpc::HiddenIfMissing(store_.boxes().Load(call.db(), request.name())));
  RETURN_IF_ERROR(
      call.Authorize(box.area(), {.participant = view::IsNeighbour(call.identity(), box.area())}));
  return request.unmask() && !IsCustodian(box, call) ? Unmasked(call, box) : ViewOf(box, call);
}

absl::StatusOr<v1::ListBoxesResponse> BoxHandlers::List(Call& call, const v1::ListBoxesRequest& request) {
  RETURN_IF_ERROR(
      call.Authorize(request.area(), {.participant = view::IsNeighbour(call.identity(), request.area())}));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *call.environment().keyring));
  ASSIGN_OR_RETURN(std::vector<Box> rows,
                   store_.List(call.db(), request, call.now(), page.after, page.size + 1));
  v1::ListBoxesResponse response;
  response.set_next_page_token(rpc::TakePage(page, rows, *call.environment().keyring));
  for (const Box& row : rows) *response.add_boxes() = ViewOf(row, call);
  return response;
}

BoxHandlers::BoxResult BoxHandlers::Update(Call& call, Tx& tx, const v1::UpdateBoxRequest& request) {
  ASSIGN_OR_RETURN(const Box before, LockBox(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(Box after, box_rules::Update(before, request));
  const auto& paths = request.update_mask().paths();
  RETURN_IF_ERROR(changes_.Amend(tx, call.origin(), after, {paths.begin(), paths.end()}));
  return ViewOf(after, call);
}

BoxHandlers::BoxResult BoxHandlers::Retire(Call& call, Tx& tx, const v1::RetireBoxRequest& request) {
  ASSIGN_OR_RETURN(const Box before, LockBox(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(Box after, box_rules::Retire(before));
  RETURN_IF_ERROR(changes_.Retire(tx, call.origin(), after));
  return ViewOf(after, call);
}

// ---- openings ----

BoxHandlers::OpeningResult BoxHandlers::LockOpening(Call& call, Tx& tx, const std::string& name,
                                                    const std::string& etag) const {
  ASSIGN_OR_RETURN(BoxOpening opening, rpc::HiddenIfMissing(store_.openings().Lock(tx, name)));
  RETURN_IF_ERROR(call.Authorize(opening.area(), {.participant = IsWitness(opening, call)}));
  RETURN_IF_ERROR(rpc::CheckEtag(etag, opening));
  return opening;
}

BoxHandlers::OpeningResult BoxHandlers::Open(Call& call, Tx& tx, const v1::OpenBoxRequest& request) {
  ASSIGN_OR_RETURN(const Box box, LockBox(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(
      box_rules::Emptied opened,
      box_rules::Open(box, request, resource::NewName("boxOpenings", call.origin().record_time), call.now()));
  RETURN_IF_ERROR(changes_.Open(tx, call.origin(), opened));
  return ViewOf(opened.opening, call);
}

BoxHandlers::OpeningResult BoxHandlers::GetOpening(Call& call, const v1::GetBoxOpeningRequest& request) {
  ASSIGN_OR_RETURN(const BoxOpening opening,
                   rpc::HiddenIfMissing(store_.openings().Load(call.db(), request.name())));
  RETURN_IF_ERROR(call.Authorize(opening.area(), {.participant = IsWitness(opening, call)}));
  return request.unmask() && !IsWitness(opening, call) ? Unmasked(call, opening) : ViewOf(opening, call);
}

absl::StatusOr<v1::ListBoxOpeningsResponse> BoxHandlers::ListOpenings(
    Call& call, const v1::ListBoxOpeningsRequest& request) {
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *call.environment().keyring));
  ASSIGN_OR_RETURN(std::vector<BoxOpening> rows, store_.List(call.db(), request, page.after, page.size + 1));
  v1::ListBoxOpeningsResponse response;
  response.set_next_page_token(rpc::TakePage(page, rows, *call.environment().keyring));
  for (const BoxOpening& row : rows) *response.add_box_openings() = ViewOf(row, call);
  return response;
}

BoxHandlers::OpeningResult BoxHandlers::Recount(Call& call, Tx& tx,
                                                const v1::RecountBoxOpeningRequest& request) {
  ASSIGN_OR_RETURN(const BoxOpening before, LockOpening(call, tx, request.name(), request.etag()));
  RETURN_IF_ERROR(box_rules::CheckCountedBy(before, request.witness(), call.identity()));
  ASSIGN_OR_RETURN(BoxOpening after, box_rules::Recount(before, request.witness(), request.slips()));
  RETURN_IF_ERROR(changes_.Recount(tx, call.origin(), after));
  return ViewOf(after, call);
}

BoxHandlers::OpeningResult BoxHandlers::Complete(Call& call, Tx& tx,
                                                 const v1::CompleteBoxOpeningRequest& request) {
  ASSIGN_OR_RETURN(const BoxOpening opening, LockOpening(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Box box, store_.boxes().Lock(tx, opening.box()));
  ASSIGN_OR_RETURN(box_rules::Emptied emptied, box_rules::Complete(box, opening, call.now()));
  RETURN_IF_ERROR(changes_.Complete(tx, call.origin(), emptied));
  return ViewOf(emptied.opening, call);
}

}  // namespace firstfloor::opinion
