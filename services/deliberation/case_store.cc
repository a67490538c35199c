#include "services/deliberation/case_store.h"

#include <string>
#include <utility>

#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/program/house.h"

namespace firstfloor::deliberation {
namespace {

using google::protobuf::Message;

const v1::Case& As(const Message& message) { return static_cast<const v1::Case&>(message); }

resource::Spec SpecOf() {
  return {.table = "deliberation_case",
          .collection = "cases",
          .type = "Case",
          .columns = {
              {"area", [](const Message& m) { return db::Value(As(m).area()); }},
              {"state", [](const Message& m) { return db::Value(As(m).state()); }},
              {"kind", [](const Message& m) { return db::Value(As(m).kind()); }},
              {"topic", [](const Message& m) { return db::Value(As(m).topic()); }},
          }};
}

}  // namespace

CaseStore::CaseStore(program::House& house)
    : keyring_(*house.environment().keyring), table_(SpecOf(), keyring_) {}

absl::Status CaseStore::KeepSides(db::Transaction& tx, const v1::Case& matter) const {
  ASSIGN_OR_RETURN(const std::string id, resource::IdOf("cases", matter.name()));
  for (const v1::Side& side : matter.sides()) {
    const std::string& subject = side.representative().subject();
    if (subject.empty()) continue;
    RETURN_IF_ERROR(tx.Execute("INSERT INTO case_side (subject, case_id) VALUES (?, ?) "
                               "ON DUPLICATE KEY UPDATE case_id = VALUES(case_id)",
                               {keyring_.BlindIndex("subject", subject), id})
                        .status());
  }
  return absl::OkStatus();
}

resource::Condition CaseStore::OfSide(absl::string_view subject) const {
  return OfSideIndex(keyring_.BlindIndex("subject", subject));
}

resource::Condition CaseStore::OfSideIndex(std::string subject_index) {
  return {"id IN (SELECT case_id FROM case_side WHERE subject = ?)", {std::move(subject_index)}};
}

}  // namespace firstfloor::deliberation
