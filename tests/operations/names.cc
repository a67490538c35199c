#include "tests/operations/names.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/string_view.h"

namespace firstfloor::testing {
namespace {

// RFC 1035, 4.1.
constexpr size_t kHeader = 12;
constexpr size_t kAfterName = 4;  // type, class
constexpr uint8_t kAuthoritativeAnswer = 0x84;
constexpr uint8_t kNoSuchName = 3;
constexpr char kTypeA = 1;
constexpr absl::string_view kOneSecond("\x00\x00\x00\x01", 4);

// The name in labels that a question begins with, with dots, and where it ends; "" if it is not well-formed.
std::string ReadName(absl::string_view question, size_t& end) {
  std::string name;
  for (end = 0; end < question.size();) {
    const auto length = static_cast<uint8_t>(question[end++]);
    if (length == 0) return name;
    if (length > 63 || end + length > question.size()) return "";
    if (!name.empty()) name += '.';
    name.append(question.data() + end, length);
    end += length;
  }
  return "";
}

}  // namespace

Names::Names() : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("names");
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread(&Names::Serve, this);
}

Names::~Names() {
  shutdown(socket_, SHUT_RDWR);  // wakes the thread
  thread_.join();
  close(socket_);
}

void Names::Set(const std::string& name, const std::string& address) {
  const std::lock_guard lock(mutex_);
  addresses_[name] = address;
}

void Names::Remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  addresses_.erase(name);
}

bool Names::empty() const {
  const std::lock_guard lock(mutex_);
  return addresses_.empty();
}

void Names::Serve() {
  while (true) {
    char buffer[512];
    sockaddr_in caller{};
    socklen_t size = sizeof(caller);
    const ssize_t received =
        recvfrom(socket_, buffer, sizeof(buffer), 0, reinterpret_cast<sockaddr*>(&caller), &size);
    if (received <= 0) return;
    const std::string answer = Answer(std::string(buffer, static_cast<size_t>(received)));
    sendto(socket_, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&caller), size);
  }
}

std::string Names::Answer(const std::string& query) const {
  if (query.size() < kHeader + kAfterName) return "";
  size_t name_size = 0;
  const std::string name = ReadName(absl::string_view(query).substr(kHeader), name_size);
  const size_t question_size = name_size + kAfterName;
  if (name.empty() || kHeader + question_size > query.size()) return "";
  in_addr address{};
  bool known = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = addresses_.find(name);
    known = found != addresses_.end() && inet_aton(found->second.c_str(), &address) != 0;
  }
  const bool is_answered = known && query[kHeader + name_size + 1] == kTypeA;
  std::string answer = query.substr(0, 2);  // its number
  answer += static_cast<char>(kAuthoritativeAnswer);
  answer += static_cast<char>(known ? 0 : kNoSuchName);
  answer += std::string("\x00\x01\x00", 3) + static_cast<char>(is_answered) + std::string(4, '\0');
  answer += query.substr(kHeader, question_size);
  if (!is_answered) return answer;
  answer += std::string("\xc0\x0c\x00\x01\x00\x01", 6);  // the name above; type A; class IN
  answer.append(kOneSecond.data(), kOneSecond.size());
  answer += std::string("\x00\x04", 2);
  answer.append(reinterpret_cast<const char*>(&address), 4);
  return answer;
}

}  // namespace firstfloor::testing
