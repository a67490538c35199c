// Checks a request against the field options of its proto: one validator for every method.
#ifndef FIRSTFLOOR_COMMON_RPC_VALIDATE_H_
#define FIRSTFLOOR_COMMON_RPC_VALIDATE_H_

#include <memory>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace firstfloor::area {
class Registry;
}

namespace firstfloor::rpc {

// The rules of one message type and everything in it, read from the descriptors once.
class Validator {
 public:
  explicit Validator(const google::protobuf::Descriptor* type);
  ~Validator();

  // Clears output-only fields, then checks everything. INVALID_ARGUMENT, reason INVALID_FIELD, with every
  // violation at once; paths as in "opinion.attachments[2].uri". Values are never repeated in the error.
  absl::Status Check(google::protobuf::Message& request, const area::Registry* areas) const;

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_VALIDATE_H_
