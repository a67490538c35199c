// A client of any service of the suite: by method name and messages, over one channel.
#ifndef FIRSTFLOOR_COMMON_RPC_CLIENT_H_
#define FIRSTFLOOR_COMMON_RPC_CLIENT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/rpc/server.h"
#include "google/protobuf/message.h"

namespace grpc {
class Channel;
}

namespace firstfloor::rpc {

struct CallOptions {
  absl::Time deadline = absl::InfiniteFuture();
  std::string token;  // without "Bearer "
  std::string traceparent;
  absl::Time as_of = absl::InfinitePast();  // when the work is said to have happened; InfinitePast: now
  bool strong = false;                      // see every change acknowledged before
};

// A server stream that is read without blocking, one step at a time. Cancel it before letting go of it.
class ClientStream {
 public:
  virtual ~ClientStream() = default;
  // Reads the next message into `message`, which must live until then, and calls `done(true)`; at the end of
  // the stream `done(false)`, and status() tells why it ended. On a thread of gRPC. Not after the end.
  virtual void Next(google::protobuf::Message& message, std::function<void(bool)> done) = 0;
  virtual absl::Status status() const = 0;
  // Ends the stream; a step that is under way is called back with false. Thread-safe, may be repeated.
  virtual void Cancel() = 0;
};

// Thread-safe. Methods are full names, "firstfloor.opinion.v1.OpinionService.GetOpinion". Errors come back
// as the service made them, details included.
class Client {
 public:
  // "localhost:7002", or "dns:///opinion:7002" for several replicas (round robin). An address that names no
  // host ("ipv4:10.0.0.1:7002,10.0.0.2:7002") needs `server_name`, which the server's certificate must have.
  Client(const std::string& address, const TlsFiles& tls, const std::string& server_name = "");
  // Cancels the calls under way and waits until they have come back: not from within `done`.
  ~Client();

  // One unary call; blocks.
  absl::Status Ask(absl::string_view method, const google::protobuf::Message& request,
                   google::protobuf::Message& reply, const CallOptions& options);
  // The same without blocking: `done` is called once, on the client's own thread, so it must not wait for
  // anything; `reply` must live until then.
  void AskAsync(absl::string_view method, const google::protobuf::Message& request,
                google::protobuf::Message& reply, const CallOptions& options,
                std::function<void(absl::Status)> done);
  // Sends what `next` gives (null: the end) and waits for the reply; blocks.
  absl::Status Import(absl::string_view method, absl::FunctionRef<const google::protobuf::Message*()> next,
                      google::protobuf::Message& reply, const CallOptions& options);
  // Reads a server stream into `message` and calls `each` until it returns false (then OK) or the stream
  // ends; blocks.
  absl::Status Watch(absl::string_view method, const google::protobuf::Message& request,
                     google::protobuf::Message& message, absl::FunctionRef<bool()> each,
                     const CallOptions& options);
  // The same without blocking.
  std::shared_ptr<ClientStream> Follow(absl::string_view method, const google::protobuf::Message& request,
                                       const CallOptions& options);
  const std::shared_ptr<grpc::Channel>& channel() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_CLIENT_H_
