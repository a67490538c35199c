#include <vector>

#include "common/error/error.h"
#include "common/rpc/calls.h"
#include "common/rpc/wire.h"
#include "common/rpc/wrapper.h"

namespace firstfloor::rpc {
namespace {

// Messages are gathered into chunks; a worker is occupied only while a chunk is carried out, and nothing
// is read meanwhile, so that a fast client is held back by HTTP/2's flow control.
class ImportCall final : public grpc::ServerReadReactor<grpc::ByteBuffer> {
 public:
  ImportCall(const Method& method, grpc::CallbackServerContext* context, grpc::ByteBuffer* reply)
      : method_(method),
        context_(*context),
        wrapper_(method, EnvelopeOf(*context, kLongest)),
        reply_bytes_(reply),
        summary_(method.NewReply()) {}

  void Start() {
    if (wrapper_.IdentifyFromMemory()) return Begin();
    ToWorker([this](Worker&) {
      const absl::Status verified = wrapper_.VerifyToken();
      if (!verified.ok()) return End(verified);
      Begin();
    });
  }

 private:
  static constexpr absl::Duration kLongest = absl::Minutes(10);
  static constexpr size_t kMostBytes = 16 << 20;  // of one chunk

  void Begin() {
    const absl::Status admitted = wrapper_.Admit();
    if (!admitted.ok()) return End(admitted);
    StartRead(&buffer_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      last_ = true;
      return Chunk();
    }
    bytes_ += buffer_.Length();
    if (bytes_ > kMostBytes) return End(TooLarge());
    Method::MessagePtr message = method_.NewRequest();
    const absl::Status parsed = FromWire(buffer_, *message);
    if (!parsed.ok()) return End(parsed);
    ImportRow row;
    row.number = ++rows_seen_;
    row.status = wrapper_.Check(*message);
    row.request = message.get();
    // Nobody learns by probing rows whether other areas' rows would be valid.
    if (row.status.code() == absl::StatusCode::kPermissionDenied && row.number == 1) return End(row.status);
    rows_.push_back(std::move(row));
    messages_.push_back(std::move(message));
    if (static_cast<int>(rows_.size()) >= method_.chunk) return Chunk();
    StartRead(&buffer_);
  }

  void Chunk() {
    if (rows_.empty()) return End(absl::OkStatus());
    ToWorker([this](Worker& worker) {
      // Reading ends alike when all was sent and when the client was lost, whose last rows are not all that
      // it has: what it sends again must not meet half a chunk.
      const absl::Status done =
          wrapper_.RunChunk(worker, rows_, part_, *summary_, [this] { return context_.IsCancelled(); });
      ++part_;
      rows_.clear();
      messages_.clear();
      bytes_ = 0;
      if (!done.ok() || last_) return End(done);
      StartRead(&buffer_);
    });
  }

  static absl::Status TooLarge() {
    return error::Make(absl::StatusCode::kInvalidArgument, "ROWS_TOO_LARGE",
                       "the rows of an import are larger than is needed for what they may hold");
  }

  template <typename Job>
  void ToWorker(Job job) {
    const absl::Status posted = method_.environment.workers->Post(wrapper_.call().deadline(), std::move(job));
    if (!posted.ok()) End(posted);
  }

  void End(const absl::Status& status) {
    if (status.ok()) *reply_bytes_ = ToWire(*summary_);
    Finish(ToGrpc(wrapper_.Conclude(status)));
  }

  void OnDone() override { delete this; }

  const Method& method_;
  const grpc::CallbackServerContext& context_;
  Wrapper wrapper_;
  grpc::ByteBuffer* reply_bytes_;
  grpc::ByteBuffer buffer_;
  Method::MessagePtr summary_;
  std::vector<ImportRow> rows_;
  std::vector<Method::MessagePtr> messages_;
  size_t bytes_ = 0;  // of the chunk, as received
  int64_t rows_seen_ = 0;
  int part_ = 0;
  bool last_ = false;
};

}  // namespace

grpc::ServerReadReactor<grpc::ByteBuffer>* StartImport(const Method& method,
                                                       grpc::CallbackServerContext* context,
                                                       grpc::ByteBuffer* reply) {
  auto* call = new ImportCall(method, context, reply);
  call->Start();
  return call;
}

}  // namespace firstfloor::rpc
