#include "services/gateway/contract.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.pb.h"

// The FileDescriptorSet that the build made of all protos, comments included.
asm(".section .rodata\n"
    ".global firstfloor_contract_begin\n"
    ".global firstfloor_contract_end\n"
    "firstfloor_contract_begin:\n"
    ".incbin \"" FIRSTFLOOR_CONTRACT_FILE
    "\"\n"
    "firstfloor_contract_end:\n"
    ".byte 0\n"
    ".previous\n");
extern "C" {
extern const char firstfloor_contract_begin[];
extern const char firstfloor_contract_end[];
}

namespace firstfloor::gateway {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;

struct Contract {
  DescriptorPool pool;
  std::vector<const FileDescriptor*> files;
};

const Contract& Commented() {
  static const Contract& contract = []() -> const Contract& {
    auto* made = new Contract;
    google::protobuf::FileDescriptorSet set;
    const auto size = static_cast<int>(firstfloor_contract_end - firstfloor_contract_begin);
    if (!set.ParseFromArray(firstfloor_contract_begin, size)) {
      std::fprintf(stderr, "gateway: the contract in this program cannot be read\n");
      std::abort();
    }
    for (const google::protobuf::FileDescriptorProto& file : set.file()) {
      made->files.push_back(made->pool.BuildFile(file));
    }
    return *made;
  }();
  return contract;
}

template <typename Declaration>
std::string CommentAt(const Declaration* declaration) {
  google::protobuf::SourceLocation location;
  if (declaration == nullptr || !declaration->GetSourceLocation(&location)) return "";
  std::vector<std::string> lines;
  for (const absl::string_view line : absl::StrSplit(location.leading_comments, '\n')) {
    lines.emplace_back(absl::StripAsciiWhitespace(line));
  }
  return std::string(absl::StripAsciiWhitespace(absl::StrJoin(lines, " ")));
}

}  // namespace

std::vector<const google::protobuf::ServiceDescriptor*> ContractServices() {
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  for (const FileDescriptor* file : Commented().files) {
    if (!absl::StartsWith(file->package(), "firstfloor.")) continue;
    for (int i = 0; i < file->service_count(); ++i) {
      services.push_back(DescriptorPool::generated_pool()->FindServiceByName(file->service(i)->full_name()));
    }
  }
  return services;
}

std::string CommentOf(const google::protobuf::ServiceDescriptor& service) {
  return CommentAt(Commented().pool.FindServiceByName(service.full_name()));
}
std::string CommentOf(const google::protobuf::MethodDescriptor& method) {
  return CommentAt(Commented().pool.FindMethodByName(method.full_name()));
}
std::string CommentOf(const google::protobuf::Descriptor& message) {
  return CommentAt(Commented().pool.FindMessageTypeByName(message.full_name()));
}
std::string CommentOf(const google::protobuf::FieldDescriptor& field) {
  return CommentAt(Commented().pool.FindFieldByName(field.full_name()));
}
std::string CommentOf(const google::protobuf::EnumDescriptor& type) {
  return CommentAt(Commented().pool.FindEnumTypeByName(type.full_name()));
}
std::string CommentOf(const google::protobuf::EnumValueDescriptor& value) {
  const auto* type = Commented().pool.FindEnumTypeByName(value.type()->full_name());
  return CommentAt(type == nullptr ? nullptr : type->FindValueByName(value.name()));
}

}  // namespace firstfloor::gateway
