// Handlers of CaseService.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_CASE_SERVICE_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_CASE_SERVICE_H_

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/deliberation/v1/case_service.pb.h"
#include "services/deliberation/cases.h"

namespace firstfloor::deliberation {

class CaseHandlers {
 public:
  CaseHandlers(program::House& house, const Cases& cases) : house_(house), cases_(cases) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::Case> Open(rpc::Call& call, db::Transaction& tx, const v1::OpenCaseRequest& request);
  absl::StatusOr<v1::Case> Get(rpc::Call& call, const v1::GetCaseRequest& request);
  absl::StatusOr<v1::ListCasesResponse> List(rpc::Call& call, const v1::ListCasesRequest& request);
  absl::StatusOr<v1::Case> StartMediation(rpc::Call& call, db::Transaction& tx,
                                          const v1::StartMediationRequest& request);
  absl::StatusOr<v1::Case> AcceptMediator(rpc::Call& call, db::Transaction& tx,
                                          const v1::AcceptMediatorRequest& request);
  absl::StatusOr<v1::Case> RecordAgreement(rpc::Call& call, db::Transaction& tx,
                                           const v1::RecordAgreementRequest& request);
  absl::StatusOr<v1::Case> Escalate(rpc::Call& call, db::Transaction& tx,
                                    const v1::EscalateCaseRequest& request);
  absl::StatusOr<v1::Case> Convene(rpc::Call& call, db::Transaction& tx,
                                   const v1::ConveneConsultationRequest& request);
  absl::StatusOr<v1::Case> OpenConsultation(rpc::Call& call, db::Transaction& tx,
                                            const v1::OpenConsultationRequest& request);
  absl::StatusOr<v1::Case> RecordPosition(rpc::Call& call, db::Transaction& tx,
                                          const v1::RecordPositionRequest& request);
  absl::StatusOr<v1::Case> Conclude(rpc::Call& call, db::Transaction& tx,
                                    const v1::ConcludeConsultationRequest& request);
  absl::StatusOr<v1::Case> Publish(rpc::Call& call, db::Transaction& tx,
                                   const v1::PublishResolutionRequest& request);
  absl::StatusOr<v1::ObjectToResolutionResponse> ObjectToResolution(
      rpc::Call& call, db::Transaction& tx, const v1::ObjectToResolutionRequest& request);
  absl::StatusOr<v1::Case> AnswerObjection(rpc::Call& call, db::Transaction& tx,
                                           const v1::AnswerObjectionRequest& request);
  absl::StatusOr<v1::Case> StartFollowUp(rpc::Call& call, db::Transaction& tx,
                                         const v1::StartFollowUpRequest& request);
  absl::StatusOr<v1::Case> RecordVisit(rpc::Call& call, db::Transaction& tx,
                                       const v1::RecordVisitRequest& request);
  absl::StatusOr<v1::Case> Withdraw(rpc::Call& call, db::Transaction& tx,
                                    const v1::WithdrawCaseRequest& request);

 private:
  // What every change of a case is: lock, access decision, version, `rule`, keep. Answers what the caller may
  // see of it.
  template <typename Request>
  absl::StatusOr<v1::Case> Change(rpc::Call& call, db::Transaction& tx, const Request& request,
                                  absl::FunctionRef<absl::Status(v1::Case&)> rule);

  program::House& house_;
  const Cases& cases_;
};

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_CASE_SERVICE_H_
