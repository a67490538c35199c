// TLS as we use it: certificates from files that are read again when they change; a client certificate is
// verified when there is one. Internal to common/rpc.
#ifndef FIRSTFLOOR_COMMON_RPC_CREDENTIALS_H_
#define FIRSTFLOOR_COMMON_RPC_CREDENTIALS_H_

#include <memory>

#include "common/rpc/server.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace firstfloor::rpc {

std::shared_ptr<grpc::ServerCredentials> ServerCredentials(const TlsFiles& files);
// With `files.cert` empty the client shows no certificate of its own.
std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials(const TlsFiles& files);

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_CREDENTIALS_H_
