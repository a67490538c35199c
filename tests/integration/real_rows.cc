#include "tests/integration/real_rows.h"

#include "tests/support/methods.h"
#include "tests/support/requests.h"

namespace firstfloor {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using testing::Caller;
using testing::Programs;

namespace {

Programs* running = nullptr;
Caller* calling = nullptr;

bool IsReal(const std::string& program, const std::string& name) {
  for (const auto& [collection, real] : calling->Names(program)) {
    if (name == real) return true;
  }
  return false;
}

}  // namespace

void RealRows::SetUpTestSuite() {
  running = new Programs;
  running->StartAll();
  calling = new Caller(*running, {}, {});
  calling->CallEverything();
  calling->TellStories();
  testing::WaitUntilQuiet(*running);
}

void RealRows::TearDownTestSuite() {
  delete calling;
  calling = nullptr;
  delete running;
  running = nullptr;
}

Programs& RealRows::programs() { return *running; }
Caller& RealRows::caller() { return *calling; }

std::unique_ptr<Message> RealRows::RequestFor(const std::string& program, const MethodDescriptor& method) {
  std::unique_ptr<Message> request = caller().Request(program, method, testing::Filling::Optional::kNone);
  const FieldDescriptor* area = method.input_type()->FindFieldByName("area");
  if (area != nullptr) {
    const auto* reflection = request->GetReflection();
    if (reflection->GetString(*request, area).empty()) {
      reflection->SetString(request.get(), area, kCommunity);
    }
  }
  return request;
}

bool RealRows::NamesRealRows(const std::string& program, const Message& request) {
  int names = 0;
  for (int i = 0; i < request.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = request.GetDescriptor()->field(i);
    if (testing::OptionsOf(*field).pattern() != api::v1::PATTERN_NAME) continue;
    const auto* reflection = request.GetReflection();
    const int size = field->is_repeated() ? reflection->FieldSize(request, field)
                                          : (reflection->GetString(request, field).empty() ? 0 : 1);
    for (int at = 0; at < size; ++at, ++names) {
      const std::string name = field->is_repeated() ? reflection->GetRepeatedString(request, field, at)
                                                    : reflection->GetString(request, field);
      if (!IsReal(program, name)) return false;
    }
  }
  return names > 0;
}

}  // namespace firstfloor
