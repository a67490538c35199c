#include "services/gateway/server.h"

#include <linux/filter.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "services/gateway/loop.h"
#include "services/gateway/session.h"

namespace firstfloor::gateway {
namespace {

// Exposed from the start, not from the first one on.
telemetry::Counter& turned_away = telemetry::GetCounter(
    "firstfloor_http_connections_refused_total", "Connections closed at once because there were too many");

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr absl::Duration kStopPoll = absl::Milliseconds(5);
// What the last handshakes of TCP may take.
constexpr absl::Duration kConnecting = absl::Milliseconds(100);

absl::StatusOr<std::shared_ptr<asio::ssl::context>> LoadCertificate(const ServerConfig& config) {
  if (config.cert_file.empty()) return std::shared_ptr<asio::ssl::context>();
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);  // idle connections keep no buffers
  error_code bad;
  context->use_certificate_chain_file(config.cert_file, bad);
  if (bad) return absl::InvalidArgumentError(absl::StrCat("no certificate in ", config.cert_file));
  context->use_private_key_file(config.key_file, asio::ssl::context::pem, bad);
  if (bad) return absl::InvalidArgumentError(absl::StrCat(config.key_file, " is not its key"));
  return context;
}

int64_t ModifiedAt(const std::string& file) {
  struct stat facts = {};
  if (stat(file.c_str(), &facts) != 0) return 0;
  return int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
}

// The kernel connects nobody who comes from now on, and who asks again after the socket is closed is refused.
// Without this, those connected in the moment before that would be cut off.
void ConnectNobody(int listening) {
  // Drops packets with the SYN flag (2, in byte 13 of the TCP header).
  sock_filter code[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 2, 0, 1),
                        BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)};
  const sock_fprog program = {.len = std::size(code), .filter = code};
  setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

absl::StatusOr<tcp::endpoint> EndpointOf(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = -1;
  error_code bad;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 ||
      port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat(address, " must be an address and a port"));
  }
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  const asio::ip::address ip = asio::ip::make_address(host, bad);
  if (bad) return absl::InvalidArgumentError(absl::StrCat(address, " must be an address and a port"));
  return tcp::endpoint(ip, static_cast<uint16_t>(port));
}

}  // namespace

struct Server::Impl {
  Impl(const ServerConfig& wanted, const Gateway& gateway)
      : config(wanted), shared(new Shared{.gateway = gateway, .limits = wanted.limits}) {
    for (int i = 0; i < wanted.threads; ++i) loops.push_back(std::make_shared<Loop>());
  }

  absl::Status Listen();
  asio::awaitable<void> Accept();
  void Welcome(tcp::socket socket, Loop& loop);
  void AcceptTheLast();
  // Whoever runs in a loop must not own it: what it has not come to when it stops would keep it for ever.
  Loop& NextLoop() { return *loops[next_loop++ % loops.size()]; }
  std::shared_ptr<asio::ssl::context> Certificate() {
    const std::lock_guard lock(mutex);
    return certificate;
  }

  const ServerConfig config;
  const std::shared_ptr<Shared> shared;
  std::vector<std::shared_ptr<Loop>> loops;
  std::unique_ptr<tcp::acceptor> acceptor;
  std::promise<void> accepted;  // nobody is accepted any more
  size_t next_loop = 0;
  std::vector<std::thread> threads;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
  std::mutex mutex;
  std::shared_ptr<asio::ssl::context> certificate;
  int64_t certificate_of = 0;
  bool stopped = false;
};

absl::Status Server::Impl::Listen() {
  ASSIGN_OR_RETURN(const tcp::endpoint endpoint, EndpointOf(config.address));
  acceptor = std::make_unique<tcp::acceptor>(loops.front()->io);
  error_code bad;
  acceptor->open(endpoint.protocol(), bad);
  if (!bad) acceptor->set_option(tcp::acceptor::reuse_address(true), bad);
  if (!bad) acceptor->bind(endpoint, bad);
  if (!bad) acceptor->listen(asio::socket_base::max_listen_connections, bad);
  if (!bad) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot listen on ", config.address, ": ", bad.message()));
}

asio::awaitable<void> Server::Impl::Accept() {
  asio::steady_timer pause(loops.front()->io);
  while (acceptor->is_open()) {
    Loop& loop = NextLoop();
    error_code failed;
    tcp::socket socket(loop.io);
    co_await acceptor->async_accept(socket, asio::redirect_error(asio::use_awaitable, failed));
    if (failed == asio::error::operation_aborted) co_return;
    if (failed) {  // out of descriptors, most likely: let some close
      pause.expires_after(std::chrono::milliseconds(50));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, failed));
      continue;
    }
    Welcome(std::move(socket), loop);
  }
}

void Server::Impl::Welcome(tcp::socket socket, Loop& loop) {
  if (shared->connections.load() >= config.limits.connections) return turned_away.Add(1);
  shared->connections.fetch_add(1);
  asio::co_spawn(loop.io, Serve(std::move(socket), Certificate(), &loop, shared), asio::detached);
}

// Those who are connected and wait to be accepted; to close before them would cut them off.
void Server::Impl::AcceptTheLast() {
  error_code none_left;
  acceptor->non_blocking(true, none_left);
  while (!none_left) {
    Loop& loop = NextLoop();
    tcp::socket socket(loop.io);
    acceptor->accept(socket, none_left);
    if (!none_left) Welcome(std::move(socket), loop);
  }
  acceptor->close(none_left);
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerConfig& config, const Gateway& gateway) {
  auto impl = std::make_unique<Impl>(config, gateway);
  impl->certificate_of = ModifiedAt(config.cert_file);
  ASSIGN_OR_RETURN(impl->certificate, LoadCertificate(config));
  RETURN_IF_ERROR(impl->Listen());
  asio::co_spawn(impl->loops.front()->io, impl->Accept(),
                 [impl = impl.get()](const std::exception_ptr&) { impl->accepted.set_value(); });
  for (const std::shared_ptr<Loop>& loop : impl->loops) {
    impl->guards.push_back(asio::make_work_guard(loop->io));
    impl->threads.emplace_back([loop] { loop->io.run(); });
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { Stop(absl::ZeroDuration()); }

int Server::port() const { return impl_->acceptor->local_endpoint().port(); }

void Server::Reload() {
  const int64_t modified = ModifiedAt(impl_->config.cert_file);
  if (modified == impl_->certificate_of) return;
  absl::StatusOr<std::shared_ptr<asio::ssl::context>> fresh = LoadCertificate(impl_->config);
  if (!fresh.ok()) return;  // half-written, perhaps: looked at again
  const std::lock_guard lock(impl_->mutex);
  impl_->certificate = *std::move(fresh);
  impl_->certificate_of = modified;
  telemetry::Log(telemetry::Severity::kInfo, "certificate reloaded");
}

void Server::Stop(absl::Duration grace) {
  if (std::exchange(impl_->stopped, true)) return;
  ConnectNobody(impl_->acceptor->native_handle());
  absl::SleepFor(std::min(grace, kConnecting));
  asio::post(impl_->loops.front()->io, [this] { impl_->AcceptTheLast(); });
  impl_->accepted.get_future().wait();
  for (const std::shared_ptr<Loop>& shared : impl_->loops) {
    asio::post(shared->io, [loop = shared.get()] {
      loop->ending = true;
      for (OpenConnection* connection : loop->open) connection->EndSoon();
    });
  }
  const absl::Time deadline = absl::Now() + grace;
  while (impl_->shared->connections.load() > 0 && absl::Now() < deadline) absl::SleepFor(kStopPoll);
  for (const std::shared_ptr<Loop>& loop : impl_->loops) loop->io.stop();
  for (std::thread& thread : impl_->threads) thread.join();
  for (const std::shared_ptr<Loop>& loop : impl_->loops) {
    for (OpenConnection* connection : loop->open) connection->CutOff();
  }
}

}  // namespace firstfloor::gateway
