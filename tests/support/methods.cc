#include "tests/support/methods.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "google/api/annotations.pb.h"

namespace firstfloor::testing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// Served by every program beside its own package.
constexpr char kCommonPackage[] = "firstfloor.events.v1";

const FileDescriptor& LinkedFile(const std::string& path) {
  const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(path);
  if (file == nullptr) {
    std::fprintf(stderr, "%s is not linked into this test\n", path.c_str());
    std::abort();
  }
  return *file;
}

}  // namespace

std::vector<const ServiceDescriptor*> AllServices() {
  const std::filesystem::path root = FIRSTFLOOR_SOURCE_DIR "/protos";
  std::vector<const ServiceDescriptor*> services;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "firstfloor")) {
    if (entry.path().extension() != ".proto") continue;
    const FileDescriptor& file = LinkedFile(entry.path().lexically_relative(root).string());
    for (int i = 0; i < file.service_count(); ++i) services.push_back(file.service(i));
  }
  std::sort(services.begin(), services.end(), [](const ServiceDescriptor* a, const ServiceDescriptor* b) {
    return a->full_name() < b->full_name();
  });
  return services;
}

std::string ProgramOf(const ServiceDescriptor& service) {
  const std::vector<std::string> parts = absl::StrSplit(service.full_name(), '.');
  return parts.at(1);
}

std::vector<const MethodDescriptor*> MethodsOf(const std::string& program) {
  std::vector<const MethodDescriptor*> methods;
  for (const ServiceDescriptor* service : AllServices()) {
    if (ProgramOf(*service) != program && service->file()->package() != kCommonPackage) continue;
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  }
  return methods;
}

const api::v1::Access& AccessOf(const MethodDescriptor& method) {
  return method.options().GetExtension(api::v1::access);
}

bool IsRead(const MethodDescriptor& method) {
  return !method.options().GetExtension(google::api::http).get().empty() ||
         method.options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
}

std::unique_ptr<google::protobuf::Message> NewMessage(const Descriptor* type) {
  return std::unique_ptr<google::protobuf::Message>(
      MessageFactory::generated_factory()->GetPrototype(type)->New());
}

}  // namespace firstfloor::testing
