#include "common/rpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/error/macros.h"
#include "common/rpc/credentials.h"

namespace firstfloor::rpc {
namespace {

// gRPC counts the host's processors, not ours.
constexpr int kThreads = 4;
constexpr int kMostConcurrentStreams = 10'000;
constexpr int kLargestMessage = 4 << 20;
constexpr int kLargestMetadata = 16 << 10;

void SetLimits(grpc::ServerBuilder& builder, const ServerConfig& config) {
  grpc::ResourceQuota quota("firstfloor");
  quota.SetMaxThreads(kThreads);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(kLargestMessage);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kLargestMetadata);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostConcurrentStreams);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                             static_cast<int>(absl::ToInt64Milliseconds(config.max_connection_age)));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

}  // namespace

struct Server::Impl {
  std::unique_ptr<grpc::Server> server;
  int port = 0;
  std::once_flag stopped;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() { Stop(absl::Seconds(1)); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerConfig& config,
                                                      const std::vector<Service*>& services) {
  for (const Service* service : services) RETURN_IF_ERROR(service->Complete());
  grpc::EnableDefaultHealthCheckService(true);
  static const bool reflection = [&] {
    if (config.reflection) grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    return config.reflection;
  }();
  if (config.reflection && !reflection)
    return absl::InternalError("reflection is decided by the first server");

  grpc::ServerBuilder builder;
  SetLimits(builder, config);
  auto impl = std::make_unique<Impl>();
  builder.AddListeningPort(config.address, ServerCredentials(config.tls), &impl->port);
  for (Service* service : services) builder.RegisterService(service->grpc_service());
  impl->server = builder.BuildAndStart();
  if (impl->server == nullptr || impl->port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", config.address));
  }
  auto server = std::unique_ptr<Server>(new Server(std::move(impl)));
  server->SetServing(false);
  return server;
}

int Server::port() const { return impl_->port; }

void Server::SetServing(bool serving) { impl_->server->GetHealthCheckService()->SetServingStatus(serving); }

void Server::Stop(absl::Duration grace) {
  std::call_once(impl_->stopped, [&] {
    impl_->server->Shutdown(absl::ToChronoTime(absl::Now() + grace));
    impl_->server->Wait();
  });
}

}  // namespace firstfloor::rpc
