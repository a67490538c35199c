#include "tests/bench/compare/programs.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace firstfloor::bench {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

// What a server on `port` of this machine says to `request`; nullopt while nobody listens.
std::optional<std::string> Ask(int port, const std::string& request) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::optional<std::string> answer;
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    char buffer[64] = {};
    ssize_t count = 0;
    if (!request.empty() && send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
      count = recv(descriptor, buffer, sizeof(buffer) - 1, 0);
    }
    answer = std::string(buffer, static_cast<size_t>(std::max<ssize_t>(count, 0)));
  }
  close(descriptor);
  return answer;
}

// Returns the time since `start` at which `answers` became true.
template <typename Answers>
absl::Duration Await(absl::Time start, testing::Process& process, const std::string& log, Answers answers) {
  while (!answers()) {
    if (!process.running() || absl::Now() - start > kPatience)
      Die(absl::StrCat("not started:\n", Content(log)));
    absl::SleepFor(absl::Milliseconds(2));
  }
  return absl::Now() - start;
}

void OpenSsl(std::vector<std::string> arguments, const std::string& folder) {
  arguments.insert(arguments.begin(), "openssl");
  if (testing::RunToEnd(arguments, {.output = folder + "/openssl.log"}) != 0) {
    Die(absl::StrCat("openssl failed:\n", Content(folder + "/openssl.log")));
  }
}

std::vector<std::string> SuiteFlags(const program::Settings& settings, const std::string& folder) {
  std::vector<std::string> flags = DatabaseFlags(settings.database, folder);
  const std::string redis_password_file = folder + "/redis.password";
  Write(redis_password_file, settings.redis.password);
  std::string peers;
  for (const auto& [name, address] : settings.peers) {
    absl::StrAppend(&peers, peers.empty() ? "" : ",", name, "=", address);
  }
  for (const auto& [flag, value] :
       {std::pair<std::string, std::string>{"redis_endpoint", settings.redis.endpoint},
        {"redis_password_file", redis_password_file},
        {"jwks_file", settings.tokens.jwks_file},
        {"token_issuer", settings.tokens.issuer},
        {"token_audience", settings.tokens.audience},
        {"trust_domain", settings.trust_domain},
        {"privacy_key_file", settings.privacy_key_file},
        {"areas_file", settings.areas_file},
        {"peers", peers}}) {
    flags.push_back(absl::StrCat("--", flag, "=", value));
  }
  return flags;
}

}  // namespace

void Die(const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, why.c_str());
  std::exit(1);
}

void Must(const absl::Status& status, const std::string& what) {
  if (!status.ok()) Die(absl::StrCat(what, ": ", status.ToString()));
}

std::string Content(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream content;
  content << in.rdbuf();
  return content.str();
}

void Write(const std::string& file, const std::string& content) {
  std::ofstream(file, std::ios::binary) << content;
}

absl::Duration ProcessorTime(pid_t pid) {
  const std::string stat = Content(absl::StrCat("/proc/", pid, "/stat"));
  // After the name in brackets come the state and ten numbers before the two that are wanted.
  const std::vector<std::string> fields = absl::StrSplit(stat.substr(stat.rfind(')') + 2), ' ');
  const int64_t ticks = std::stoll(fields[11]) + std::stoll(fields[12]);
  return absl::Seconds(static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK)));
}

int64_t ResidentKilobytes(pid_t pid) {
  const std::string status = Content(absl::StrCat("/proc/", pid, "/status"));
  const size_t at = status.find("VmRSS:");
  return at == std::string::npos ? 0 : std::stoll(status.substr(at + 6));
}

Certificates MakeCertificates(const std::string& folder, const std::string& trust_domain) {
  const std::string ca = folder + "/ca";
  const std::vector<std::string> curve = {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"};
  std::vector<std::string> authority = {"req", "-x509",   "-subj",     "/CN=bench", "-days",
                                        "2",   "-keyout", ca + ".key", "-out",      ca + ".crt"};
  authority.insert(authority.end(), curve.begin(), curve.end());
  OpenSsl(authority, folder);
  for (const std::string name : {"opinion", "deliberation"}) {
    const std::string path = absl::StrCat(folder, "/", name);
    Write(path + ".ext", absl::StrCat("subjectAltName=DNS:localhost,IP:127.0.0.1,URI:spiffe://", trust_domain,
                                      "/service/", name, "\n"));
    std::vector<std::string> request = {"req",     "-new",        "-subj", "/CN=" + name,
                                        "-keyout", path + ".key", "-out",  path + ".csr"};
    request.insert(request.end(), curve.begin(), curve.end());
    OpenSsl(request, folder);
    OpenSsl({"x509", "-req", "-in", path + ".csr", "-CA", ca + ".crt", "-CAkey", ca + ".key",
             "-CAcreateserial", "-days", "2", "-extfile", path + ".ext", "-out", path + ".crt"},
            folder);
  }
  return {.server = {.cert = folder + "/opinion.crt", .key = folder + "/opinion.key", .ca = ca + ".crt"},
          .client = {.cert = "", .key = "", .ca = ca + ".crt"},
          .service = {
              .cert = folder + "/deliberation.crt", .key = folder + "/deliberation.key", .ca = ca + ".crt"}};
}

std::vector<std::string> DatabaseFlags(const db::Config& database, const std::string& folder) {
  const std::string password_file = absl::StrCat(folder, "/", database.schema, ".password");
  Write(password_file, database.password);
  return {"--mysql_endpoint=" + database.endpoint, "--mysql_user=" + database.user,
          "--mysql_password_file=" + password_file, "--mysql_schema=" + database.schema};
}

std::unique_ptr<Server> Server::Start(const std::string& binary, const program::Settings& settings,
                                      const rpc::TlsFiles& tls, const std::string& folder) {
  auto server = std::unique_ptr<Server>(new Server);
  std::vector<std::string> argv = SuiteFlags(settings, folder);
  argv.insert(argv.begin(), {binary, "serve"});
  argv.push_back("--listen=" + server->address());
  argv.push_back(absl::StrCat("--admin=127.0.0.1:", server->admin_.number()));
  if (tls.empty()) {
    argv.push_back("--no_tls");
  } else {
    for (const std::string& flag :
         {"--tls_cert_file=" + tls.cert, "--tls_key_file=" + tls.key, "--tls_ca_file=" + tls.ca}) {
      argv.push_back(flag);
    }
  }
  const std::string log = folder + "/" + binary.substr(binary.rfind('/') + 1) + ".log";
  const absl::Time start = absl::Now();
  server->process_ = std::make_unique<testing::Process>(argv, testing::Process::Files{.output = log});
  server->ready_after_ = Await(start, *server->process_, log, [&] {
    const auto answer = Ask(server->admin_.number(), "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return answer && absl::StartsWith(*answer, "HTTP/1.1 200");
  });
  return server;
}

std::unique_ptr<Server> Server::StartGateway(const std::string& binary, const Server& opinion,
                                             const rpc::TlsFiles& tls, const std::string& folder) {
  std::vector<std::string> argv = {binary, "serve", "--admin=127.0.0.1:0",
                                   "--peers=opinion=" + opinion.address(), "--no_peer_tls"};
  if (tls.empty()) {
    argv.push_back("--no_tls");
  } else {
    argv.push_back("--tls_cert_file=" + tls.cert);
    argv.push_back("--tls_key_file=" + tls.key);
  }
  return StartBare(argv, folder);
}

std::unique_ptr<Server> Server::StartBare(std::vector<std::string> argv, const std::string& folder) {
  auto server = std::unique_ptr<Server>(new Server);
  argv.push_back("--listen=" + server->address());
  const std::string log = folder + "/bare.log";
  const absl::Time start = absl::Now();
  server->process_ = std::make_unique<testing::Process>(argv, testing::Process::Files{.output = log});
  server->ready_after_ =
      Await(start, *server->process_, log, [&] { return Ask(server->port_.number(), "").has_value(); });
  return server;
}

Server::~Server() {
  if (process_ == nullptr) return;
  process_->Signal(SIGTERM);
  process_->Wait();
}

std::string Server::address() const { return absl::StrCat("127.0.0.1:", port_.number()); }

void Migrate(const std::string& binary, const db::Config& database, const std::string& folder) {
  std::vector<std::string> argv = DatabaseFlags(database, folder);
  argv.insert(argv.begin(), {binary, "migrate"});
  const std::string log = folder + "/migrate.log";
  if (testing::RunToEnd(argv, {.output = log}) != 0) Die(absl::StrCat("migrate failed:\n", Content(log)));
}

}  // namespace firstfloor::bench
