#include "services/opinion/opinion_desk.h"

#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/rpc/row.h"
#include "services/opinion/confinement.h"
#include "services/opinion/opinion_view.h"
#include "services/opinion/receipt.h"

namespace firstfloor::opinion {

using v1::Opinion;

events::Origin Unnamed(events::Origin origin) {
  origin.subject = "anonymous";
  origin.by_service = true;
  origin.on_behalf_of.clear();
  origin.traceparent.clear();
  return origin;
}

absl::Status OpinionDesk::Admit(rpc::Call& call, const Opinion& opinion) const {
  RETURN_IF_ERROR(call.Authorize(opinion.area(), view::StandingOf(opinion, call.identity())));
  if (view::IsOwner(opinion, call.identity())) return absl::OkStatus();
  return confinement::CheckMayRead(opinion, call.identity());
}

OpinionDesk::Result OpinionDesk::Lock(rpc::Call& call, db::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(Opinion opinion, rpc::HiddenIfMissing(opinions_.table().Lock(tx, name)));
  RETURN_IF_ERROR(Admit(call, opinion));
  return opinion;
}

OpinionDesk::Result OpinionDesk::Carry(rpc::Call& call, db::Transaction& tx, const events::Origin& origin,
                                       const Opinion& before, const std::string& etag, Decide decide) const {
  RETURN_IF_ERROR(rpc::CheckEtag(etag, before));
  ASSIGN_OR_RETURN(rules::Change change, decide(before));
  RETURN_IF_ERROR(changes_.Save(tx, origin, before, change));
  return view::Of(change.opinion, call.identity());
}

OpinionDesk::Result OpinionDesk::Change(rpc::Call& call, db::Transaction& tx, const std::string& name,
                                        const std::string& etag, Decide decide) const {
  ASSIGN_OR_RETURN(const Opinion opinion, Lock(call, tx, name));
  return Carry(call, tx, call.origin(), opinion, etag, decide);
}

OpinionDesk::Result OpinionDesk::ChangeByHolder(rpc::Call& call, db::Transaction& tx, const std::string& name,
                                                const std::string& etag, const std::string& receipt_code,
                                                Decide decide) const {
  ASSIGN_OR_RETURN(const Opinion opinion, rpc::HiddenIfMissing(opinions_.table().Lock(tx, name)));
  bool holder = view::IsOwner(opinion, call.identity());
  if (!holder && !receipt_code.empty()) {
    ASSIGN_OR_RETURN(
        holder, opinions_.IsReceiptOf(tx, receipt::IndexOf(receipt_code, *call.environment().keyring), name));
  }
  if (!holder) return error::Denied();
  return Carry(call, tx, opinion.anonymous() ? Unnamed(call.origin()) : call.origin(), opinion, etag, decide);
}

}  // namespace firstfloor::opinion
