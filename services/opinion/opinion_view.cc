#include "services/opinion/opinion_view.h"

#include <algorithm>

#include "common/privacy/personal.h"
#include "services/opinion/confinement.h"
#include "services/opinion/opinion_rules.h"
#include "services/opinion/people_view.h"

namespace firstfloor::opinion::view {
namespace {

using v1::Opinion;

constexpr api::v1::Role kHandlers[] = {api::v1::ROLE_STEWARD, api::v1::ROLE_GRID_WORKER,
                                       api::v1::ROLE_BRANCH_SECRETARY, api::v1::ROLE_COMMUNITY_STAFF,
                                       api::v1::ROLE_DISTRICT_ADMIN};
template <size_t N>
bool HasOneOf(const api::v1::Role (&roles)[N], const auth::Identity& caller, absl::string_view area) {
  return std::any_of(std::begin(roles), std::end(roles),
                     [&](api::v1::Role role) { return caller.Has(role, area); });
}

// Whoever said it does not want it said any more, or it was no opinion at all.
bool IsTakenBack(const Opinion& opinion) {
  return opinion.state() == v1::OPINION_STATE_WITHDRAWN || opinion.reject_reason() == v1::REJECT_REASON_SPAM;
}

Opinion PublicSideOf(const Opinion& opinion) {
  Opinion side;
  side.set_name(opinion.name());
  if (confinement::IsConfined(opinion)) return side;
  if (IsTakenBack(opinion)) {
    side.set_state(opinion.state());
    return side;
  }
  side.set_area(opinion.area());
  side.set_kind(opinion.kind());
  side.set_category(opinion.category());
  side.set_public_summary(opinion.public_summary());
  side.set_public_answer(opinion.public_answer());
  side.set_state(opinion.state());
  side.set_outcome(opinion.outcome());
  side.set_supports(opinion.supports());
  side.set_followers(opinion.followers());
  side.set_claimed_supporters(opinion.claimed_supporters());
  *side.mutable_receive_time() = opinion.receive_time();
  *side.mutable_create_time() = opinion.create_time();
  *side.mutable_update_time() = opinion.update_time();
  side.set_etag(opinion.etag());
  return side;
}

}  // namespace

bool IsOwner(const Opinion& opinion, const auth::Identity& caller) { return Is(opinion.reporter(), caller); }

bool IsNeighbour(const auth::Identity& caller, absl::string_view area) {
  const absl::string_view community = rules::CommunityOf(area);
  if (caller.kind != auth::Identity::Kind::kPerson || community.empty()) return false;
  return std::any_of(caller.roles.begin(), caller.roles.end(), [&](const auth::RoleInArea& held) {
    return rules::CommunityOf(held.area) == community || caller.Has(held.role, area);
  });
}

bool IsPublic(const Opinion& opinion) {
  return opinion.state() != v1::OPINION_STATE_RECEIVED && !opinion.public_summary().empty() &&
         !IsTakenBack(opinion) && !confinement::IsConfined(opinion);
}

bool HandlesArea(const auth::Identity& caller, absl::string_view area) {
  return HasOneOf(kHandlers, caller, area);
}

bool HandlesAnything(const auth::Identity& caller) {
  return std::any_of(std::begin(kHandlers), std::end(kHandlers),
                     [&](api::v1::Role role) { return caller.HasAnywhere(role); });
}

bool Handles(const Opinion& opinion, const auth::Identity& caller) {
  if (confinement::IsConfined(opinion)) return confinement::Handles(opinion, caller);
  return HandlesArea(caller, opinion.area());
}

auth::Standing StandingOf(const Opinion& opinion, const auth::Identity& caller) {
  return {.owner = IsOwner(opinion, caller),
          .participant = IsPublic(opinion) && IsNeighbour(caller, opinion.area())};
}

Audience AudienceOf(const Opinion& opinion, const auth::Identity& caller) {
  if (IsOwner(opinion, caller) || caller.is_service()) return Audience::kWhole;
  return Handles(opinion, caller) ? Audience::kMasked : Audience::kPublic;
}

Opinion For(const Opinion& opinion, Audience audience) {
  if (audience == Audience::kPublic) return PublicSideOf(opinion);
  Opinion view = opinion;
  if (audience == Audience::kMasked) privacy::Mask(view);
  return view;
}

Opinion Of(const Opinion& opinion, const auth::Identity& caller) {
  return For(opinion, AudienceOf(opinion, caller));
}

}  // namespace firstfloor::opinion::view
