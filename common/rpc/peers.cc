#include "common/rpc/peers.h"

#include <chrono>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/error/error.h"
#include "common/rpc/client.h"
#include "common/rpc/peer_log.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/trace.h"

namespace firstfloor::rpc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kFailuresToOpen = 5;
constexpr std::chrono::seconds kOpen(1);

// Opens after failures in a row, lets one call through after a pause.
class Breaker {
 public:
  explicit Breaker(const std::string& peer)
      : open_(telemetry::GetGauge("firstfloor_peer_breaker_open",
                                  "1 while calls to the peer are refused because it cannot be reached.",
                                  {{"peer", peer}})) {}

  bool Lets(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (failures_ < kFailuresToOpen) return true;
    if (now < retry_) return false;
    retry_ = now + kOpen;
    return true;
  }
  void Note(bool reachable, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    failures_ = reachable ? 0 : failures_ + 1;
    if (failures_ == kFailuresToOpen) retry_ = now + kOpen;
    open_.Set(failures_ >= kFailuresToOpen ? 1 : 0);
  }

 private:
  telemetry::Gauge& open_;
  std::mutex mutex_;
  int failures_ = 0;
  Clock::time_point retry_;
};

}  // namespace

struct Peers::Impl {
  struct Peer {
    Peer(const std::string& name, const std::string& address, const TlsFiles& tls)
        : client(address, tls), breaker(name) {}
    Client client;
    Breaker breaker;
  };

  Peer* Find(const std::string& name) {
    const auto found = peers.find(name);
    return found == peers.end() ? nullptr : found->second.get();
  }

  std::map<std::string, std::unique_ptr<Peer>> peers;
};

Peers::Peers(std::map<std::string, std::string> addresses, TlsFiles tls) : impl_(std::make_unique<Impl>()) {
  for (const auto& [name, address] : addresses) {
    impl_->peers[name] = std::make_unique<Impl::Peer>(name, address, tls);
  }
}

Peers::~Peers() = default;

absl::Status Peers::Ask(const std::string& peer, absl::string_view method,
                        const google::protobuf::Message& request, google::protobuf::Message& reply,
                        absl::Time deadline, const std::string& traceparent) {
  Impl::Peer* at = impl_->Find(peer);
  if (at == nullptr || !at->breaker.Lets(Clock::now())) {
    return error::RetryAfter(absl::StatusCode::kUnavailable, "PEER_UNAVAILABLE",
                             absl::StrCat(peer, " cannot be reached"), absl::FromChrono(kOpen));
  }
  telemetry::Span span = telemetry::Span::Server(absl::StrCat("ask ", method), traceparent);
  const absl::Status status = at->client.Ask(
      method, request, reply, {.deadline = deadline, .token = "", .traceparent = span.traceparent()});
  const bool reachable =
      status.code() != absl::StatusCode::kUnavailable && status.code() != absl::StatusCode::kDeadlineExceeded;
  at->breaker.Note(reachable, Clock::now());
  if (!status.ok()) span.Fail(absl::StatusCodeToString(status.code()));
  return status;
}

std::unique_ptr<events::Source> Peers::LogOf(const std::string& peer) {
  Impl::Peer* at = impl_->Find(peer);
  return at == nullptr ? nullptr : NewPeerLog(at->client.channel());
}

}  // namespace firstfloor::rpc
