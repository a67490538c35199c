#include "common/rpc/client.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/client_callback.h>

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/credentials.h"
#include "common/rpc/wire.h"

namespace firstfloor::rpc {
namespace {

// A replica that says it serves no longer gets no new calls: one that ends says so before it refuses them,
// and a call that meets the very end would come back CANCELLED.
constexpr char kAskWhetherItServes[] =
    R"({"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": ""}})";

// A page of a thousand long texts, or the calendar of a whole community. gRPC would take 4 MiB.
constexpr int kLargestReply = 64 * 1024 * 1024;

grpc::ChannelArguments Arguments(const std::string& server_name) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kLargestReply);
  if (!server_name.empty()) arguments.SetSslTargetNameOverride(server_name);
  arguments.SetServiceConfigJSON(kAskWhetherItServes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  return arguments;
}

std::shared_ptr<grpc::Channel> ForCalls(const std::string& address, const TlsFiles& tls,
                                        const std::string& server_name) {
  return grpc::CreateCustomChannel(address, ChannelCredentials(tls), Arguments(server_name));
}

// A connection of its own for streams that last: they are begun again from their cursor, so gRPC need not
// keep what it would need to try them again, a third of what a stream costs in memory.
std::shared_ptr<grpc::Channel> ForStreams(const std::string& address, const TlsFiles& tls,
                                          const std::string& server_name) {
  grpc::ChannelArguments arguments = Arguments(server_name);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  return grpc::CreateCustomChannel(address, ChannelCredentials(tls), arguments);
}

// "/package.Service/Method"
std::string PathOf(absl::string_view method) {
  const size_t dot = method.rfind('.');
  return absl::StrCat("/", method.substr(0, dot), "/", method.substr(dot + 1));
}

void Fill(grpc::ClientContext& context, const CallOptions& options) {
  if (options.deadline != absl::InfiniteFuture()) context.set_deadline(absl::ToChronoTime(options.deadline));
  if (!options.token.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", options.token));
  if (!options.traceparent.empty()) context.AddMetadata("traceparent", options.traceparent);
  if (options.strong) context.AddMetadata("firstfloor-consistency", "strong");
  if (options.as_of != absl::InfinitePast()) {
    context.AddMetadata("firstfloor-as-of",
                        absl::FormatTime(absl::RFC3339_full, options.as_of, absl::UTCTimeZone()));
  }
}

// A unary call. It comes back as its own tag.
class UnaryCall {
 public:
  // It may be over when this returns.
  void Begin(grpc::GenericStub& stub, absl::string_view method, const google::protobuf::Message& request,
             const CallOptions& options, grpc::CompletionQueue& replies) {
    Fill(context_, options);
    reader_ = stub.PrepareUnaryCall(&context_, PathOf(method), ToWire(request), &replies);
    reader_->StartCall();
    reader_->Finish(&received_, &status_, this);
  }
  void Cancel() { context_.TryCancel(); }
  absl::Status Reply(google::protobuf::Message& reply) {
    return status_.ok() ? FromWire(received_, reply) : FromGrpc(status_);
  }

 private:
  grpc::ClientContext context_;
  grpc::ByteBuffer received_;
  grpc::Status status_;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader_;
};

// One that nobody waits for.
struct AsyncCall : UnaryCall {
  AsyncCall(google::protobuf::Message& reply, std::function<void(absl::Status)> done)
      : reply(reply), done(std::move(done)) {}
  google::protobuf::Message& reply;
  std::function<void(absl::Status)> done;
  std::list<AsyncCall>::iterator place;
};

// The calls under way, and the thread that meets them when they come back: gRPC's own callbacks pass through
// two. It is begun by the first call, because a thread that waits for replies also works on what else comes
// to the process.
class AsyncCalls {
 public:
  ~AsyncCalls() {
    {
      const std::lock_guard lock(mutex_);
      for (AsyncCall& call : under_way_) call.Cancel();
    }
    replies_.Shutdown();
    if (receiver_.joinable()) receiver_.join();
  }

  AsyncCall& Add(google::protobuf::Message& reply, std::function<void(absl::Status)> done) {
    const std::lock_guard lock(mutex_);
    if (!receiver_.joinable()) receiver_ = std::thread([this] { Receive(); });
    AsyncCall& call = under_way_.emplace_back(reply, std::move(done));
    call.place = std::prev(under_way_.end());
    return call;
  }
  grpc::CompletionQueue& replies() { return replies_; }

 private:
  void Receive() {
    void* tag = nullptr;
    bool ok = false;
    while (replies_.Next(&tag, &ok)) {
      auto& call = static_cast<AsyncCall&>(*static_cast<UnaryCall*>(tag));
      call.done(call.Reply(call.reply));
      std::list<AsyncCall> ended;  // freed after the lock
      const std::lock_guard lock(mutex_);
      ended.splice(ended.begin(), under_way_, call.place);
    }
  }

  std::mutex mutex_;
  std::list<AsyncCall> under_way_;
  grpc::CompletionQueue replies_;
  std::thread receiver_;
};

// Works on a connection that was lost until there is one again. A connection is made by whoever waits for
// something of gRPC: a program that does nothing but Ask now and then would wait only while it is being told
// that there is none, and be connected again after half a minute.
class Reconnection {
 public:
  ~Reconnection() {
    ending_ = true;
    if (thread_.joinable()) thread_.join();
  }
  // Does not wait; nothing if it is at work, or not needed.
  void Begin(const std::shared_ptr<grpc::Channel>& channel) {
    if (channel->GetState(false) == GRPC_CHANNEL_READY || at_work_.exchange(true)) return;
    const std::lock_guard lock(mutex_);
    if (thread_.joinable()) thread_.join();
    thread_ = std::thread([this, channel] {
      while (!ending_ && !channel->WaitForConnected(absl::ToChronoTime(absl::Now() + kLook))) {
      }
      at_work_ = false;
    });
  }

 private:
  static constexpr absl::Duration kLook = absl::Milliseconds(200);  // how soon it sees that it is to end

  std::atomic<bool> ending_{false};
  std::atomic<bool> at_work_{false};
  std::mutex mutex_;
  std::thread thread_;
};

// A stream seen from this side, one step at a time by a thread that blocks.
class StreamCall final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  bool Write(const google::protobuf::Message& message) {
    bytes_ = ToWire(message);
    return Step([this] { StartWrite(&bytes_); });
  }
  bool WritesDone() {
    return Step([this] { StartWritesDone(); });
  }
  bool Read(google::protobuf::Message& message) {
    if (!Step([this] { StartRead(&received_); })) return false;
    return FromWire(received_, message).ok();
  }
  absl::Status Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
    return status_;
  }
  void Begin() {
    AddHold();
    StartCall();
  }
  void End() { RemoveHold(); }

 private:
  template <typename Start>
  bool Step(Start start) {
    {
      const std::lock_guard lock(mutex_);
      stepped_ = false;
    }
    start();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stepped_; });
    return ok_;
  }
  void Stepped(bool ok) {
    {
      const std::lock_guard lock(mutex_);
      stepped_ = true;
      ok_ = ok;
    }
    changed_.notify_all();
  }
  void OnReadDone(bool ok) override { Stepped(ok); }
  void OnWriteDone(bool ok) override { Stepped(ok); }
  void OnWritesDoneDone(bool ok) override { Stepped(ok); }
  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    status_ = FromGrpc(status);
    done_ = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  grpc::ByteBuffer bytes_;
  grpc::ByteBuffer received_;
  absl::Status status_;
  bool stepped_ = false;
  bool ok_ = false;
  bool done_ = false;
};

// A stream read step by step. Keeps itself alive until gRPC is done with it; holds the call open until a step
// has met its end or somebody cancels. There may be thousands, mostly idle, so it keeps nothing between
// steps.
class FollowCall final : public ClientStream,
                         public grpc::ClientReadReactor<grpc::ByteBuffer>,
                         public std::enable_shared_from_this<FollowCall> {
 public:
  grpc::ClientContext& context() { return context_; }

  void Begin(grpc::Channel& channel, const std::string& path, const google::protobuf::Message& request) {
    self_ = shared_from_this();
    // As generated code makes it; the generic stub only knows streams that go both ways, which cost more.
    const grpc::internal::RpcMethod method(path.c_str(), nullptr,
                                           grpc::internal::RpcMethod::SERVER_STREAMING);
    const grpc::ByteBuffer sent = ToWire(request);
    grpc::internal::ClientCallbackReaderFactory<grpc::ByteBuffer>::Create(&channel, method, &context_, &sent,
                                                                          this);
    AddHold();
    StartCall();
  }

  void Next(google::protobuf::Message& message, std::function<void(bool)> done) override {
    {
      const std::lock_guard lock(mutex_);
      if (!released_) {
        message_ = &message;
        done_ = std::move(done);
        StartRead(&received_);
        return;
      }
    }
    done(false);
  }

  absl::Status status() const override {
    const std::lock_guard lock(mutex_);
    return status_;
  }

  void Cancel() override {
    context_.TryCancel();
    const std::lock_guard lock(mutex_);
    if (!done_) Release();  // otherwise the step under way fails and does it
  }

 private:
  void Release() {
    if (std::exchange(released_, true)) return;
    RemoveHold();
  }

  void OnReadDone(bool ok) override {
    std::function<void(bool)> done;
    {
      const std::lock_guard lock(mutex_);
      if (ok && FromWire(received_, *message_).ok()) {
        received_.Clear();
        done = std::exchange(done_, nullptr);
      } else {
        if (ok) context_.TryCancel();
        Release();  // OnDone tells the one who waits
      }
    }
    if (done) done(true);
  }

  void OnDone(const grpc::Status& status) override {
    std::function<void(bool)> done;
    std::shared_ptr<FollowCall> self;
    {
      const std::lock_guard lock(mutex_);
      status_ = FromGrpc(status);
      done = std::exchange(done_, nullptr);
      self = std::move(self_);
    }
    if (done) done(false);
  }

  mutable std::mutex mutex_;
  grpc::ClientContext context_;
  grpc::ByteBuffer received_;
  google::protobuf::Message* message_ = nullptr;
  std::function<void(bool)> done_;
  absl::Status status_ = absl::CancelledError("the stream was let go");
  bool released_ = false;
  std::shared_ptr<FollowCall> self_;
};

}  // namespace

struct Client::Impl {
  Impl(const std::string& address, const TlsFiles& tls, const std::string& server_name)
      : channel(ForCalls(address, tls, server_name)),
        streams(ForStreams(address, tls, server_name)),
        stub(channel) {}
  std::shared_ptr<grpc::Channel> channel;
  std::shared_ptr<grpc::Channel> streams;
  grpc::GenericStub stub;
  AsyncCalls calls;
  Reconnection reconnection;
};

Client::Client(const std::string& address, const TlsFiles& tls, const std::string& server_name)
    : impl_(std::make_unique<Impl>(address, tls, server_name)) {}
Client::~Client() = default;
const std::shared_ptr<grpc::Channel>& Client::channel() const { return impl_->channel; }

void Client::AskAsync(absl::string_view method, const google::protobuf::Message& request,
                      google::protobuf::Message& reply, const CallOptions& options,
                      std::function<void(absl::Status)> done) {
  impl_->calls.Add(reply, std::move(done))
      .Begin(impl_->stub, method, request, options, impl_->calls.replies());
}

absl::Status Client::Ask(absl::string_view method, const google::protobuf::Message& request,
                         google::protobuf::Message& reply, const CallOptions& options) {
  UnaryCall call;
  grpc::CompletionQueue replies;
  call.Begin(impl_->stub, method, request, options, replies);
  void* tag = nullptr;
  bool ok = false;
  replies.Next(&tag, &ok);
  absl::Status status = call.Reply(reply);
  if (absl::IsUnavailable(status)) impl_->reconnection.Begin(impl_->channel);
  return status;
}

absl::Status Client::Import(absl::string_view method,
                            absl::FunctionRef<const google::protobuf::Message*()> next,
                            google::protobuf::Message& reply, const CallOptions& options) {
  grpc::ClientContext context;
  Fill(context, options);
  StreamCall call;
  impl_->stub.PrepareBidiStreamingCall(&context, PathOf(method), {}, &call);
  call.Begin();
  bool open = true;
  while (open) {
    const google::protobuf::Message* message = next();
    if (message == nullptr) break;
    open = call.Write(*message);
  }
  bool replied = false;
  if (open && call.WritesDone()) replied = call.Read(reply);
  call.End();
  const absl::Status status = call.Wait();
  if (status.ok() && !replied) return absl::InternalError("the reply cannot be read");
  return status;
}

absl::Status Client::Watch(absl::string_view method, const google::protobuf::Message& request,
                           google::protobuf::Message& message, absl::FunctionRef<bool()> each,
                           const CallOptions& options) {
  grpc::ClientContext context;
  Fill(context, options);
  StreamCall call;
  impl_->stub.PrepareBidiStreamingCall(&context, PathOf(method), {}, &call);
  call.Begin();
  bool stopped = false;
  if (call.Write(request) && call.WritesDone()) {
    while (call.Read(message)) {
      if (each()) continue;
      stopped = true;
      context.TryCancel();
      break;
    }
  }
  call.End();
  const absl::Status status = call.Wait();
  return stopped ? absl::OkStatus() : status;
}

std::shared_ptr<ClientStream> Client::Follow(absl::string_view method,
                                             const google::protobuf::Message& request,
                                             const CallOptions& options) {
  const auto call = std::make_shared<FollowCall>();
  Fill(call->context(), options);
  call->Begin(*impl_->streams, PathOf(method), request);
  return call;
}

}  // namespace firstfloor::rpc
