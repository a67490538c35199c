// Everything that handlers and the wrapper need, wired once in main. Nothing here is owned.
#ifndef FIRSTFLOOR_COMMON_RPC_ENVIRONMENT_H_
#define FIRSTFLOOR_COMMON_RPC_ENVIRONMENT_H_

#include <atomic>
#include <string>

#include "absl/time/time.h"

namespace firstfloor::area {
class Registry;
}
namespace firstfloor::auth {
class Authenticator;
}
namespace firstfloor::events {
class Log;
class Tail;
}  // namespace firstfloor::events
namespace firstfloor::privacy {
class Keyring;
}
namespace firstfloor::redis {
class Bell;
}

namespace firstfloor::rpc {

class Peers;
class Rate;
class Workers;

struct Environment {
  std::string service;       // "opinion"
  std::string trust_domain;  // of the certificates' SPIFFE ids
  const area::Registry* areas = nullptr;
  const privacy::Keyring* keyring = nullptr;
  auth::Authenticator* authenticator = nullptr;
  events::Log* log = nullptr;
  events::Tail* tail = nullptr;
  redis::Bell* bell = nullptr;
  Workers* workers = nullptr;
  Peers* peers = nullptr;
  Rate* rate = nullptr;
  // Work dated back is accepted from tokens that allow it.
  bool allow_as_of = false;
  // False until the schema is there and again while the program drains: calls are refused with UNAVAILABLE.
  std::atomic<bool> serving{false};
  // For calls that come without a deadline; a longer one is cut to it.
  absl::Duration longest_call = absl::Seconds(30);
};

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_ENVIRONMENT_H_
