// The reading handlers of OpinionService.
#include <map>
#include <utility>

#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/program/house.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/opinion/confinement.h"
#include "services/opinion/kept_opinion.h"
#include "services/opinion/opinion_service.h"
#include "services/opinion/opinion_view.h"
#include "services/opinion/receipt.h"

namespace firstfloor::opinion {
namespace {

constexpr int kLongestChain = 100;  // of what is merged into what is merged

}  // namespace

using v1::Opinion;

OpinionHandlers::Result OpinionHandlers::View(Call& call, const Opinion& opinion, bool unmask) {
  RETURN_IF_ERROR(desk_.Admit(call, opinion));
  const bool plain = view::IsOwner(opinion, call.identity()) || call.identity().is_service();
  if (!unmask || plain) return view::Of(opinion, call.identity());
  if (!view::Handles(opinion, call.identity())) return error::Denied();
  call.RecordPersonalRead(opinion.name(), opinion.area());
  return opinion;
}

OpinionHandlers::Result OpinionHandlers::Get(Call& call, const v1::GetOpinionRequest& request) {
  const cache::Rows::Ticket ticket = house_.rows().Begin(request.name());
  ASSIGN_OR_RETURN(Opinion opinion, rpc::HiddenIfMissing(opinions_.table().Load(call.db(), request.name())));
  const auto kept = std::make_shared<const KeptOpinion>(std::move(opinion));
  house_.rows().Put(request.name(), ticket, kept);
  return View(call, kept->opinion(), request.unmask());
}

std::optional<rpc::Recalled> OpinionHandlers::GetFromMemory(Call& call,
                                                            const v1::GetOpinionRequest& request) {
  if (request.unmask()) return std::nullopt;
  const std::shared_ptr<const void> found = house_.rows().Find(request.name());
  if (found == nullptr) return std::nullopt;
  const auto& kept = *static_cast<const KeptOpinion*>(found.get());
  if (absl::Status admitted = desk_.Admit(call, kept.opinion()); !admitted.ok()) return admitted;
  return kept.Reply(view::AudienceOf(kept.opinion(), call.identity()));
}

absl::StatusOr<v1::BatchGetOpinionsResponse> OpinionHandlers::BatchGet(
    Call& call, const v1::BatchGetOpinionsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<Opinion> rows,
                   opinions_.Several(call.db(), {request.names().begin(), request.names().end()}));
  std::map<std::string, const Opinion*> by_name;
  for (const Opinion& row : rows) by_name[row.name()] = &row;
  v1::BatchGetOpinionsResponse response;
  for (const std::string& name : request.names()) {
    const auto found = by_name.find(name);
    if (found == by_name.end()) return error::Denied();
    ASSIGN_OR_RETURN(*response.add_opinions(), View(call, *found->second, false));
  }
  return response;
}

absl::StatusOr<v1::ListOpinionsResponse> OpinionHandlers::List(Call& call,
                                                               const v1::ListOpinionsRequest& request) {
  // One's own are one's own wherever they are.
  RETURN_IF_ERROR(call.Authorize(request.mine() ? "" : request.area(), {.owner = request.mine()}));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *call.environment().keyring));
  ASSIGN_OR_RETURN(std::vector<Opinion> rows,
                   opinions_.List(call.db(), request, request.mine() ? absl::string_view(call.subject()) : "",
                                  request.mine() || confinement::MayHandleSome(call.identity()), page.after,
                                  page.size + 1));
  v1::ListOpinionsResponse response;
  response.set_next_page_token(rpc::TakePage(page, rows, *call.environment().keyring));
  for (const Opinion& row : rows) {
    const bool hidden =
        confinement::IsConfined(row) && !request.mine() && !view::Handles(row, call.identity());
    if (!hidden) *response.add_opinions() = view::Of(row, call.identity());
  }
  return response;
}

// What was merged may have been merged into what was merged itself: the one that is followed in the end.
OpinionHandlers::Result OpinionHandlers::LastOfChain(db::Connection& connection, Opinion opinion) const {
  for (int links = 0; links < kLongestChain && !opinion.merged_into().empty(); ++links) {
    ASSIGN_OR_RETURN(opinion, opinions_.table().Load(connection, opinion.merged_into()));
  }
  return opinion;
}

absl::StatusOr<v1::OpinionProgress> OpinionHandlers::GetByReceipt(
    Call& call, const v1::GetOpinionByReceiptRequest& request) {
  ASSIGN_OR_RETURN(const std::string name,
                   opinions_.FindByReceipt(
                       call.db(), receipt::IndexOf(request.receipt_code(), *call.environment().keyring)));
  if (name.empty()) return error::Denied();
  ASSIGN_OR_RETURN(const Opinion opinion, opinions_.table().Load(call.db(), name));
  v1::OpinionProgress progress;
  progress.set_name(opinion.name());
  progress.set_state(opinion.state());
  *progress.mutable_timeline() = opinion.timeline();
  progress.set_public_summary(opinion.public_summary());
  progress.set_outcome(opinion.outcome());
  progress.set_answer(opinion.answer());
  *progress.mutable_due_time() = opinion.due_time();
  progress.set_question(opinion.question());
  progress.set_feedback_wanted(rules::CheckMove(opinion, rules::Act::kObject).ok() &&
                               rules::RatingOf(opinion).empty());
  progress.set_steps_omitted(opinion.steps_omitted());
  progress.set_public_answer(opinion.public_answer());
  progress.set_earlier_opinion(opinion.earlier_opinion());
  if (opinion.merged_into().empty()) return progress;
  ASSIGN_OR_RETURN(const Opinion into, LastOfChain(call.db(), opinion));
  const Opinion side = view::For(into, view::Audience::kPublic);
  v1::FollowedInstead& instead = *progress.mutable_followed_instead();
  instead.set_name(side.name());
  instead.set_state(side.state());
  instead.set_public_summary(side.public_summary());
  instead.set_public_answer(side.public_answer());
  instead.set_outcome(side.outcome());
  return progress;
}

}  // namespace firstfloor::opinion
