#include "services/deliberation/order_store.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/area/registry.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/program/house.h"

namespace firstfloor::deliberation {
namespace {

using google::protobuf::Message;

const v1::Order& As(const Message& message) { return static_cast<const v1::Order&>(message); }

resource::Spec SpecOf(program::House& house) {
  const privacy::Keyring& keyring = *house.environment().keyring;
  return {.table = "service_order",
          .collection = "orders",
          .type = "Order",
          .columns = {
              {"area", [](const Message& m) { return db::Value(As(m).area()); }},
              {"state", [](const Message& m) { return db::Value(As(m).state()); }},
              {"assignee", [](const Message& m) { return db::Value(As(m).assignee()); }},
              {"resident",
               [&keyring](const Message& m) {
                 const std::string& subject = As(m).resident().subject();
                 return subject.empty() ? db::Value(nullptr)
                                        : db::Value(keyring.BlindIndex("subject", subject));
               }},
          }};
}

}  // namespace

OrderStore::OrderStore(program::House& house) : table_(SpecOf(house), *house.environment().keyring) {}

absl::Status KeepPost(db::Transaction& tx, const rules::KnownPost& post) {
  return tx
      .Execute(
          "INSERT INTO known_post (name, area, role, vacant, deputised) VALUES (?, ?, ?, ?, ?) "
          "ON DUPLICATE KEY UPDATE area = VALUES(area), role = VALUES(role), vacant = VALUES(vacant), "
          "deputised = VALUES(deputised)",
          {post.name, post.area, post.role, post.vacant, post.deputised})
      .status();
}

absl::Status ForgetPost(db::Transaction& tx, absl::string_view name) {
  return tx.Execute("DELETE FROM known_post WHERE name = ?", {name}).status();
}

absl::StatusOr<std::vector<rules::KnownPost>> PostsCovering(db::Connection& connection,
                                                            absl::string_view area) {
  std::vector<db::Value> codes;
  for (std::string& code : area::SelfAndAncestors(area)) codes.emplace_back(std::move(code));
  std::vector<rules::KnownPost> posts;
  if (codes.empty()) return posts;
  const std::string marks = absl::StrJoin(std::vector<const char*>(codes.size(), "?"), ", ");
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      connection.Query(
          absl::StrCat("SELECT name, area, role, vacant, deputised FROM known_post WHERE area IN (", marks,
                       ") ORDER BY LENGTH(area) DESC, name"),
          codes));
  for (const db::Row& row : rows) {
    posts.push_back({row.Text(0), row.Text(1), row.Text(2), row.Int(3) != 0, row.Int(4) != 0});
  }
  return posts;
}

}  // namespace firstfloor::deliberation
