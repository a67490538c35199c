// The flags of a program. Every flag can also be given as an environment variable FIRSTFLOOR_<FLAG> in
// upper case; the command line wins. Secrets come from files.
#ifndef FIRSTFLOOR_COMMON_PROGRAM_SETTINGS_H_
#define FIRSTFLOOR_COMMON_PROGRAM_SETTINGS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/auth/authenticator.h"
#include "common/db/connection.h"
#include "common/events/resync.h"
#include "common/redis/client.h"
#include "common/rpc/server.h"
#include "common/telemetry/trace.h"

namespace firstfloor::program {

struct Settings {
  std::string command;  // "serve", "migrate", "ready" (asks the one that serves), …
  db::Config database;
  redis::Config redis;
  rpc::ServerConfig server;
  auth::TokenConfig tokens;
  telemetry::TraceConfig trace;
  std::string admin;
  std::string trust_domain;
  std::string privacy_key_file;
  std::string areas_file;
  std::string workdays_file;  // "": none but the days built in
  std::map<std::string, std::string> peers;
  bool allow_as_of = false;
  bool debug_logs = false;
  int workers = 8;
  int queue = 256;
  double rate_per_second = 0;
  double rate_burst = 0;
  size_t cached_rows = 0;
  absl::Duration drain_pause;
  absl::Duration grace;
  std::string reader;  // of unpark and resync
  events::ResyncOptions resync;
  std::string from;  // of replay-erasures, and commands that only one program has
};

// Reads the command line and the environment, `own_flags` of the program included, and checks everything
// that all programs have once; INVALID_ARGUMENT with one clear line.
absl::StatusOr<Settings> ReadSettings(const std::string& program, const std::vector<const char*>& own_flags,
                                      int argc, char** argv);

}  // namespace firstfloor::program

#endif  // FIRSTFLOOR_COMMON_PROGRAM_SETTINGS_H_
