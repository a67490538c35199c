// A connection to Redis that belongs to one thread. Redis being down is never an error of a caller:
// everything here answers at once and says no more than "not there".
#ifndef FIRSTFLOOR_COMMON_REDIS_CLIENT_H_
#define FIRSTFLOOR_COMMON_REDIS_CLIENT_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace firstfloor::redis {

struct Config {
  // "host:port" or "unix:/path". Empty: Redis is not used, every call answers UNAVAILABLE.
  std::string endpoint;
  std::string password;
  // Before every key and channel, so that several suites may share one Redis.
  std::string prefix = "ff:";
  absl::Duration timeout = absl::Milliseconds(100);
};

// What came back; nil is nullopt in `text` with kind kNil.
struct Reply {
  enum class Kind { kNil, kText, kInteger, kList } kind = Kind::kNil;
  std::string text;
  int64_t integer = 0;
  std::vector<Reply> list;
};

// Connects when first used; after a failure waits 500 ms before trying again (a breaker: calls in
// between fail at once). Not thread-safe. Blocks at most for the timeout.
class Client {
 public:
  explicit Client(Config config);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Sends one command, arguments as they are (binary-safe; keys are NOT prefixed, use Key()).
  absl::StatusOr<Reply> Command(absl::Span<const std::string> args);
  // The same for a script: EVALSHA, EVAL when the server does not know it.
  absl::StatusOr<Reply> Script(absl::string_view lua, absl::Span<const std::string> keys,
                               absl::Span<const std::string> args);
  std::string Key(absl::string_view key) const;
  // True if the last exchange with Redis succeeded.
  bool healthy() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::redis

#endif  // FIRSTFLOOR_COMMON_REDIS_CLIENT_H_
