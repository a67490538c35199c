// A peer's event log over its Subscribe stream. Internal to common/rpc.
#ifndef FIRSTFLOOR_COMMON_RPC_PEER_LOG_H_
#define FIRSTFLOOR_COMMON_RPC_PEER_LOG_H_

#include <memory>

#include "common/events/reader.h"

namespace grpc {
class Channel;
}

namespace firstfloor::rpc {

std::unique_ptr<events::Source> NewPeerLog(std::shared_ptr<grpc::Channel> channel);

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_PEER_LOG_H_
