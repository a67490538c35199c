// Cases in any state, to start tests from.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_TESTING_CASES_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_TESTING_CASES_H_

#include <vector>

#include "absl/time/time.h"
#include "common/calendar/calendar.h"
#include "firstfloor/deliberation/v1/case.pb.h"
#include "firstfloor/deliberation/v1/case_service.pb.h"

namespace firstfloor::deliberation::testing {

inline constexpr char kArea[] = "340111400001-CJ-07";
// A Monday.
inline const absl::Time kNow = absl::FromCivil(absl::CivilHour(2023, 5, 15, 9), calendar::Shanghai());

// Open, between "upstairs", who asked, and "downstairs".
v1::Case Dispute();
v1::Case InState(v1::CaseState state);
// Convened, its meeting at kNow, with these standing seats recused.
v1::Case Convened(const std::vector<v1::SeatKind>& recused = {});
// In an open meeting of all five seats.
v1::Case InMeeting(v1::DecisionRule rule = v1::DECISION_RULE_CONSENSUS);

v1::RecordAgreementRequest Acknowledged(const std::vector<int>& sides);
v1::ConveneConsultationRequest FiveSeats(absl::Time meeting);
v1::SeatNomination& SeatIn(v1::ConveneConsultationRequest& request, v1::SeatKind kind);
v1::OpenConsultationRequest Present(const std::vector<v1::SeatKind>& seats);
v1::OpenConsultationRequest AllPresent();
v1::ConcludeConsultationRequest WithResolution();
v1::RecordVisitRequest Kept(bool kept);

}  // namespace firstfloor::deliberation::testing

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_TESTING_CASES_H_
