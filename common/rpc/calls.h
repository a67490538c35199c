// The reactors: a call of each shape on gRPC's callback API. Internal to common/rpc.
#ifndef FIRSTFLOOR_COMMON_RPC_CALLS_H_
#define FIRSTFLOOR_COMMON_RPC_CALLS_H_

#include <grpcpp/grpcpp.h>

#include "common/rpc/method.h"

namespace firstfloor::rpc {

// Each starts the call and owns itself until gRPC is done with it.
grpc::ServerUnaryReactor* StartUnary(const Method& method, grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request, grpc::ByteBuffer* reply);
grpc::ServerReadReactor<grpc::ByteBuffer>* StartImport(const Method& method,
                                                       grpc::CallbackServerContext* context,
                                                       grpc::ByteBuffer* reply);
grpc::ServerWriteReactor<grpc::ByteBuffer>* StartStream(const Method& method,
                                                        grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request);

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_CALLS_H_
