#include "tests/bench/load/http_load.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

namespace firstfloor::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kThreads = 2;
constexpr size_t kReadAtOnce = 64 << 10;
constexpr absl::string_view kLength = "\ncontent-length: ";

int Connect(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) std::abort();
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return socket;
}

struct Connection {
  int socket = -1;
  bool busy = false;
  Clock::time_point meant;
  std::string received;
};

// The status of the answer that `received` begins with; -1 while it is not all there.
int StatusOf(absl::string_view received) {
  const size_t end = received.find("\r\n\r\n");
  if (end == absl::string_view::npos) return -1;
  const absl::string_view head = received.substr(0, end);
  size_t length = 0;
  if (const size_t at = head.find(kLength); at != absl::string_view::npos) {
    const absl::string_view value = head.substr(at + kLength.size());
    if (!absl::SimpleAtoi(value.substr(0, value.find('\r')), &length)) return 0;
  }
  if (received.size() < end + 4 + length) return -1;
  int status = 0;
  return absl::SimpleAtoi(received.substr(9, 3), &status) ? status : 0;
}

// A thread with its share of the connections.
class Sender {
 public:
  Sender(const HttpPlan& plan, int number, std::atomic<uint64_t>& sequence)
      : plan_(plan), number_(number), sequence_(sequence), poll_(epoll_create1(EPOLL_CLOEXEC)) {
    const int share = plan.connections / kThreads + (number < plan.connections % kThreads ? 1 : 0);
    connections_.resize(static_cast<size_t>(share));
    for (Connection& connection : connections_) Open(connection);
  }
  ~Sender() {
    for (const Connection& connection : connections_) close(connection.socket);
    close(poll_);
  }

  void Start(Clock::time_point begin) {
    begin_ = begin;
    measured_ = begin + absl::ToChronoNanoseconds(plan_.warm_up);
    end_ = measured_ + absl::ToChronoNanoseconds(plan_.measured);
    thread_ = std::thread([this] { Run(); });
  }

  void JoinInto(Result& result) {
    thread_.join();
    result.latency.Add(result_.latency);
    result.refused.Add(result_.refused);
    for (const auto& [code, count] : result_.errors) result.errors[code] += count;
    result.all_calls += result_.all_calls;
  }

 private:
  void Open(Connection& connection) {
    if (connection.socket >= 0) close(connection.socket);
    idle_.erase(std::remove(idle_.begin(), idle_.end(), &connection), idle_.end());
    connection = {.socket = Connect(plan_.port), .busy = false, .meant = {}, .received = ""};
    epoll_event event = {.events = EPOLLIN, .data = {.ptr = &connection}};
    epoll_ctl(poll_, EPOLL_CTL_ADD, connection.socket, &event);
    idle_.push_back(&connection);
  }

  void Run() {
    std::this_thread::sleep_until(begin_);
    while (true) {
      const Clock::time_point now = Clock::now();
      if (now >= end_ && busy_ == 0) return;
      if (now < end_) SendWhatIsDue(now);
      Take(now);
    }
  }

  void SendWhatIsDue(Clock::time_point now) {
    if (plan_.rate <= 0) {
      while (!idle_.empty()) Send(std::max(now, begin_));
      return;
    }
    while (!idle_.empty() && MeantAt(sent_) <= now) Send(MeantAt(sent_));
  }

  // When this thread's n-th request is due.
  Clock::time_point MeantAt(uint64_t n) const {
    const double interval = 1e9 * kThreads / plan_.rate;
    return begin_ + std::chrono::nanoseconds(static_cast<int64_t>(
                        interval * (static_cast<double>(n) + static_cast<double>(number_) / kThreads)));
  }

  void Send(Clock::time_point meant) {
    Connection& connection = *idle_.back();
    idle_.pop_back();
    ++sent_;
    ++busy_;
    connection.busy = true;
    connection.meant = meant;
    const std::string request = plan_.request(sequence_.fetch_add(1, std::memory_order_relaxed));
    // Small enough for the socket's buffer: the connection has no other request.
    if (send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
      Answered(connection, 0);
    }
  }

  void Take(Clock::time_point now) {
    std::array<epoll_event, 256> events;
    timespec wait = {.tv_sec = 0, .tv_nsec = 20'000'000};
    if (plan_.rate > 0 && !idle_.empty() && now < end_) {
      const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(MeantAt(sent_) - now).count();
      wait.tv_nsec = std::clamp<int64_t>(left, 0, wait.tv_nsec);
    }
    const int count = epoll_pwait2(poll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
    for (int i = 0; i < count; ++i)
      Receive(*static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr));
  }

  void Receive(Connection& connection) {
    static thread_local std::array<char, kReadAtOnce> bytes;
    const ssize_t size = recv(connection.socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size <= 0) return Answered(connection, 0);
    connection.received.append(bytes.data(), static_cast<size_t>(size));
    const int status = StatusOf(connection.received);
    if (status >= 0) Answered(connection, status);
  }

  void Answered(Connection& connection, int status) {
    if (connection.busy) {
      --busy_;
      Record(connection, status);
    }
    if (status == 0 || connection.received.find("\r\nconnection: close") != std::string::npos) {
      return Open(connection);
    }
    connection.busy = false;
    connection.received.clear();
    idle_.push_back(&connection);
  }

  void Record(const Connection& connection, int status) {
    ++result_.all_calls;
    if (connection.meant < measured_ || connection.meant >= end_) return;
    const int64_t took =
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - connection.meant).count();
    (status == 200 ? result_.latency : result_.refused).Record(took);
    if (status != 200) ++result_.errors[status];
  }

  const HttpPlan& plan_;
  const int number_;
  std::atomic<uint64_t>& sequence_;
  const int poll_;
  std::vector<Connection> connections_;
  std::vector<Connection*> idle_;
  uint64_t sent_ = 0;
  int busy_ = 0;
  Clock::time_point begin_;
  Clock::time_point measured_;
  Clock::time_point end_;
  Result result_;
  std::thread thread_;
};

}  // namespace

Result RunHttp(const HttpPlan& plan) {
  std::atomic<uint64_t> sequence = 0;
  std::vector<std::unique_ptr<Sender>> senders;
  for (int i = 0; i < kThreads; ++i) senders.push_back(std::make_unique<Sender>(plan, i, sequence));
  const Clock::time_point begin = Clock::now() + std::chrono::milliseconds(20);
  for (const auto& sender : senders) sender->Start(begin);
  Result result;
  result.measured = plan.measured;
  for (const auto& sender : senders) sender->JoinInto(result);
  return result;
}

}  // namespace firstfloor::bench
