// Who is responsible for an order's next step.
#include <algorithm>

#include "absl/strings/strip.h"
#include "services/deliberation/order_rules.h"

namespace firstfloor::deliberation::rules {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

std::string ShortLevel(OrderLevel level) {
  switch (level) {
    case ORDER_LEVEL_STEWARD:
      return "STEWARD";
    case ORDER_LEVEL_BRANCH:
      return "BRANCH_SECRETARY";
    case ORDER_LEVEL_COMMUNITY:
      return "COMMUNITY_STAFF";
    default:
      return "";
  }
}

// The role of whoever works on it, where that is none of the levels; "" otherwise.
std::string RoleOfAssignee(const Order& order) {
  if (order.state() != ORDER_STATE_DISPATCHED && order.state() != ORDER_STATE_IN_PROGRESS) return "";
  if (IsStewards(order) || IsWithCase(order)) return "";
  return std::string(absl::StripPrefix(OrderAssignee_Name(order.assignee()), "ORDER_ASSIGNEE_"));
}

const KnownPost* FirstFilled(const std::vector<KnownPost>& posts, const std::vector<std::string>& roles,
                             bool& vacant) {
  for (const KnownPost& post : posts) {
    if (std::find(roles.begin(), roles.end(), post.role) == roles.end()) continue;
    if (!post.vacant || post.deputised) return &post;
    vacant = true;
  }
  return nullptr;
}

void Name(Responsible& responsible, const KnownPost& post) {
  responsible.set_post(post.name);
  responsible.set_deputised(post.deputised);
}

}  // namespace

std::vector<std::string> RolesOf(OrderLevel level) {
  switch (level) {
    case ORDER_LEVEL_STEWARD:
      return {"STEWARD", "RED_STEWARD"};
    case ORDER_LEVEL_BRANCH:
      return {"SECRETARY", "NEIGHBOURHOOD_BRANCH"};
    case ORDER_LEVEL_COMMUNITY:
      return {"DUTY_DESK"};
    default:
      return {};
  }
}

Responsible ResponsibleFor(const Order& order, const std::vector<KnownPost>& posts) {
  Responsible responsible;
  if (IsOver(order)) return responsible;
  if (order.state() == ORDER_STATE_DONE) {
    responsible.set_role("RESIDENT");
    return responsible;
  }
  responsible.set_level(order.level());
  bool vacant = false;
  if (const std::string role = RoleOfAssignee(order); !role.empty()) {
    responsible.set_role(role);
    if (const KnownPost* post = FirstFilled(posts, {role}, vacant)) Name(responsible, *post);
    return responsible;
  }
  // A level all of whose posts are vacant passes the step on; one that has no posts known here does not.
  OrderLevel level = order.level();
  const KnownPost* post = nullptr;
  while (true) {
    vacant = false;
    post = FirstFilled(posts, RolesOf(level), vacant);
    if (post != nullptr || !vacant || level >= ORDER_LEVEL_COMMUNITY) break;
    level = level == ORDER_LEVEL_STEWARD ? ORDER_LEVEL_BRANCH : ORDER_LEVEL_COMMUNITY;
  }
  responsible.set_level(level);
  responsible.set_role(ShortLevel(level));
  if (post != nullptr) Name(responsible, *post);
  return responsible;
}

}  // namespace firstfloor::deliberation::rules
