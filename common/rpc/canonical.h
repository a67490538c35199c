// The bytes of a message by which it is recognised. Internal to common/rpc.
#ifndef FIRSTFLOOR_COMMON_RPC_CANONICAL_H_
#define FIRSTFLOOR_COMMON_RPC_CANONICAL_H_

#include <string>

#include "google/protobuf/message.h"

namespace firstfloor::rpc {

// The same for equal messages, in one build of the program and the next.
std::string Canonical(const google::protobuf::Message& message);

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_CANONICAL_H_
