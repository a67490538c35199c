#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/rpc/calls.h"
#include "common/rpc/wire.h"
#include "common/rpc/wrapper.h"

namespace firstfloor::rpc {
namespace {

// Shared by gRPC (until OnDone), the worker that opens it, and whoever feeds it: the last one deletes it.
class StreamCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         public ServerStream,
                         public std::enable_shared_from_this<StreamCall> {
 public:
  StreamCall(const Method& method, grpc::CallbackServerContext* context, const grpc::ByteBuffer* request)
      : method_(method),
        wrapper_(method, EnvelopeOf(*context, absl::InfiniteDuration())),
        request_bytes_(request) {}

  void Start() {
    held_by_grpc_ = shared_from_this();
    const bool known = wrapper_.IdentifyFromMemory();
    const absl::Status posted = method_.environment.workers->Post(
        absl::InfiniteFuture(),
        [self = shared_from_this(), known](Worker& worker) { self->Open(worker, known); });
    if (!posted.ok()) Opened(posted);
  }

  bool Write(const google::protobuf::Message& message) override {
    grpc::ByteBuffer bytes = ToWire(message);
    {
      const std::lock_guard lock(mutex_);
      if (ending_) return false;
      queue_.push_back(std::move(bytes));
      if (writing_) return true;
      writing_ = true;
    }
    StartWrite(&queue_.front());
    return true;
  }

  size_t queued() const override {
    const std::lock_guard lock(mutex_);
    return queue_.size();
  }

  void Finish(absl::Status status) override { End(std::move(status)); }

 private:
  void Open(Worker& worker, bool known) { Opened(FlowOf(worker, known)); }

  absl::StatusOr<StreamFlow> FlowOf(Worker& worker, bool known) {
    {
      const std::lock_guard lock(mutex_);
      if (ending_) return final_;
    }
    if (!known) RETURN_IF_ERROR(wrapper_.VerifyToken());
    RETURN_IF_ERROR(wrapper_.Admit());
    const Method::MessagePtr request = method_.NewRequest();
    RETURN_IF_ERROR(FromWire(*request_bytes_, *request));
    RETURN_IF_ERROR(wrapper_.Check(*request));
    return wrapper_.Open(worker, *request, shared_from_this());
  }

  void Opened(absl::StatusOr<StreamFlow> flow) {
    std::function<void()> drained;
    bool conclude = false;
    {
      const std::lock_guard lock(mutex_);
      opening_ = false;
      if (flow.ok()) {
        flow_ = *std::move(flow);
        drained = flow_.drained;
      } else if (!std::exchange(ending_, true)) {
        final_ = flow.status();
      }
      conclude = ending_ && !writing_;
    }
    if (conclude) return Conclude();
    // What was written while it opened may have been sent before anybody could be told.
    if (drained) drained();
  }

  void End(absl::Status status) {
    {
      const std::lock_guard lock(mutex_);
      if (ending_) return;
      ending_ = true;
      final_ = std::move(status);
      if (opening_ || writing_) return;  // what is queued goes first
    }
    Conclude();
  }

  void Conclude() { grpc::ServerWriteReactor<grpc::ByteBuffer>::Finish(ToGrpc(wrapper_.Conclude(final_))); }

  void OnWriteDone(bool ok) override {
    std::function<void()> drained;
    bool write = false;
    {
      const std::lock_guard lock(mutex_);
      queue_.pop_front();
      if (!ok) {
        queue_.clear();
        if (!std::exchange(ending_, true)) final_ = absl::CancelledError("the client left");
      }
      write = writing_ = !queue_.empty();
      if (!write && !ending_) drained = flow_.drained;
      if (!write && !drained && (opening_ || !ending_)) return;
    }
    if (write) {
      StartWrite(&queue_.front());
    } else if (drained) {
      drained();
    } else {
      Conclude();
    }
  }

  void OnCancel() override { End(absl::CancelledError("the client left")); }

  void OnDone() override {
    const StreamFlow flow = std::exchange(flow_, {});
    if (flow.closed) flow.closed();
    held_by_grpc_.reset();
  }

  const Method& method_;
  Wrapper wrapper_;
  const grpc::ByteBuffer* request_bytes_;
  std::shared_ptr<StreamCall> held_by_grpc_;
  mutable std::mutex mutex_;
  std::deque<grpc::ByteBuffer> queue_;  // the front is being sent while writing_
  StreamFlow flow_;
  absl::Status final_;
  // Until a worker has opened it, or refused to: what gRPC lends (request, metadata) is in use, so that the
  // call is not finished before.
  bool opening_ = true;
  bool writing_ = false;
  bool ending_ = false;
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartStream(const Method& method,
                                                        grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request) {
  const auto call = std::make_shared<StreamCall>(method, context, request);
  call->Start();
  return call.get();
}

}  // namespace firstfloor::rpc
