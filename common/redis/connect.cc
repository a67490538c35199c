#include "common/redis/connect.h"

#include <hiredis/hiredis.h>
#include <signal.h>

#include <mutex>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "common/telemetry/complaint.h"

namespace firstfloor::redis {
namespace {

// hiredis writes with write(2): a connection closed by the server would end the process.
void IgnoreBrokenPipes() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction current {};
    sigaction(SIGPIPE, nullptr, &current);
    if (current.sa_handler == SIG_DFL) signal(SIGPIPE, SIG_IGN);
  });
}

Context Open(const Config& config) {
  const timeval timeout = absl::ToTimeval(config.timeout);
  absl::string_view endpoint = config.endpoint;
  if (absl::ConsumePrefix(&endpoint, "unix:")) {
    return Context(redisConnectUnixWithTimeout(std::string(endpoint).c_str(), timeout));
  }
  const size_t colon = endpoint.rfind(':');
  int port = 0;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(endpoint.substr(colon + 1), &port))
    return nullptr;
  absl::string_view host = endpoint.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  return Context(redisConnectWithTimeout(std::string(host).c_str(), port, timeout));
}

// A wrong password looks like a Redis that is down, only for ever: operators must be told.
void SayRefused() {
  static auto* const complaint = new telemetry::Complaint("Redis refuses the password; it is not used");
  complaint->About(error::Make(absl::StatusCode::kUnauthenticated, "REDIS_PASSWORD_REFUSED", ""));
}

bool Authenticate(redisContext* context, const std::string& password) {
  const char* words[] = {"AUTH", password.c_str()};
  const size_t sizes[] = {4, password.size()};
  auto* const reply = static_cast<redisReply*>(redisCommandArgv(context, 2, words, sizes));
  if (reply == nullptr) return false;
  const bool accepted = reply->type != REDIS_REPLY_ERROR;
  freeReplyObject(reply);
  if (!accepted) SayRefused();
  return accepted;
}

}  // namespace

void FreeContext::operator()(redisContext* context) const { redisFree(context); }

Context Connect(const Config& config) {
  if (config.endpoint.empty()) return nullptr;
  IgnoreBrokenPipes();
  const absl::Time deadline = absl::Now() + config.timeout;
  Context context = Open(config);
  if (context == nullptr || context->err != 0) return nullptr;
  if (!config.password.empty()) {
    const absl::Duration left = deadline - absl::Now();
    if (left < absl::Milliseconds(1)) return nullptr;
    if (redisSetTimeout(context.get(), absl::ToTimeval(left)) != REDIS_OK) return nullptr;
    if (!Authenticate(context.get(), config.password)) return nullptr;
  }
  if (redisSetTimeout(context.get(), absl::ToTimeval(config.timeout)) != REDIS_OK) return nullptr;
  return context;
}

}  // namespace firstfloor::redis
