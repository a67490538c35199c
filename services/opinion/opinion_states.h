// The states of an opinion, the one table of allowed moves, and how a change is put together.
#ifndef FIRSTFLOOR_SERVICES_OPINION_OPINION_STATES_H_
#define FIRSTFLOOR_SERVICES_OPINION_OPINION_STATES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/resource/transitions.h"
#include "firstfloor/events/v1/opinion.pb.h"
#include "firstfloor/opinion/v1/opinion.pb.h"

namespace firstfloor::opinion::rules {

// What people do with an opinion that moves it from one state to another.
enum class Act {
  kTriage,
  kAnswer,
  kMerge,
  kReject,
  kWithdraw,
  kStart,
  kEscalate,
  kDispatch,
  kRefer,
  kTransfer,
  kResolve,
  kReturn,
  kHandOver,
  kClose,
  kObject,
  kReopen,
  kRefuseReopening,
  kUnmerge,
};

// A row of the table of allowed moves; what is not there is refused.
using Move = resource::Transition<v1::OpinionState, Act>;
absl::Span<const Move> Moves();
// The states that an opinion may move to from `from`. Empty for final states.
std::vector<v1::OpinionState> AllowedMoves(v1::OpinionState from);
// OK if `act` is allowed; FAILED_PRECONDITION, reason OPINION_WRONG_STATE, with the allowed moves otherwise.
absl::Status CheckMove(const v1::Opinion& opinion, Act act);

// An opinion after a change, and the events that tell of it, each with `from`, `to` and its change.
struct Change {
  v1::Opinion opinion;
  std::vector<events::v1::OpinionEvent> steps;
};

// ---- how rules make a change ----

// Adds a step to the timeline. Of very many steps the first and the last 199 are kept, and how many are not.
void AddStep(v1::Opinion& opinion, absl::string_view what, absl::string_view reason_code, absl::Time now);

// An event of the change, from `from` (or where it stands) to where it stands, to be given its own content.
events::v1::OpinionEvent& Tell(Change& change, v1::OpinionState from);
events::v1::OpinionEvent& Tell(Change& change);

// The opinion, moved; the caller tells of it. Staff who answer an emergency or send it on acknowledge it too.
absl::StatusOr<Change> Moved(const v1::Opinion& opinion, Act act, absl::string_view what,
                             absl::string_view reason_code, absl::Time now);
// The same, told of as a move without an event of its own.
absl::StatusOr<Change> MovedAndTold(const v1::Opinion& opinion, Act act, absl::string_view what,
                                    absl::string_view reason_code, absl::Time now);

// Told of as fields that changed.
Change Amended(Change change, std::vector<std::string> fields);
// `next` was decided of what `change` makes of the opinion, and happens with it.
void Continue(Change& change, Change next);
// Told of as the end.
void Closed(Change& change, v1::OpinionState from, absl::string_view rating, absl::Time now);

// Sets or lifts what only the staff of the whole community may read, at `now`; a child at risk is an
// emergency.
void Restrict(v1::Opinion& opinion, v1::Restriction restriction, absl::Time now);
bool IsEmergency(const v1::Opinion& opinion);
// It is one since `now`.
void DeclareEmergency(v1::Opinion& opinion, absl::Time now);
// An emergency that nobody is known to have in hand yet.
bool AcknowledgementOwed(const v1::Opinion& opinion);
// Suspected harm to a child that nobody has reported yet.
bool ReportOwed(const v1::Opinion& opinion);

// The error of what the state does not allow.
absl::Status WrongState(const v1::Opinion& opinion);
// Somebody still has to do something about it.
bool IsOpen(const v1::Opinion& opinion);
bool IsPetition(const v1::Opinion& opinion);
// Whoever is anonymous cannot ask to be contacted.
bool CanBeContacted(const v1::Opinion& opinion, v1::ContactPreference preference);
inline constexpr char kNobodyToContact[] = "nobody can be contacted who is anonymous";
// INVALID_ARGUMENT unless the category is in the taxonomy.
absl::Status CheckCategory(absl::string_view category);

// Names of enum values without their prefix, as events and errors carry them.
std::string NameOf(v1::OpinionState state);
std::string NameOf(v1::Satisfaction satisfaction);

// The community of an area: its first nine digits; "" for a wider area.
absl::string_view CommunityOf(absl::string_view area);

}  // namespace firstfloor::opinion::rules

#endif  // FIRSTFLOOR_SERVICES_OPINION_OPINION_STATES_H_
