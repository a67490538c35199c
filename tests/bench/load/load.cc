#include "tests/bench/load/load.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/rpc/credentials.h"

namespace firstfloor::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Times {
  Clock::time_point begin;
  Clock::time_point measured;
  Clock::time_point end;
};

Times TimesOf(const Plan& plan) {
  const Clock::time_point begin = Clock::now() + std::chrono::milliseconds(20);
  const Clock::time_point measured = begin + absl::ToChronoNanoseconds(plan.warm_up);
  return {begin, measured, measured + absl::ToChronoNanoseconds(plan.measured)};
}

struct Call {
  std::unique_ptr<grpc::ClientContext> context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer reply;
  grpc::Status status;
  Clock::time_point meant;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
};

// One connection, with the thread that takes the answers and, in an open loop, the one that sends.
class Connection {
 public:
  Connection(const Plan& plan, int number, std::atomic<uint64_t>& sequence)
      : plan_(plan), number_(number), sequence_(sequence), stub_(Connect(plan)) {}

  void Start(const Times& times) {
    times_ = times;
    if (plan_.rate > 0) {
      threads_.emplace_back([this] { SendAtRate(); });
    } else {
      const int share = plan_.in_flight / plan_.connections + (number_ < plan_.in_flight % plan_.connections);
      pending_ = share + 1;
      for (int i = 0; i < share; ++i) Send(new Call, std::max(Clock::now(), times_.begin));
      Done();
    }
    threads_.emplace_back([this] { Take(); });
  }

  void JoinInto(Result& result) {
    for (std::thread& thread : threads_) thread.join();
    result.latency.Add(result_.latency);
    result.refused.Add(result_.refused);
    for (const auto& [code, count] : result_.errors) result.errors[code] += count;
    result.all_calls += result_.all_calls;
  }

 private:
  static std::shared_ptr<grpc::Channel> Connect(const Plan& plan) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
    auto channel = grpc::CreateCustomChannel(plan.address, rpc::ChannelCredentials(plan.tls), arguments);
    channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10));
    return channel;
  }

  void SendAtRate() {
    const double interval = 1e9 * plan_.connections / plan_.rate;
    const double offset = interval * number_ / plan_.connections;
    pending_ = 1;
    for (uint64_t n = 0;; ++n) {
      const auto meant = times_.begin + std::chrono::nanoseconds(
                                            static_cast<int64_t>(offset + static_cast<double>(n) * interval));
      if (meant >= times_.end) break;
      std::this_thread::sleep_until(meant);
      ++pending_;
      Send(new Call, meant);
    }
    Done();
  }

  void Send(Call* call, Clock::time_point meant) {
    const uint64_t n = sequence_.fetch_add(1, std::memory_order_relaxed);
    call->meant = meant;
    call->context = std::make_unique<grpc::ClientContext>();
    call->context->set_deadline(std::chrono::system_clock::now() +
                                absl::ToChronoNanoseconds(plan_.call_timeout));
    if (!plan_.tokens.empty())
      call->context->AddMetadata("authorization", plan_.tokens[n % plan_.tokens.size()]);
    for (const auto& [key, value] : plan_.metadata) call->context->AddMetadata(key, value);
    const grpc::Slice slice(plan_.request(n));
    call->request = grpc::ByteBuffer(&slice, 1);
    call->reply.Clear();
    call->reader = stub_.PrepareUnaryCall(call->context.get(), plan_.method, call->request, &queue_);
    call->reader->StartCall();
    call->reader->Finish(&call->reply, &call->status, call);
  }

  void Take() {
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
      auto* call = static_cast<Call*>(tag);
      const Clock::time_point now = Clock::now();
      Record(*call, now);
      if (plan_.rate == 0 && now < times_.end) {
        Send(call, now);
      } else {
        delete call;
        Done();
      }
    }
  }

  void Record(const Call& call, Clock::time_point now) {
    ++result_.all_calls;
    if (call.meant < times_.measured || call.meant >= times_.end) return;
    const int64_t took = std::chrono::duration_cast<std::chrono::nanoseconds>(now - call.meant).count();
    (call.status.ok() ? result_.latency : result_.refused).Record(took);
    if (!call.status.ok()) ++result_.errors[call.status.error_code()];
  }

  // The queue ends with the last call. The sender counts as one.
  void Done() {
    if (--pending_ == 0) queue_.Shutdown();
  }

  const Plan& plan_;
  Times times_;
  const int number_;
  std::atomic<uint64_t>& sequence_;
  grpc::CompletionQueue queue_;
  grpc::GenericStub stub_;
  std::atomic<int64_t> pending_ = 1;
  Result result_;
  std::vector<std::thread> threads_;
};

double Milliseconds(double nanoseconds) { return std::round(nanoseconds / 1e3) / 1e3; }

}  // namespace

double Result::per_second() const {
  return static_cast<double>(latency.count()) / absl::ToDoubleSeconds(measured);
}

int64_t Result::failed() const {
  int64_t count = 0;
  for (const auto& [code, number] : errors) count += number;
  return count;
}

Result Run(const Plan& plan) {
  std::atomic<uint64_t> sequence = 0;
  Plan bearing = plan;
  for (std::string& token : bearing.tokens) token = absl::StrCat("Bearer ", token);
  std::vector<std::unique_ptr<Connection>> connections;
  for (int i = 0; i < plan.connections; ++i) {
    connections.push_back(std::make_unique<Connection>(bearing, i, sequence));
  }
  const Times times = TimesOf(plan);
  for (const auto& connection : connections) connection->Start(times);
  Result result;
  result.measured = plan.measured;
  for (const auto& connection : connections) connection->JoinInto(result);
  return result;
}

std::string AsJson(const Plan& plan, const Result& result) {
  nlohmann::ordered_json json;
  json["method"] = plan.method;
  json["loop"] = plan.rate > 0 ? "open" : "closed";
  if (plan.rate > 0) {
    json["rate"] = plan.rate;
  } else {
    json["in_flight"] = plan.in_flight;
  }
  json["connections"] = plan.connections;
  json["tls"] = !plan.tls.ca.empty();
  json["seconds"] = absl::ToDoubleSeconds(result.measured);
  json["calls"] = result.latency.count();
  json["per_second"] = std::round(result.per_second());
  for (const auto& [code, count] : result.errors) json["errors"][absl::StrCat(code)] = count;
  const Histogram& latency = result.latency;
  json["latency_ms"] = {{"min", Milliseconds(static_cast<double>(latency.min()))},
                        {"mean", Milliseconds(latency.mean())},
                        {"p50", Milliseconds(static_cast<double>(latency.Quantile(0.5)))},
                        {"p90", Milliseconds(static_cast<double>(latency.Quantile(0.9)))},
                        {"p99", Milliseconds(static_cast<double>(latency.Quantile(0.99)))},
                        {"p999", Milliseconds(static_cast<double>(latency.Quantile(0.999)))},
                        {"max", Milliseconds(static_cast<double>(latency.max()))}};
  return json.dump();
}

}  // namespace firstfloor::bench
