// What may happen to a case, and what follows: decisions only, no I/O. Consultation has rules of its own.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_CASE_RULES_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_CASE_RULES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/auth/identity.h"
#include "firstfloor/deliberation/v1/case.pb.h"
#include "firstfloor/deliberation/v1/case_service.pb.h"

namespace firstfloor::deliberation::rules {

// Within which the sides may ask the court together to confirm what they agreed (人民调解法 art. 33).
inline constexpr absl::Duration kCourtConfirmation = absl::Hours(30 * 24);

enum class CaseMove {
  kStartMediation,
  kAnswerMediator,
  kRefuseMediator,
  kAgree,
  kEscalate,
  kConvene,
  kOpenMeeting,
  kTakePosition,
  kResolve,
  kFail,
  kPublish,
  kObject,
  kAnswerObjection,
  kFollowUp,
  kKeep,
  kBreach,
  kWithdraw,
};
// The state that `move` leads to from `from`; nullopt if it is not allowed.
std::optional<v1::CaseState> Next(v1::CaseState from, CaseMove move);
// The states that some move leads to from `from`. Empty for final states.
std::vector<v1::CaseState> AllowedMoves(v1::CaseState from);

// FAILED_PRECONDITION, reason CASE_WRONG_STATE, unless `move` is allowed now.
absl::Status Check(const v1::Case& matter, CaseMove move);
// Carries the move out after Check: state, end, timeline.
void Go(v1::Case& matter, CaseMove move, absl::string_view what, absl::Time now,
        absl::string_view reason = "");
// What happened without a move of the state.
void Note(v1::Case& matter, absl::string_view what, absl::Time now);

// Each of the following carries a move out. CASE_WRONG_STATE if the state does not allow it; the case is
// unchanged after any error.

// The case as opened at `now` by `caller`. INVALID_ARGUMENT when a dispute has less than two sides, or none
// of them is the one that asked.
absl::StatusOr<v1::Case> Open(const v1::OpenCaseRequest& request, const auth::Identity& caller,
                              absl::Time now);
// Makes `matter` (area, kind, topic, texts and sides set) an open one; for Open and for cases from opinions
// and orders.
void Begin(v1::Case& matter, absl::Time now);

// FAILED_PRECONDITION, reason NO_DISPUTE, unless it is a dispute of two sides or more.
absl::Status StartMediation(v1::Case& matter, const v1::StartMediationRequest& request,
                            absl::string_view caller, absl::Time now);
absl::Status AnswerMediator(v1::Case& matter, int side, v1::MediatorAnswer answer, absl::Time now);
absl::Status Agree(v1::Case& matter, const v1::RecordAgreementRequest& request, absl::Time now);
absl::Status Escalate(v1::Case& matter, const v1::EscalateCaseRequest& request, absl::Time now);
absl::Status StartFollowUp(v1::Case& matter, absl::Time now);
absl::Status Visit(v1::Case& matter, const v1::RecordVisitRequest& request, absl::Time now);
absl::Status Withdraw(v1::Case& matter, absl::Time now);

// The opinion that it came from was taken back, and with it what was said there and by whom; what can still
// be withdrawn is.
void Recall(v1::Case& matter, absl::Time now);

bool IsOver(const v1::Case& matter);

}  // namespace firstfloor::deliberation::rules

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_CASE_RULES_H_
