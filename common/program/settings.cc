#include "common/program/settings.h"

#include <fstream>
#include <sstream>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/error/macros.h"
#include "common/program/flags.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:7000", "address of the gRPC server");
ABSL_FLAG(std::string, admin, "127.0.0.1:9000", "address of /metrics, /healthz, /readyz, /version");
ABSL_FLAG(std::string, mysql_endpoint, "tcp://127.0.0.1:3306",
          "tcp://host:port or unix:///socket of the database");
ABSL_FLAG(std::string, mysql_user, "", "account of this service");
ABSL_FLAG(std::string, mysql_password_file, "", "file that holds its password");
ABSL_FLAG(std::string, mysql_schema, "", "schema of this service");
ABSL_FLAG(std::string, redis_endpoint, "", "host:port of Redis; empty: none");
ABSL_FLAG(std::string, redis_password_file, "", "file that holds its password");
ABSL_FLAG(std::string, jwks_file, "", "public keys of the tokens");
ABSL_FLAG(std::string, token_issuer, "", "issuer that tokens must name");
ABSL_FLAG(std::string, token_audience, "firstfloor", "audience that tokens must name");
ABSL_FLAG(std::string, trust_domain, "firstfloor.local", "SPIFFE trust domain of client certificates");
ABSL_FLAG(std::string, tls_cert_file, "", "certificate of this program");
ABSL_FLAG(std::string, tls_key_file, "", "its key");
ABSL_FLAG(std::string, tls_ca_file, "", "authority that peers' and clients' certificates come from");
ABSL_FLAG(bool, no_tls, false, "serve without TLS; nothing but a test on loopback should");
ABSL_FLAG(std::string, privacy_key_file, "", "keys of personal data");
ABSL_FLAG(std::string, areas_file, "", "registry of areas (CSV)");
ABSL_FLAG(
    std::string, workdays_file, "",
    "days that work or rest against the weekday rule (CSV), besides those built in: the next year's notice");
ABSL_FLAG(std::string, peers, "", "the other services: name=host:port,…");
ABSL_FLAG(bool, allow_as_of, false, "accept work dated back from tokens that allow it");
ABSL_FLAG(bool, reflection, false, "serve gRPC reflection, which shows the protos to everybody");
ABSL_FLAG(bool, debug_logs, false, "log more");
ABSL_FLAG(int, workers, 8, "threads that wait for the database");
ABSL_FLAG(int, queue, 256, "calls that may wait for a worker");
ABSL_FLAG(double, rate_per_second, 200, "calls a second that one caller may make for long; 0: no limit");
ABSL_FLAG(double, rate_burst, 2000, "calls that one caller may make at once");
ABSL_FLAG(int, cached_rows, 20000, "rows kept in the process");
ABSL_FLAG(absl::Duration, drain_pause, absl::Seconds(0),
          "wait between NOT_SERVING and the end of accepting calls");
ABSL_FLAG(absl::Duration, grace, absl::Seconds(20), "time that running calls have to end");
ABSL_FLAG(std::string, otlp_endpoint, "", "http://host:port of an OTLP/gRPC collector; empty: no traces");
ABSL_FLAG(double, trace_ratio, 0.01, "share of new traces that are sampled");
ABSL_FLAG(std::string, reader, "", "reader that unpark and resync are about");
ABSL_FLAG(int64_t, after_seq, -1,
          "last event of the backup that the log was restored from: resync reads on after it");
ABSL_FLAG(bool, skip_events, false, "resync goes on at the end of the log and passes over what it counts");
ABSL_FLAG(bool, drop_parked, false, "resync drops the reader's parked events");
ABSL_FLAG(std::string, from, "",
          "file that a command reads: of replay-erasures what export-erasures has made");

namespace firstfloor::program {
namespace {

constexpr const char* kFlags[] = {"listen",
                                  "admin",
                                  "mysql_endpoint",
                                  "mysql_user",
                                  "mysql_password_file",
                                  "mysql_schema",
                                  "redis_endpoint",
                                  "redis_password_file",
                                  "jwks_file",
                                  "token_issuer",
                                  "token_audience",
                                  "trust_domain",
                                  "tls_cert_file",
                                  "tls_key_file",
                                  "tls_ca_file",
                                  "no_tls",
                                  "privacy_key_file",
                                  "areas_file",
                                  "workdays_file",
                                  "peers",
                                  "allow_as_of",
                                  "reflection",
                                  "debug_logs",
                                  "workers",
                                  "queue",
                                  "rate_per_second",
                                  "rate_burst",
                                  "cached_rows",
                                  "drain_pause",
                                  "grace",
                                  "otlp_endpoint",
                                  "trace_ratio",
                                  "reader",
                                  "from"};

absl::StatusOr<std::string> Secret(absl::string_view flag, const std::string& file) {
  if (file.empty()) return std::string();
  std::ifstream in(file);
  if (!in) return WrongFlag(flag, absl::StrCat("cannot read ", file));
  std::stringstream content;
  content << in.rdbuf();
  return std::string(absl::StripAsciiWhitespace(content.str()));
}

absl::Status CheckServing(const Settings& settings) {
  RETURN_IF_ERROR(MustBeReadable("jwks_file", settings.tokens.jwks_file));
  RETURN_IF_ERROR(MustBeReadable("privacy_key_file", settings.privacy_key_file));
  RETURN_IF_ERROR(MustBeReadable("areas_file", settings.areas_file));
  if (settings.tokens.issuer.empty()) return WrongFlag("token_issuer", "is required");
  if (settings.workers < 1 || settings.workers > 1000) return WrongFlag("workers", "must be from 1 to 1000");
  if (settings.queue < 1 || settings.queue > 100'000) return WrongFlag("queue", "must be from 1 to 100000");
  if (absl::GetFlag(FLAGS_no_tls)) {
    if (!settings.server.tls.empty()) return WrongFlag("no_tls", "contradicts the tls_…_file flags");
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(MustBeReadable("tls_cert_file", settings.server.tls.cert));
  RETURN_IF_ERROR(MustBeReadable("tls_key_file", settings.server.tls.key));
  return MustBeReadable("tls_ca_file", settings.server.tls.ca);
}

}  // namespace

absl::StatusOr<Settings> ReadSettings(const std::string& program, const std::vector<const char*>& own_flags,
                                      int argc, char** argv) {
  absl::FlagsUsageConfig usage;
  usage.contains_helpshort_flags = [](absl::string_view file) {
    return absl::StrContains(file, "common/program/settings") || absl::StrContains(file, "services/");
  };
  usage.contains_help_flags = usage.contains_helpshort_flags;
  absl::SetFlagsUsageConfig(usage);
  absl::SetProgramUsageMessage(absl::StrCat(
      program,
      " serve | ready | migrate | verify-log | unpark --reader=R | resync --reader=R [--after_seq=N] "
      "[--skip_events] [--drop_parked] | export-erasures | "
      "replay-erasures --from=FILE | version"));
  std::vector<const char*> flags(std::begin(kFlags), std::end(kFlags));
  flags.insert(flags.end(), own_flags.begin(), own_flags.end());
  const std::vector<std::string> arguments = WithEnvironment(flags, argc, argv);
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  const std::vector<char*> rest = absl::ParseCommandLine(static_cast<int>(pointers.size()), pointers.data());
  if (rest.size() != 2) {
    return absl::InvalidArgumentError(
        "exactly one command is needed: serve, ready, migrate, verify-log, unpark, resync, export-erasures, "
        "replay-erasures or version");
  }

  Settings settings;
  settings.command = rest[1];
  settings.database.endpoint = absl::GetFlag(FLAGS_mysql_endpoint);
  settings.database.user = absl::GetFlag(FLAGS_mysql_user);
  settings.database.schema = absl::GetFlag(FLAGS_mysql_schema);
  if (settings.command == "version") return settings;
  settings.admin = absl::GetFlag(FLAGS_admin);
  if (settings.command == "ready") return settings;
  if (settings.database.schema.empty()) settings.database.schema = program;
  if (settings.database.user.empty()) settings.database.user = program;
  ASSIGN_OR_RETURN(settings.database.password,
                   Secret("mysql_password_file", absl::GetFlag(FLAGS_mysql_password_file)));
  // These are given no other secret, also where they share their environment with `serve`.
  if (settings.command == "migrate" || settings.command == "verify-log") return settings;
  settings.redis.endpoint = absl::GetFlag(FLAGS_redis_endpoint);
  ASSIGN_OR_RETURN(settings.redis.password,
                   Secret("redis_password_file", absl::GetFlag(FLAGS_redis_password_file)));
  settings.server.address = absl::GetFlag(FLAGS_listen);
  settings.server.tls = {.cert = absl::GetFlag(FLAGS_tls_cert_file),
                         .key = absl::GetFlag(FLAGS_tls_key_file),
                         .ca = absl::GetFlag(FLAGS_tls_ca_file)};
  settings.server.reflection = absl::GetFlag(FLAGS_reflection);
  settings.tokens.jwks_file = absl::GetFlag(FLAGS_jwks_file);
  settings.tokens.issuer = absl::GetFlag(FLAGS_token_issuer);
  settings.tokens.audience = absl::GetFlag(FLAGS_token_audience);
  settings.trace = {.service = program,
                    .otlp_endpoint = absl::GetFlag(FLAGS_otlp_endpoint),
                    .sample_ratio = absl::GetFlag(FLAGS_trace_ratio)};
  settings.trust_domain = absl::GetFlag(FLAGS_trust_domain);
  settings.privacy_key_file = absl::GetFlag(FLAGS_privacy_key_file);
  settings.areas_file = absl::GetFlag(FLAGS_areas_file);
  settings.workdays_file = absl::GetFlag(FLAGS_workdays_file);
  ASSIGN_OR_RETURN(settings.peers, ParsePeers(absl::GetFlag(FLAGS_peers)));
  settings.allow_as_of = absl::GetFlag(FLAGS_allow_as_of);
  settings.debug_logs = absl::GetFlag(FLAGS_debug_logs);
  settings.workers = absl::GetFlag(FLAGS_workers);
  settings.queue = absl::GetFlag(FLAGS_queue);
  settings.rate_per_second = absl::GetFlag(FLAGS_rate_per_second);
  settings.rate_burst = absl::GetFlag(FLAGS_rate_burst);
  settings.cached_rows = static_cast<size_t>(std::max(0, absl::GetFlag(FLAGS_cached_rows)));
  settings.drain_pause = absl::GetFlag(FLAGS_drain_pause);
  settings.grace = absl::GetFlag(FLAGS_grace);
  settings.reader = absl::GetFlag(FLAGS_reader);
  settings.resync.skip_events = absl::GetFlag(FLAGS_skip_events);
  settings.resync.drop_parked = absl::GetFlag(FLAGS_drop_parked);
  if (const int64_t seq = absl::GetFlag(FLAGS_after_seq); seq >= 0) settings.resync.after_seq = seq;
  settings.from = absl::GetFlag(FLAGS_from);
  if (settings.command == "replay-erasures") RETURN_IF_ERROR(MustBeReadable("from", settings.from));
  if (settings.command == "serve") RETURN_IF_ERROR(CheckServing(settings));
  return settings;
}

}  // namespace firstfloor::program
