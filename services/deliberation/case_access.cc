#include "services/deliberation/case_access.h"

#include <algorithm>
#include <iterator>

#include "common/privacy/personal.h"

namespace firstfloor::deliberation {
namespace {

bool Is(const auth::Identity& caller, const type::v1::Person& person) {
  return !person.subject().empty() && person.subject() == caller.subject;
}

bool HoldsSeat(const auth::Identity& caller, const v1::Case& matter) {
  const auto& seats = matter.consultation().seats();
  return std::any_of(seats.begin(), seats.end(),
                     [&](const v1::Seat& seat) { return Is(caller, seat.representative()); });
}

bool HandlesArea(const auth::Identity& caller, absl::string_view area) {
  constexpr api::v1::Role kRoles[] = {api::v1::ROLE_STEWARD, api::v1::ROLE_GRID_WORKER,
                                      api::v1::ROLE_BRANCH_SECRETARY, api::v1::ROLE_COMMUNITY_STAFF};
  return std::any_of(std::begin(kRoles), std::end(kRoles),
                     [&](api::v1::Role role) { return caller.Has(role, area); });
}

// Gives back to a side, in the masked `view`, what it may know.
void Reveal(const auth::Identity& caller, const v1::Case& matter, v1::Case& view) {
  view.set_text(matter.text());
  if (matter.has_agreement()) *view.mutable_agreement() = matter.agreement();
  if (matter.has_resolution()) {
    view.mutable_resolution()->set_text(matter.resolution().text());
  }
  if (matter.has_consultation()) {
    view.mutable_consultation()->set_proposal(matter.consultation().proposal());
  }
  for (int side = 0; side < matter.sides_size(); ++side) {
    if (IsSide(caller, matter, side)) *view.mutable_sides(side) = matter.sides(side);
  }
}

}  // namespace

bool IsSide(const auth::Identity& caller, const v1::Case& matter, int side) {
  return side < matter.sides_size() && Is(caller, matter.sides(side).representative());
}

auth::Standing StandingOf(const auth::Identity& caller, const v1::Case& matter) {
  auth::Standing standing;
  for (int side = 0; side < matter.sides_size(); ++side) {
    if (!IsSide(caller, matter, side)) continue;
    standing.participant = true;
    standing.owner = standing.owner || matter.sides(side).asked();
  }
  standing.participant = standing.participant || HoldsSeat(caller, matter);
  return standing;
}

bool SpeaksForAsking(const auth::Identity& caller, const v1::Case& matter) {
  const bool has_account = std::any_of(
      matter.sides().begin(), matter.sides().end(),
      [](const v1::Side& side) { return side.asked() && !side.representative().subject().empty(); });
  return !has_account && HandlesArea(caller, matter.area());
}

v1::Case CaseSeenBy(const auth::Identity& caller, const v1::Case& matter, bool unmask) {
  v1::Case view = matter;
  if (unmask || caller.is_service()) return view;
  privacy::Mask(view);
  if (StandingOf(caller, matter).participant) Reveal(caller, matter, view);
  return view;
}

}  // namespace firstfloor::deliberation
