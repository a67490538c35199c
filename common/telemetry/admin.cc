#include "common/telemetry/admin.h"

#include <arpa/inet.h>
#include <civetweb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/error/error.h"
#include "common/telemetry/json.h"
#include "common/telemetry/metrics.h"

namespace firstfloor::telemetry {
namespace {

constexpr absl::string_view kText = "text/plain; charset=utf-8";

struct Answer {
  int code = 200;
  std::string body;
  absl::string_view type = kText;
};

absl::string_view PhraseOf(int code) {
  switch (code) {
    case 200:
      return "OK";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    default:
      return "Service Unavailable";
  }
}

Answer Readiness(const AdminConfig& config) {
  const std::string reason = config.not_ready_because ? config.not_ready_because() : "";
  if (reason.empty()) return {.body = "ready\n"};
  return {.code = 503, .body = absl::StrCat("not ready: ", reason, "\n")};
}

Answer Version(const AdminConfig& config) {
  std::string body = "{\"version\":";
  AppendJsonString(config.version, body);
  body.append("}\n");
  return {.body = std::move(body), .type = "application/json"};
}

Answer AnswerTo(absl::string_view method, absl::string_view path, const AdminConfig& config) {
  if (method != "GET" && method != "HEAD") return {.code = 405, .body = "GET and HEAD only\n"};
  if (path == "/healthz") return {.body = "alive\n"};
  if (path == "/readyz") return Readiness(config);
  if (path == "/version") return Version(config);
  if (path == "/metrics")
    return {.body = ExposeMetrics(), .type = "text/plain; version=0.0.4; charset=utf-8"};
  return {.code = 404, .body = "/metrics /healthz /readyz /version\n"};
}

void Send(mg_connection* connection, const Answer& answer, bool with_body) {
  std::string text = absl::StrCat(
      "HTTP/1.1 ", answer.code, " ", PhraseOf(answer.code), "\r\nContent-Type: ", answer.type,
      "\r\nContent-Length: ", answer.body.size(), "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n");
  if (with_body) text.append(answer.body);
  mg_write(connection, text.data(), text.size());
}

int Handle(mg_connection* connection, void* config) {
  const mg_request_info* const request = mg_get_request_info(connection);
  const absl::string_view method = request->request_method;
  const Answer answer = AnswerTo(method, request->local_uri, *static_cast<const AdminConfig*>(config));
  Send(connection, answer, method != "HEAD");
  return answer.code;
}

// What the HTTP library has to say goes nowhere by itself: a failed start is reported by Start.
int Ignore(const mg_connection*, const char*) { return 1; }

int PortOf(const mg_context* context) {
  mg_server_port port = {};
  return mg_get_server_ports(context, 1, &port) == 1 ? port.port : 0;
}

void Knock(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  static_cast<void>(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)));
  close(fd);
}

// The library's listener looks only every two seconds whether it is to stop, unless somebody connects.
void StopSoon(mg_context* context) {
  std::atomic<bool> stopped = false;
  std::thread visitor([&stopped, port = PortOf(context)] {
    while (!stopped) {
      Knock(port);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  mg_stop(context);
  stopped = true;
  visitor.join();
}

}  // namespace

struct AdminServer::Impl {
  explicit Impl(AdminConfig wanted) : config(std::move(wanted)) {}
  ~Impl() {
    if (context != nullptr) StopSoon(context);
  }

  AdminConfig config;
  mg_context* context = nullptr;
};

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(AdminConfig config) {
  static const unsigned kLibrary = mg_init_library(MG_FEATURES_DEFAULT);
  static_cast<void>(kLibrary);
  auto impl = std::make_unique<Impl>(std::move(config));
  mg_callbacks callbacks = {};
  callbacks.log_message = &Ignore;
  const std::array<const char*, 9> options = {"listening_ports",
                                              impl->config.address.c_str(),
                                              "num_threads",
                                              "3",
                                              "request_timeout_ms",
                                              "5000",
                                              "tcp_nodelay",
                                              "1",
                                              nullptr};
  impl->context = mg_start(&callbacks, nullptr, const_cast<const char**>(options.data()));
  if (impl->context == nullptr) {
    return error::Make(absl::StatusCode::kUnavailable, "ADMIN_ADDRESS_UNUSABLE",
                       absl::StrCat("cannot listen for operations on ", impl->config.address));
  }
  mg_set_request_handler(impl->context, "**", &Handle, &impl->config);
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(impl)));
}

AdminServer::AdminServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AdminServer::~AdminServer() = default;

int AdminServer::port() const { return PortOf(impl_->context); }

}  // namespace firstfloor::telemetry
