#include "services/outreach/lecturer_store.h"

#include "common/program/house.h"

namespace firstfloor::outreach {
namespace {

using google::protobuf::Message;

const v1::Lecturer& As(const Message& message) { return static_cast<const v1::Lecturer&>(message); }

resource::Spec Spec() {
  return {.table = "lecturer",
          .collection = "lecturers",
          .type = "Lecturer",
          .columns = {
              {"area", [](const Message& m) { return db::Value(As(m).area()); }},
              {"kind", [](const Message& m) { return db::Value(As(m).kind()); }},
          }};
}

}  // namespace

LecturerStore::LecturerStore(program::House& house) : table_(Spec(), *house.environment().keyring) {}

}  // namespace firstfloor::outreach
