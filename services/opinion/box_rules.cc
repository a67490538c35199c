#include "services/opinion/box_rules.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/resource/update_mask.h"
#include "services/opinion/opinion_view.h"
#include "services/opinion/people_view.h"

namespace firstfloor::opinion::box_rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using type::v1::Person;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr int kWitnesses = 2;
constexpr absl::Duration kBetweenReminders = absl::Hours(7 * 24);
constexpr int kMostReminders = 52;

constexpr Move kMoves[] = {
    {BOX_STATE_IN_USE, Act::kUpdate, BOX_STATE_IN_USE},
    {BOX_STATE_IN_USE, Act::kOpen, BOX_STATE_IN_USE},
    {BOX_STATE_IN_USE, Act::kRemind, BOX_STATE_IN_USE},
    {BOX_STATE_IN_USE, Act::kRetire, BOX_STATE_RETIRED},
};
constexpr OpeningMove kOpeningMoves[] = {
    {BOX_OPENING_STATE_OPEN, OpeningAct::kEnterSlip, BOX_OPENING_STATE_OPEN},
    {BOX_OPENING_STATE_OPEN, OpeningAct::kRecount, BOX_OPENING_STATE_OPEN},
    {BOX_OPENING_STATE_OPEN, OpeningAct::kComplete, BOX_OPENING_STATE_COMPLETE},
};

std::string NameOf(BoxState state) {
  return std::string(absl::StripPrefix(BoxState_Name(state), "BOX_STATE_"));
}
std::string NameOf(BoxOpeningState state) {
  return std::string(absl::StripPrefix(BoxOpeningState_Name(state), "BOX_OPENING_STATE_"));
}

template <typename Row, typename State, typename Made, size_t N>
absl::StatusOr<Row> Moving(const Row& row, const resource::Transition<State, Made> (&table)[N], Made act,
                           absl::string_view reason) {
  const std::optional<State> to = resource::After(table, row.state(), act);
  if (!to) {
    std::vector<std::string> allowed;
    for (const State state : resource::AllAfter(table, row.state())) allowed.push_back(NameOf(state));
    return error::WrongState(reason, row.name(), NameOf(row.state()), allowed);
  }
  Row moved = row;
  moved.set_state(*to);
  return moved;
}

absl::StatusOr<Box> Moving(const Box& box, Act act) { return Moving(box, kMoves, act, "BOX_WRONG_STATE"); }
absl::StatusOr<BoxOpening> Moving(const BoxOpening& opening, OpeningAct act) {
  return Moving(opening, kOpeningMoves, act, "BOX_OPENING_WRONG_STATE");
}

bool IsNamed(const Person& person) { return !person.subject().empty() || !person.display_name().empty(); }

// By their accounts where both have one, otherwise by what they are called and their telephone.
bool AreOne(const Person& a, const Person& b) {
  if (!a.subject().empty() && !b.subject().empty()) return a.subject() == b.subject();
  return !a.display_name().empty() && a.display_name() == b.display_name() && a.phone() == b.phone();
}

absl::Status CheckWitnesses(const Box& box, const OpenBoxRequest& request) {
  error::Violations violations;
  if (request.witnesses_size() != kWitnesses) violations.Add("witnesses", "must be two");
  for (int i = 0; i < request.witnesses_size(); ++i) {
    const Person& person = request.witnesses(i).person();
    const std::string field = absl::StrCat("witnesses[", i, "]");
    if (!IsNamed(person)) violations.Add(field, "is nobody");
    if (AreOne(person, box.custodian())) violations.Add(field, "keeps the key");
    if (i > 0 && AreOne(person, request.witnesses(0).person())) {
      violations.Add(field, "is the other witness too");
    }
  }
  return violations.ToStatus();
}

absl::Status BeingEmptied() {
  return error::Precondition("BOX_BEING_EMPTIED", "the slips of an opening are still being entered");
}

void SetDue(Box& box, absl::Time from) {
  *box.mutable_due_time() =
      ToProto(calendar::StartOf(calendar::DayOf(from) + box.opening_interval_days() + 1));
  box.set_reminders(0);
}

error::Metadata Counts(const BoxOpening& opening) {
  error::Metadata counts = {{"slips_entered", absl::StrCat(opening.slips_entered())}};
  for (int i = 0; i < opening.witnesses_size(); ++i) {
    counts.emplace_back(absl::StrCat("witness_", i), absl::StrCat(opening.witnesses(i).slips()));
  }
  return counts;
}

}  // namespace

absl::Span<const Move> Moves() { return kMoves; }
absl::Span<const OpeningMove> OpeningMoves() { return kOpeningMoves; }

absl::StatusOr<Box> Hang(const Box& box, absl::Time now) {
  if (!IsNamed(box.custodian())) return error::InvalidField("box.custodian", "is nobody");
  Box hung = box;
  hung.set_state(BOX_STATE_IN_USE);
  SetDue(hung, now);
  return hung;
}

absl::StatusOr<Box> Update(const Box& box, const UpdateBoxRequest& request) {
  ASSIGN_OR_RETURN(Box updated, Moving(box, Act::kUpdate));
  RETURN_IF_ERROR(resource::ApplyMask(
      request.update_mask(), {{"place", [&] { updated.set_place(request.place()); }},
                              {"custodian", [&] { *updated.mutable_custodian() = request.custodian(); }},
                              {"opening_interval_days", [&] {
                                 updated.set_opening_interval_days(request.opening_interval_days());
                               }}}));
  if (updated.place().empty()) return error::InvalidField("place", "is required");
  // One who was erased stays nobody.
  if (IsNamed(box.custodian()) && !IsNamed(updated.custodian())) {
    return error::InvalidField("custodian", "is nobody");
  }
  if (updated.opening_interval_days() < 1) {
    return error::InvalidField("opening_interval_days", "must be at least 1");
  }
  if (updated.opening_interval_days() != box.opening_interval_days()) {
    SetDue(updated, FromProto(box.has_last_opening_time() ? box.last_opening_time() : box.create_time()));
  }
  return updated;
}

absl::StatusOr<Box> Retire(const Box& box) {
  ASSIGN_OR_RETURN(Box retired, Moving(box, Act::kRetire));
  if (!box.opening().empty()) return BeingEmptied();
  retired.clear_due_time();
  return retired;
}

absl::Time ReminderTime(const Box& box) {
  if (box.reminders() >= kMostReminders) return absl::InfiniteFuture();
  return FromProto(box.due_time()) + box.reminders() * kBetweenReminders;
}

std::optional<Box> Remind(const Box& box, absl::Time now) {
  absl::StatusOr<Box> reminded = Moving(box, Act::kRemind);
  if (!reminded.ok() || now < ReminderTime(box)) return std::nullopt;
  reminded->set_reminders(box.reminders() + 1);
  return *std::move(reminded);
}

absl::StatusOr<Emptied> Open(const Box& box, const OpenBoxRequest& request, absl::string_view name,
                             absl::Time now) {
  ASSIGN_OR_RETURN(Box opened, Moving(box, Act::kOpen));
  if (!box.opening().empty()) return BeingEmptied();
  RETURN_IF_ERROR(CheckWitnesses(box, request));
  opened.set_opening(std::string(name));
  *opened.mutable_last_opening_time() = ToProto(now);
  SetDue(opened, now);
  BoxOpening opening;
  opening.set_name(std::string(name));
  opening.set_area(box.area());
  opening.set_box(box.name());
  *opening.mutable_witnesses() = request.witnesses();
  opening.set_state(BOX_OPENING_STATE_OPEN);
  *opening.mutable_open_time() = ToProto(now);
  return Emptied{std::move(opened), std::move(opening)};
}

absl::StatusOr<BoxOpening> EnterSlip(const BoxOpening& opening) {
  ASSIGN_OR_RETURN(BoxOpening entered, Moving(opening, OpeningAct::kEnterSlip));
  for (const BoxWitness& witness : opening.witnesses()) {
    if (witness.slips() <= opening.slips_entered()) {
      return error::Precondition("SLIPS_ALL_ENTERED", "as many slips as were counted are opinions already",
                                 Counts(opening));
    }
  }
  entered.set_slips_entered(opening.slips_entered() + 1);
  return entered;
}

absl::Status CheckCountedBy(const BoxOpening& opening, int witness, const auth::Identity& caller) {
  if (witness >= opening.witnesses_size()) return error::InvalidField("witness", "there is none");
  const Person& person = opening.witnesses(witness).person();
  const bool noted_for_them = person.subject().empty() && view::HandlesArea(caller, opening.area()) &&
                              !view::IsAmong(opening.witnesses(), caller);
  if (noted_for_them || view::Is(person, caller)) return absl::OkStatus();
  return error::Make(absl::StatusCode::kPermissionDenied, "COUNT_OF_ANOTHER",
                     "each witness counts for themself");
}

absl::StatusOr<BoxOpening> Recount(const BoxOpening& opening, int witness, int slips) {
  ASSIGN_OR_RETURN(BoxOpening recounted, Moving(opening, OpeningAct::kRecount));
  if (witness >= opening.witnesses_size()) return error::InvalidField("witness", "there is none");
  if (slips < opening.slips_entered()) {
    return error::Precondition("SLIPS_ENTERED", "more slips than that are opinions already", Counts(opening));
  }
  recounted.mutable_witnesses(witness)->set_slips(slips);
  return recounted;
}

absl::StatusOr<Emptied> Complete(const Box& box, const BoxOpening& opening, absl::Time now) {
  ASSIGN_OR_RETURN(BoxOpening complete, Moving(opening, OpeningAct::kComplete));
  const bool agree =
      std::all_of(opening.witnesses().begin(), opening.witnesses().end(),
                  [&](const BoxWitness& witness) { return witness.slips() == opening.slips_entered(); });
  if (!agree) {
    return error::Precondition("COUNTS_DISAGREE", "the witnesses and the opinions do not agree on the slips",
                               Counts(opening));
  }
  *complete.mutable_complete_time() = ToProto(now);
  Box emptied = box;
  emptied.clear_opening();
  return Emptied{std::move(emptied), std::move(complete)};
}

}  // namespace firstfloor::opinion::box_rules
