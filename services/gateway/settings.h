// The flags of the gateway. Every flag can also be given as an environment variable FIRSTFLOOR_<FLAG> in
// upper case; the command line wins.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_SETTINGS_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_SETTINGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/telemetry/trace.h"
#include "services/gateway/gateway.h"
#include "services/gateway/server.h"

namespace firstfloor::gateway {

struct Settings {
  std::string command;  // "serve" or "version"
  GatewayConfig gateway;
  ServerConfig server;
  telemetry::TraceConfig trace;
  std::string admin;
  bool debug_logs = false;
  absl::Duration drain_pause;
  absl::Duration grace;
};

// Reads the command line and the environment and checks everything once; INVALID_ARGUMENT with one clear
// line.
absl::StatusOr<Settings> ReadSettings(int argc, char** argv);

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_SETTINGS_H_
