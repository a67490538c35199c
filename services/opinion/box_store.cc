#include "services/opinion/box_store.h"

#include "common/calendar/timestamp.h"
#include "common/program/house.h"

namespace firstfloor::opinion {
namespace {

using google::protobuf::Message;
using resource::Condition;

template <typename R>
const R& As(const Message& message) {
  return static_cast<const R&>(message);
}

resource::Spec BoxSpec() {
  return {.table = "box",
          .collection = "boxes",
          .type = "Box",
          .prototype = nullptr,
          .columns = {
              {"area", [](const Message& m) { return db::Value(As<v1::Box>(m).area()); }},
              {"state", [](const Message& m) { return db::Value(As<v1::Box>(m).state()); }},
              {"due_time",
               [](const Message& m) {
                 const auto& box = As<v1::Box>(m);
                 return box.has_due_time() ? db::Value(calendar::FromProto(box.due_time()))
                                           : db::Value(nullptr);
               }},
          }};
}

resource::Spec OpeningSpec() {
  return {.table = "box_opening",
          .collection = "boxOpenings",
          .type = "BoxOpening",
          .prototype = nullptr,
          .columns = {
              {"area", [](const Message& m) { return db::Value(As<v1::BoxOpening>(m).area()); }},
              {"state", [](const Message& m) { return db::Value(As<v1::BoxOpening>(m).state()); }},
              {"box", [](const Message& m) { return db::Value(As<v1::BoxOpening>(m).box()); }},
          }};
}

template <typename States>
void AddStates(const States& states, std::vector<Condition>& conditions) {
  if (states.empty()) return;
  conditions.push_back(resource::In("state", std::vector<db::Value>(states.begin(), states.end())));
}

}  // namespace

BoxStore::BoxStore(program::House& house)
    : boxes_(BoxSpec(), *house.environment().keyring),
      openings_(OpeningSpec(), *house.environment().keyring) {}

absl::StatusOr<std::vector<v1::Box>> BoxStore::List(db::Connection& connection,
                                                    const v1::ListBoxesRequest& request, absl::Time now,
                                                    absl::string_view after, int limit) const {
  std::vector<Condition> conditions = {resource::Covered("area", request.area())};
  AddStates(request.states(), conditions);
  if (request.overdue()) conditions.push_back(resource::Below("due_time", now));
  return boxes_.List(connection, conditions, true, after, limit);
}

absl::StatusOr<std::vector<v1::BoxOpening>> BoxStore::List(db::Connection& connection,
                                                           const v1::ListBoxOpeningsRequest& request,
                                                           absl::string_view after, int limit) const {
  std::vector<Condition> conditions = {resource::Covered("area", request.area())};
  AddStates(request.states(), conditions);
  if (!request.box().empty()) conditions.push_back(resource::Equals("box", request.box()));
  return openings_.List(connection, conditions, true, after, limit);
}

}  // namespace firstfloor::opinion
