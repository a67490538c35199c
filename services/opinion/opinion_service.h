// Handlers of OpinionService.
#ifndef FIRSTFLOOR_SERVICES_OPINION_OPINION_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OPINION_OPINION_SERVICE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "common/text/categories.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "services/opinion/box_changes.h"
#include "services/opinion/finding.h"
#include "services/opinion/follow_store.h"
#include "services/opinion/home_visit_service.h"
#include "services/opinion/opinion_changes.h"
#include "services/opinion/opinion_desk.h"
#include "services/opinion/opinion_rules.h"
#include "services/opinion/opinion_store.h"
#include "services/opinion/stall_store.h"

namespace firstfloor::opinion {

// Where opinions are taken in by staff.
struct Places {
  const StallStore& stalls;
  const BoxChanges& boxes;
  const HomeVisitHandlers& visits;
};

class OpinionHandlers {
 public:
  OpinionHandlers(program::House& house, const OpinionStore& opinions, const FollowStore& follows,
                  const OpinionChanges& changes, const OpinionDesk& desk, const Places& places,
                  const Finding& finding, const std::optional<text::CategoryModel>& categories)
      : house_(house),
        opinions_(opinions),
        follows_(follows),
        changes_(changes),
        desk_(desk),
        places_(places),
        finding_(finding),
        categories_(categories) {}
  void Register(rpc::Service& service);

 private:
  using Call = rpc::Call;
  using Tx = db::Transaction;
  using Result = absl::StatusOr<v1::Opinion>;

  // Reads.
  Result Get(Call& call, const v1::GetOpinionRequest& request);
  std::optional<rpc::Recalled> GetFromMemory(Call& call, const v1::GetOpinionRequest& request);
  absl::StatusOr<v1::BatchGetOpinionsResponse> BatchGet(Call& call,
                                                        const v1::BatchGetOpinionsRequest& request);
  absl::StatusOr<v1::ListOpinionsResponse> List(Call& call, const v1::ListOpinionsRequest& request);
  absl::StatusOr<v1::OpinionProgress> GetByReceipt(Call& call, const v1::GetOpinionByReceiptRequest& request);
  absl::StatusOr<rpc::StreamFlow> Watch(Call& call, const v1::WatchOpinionsRequest& request,
                                        std::shared_ptr<rpc::ServerStream> stream);

  // Mutations.
  absl::StatusOr<v1::SubmitOpinionResponse> Submit(Call& call, Tx& tx,
                                                   const v1::SubmitOpinionRequest& request);
  Result Triage(Call& call, Tx& tx, const v1::TriageOpinionRequest& request);
  Result Answer(Call& call, Tx& tx, const v1::AnswerOpinionRequest& request);
  Result Reject(Call& call, Tx& tx, const v1::RejectOpinionRequest& request);
  Result Withdraw(Call& call, Tx& tx, const v1::WithdrawOpinionRequest& request);
  Result Start(Call& call, Tx& tx, const v1::StartOpinionRequest& request);
  Result Escalate(Call& call, Tx& tx, const v1::EscalateOpinionRequest& request);
  Result Dispatch(Call& call, Tx& tx, const v1::DispatchOpinionRequest& request);
  Result Refer(Call& call, Tx& tx, const v1::ReferOpinionRequest& request);
  Result Transfer(Call& call, Tx& tx, const v1::TransferOpinionRequest& request);
  Result Resolve(Call& call, Tx& tx, const v1::ResolveOpinionRequest& request);
  Result Return(Call& call, Tx& tx, const v1::ReturnOpinionRequest& request);
  Result GiveFeedback(Call& call, Tx& tx, const v1::GiveFeedbackRequest& request);
  Result RecordCall(Call& call, Tx& tx, const v1::RecordCallRequest& request);
  Result Close(Call& call, Tx& tx, const v1::CloseOpinionRequest& request);
  Result DecideReopen(Call& call, Tx& tx, const v1::DecideReopenRequest& request);
  Result Reassign(Call& call, Tx& tx, const v1::ReassignOpinionRequest& request);
  Result Merge(Call& call, Tx& tx, const v1::MergeOpinionRequest& request);
  Result Unmerge(Call& call, Tx& tx, const v1::UnmergeOpinionRequest& request);
  Result Support(Call& call, Tx& tx, const v1::SupportOpinionRequest& request);
  Result AskReporter(Call& call, Tx& tx, const v1::AskReporterRequest& request);
  Result ResumeClock(Call& call, Tx& tx, const v1::ResumeClockRequest& request);
  Result ReplyToQuestion(Call& call, Tx& tx, const v1::ReplyToQuestionRequest& request);
  Result ExtendDeadline(Call& call, Tx& tx, const v1::ExtendDeadlineRequest& request);
  Result Acknowledge(Call& call, Tx& tx, const v1::AcknowledgeEmergencyRequest& request);
  Result HandOff(Call& call, Tx& tx, const v1::HandOffEmergencyRequest& request);
  Result GiveNotice(Call& call, Tx& tx, const v1::GiveNoticeRequest& request);
  Result Confine(Call& call, Tx& tx, const v1::ConfineOpinionRequest& request);
  Result Update(Call& call, Tx& tx, const v1::UpdateOpinionRequest& request);

  // Others about the same matter, and categories that may fit: for whoever has just said it.
  void Suggest(Call& call, const v1::Opinion& opinion, const Extract& text,
               v1::SubmitOpinionResponse& response) const;
  // A chunk of an import.
  absl::Status Import(Call& call, Tx& tx, const std::vector<rpc::ImportRow>& rows,
                      v1::ImportOpinionsResponse& summary);

  // What this caller may see of it, after the access decision.
  Result View(Call& call, const v1::Opinion& opinion, bool unmask);
  // The places that a new opinion names take it.
  absl::Status EnterAt(Call& call, Tx& tx, const v1::Opinion& opinion) const;
  // Locks two opinions in an order that is the same for everybody.
  absl::Status LockBoth(Call& call, Tx& tx, const std::string& first, const std::string& second,
                        v1::Opinion& first_row, v1::Opinion& second_row) const;
  // After fewer follow `opinion` than did: whatever it was merged into is followed by fewer too.
  absl::Status TakeBackFurther(Call& call, Tx& tx, const v1::Opinion& opinion) const;
  // What `opinion` was merged into, through all that was merged into another itself. Blocks.
  Result LastOfChain(db::Connection& connection, v1::Opinion opinion) const;
  Result CarryPair(Call& call, Tx& tx, const v1::Opinion& opinion, const v1::Opinion& into,
                   rules::Pair pair) const;

  program::House& house_;
  const OpinionStore& opinions_;
  const FollowStore& follows_;
  const OpinionChanges& changes_;
  const OpinionDesk& desk_;
  const Places places_;
  const Finding& finding_;
  const std::optional<text::CategoryModel>& categories_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_OPINION_SERVICE_H_
