#include "services/deliberation/erasure.h"

#include <algorithm>

#include "services/deliberation/case_rules.h"
#include "services/deliberation/order_rules.h"

namespace firstfloor::deliberation {
namespace {

using google::protobuf::Message;
using v1::Case;
using v1::Order;

const Case& AsCase(const Message& message) { return static_cast<const Case&>(message); }
const Order& AsOrder(const Message& message) { return static_cast<const Order&>(message); }

// The states in which a row is not over.
template <typename Row, typename State>
std::vector<db::Value> OpenStates(State first, State last) {
  std::vector<db::Value> states;
  for (int state = first; state <= last; ++state) {
    Row row;
    row.set_state(static_cast<State>(state));
    if (!rules::IsOver(row)) states.emplace_back(state);
  }
  return states;
}

std::vector<std::string> CopiesOf(const Order& order) {
  std::vector<std::string> copies;
  if (!order.case_().empty()) copies.push_back(order.case_());
  if (!order.task().empty()) copies.push_back(order.task());
  return copies;
}

// A case that was made from an opinion or an order is, as far as it is a copy, the asking side's.
std::string AskingSide(const Case& matter) {
  const auto asking = std::find_if(matter.sides().begin(), matter.sides().end(),
                                   [](const v1::Side& side) { return side.asked(); });
  return asking == matter.sides().end() ? "" : asking->representative().subject();
}

}  // namespace

erasure::Plan ErasurePlan(const Orders& orders, const Cases& cases) {
  erasure::Plan plan;
  plan.holdings.push_back(
      {.table = &orders.table().raw(),
       .open = [](const std::string& subject_index) -> std::vector<resource::Condition> {
         return {resource::Equals("resident", subject_index),
                 resource::In("state", OpenStates<Order>(v1::OrderState_MIN, v1::OrderState_MAX))};
       },
       .copies = [](const Message& row) { return CopiesOf(AsOrder(row)); },
       .owner = [](const Message& row) { return AsOrder(row).resident().subject(); }});
  plan.holdings.push_back(
      {.table = &cases.store().table().raw(),
       .open = [](const std::string& subject_index) -> std::vector<resource::Condition> {
         return {CaseStore::OfSideIndex(subject_index),
                 resource::In("state", OpenStates<Case>(v1::CaseState_MIN, v1::CaseState_MAX))};
       },
       .owner = [](const Message& row) { return AskingSide(AsCase(row)); },
       .settle =
           [](db::Transaction&, const events::Origin&, const Message& before, Message& row) {
             // What it is about was said by the side that asked.
             auto& matter = static_cast<Case&>(row);
             if (!AskingSide(AsCase(before)).empty() && AskingSide(matter).empty()) matter.clear_text();
             return absl::OkStatus();
           }});
  plan.columns = {{"case_side", "subject"}};
  return plan;
}

}  // namespace firstfloor::deliberation
