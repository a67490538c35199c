#include "services/deliberation/order_access.h"

#include <algorithm>
#include <iterator>

#include "common/privacy/personal.h"
#include "services/deliberation/order_rules.h"

namespace firstfloor::deliberation {
namespace {

bool IsResident(const auth::Identity& caller, const v1::Order& order) {
  return !order.resident().subject().empty() && order.resident().subject() == caller.subject;
}

bool HandlesArea(const auth::Identity& caller, absl::string_view area) {
  constexpr api::v1::Role kRoles[] = {api::v1::ROLE_STEWARD, api::v1::ROLE_GRID_WORKER,
                                      api::v1::ROLE_BRANCH_SECRETARY, api::v1::ROLE_COMMUNITY_STAFF};
  return std::any_of(std::begin(kRoles), std::end(kRoles),
                     [&](api::v1::Role role) { return caller.Has(role, area); });
}

}  // namespace

bool WorksOn(const auth::Identity& caller, const v1::Order& order) {
  if (rules::IsStewards(order)) {
    return !order.steward().subject().empty() && order.steward().subject() == caller.subject;
  }
  return order.assignee() == v1::ORDER_ASSIGNEE_PROPERTY && caller.Has(api::v1::ROLE_PROPERTY, order.area());
}

bool SpeaksForResident(const auth::Identity& caller, const v1::Order& order) {
  return order.resident().subject().empty() && HandlesArea(caller, order.area()) && !WorksOn(caller, order);
}

auth::Standing StandingOf(const auth::Identity& caller, const v1::Order& order) {
  return {.owner = IsResident(caller, order), .participant = WorksOn(caller, order)};
}

v1::Order OrderSeenBy(const auth::Identity& caller, const v1::Order& order, bool unmask) {
  v1::Order view = order;
  if (!unmask && !caller.is_service() && !IsResident(caller, order)) privacy::Mask(view);
  return view;
}

}  // namespace firstfloor::deliberation
