#include "common/rpc/calls.h"
#include "common/rpc/wire.h"
#include "common/rpc/wrapper.h"

namespace firstfloor::rpc {
namespace {

// Answered on gRPC's thread when all that it needs is in memory; handed to a worker when it must wait. It
// owns itself, and ends by the context's own reactor: a reactor of ours would be told when the call is over,
// and gRPC would have one more thread run for that.
class UnaryCall {
 public:
  UnaryCall(const Method& method, const grpc::CallbackServerContext& context,
            grpc::ServerUnaryReactor* reactor, const grpc::ByteBuffer* request, grpc::ByteBuffer* reply)
      : method_(method),
        reactor_(reactor),
        wrapper_(method, EnvelopeOf(context, method.environment.longest_call)),
        request_bytes_(request),
        reply_bytes_(reply) {}

  void Start() {
    // What needs a worker is refused before it is looked into when none has time: refusing must cost little.
    if (!method_.recall) {
      const absl::Status busy = method_.environment.workers->Admit(wrapper_.call().deadline());
      if (!busy.ok()) return End(busy);
    }
    if (!wrapper_.IdentifyFromMemory()) {
      ToWorker([this](Worker& worker) {
        const absl::Status verified = wrapper_.VerifyToken();
        if (!verified.ok()) return End(verified);
        if (Prepare()) Work(worker);
      });
      return;
    }
    if (!Prepare()) return;
    if (const std::optional<Recalled> recalled = wrapper_.FromMemory(*request_)) {
      if (recalled->ok()) *reply_bytes_ = ToWire(***recalled);
      return End(recalled->status());
    }
    ToWorker([this](Worker& worker) { Work(worker); });
  }

 private:
  // False: the call has been ended.
  bool Prepare() {
    absl::Status status = wrapper_.Admit();
    if (status.ok()) {
      request_ = method_.NewRequest();
      status = FromWire(*request_bytes_, *request_);
    }
    if (status.ok()) status = wrapper_.Check(*request_);
    if (!status.ok()) End(status);
    return status.ok();
  }

  template <typename Job>
  void ToWorker(Job job) {
    const absl::Status posted = method_.environment.workers->Post(wrapper_.call().deadline(), std::move(job));
    if (!posted.ok()) End(posted);
  }

  void Work(Worker& worker) { Answer(wrapper_.Run(worker, *request_)); }

  void Answer(absl::StatusOr<Method::MessagePtr> answer) {
    if (answer.ok()) *reply_bytes_ = ToWire(**answer);
    End(answer.status());
  }

  // The last thing that happens to the object.
  void End(const absl::Status& status) {
    reactor_->Finish(ToGrpc(wrapper_.Conclude(status)));
    delete this;
  }

  const Method& method_;
  grpc::ServerUnaryReactor* const reactor_;
  Wrapper wrapper_;
  const grpc::ByteBuffer* request_bytes_;
  grpc::ByteBuffer* reply_bytes_;
  Method::MessagePtr request_;
};

}  // namespace

grpc::ServerUnaryReactor* StartUnary(const Method& method, grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request, grpc::ByteBuffer* reply) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  (new UnaryCall(method, *context, reactor, request, reply))->Start();
  return reactor;
}

}  // namespace firstfloor::rpc
