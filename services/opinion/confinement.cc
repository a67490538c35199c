#include "services/opinion/confinement.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/area/registry.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/opinion/opinion_clock.h"
#include "services/opinion/opinion_rules.h"
#include "services/opinion/people_view.h"

namespace firstfloor::opinion::confinement {
namespace {

using v1::Opinion;

constexpr size_t kCityDigits = 4;
constexpr size_t kDistrictDigits = 6;
constexpr size_t kCommunityDigits = 9;

constexpr api::v1::Role kDeciders[] = {api::v1::ROLE_BRANCH_SECRETARY, api::v1::ROLE_COMMUNITY_STAFF,
                                       api::v1::ROLE_DISTRICT_ADMIN};

bool IsDecider(api::v1::Role role) {
  return std::find(std::begin(kDeciders), std::end(kDeciders), role) != std::end(kDeciders);
}

bool IsPostOfConcerned(const Opinion& opinion, const auth::RoleInArea& held) {
  if (!opinion.concerned().highest_area().empty()) return false;  // there is nobody above it
  const auto& posts = opinion.concerned().posts();
  return std::any_of(posts.begin(), posts.end(), [&](const v1::HeldPost& post) {
    return post.role() == held.role && post.area() == held.area;
  });
}

bool DecidesAboutStaff(const Opinion& opinion, const auth::Identity& caller) {
  const absl::string_view area = DecidingArea(opinion);
  if (area.empty() || view::Is(opinion.concerned().person(), caller)) return false;
  if (std::any_of(caller.roles.begin(), caller.roles.end(),
                  [&](const auth::RoleInArea& held) { return IsPostOfConcerned(opinion, held); })) {
    return false;
  }
  return std::any_of(caller.roles.begin(), caller.roles.end(),
                     [&](const auth::RoleInArea& held) { return held.area == area && IsDecider(held.role); });
}

// As it is without deliberation, which hides what it knows of it.
absl::StatusOr<rules::Change> Recalled(const Opinion& opinion, absl::Time now) {
  rules::Change change{opinion, {}};
  if (opinion.case_().empty() && opinion.order().empty()) return change;
  if (opinion.state() == v1::OPINION_STATE_ESCALATED || opinion.state() == v1::OPINION_STATE_DISPATCHED) {
    ASSIGN_OR_RETURN(change, rules::Return(opinion, "CONFINED", now));
  }
  auto* recalled = rules::Tell(change).mutable_recalled();
  recalled->set_case_(opinion.case_());
  recalled->set_order(opinion.order());
  return change;
}

}  // namespace

bool IsConfined(const Opinion& opinion) {
  return opinion.about_staff() || opinion.restriction() != v1::RESTRICTION_UNSPECIFIED;
}

absl::string_view DecidingArea(const Opinion& opinion) {
  if (!opinion.concerned().highest_area().empty()) return opinion.concerned().highest_area();
  const absl::string_view area = opinion.area();
  const absl::string_view community = rules::CommunityOf(area);
  absl::string_view deciding = community.empty() ? area : community;
  for (const v1::HeldPost& post : opinion.concerned().posts()) {
    const size_t digits = post.area().size();
    if (!area::Covers(post.area(), area) || digits > deciding.size()) continue;
    if (digits <= kCityDigits) return "";
    deciding = area.substr(0, digits <= kDistrictDigits ? kCityDigits : kDistrictDigits);
  }
  return deciding;
}

bool IsDecidedAbove(const Opinion& opinion) {
  return opinion.about_staff() && DecidingArea(opinion).size() < rules::CommunityOf(opinion.area()).size();
}

bool DecidesAsSecretary(const Opinion& opinion, const auth::Identity& caller) {
  if (!IsDecidedAbove(opinion)) return caller.Has(api::v1::ROLE_BRANCH_SECRETARY, opinion.area());
  return std::any_of(caller.roles.begin(), caller.roles.end(), [&](const auth::RoleInArea& held) {
    return held.area == DecidingArea(opinion) &&
           (held.role == api::v1::ROLE_BRANCH_SECRETARY || held.role == api::v1::ROLE_DISTRICT_ADMIN);
  });
}

void SettleDecidingArea(Opinion& opinion, const area::Registry& areas) {
  if (!opinion.has_concerned()) return;
  opinion.mutable_concerned()->clear_highest_area();
  if (areas.Knows(DecidingArea(opinion))) return;
  std::string highest;
  for (std::string& area : area::SelfAndAncestors(opinion.area())) {
    if (areas.Knows(area)) highest = std::move(area);
  }
  opinion.mutable_concerned()->set_highest_area(std::move(highest));
}

bool HandlesRestricted(const auth::Identity& caller, absl::string_view area) {
  const absl::string_view community = rules::CommunityOf(area);
  return std::any_of(std::begin(kDeciders), std::end(kDeciders), [&](api::v1::Role role) {
    return caller.Has(role, community.empty() ? area : community);
  });
}

bool MayHandleSome(const auth::Identity& caller) {
  return std::any_of(caller.roles.begin(), caller.roles.end(), [](const auth::RoleInArea& held) {
    return IsDecider(held.role) && held.area.size() <= kCommunityDigits;
  });
}

bool Handles(const Opinion& opinion, const auth::Identity& caller) {
  if (opinion.about_staff() && !DecidesAboutStaff(opinion, caller)) return false;
  return opinion.restriction() == v1::RESTRICTION_UNSPECIFIED || HandlesRestricted(caller, opinion.area());
}

absl::Status CheckMayRead(const Opinion& opinion, const auth::Identity& caller) {
  if (!IsConfined(opinion)) return absl::OkStatus();
  if (caller.is_service()) {
    return error::Precondition("OPINION_CONFINED", "it is read by those alone who may decide it");
  }
  return Handles(opinion, caller) ? absl::OkStatus() : error::Denied();
}

absl::StatusOr<rules::Change> Confine(const Opinion& opinion, const v1::ConfineOpinionRequest& request,
                                      absl::Time now) {
  if (!request.about_staff() && request.has_concerned()) {
    return error::InvalidField("concerned", "is set with about_staff only");
  }
  const bool confines = request.about_staff() || request.restriction() != v1::RESTRICTION_UNSPECIFIED;
  rules::Change change{opinion, {}};
  if (confines) {
    ASSIGN_OR_RETURN(change, Recalled(opinion, now));
  }
  Opinion& confined = change.opinion;
  confined.set_about_staff(request.about_staff());
  confined.clear_concerned();
  if (request.has_concerned()) *confined.mutable_concerned() = request.concerned();
  rules::Restrict(confined, request.restriction(), now);
  if (rules::IsEmergency(confined) && !rules::IsEmergency(opinion)) clock::Hasten(confined, now);
  rules::AddStep(confined, confines ? "CONFINED" : "CONFINEMENT_LIFTED", request.reason_code(), now);
  return rules::Amended(std::move(change), {"restriction", "about_staff", "urgency"});
}

absl::Status CheckNotConfined(const Opinion& opinion) {
  if (opinion.about_staff()) {
    return error::Precondition("ABOUT_STAFF", "what is about staff is handled one level up itself");
  }
  if (opinion.restriction() != v1::RESTRICTION_UNSPECIFIED) {
    return error::Precondition("RESTRICTED",
                               "a child at risk or a threat is handled by the community itself");
  }
  return absl::OkStatus();
}

}  // namespace firstfloor::opinion::confinement
