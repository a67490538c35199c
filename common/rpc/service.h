// A gRPC service whose methods all pass the one wrapper: deadline, identity, access, validation,
// admission, idempotency, log, metrics, trace, errors. Handlers hold only what is particular to them.
#ifndef FIRSTFLOOR_COMMON_RPC_SERVICE_H_
#define FIRSTFLOOR_COMMON_RPC_SERVICE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/db/transaction.h"
#include "common/rpc/call.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace grpc {
class Service;
}

namespace firstfloor::rpc {

// A server stream that is open. Thread-safe.
class ServerStream {
 public:
  virtual ~ServerStream() = default;
  // Queues a message to be sent; false once the stream has ended.
  virtual bool Write(const google::protobuf::Message& message) = 0;
  // Messages not sent yet.
  virtual size_t queued() const = 0;
  // Ends the stream after what is queued.
  virtual void Finish(absl::Status status) = 0;
};

// What a streaming method does with an open stream. Its functions are called on threads of gRPC and must
// not block; `closed` is the last one.
struct StreamFlow {
  std::function<void()> drained;  // everything queued was sent
  std::function<void()> closed;   // the client left, or Finish has been sent
};

// One message of an import.
struct ImportRow {
  int64_t number = 0;  // from 1
  // The request; of the type that the method takes.
  const google::protobuf::Message* request = nullptr;
  // Why the row is refused before anything looks at it: invalid, or in an area that the caller may not touch.
  absl::Status status;

  template <typename Req>
  const Req& As() const {
    return static_cast<const Req&>(*request);
  }
};

// A reply from memory, serialized.
using Recalled = absl::StatusOr<std::shared_ptr<const std::string>>;

class Service {
 public:
  using MessagePtr = std::unique_ptr<google::protobuf::Message>;
  // "firstfloor.opinion.v1.OpinionService". Dies if there is no such service among the protos.
  Service(const Environment& environment, absl::string_view full_name);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // A method that changes nothing: `StatusOr<Res> H::Fn(Call&, const Req&)`, on a worker.
  template <typename H, typename Req, typename Res>
  void Read(absl::string_view method, H* handlers, absl::StatusOr<Res> (H::*handler)(Call&, const Req&)) {
    AddRead(method, Req::descriptor(), Res::descriptor(),
            [=](Call& call, const google::protobuf::Message& request) {
              return Boxed((handlers->*handler)(call, static_cast<const Req&>(request)));
            });
  }

  // Besides a Read: `std::optional<Recalled> H::Fn(Call&, const Req&)` tries to answer from memory on the
  // thread of gRPC, without waiting for anything; nullopt hands the call to a worker. Not asked for strong
  // reads.
  template <typename H, typename Req>
  void Recall(absl::string_view method, H* handlers,
              std::optional<Recalled> (H::*handler)(Call&, const Req&)) {
    AddRecall(method, [=](Call& call, const google::protobuf::Message& request) {
      return (handlers->*handler)(call, static_cast<const Req&>(request));
    });
  }

  // A method that changes something: `StatusOr<Res> H::Fn(Call&, db::Transaction&, const Req&)`. The
  // wrapper runs it in a transaction (it may run more than once) and keeps the reply under the request's
  // `request_id`.
  template <typename H, typename Req, typename Res>
  void Mutation(absl::string_view method, H* handlers,
                absl::StatusOr<Res> (H::*handler)(Call&, db::Transaction&, const Req&)) {
    AddMutation(method, Req::descriptor(), Res::descriptor(),
                [=](Call& call, db::Transaction& tx, const google::protobuf::Message& request) {
                  return Boxed((handlers->*handler)(call, tx, static_cast<const Req&>(request)));
                });
  }

  // A client-streaming import: messages are gathered into chunks of up to `chunk`, each carried out in one
  // transaction by `Status H::Fn(Call&, db::Transaction&, const std::vector<ImportRow>& rows, Res& summary)`,
  // with each row's request being a Req. A chunk's summary is kept under the `request_id` of its first
  // message, so that all carry it where there may be several chunks. `summary` starts as it was after the
  // chunk before; it is what the call answers at its end. The rows of a chunk may have 16 MiB together
  // (INVALID_ARGUMENT, reason ROWS_TOO_LARGE), and those of a client that is lost are not carried out.
  template <typename H, typename Res>
  void Import(absl::string_view method, H* handlers,
              absl::Status (H::*handler)(Call&, db::Transaction&, const std::vector<ImportRow>&, Res&),
              int chunk) {
    AddImport(method, Res::descriptor(), chunk,
              [=](Call& call, db::Transaction& tx, const std::vector<ImportRow>& rows,
                  google::protobuf::Message& summary) {
                return (handlers->*handler)(call, tx, rows, static_cast<Res&>(summary));
              });
  }

  // A server-streaming method: `StatusOr<StreamFlow> H::Fn(Call&, const Req&, std::shared_ptr<ServerStream>)`
  // opens it on a worker; the stream goes on after it has returned.
  template <typename H, typename Req>
  void Stream(absl::string_view method, H* handlers,
              absl::StatusOr<StreamFlow> (H::*handler)(Call&, const Req&, std::shared_ptr<ServerStream>)) {
    AddStream(
        method, Req::descriptor(),
        [=](Call& call, const google::protobuf::Message& request, std::shared_ptr<ServerStream> stream) {
          return (handlers->*handler)(call, static_cast<const Req&>(request), std::move(stream));
        });
  }

  // For the server: OK when every method of the proto has its handler; INTERNAL naming those that have none.
  absl::Status Complete() const;
  grpc::Service* grpc_service();
  absl::string_view full_name() const;

 private:
  class Impl;
  using ReadFn = std::function<absl::StatusOr<MessagePtr>(Call&, const google::protobuf::Message&)>;
  using RecallFn = std::function<std::optional<Recalled>(Call&, const google::protobuf::Message&)>;
  using MutationFn =
      std::function<absl::StatusOr<MessagePtr>(Call&, db::Transaction&, const google::protobuf::Message&)>;
  using ImportFn = std::function<absl::Status(Call&, db::Transaction&, const std::vector<ImportRow>&,
                                              google::protobuf::Message&)>;
  using StreamFn = std::function<absl::StatusOr<StreamFlow>(Call&, const google::protobuf::Message&,
                                                            std::shared_ptr<ServerStream>)>;
  friend class Wrapper;

  template <typename Res>
  static absl::StatusOr<MessagePtr> Boxed(absl::StatusOr<Res> result) {
    if (!result.ok()) return result.status();
    return MessagePtr(std::make_unique<Res>(*std::move(result)));
  }
  void AddRead(absl::string_view method, const google::protobuf::Descriptor* request,
               const google::protobuf::Descriptor* reply, ReadFn handler);
  void AddRecall(absl::string_view method, RecallFn handler);
  void AddMutation(absl::string_view method, const google::protobuf::Descriptor* request,
                   const google::protobuf::Descriptor* reply, MutationFn handler);
  void AddImport(absl::string_view method, const google::protobuf::Descriptor* reply, int chunk,
                 ImportFn handler);
  void AddStream(absl::string_view method, const google::protobuf::Descriptor* request, StreamFn handler);

  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_SERVICE_H_
