// Calls to the other services of the house: with this program's certificate, the caller's deadline and
// trace, and a breaker, so that a peer that is down costs a call an UNAVAILABLE and nothing else.
#ifndef FIRSTFLOOR_COMMON_RPC_PEERS_H_
#define FIRSTFLOOR_COMMON_RPC_PEERS_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/events/reader.h"
#include "common/rpc/server.h"
#include "google/protobuf/message.h"

namespace firstfloor::rpc {

class Peers {
 public:
  // `addresses`: "opinion" → "localhost:7002" (several replicas: "dns:///opinion:7002", round robin).
  Peers(std::map<std::string, std::string> addresses, TlsFiles tls);
  ~Peers();

  // One unary call, blocking until `deadline` at most. `method` is its full name,
  // "firstfloor.opinion.v1.OpinionService.GetOpinion". The peer's errors come back with their details;
  // UNAVAILABLE, reason PEER_UNAVAILABLE, at once while the breaker is open (5 failures in a row; tried again
  // after 1 s). Thread-safe.
  absl::Status Ask(const std::string& peer, absl::string_view method,
                   const google::protobuf::Message& request, google::protobuf::Message& reply,
                   absl::Time deadline, const std::string& traceparent = "");

  // The peer's event log, as what a Reader reads. Keeps one Subscribe stream open while it is asked.
  std::unique_ptr<events::Source> LogOf(const std::string& peer);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_PEERS_H_
