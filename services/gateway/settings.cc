#include "services/gateway/settings.h"

#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/error/macros.h"
#include "common/program/flags.h"
#include "services/gateway/proxies.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:8080", "address of the HTTP server");
ABSL_FLAG(std::string, admin, "127.0.0.1:9080", "address of /metrics, /healthz, /readyz, /version");
ABSL_FLAG(std::string, tls_cert_file, "", "certificate of the HTTP server");
ABSL_FLAG(std::string, tls_key_file, "", "its key");
ABSL_FLAG(bool, no_tls, false, "serve HTTP without TLS: on loopback, or behind a proxy that has it");
ABSL_FLAG(std::string, peers, "", "the services: name=host:port,…");
ABSL_FLAG(std::string, tls_ca_file, "", "authority that the services' certificates come from");
ABSL_FLAG(bool, no_peer_tls, false, "call the services without TLS; nothing but a test on loopback should");
ABSL_FLAG(int, threads, 2, "event loops");
ABSL_FLAG(int, max_connections, 10'000, "connections at once; more are closed");
ABSL_FLAG(std::vector<std::string>, cors_origins, {},
          "origins whose pages may call: https://board.example,…; *: all; empty: none");
ABSL_FLAG(std::string, trusted_proxies, "", "networks whose proxies are believed: 10.0.0.0/8,…");
ABSL_FLAG(std::string, proxy_header, "forwarded",
          "where they say whom they were asked by, to which each adds: forwarded or x-forwarded-for");
ABSL_FLAG(
    double, anonymous_rate_per_second, 20,
    "calls a second without a token, and with a bad one, that one address may make for long; 0: no limit");
ABSL_FLAG(double, anonymous_rate_burst, 100, "such calls that one address may make at once");
ABSL_FLAG(absl::Duration, default_timeout, absl::Seconds(15), "how long a call may take that does not say");
ABSL_FLAG(absl::Duration, longest_timeout, absl::Seconds(60), "how long a call may take at most");
ABSL_FLAG(bool, debug_logs, false, "log more");
ABSL_FLAG(absl::Duration, drain_pause, absl::Seconds(0),
          "wait between not being ready and the end of accepting");
ABSL_FLAG(absl::Duration, grace, absl::Seconds(20), "time that running requests have to end");
ABSL_FLAG(std::string, otlp_endpoint, "", "http://host:port of an OTLP/gRPC collector; empty: no traces");
ABSL_FLAG(double, trace_ratio, 0.01, "share of new traces that are sampled");

namespace firstfloor::gateway {
namespace {

using program::MustBeReadable;
using program::WrongFlag;

constexpr const char* kFlags[] = {"listen",
                                  "admin",
                                  "tls_cert_file",
                                  "tls_key_file",
                                  "no_tls",
                                  "peers",
                                  "tls_ca_file",
                                  "no_peer_tls",
                                  "threads",
                                  "max_connections",
                                  "cors_origins",
                                  "trusted_proxies",
                                  "proxy_header",
                                  "anonymous_rate_per_second",
                                  "anonymous_rate_burst",
                                  "default_timeout",
                                  "longest_timeout",
                                  "debug_logs",
                                  "drain_pause",
                                  "grace",
                                  "otlp_endpoint",
                                  "trace_ratio"};

absl::Status CheckTls(const Settings& settings) {
  const bool has_files = !settings.server.cert_file.empty() || !settings.server.key_file.empty();
  if (absl::GetFlag(FLAGS_no_tls)) {
    if (has_files) return WrongFlag("no_tls", "contradicts tls_cert_file and tls_key_file");
  } else {
    RETURN_IF_ERROR(MustBeReadable("tls_cert_file", settings.server.cert_file));
    RETURN_IF_ERROR(MustBeReadable("tls_key_file", settings.server.key_file));
  }
  if (!absl::GetFlag(FLAGS_no_peer_tls)) return MustBeReadable("tls_ca_file", settings.gateway.peer_tls.ca);
  if (settings.gateway.peer_tls.ca.empty()) return absl::OkStatus();
  return WrongFlag("no_peer_tls", "contradicts tls_ca_file");
}

// A scheme and a host, and nothing behind them: browsers send no more, so no more could ever match.
bool IsOrigin(absl::string_view text) {
  return (absl::ConsumePrefix(&text, "https://") || absl::ConsumePrefix(&text, "http://")) && !text.empty() &&
         !absl::StrContains(text, '/');
}

absl::Status CheckServing(const Settings& settings) {
  if (settings.gateway.peers.empty()) return WrongFlag("peers", "is required");
  if (settings.server.threads < 1 || settings.server.threads > 256) {
    return WrongFlag("threads", "must be from 1 to 256");
  }
  if (settings.server.limits.connections < 1) return WrongFlag("max_connections", "must be positive");
  if (settings.gateway.default_timeout <= absl::ZeroDuration()) {
    return WrongFlag("default_timeout", "must be positive");
  }
  if (settings.gateway.longest_timeout < settings.gateway.default_timeout) {
    return WrongFlag("longest_timeout", "is shorter than default_timeout");
  }
  if (settings.gateway.anonymous_per_second > 0 && settings.gateway.anonymous_burst < 1) {
    return WrongFlag("anonymous_rate_burst", "must be at least 1");
  }
  for (const std::string& origin : settings.gateway.cors_origins) {
    if (origin == "*" || IsOrigin(origin)) continue;
    return WrongFlag("cors_origins", "must be origins like https://board.example, or *");
  }
  const absl::Status networks = Proxies::Parse(settings.gateway.trusted_proxies).status();
  if (!networks.ok()) return WrongFlag("trusted_proxies", networks.message());
  const absl::Status header = Proxies::Parse("", settings.gateway.proxy_header).status();
  if (!header.ok()) return WrongFlag("proxy_header", header.message());
  return CheckTls(settings);
}

}  // namespace

absl::StatusOr<Settings> ReadSettings(int argc, char** argv) {
  absl::FlagsUsageConfig usage;
  usage.contains_helpshort_flags = [](absl::string_view file) {
    return absl::StrContains(file, "gateway/settings");
  };
  usage.contains_help_flags = usage.contains_helpshort_flags;
  absl::SetFlagsUsageConfig(usage);
  absl::SetProgramUsageMessage("gateway serve | ready | version");
  const std::vector<std::string> arguments = program::WithEnvironment(kFlags, argc, argv);
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  const std::vector<char*> rest = absl::ParseCommandLine(static_cast<int>(pointers.size()), pointers.data());
  Settings settings;
  if (rest.size() == 2) settings.command = rest[1];
  if (settings.command == "version") return settings;
  settings.admin = absl::GetFlag(FLAGS_admin);
  if (settings.command == "ready") return settings;
  if (settings.command != "serve") {
    return absl::InvalidArgumentError("exactly one command is needed: serve, ready or version");
  }

  const std::vector<std::string> origins = absl::GetFlag(FLAGS_cors_origins);
  ASSIGN_OR_RETURN(settings.gateway.peers, program::ParsePeers(absl::GetFlag(FLAGS_peers)));
  settings.gateway.peer_tls.ca = absl::GetFlag(FLAGS_tls_ca_file);
  settings.gateway.cors_origins = {origins.begin(), origins.end()};
  settings.gateway.trusted_proxies = absl::GetFlag(FLAGS_trusted_proxies);
  settings.gateway.proxy_header = absl::GetFlag(FLAGS_proxy_header);
  settings.gateway.anonymous_per_second = absl::GetFlag(FLAGS_anonymous_rate_per_second);
  settings.gateway.anonymous_burst = absl::GetFlag(FLAGS_anonymous_rate_burst);
  settings.gateway.default_timeout = absl::GetFlag(FLAGS_default_timeout);
  settings.gateway.longest_timeout = absl::GetFlag(FLAGS_longest_timeout);
  settings.gateway.version = FIRSTFLOOR_VERSION;
  settings.server.address = absl::GetFlag(FLAGS_listen);
  settings.server.cert_file = absl::GetFlag(FLAGS_tls_cert_file);
  settings.server.key_file = absl::GetFlag(FLAGS_tls_key_file);
  settings.server.threads = absl::GetFlag(FLAGS_threads);
  settings.server.limits.connections = absl::GetFlag(FLAGS_max_connections);
  settings.trace = {.service = "gateway",
                    .otlp_endpoint = absl::GetFlag(FLAGS_otlp_endpoint),
                    .sample_ratio = absl::GetFlag(FLAGS_trace_ratio)};
  settings.debug_logs = absl::GetFlag(FLAGS_debug_logs);
  settings.drain_pause = absl::GetFlag(FLAGS_drain_pause);
  settings.grace = absl::GetFlag(FLAGS_grace);
  RETURN_IF_ERROR(CheckServing(settings));
  return settings;
}

}  // namespace firstfloor::gateway
