#include "common/rpc/client.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/client_callback.h>

#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/rpc/credentials.h"
#include "common/rpc/wire.h"

namespace firstfloor::rpc {
namespace {

// A replica that says it serves no longer gets no new calls: one that ends says so before it refuses them,
// and a call that meets the very end would come back CANCELLED.
constexpr char kAskWhetherItServes[] =
    R"({"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": ""}})";

grpc::ChannelArguments Arguments(const std::string& server_name) {
  grpc::ChannelArguments arguments;
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

// A unary call under way.
struct Asked {
  std::list<Asked>::iterator place;
  grpc::ClientContext context;
  grpc::ByteBuffer received;
  grpc::Status status;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  google::protobuf::Message* reply = nullptr;
  std::function<void(absl::Status)> done;
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
        stub(channel),
        receiver([this] { Receive(); }) {}
  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      for (Asked& asked : under_way) asked.context.TryCancel();
    }
    replies.Shutdown();
    receiver.join();
  }

  Asked& Begin() {
    const std::lock_guard lock(mutex);
    Asked& asked = under_way.emplace_back();
    asked.place = std::prev(under_way.end());
    return asked;
  }

  void Receive() {
    void* tag = nullptr;
    bool ok = false;
    while (replies.Next(&tag, &ok)) {
      Asked& asked = *static_cast<Asked*>(tag);
      absl::Status status = FromGrpc(asked.status);
      if (status.ok()) status = FromWire(asked.received, *asked.reply);
      asked.done(std::move(status));
      std::list<Asked> ended;  // freed after the lock
      const std::lock_guard lock(mutex);
      ended.splice(ended.begin(), under_way, asked.place);
    }
  }

  std::shared_ptr<grpc::Channel> channel;
  std::shared_ptr<grpc::Channel> streams;
  grpc::GenericStub stub;
  std::mutex mutex;
  std::list<Asked> under_way;
  // Where unary calls come back, and the thread that waits there: gRPC's own callbacks pass through two.
  grpc::CompletionQueue replies;
  std::thread receiver;
};

Client::Client(const std::string& address, const TlsFiles& tls, const std::string& server_name)
    : impl_(std::make_unique<Impl>(address, tls, server_name)) {}
Client::~Client() = default;
const std::shared_ptr<grpc::Channel>& Client::channel() const { return impl_->channel; }

void Client::AskAsync(absl::string_view method, const google::protobuf::Message& request,
                      google::protobuf::Message& reply, const CallOptions& options,
                      std::function<void(absl::Status)> done) {
  Asked& asked = impl_->Begin();
  Fill(asked.context, options);
  asked.reply = &reply;
  asked.done = std::move(done);
  asked.reader =
      impl_->stub.PrepareUnaryCall(&asked.context, PathOf(method), ToWire(request), &impl_->replies);
  asked.reader->StartCall();
  asked.reader->Finish(&asked.received, &asked.status, &asked);  // it may be over now
}

absl::Status Client::Ask(absl::string_view method, const google::protobuf::Message& request,
                         google::protobuf::Message& reply, const CallOptions& options) {
  absl::Status result;
  absl::Notification done;
  AskAsync(method, request, reply, options, [&](absl::Status status) {
    result = std::move(status);
    done.Notify();
  });
  done.WaitForNotification();
  return result;
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
