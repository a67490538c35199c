// The gateway: HTTP and JSON in front, gRPC behind.
#include <atomic>
#include <iostream>

#include "absl/time/clock.h"
#include "common/error/macros.h"
#include "common/program/process.h"
#include "common/telemetry/admin.h"
#include "common/telemetry/log.h"
#include "services/gateway/contract.h"
#include "services/gateway/gateway.h"
#include "services/gateway/server.h"
#include "services/gateway/settings.h"

namespace firstfloor::gateway {
namespace {

using telemetry::Severity;

absl::Status ServeUntilSignal(const Settings& settings) {
  std::atomic<bool> ending = false;
  ASSIGN_OR_RETURN(
      const std::unique_ptr<telemetry::AdminServer> admin,
      telemetry::AdminServer::Start(
          {.address = settings.admin, .version = FIRSTFLOOR_VERSION, .not_ready_because = [&ending] {
             return std::string(ending ? "ending" : "");
           }}));
  ASSIGN_OR_RETURN(const std::unique_ptr<Gateway> gateway,
                   Gateway::Create(settings.gateway, ContractServices()));
  ASSIGN_OR_RETURN(const std::unique_ptr<Server> server, Server::Start(settings.server, *gateway));
  telemetry::Log(Severity::kInfo, "serving", {{"port", int64_t{server->port()}}});
  while (!program::EndingSignalWithin(absl::Seconds(1))) server->Reload();
  telemetry::Log(Severity::kInfo, "ending");
  ending = true;
  absl::SleepFor(settings.drain_pause);
  server->Stop(settings.grace);
  telemetry::Log(Severity::kInfo, "ended");
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  program::PrepareProcess();
  const absl::StatusOr<Settings> settings = ReadSettings(argc, argv);
  if (!settings.ok()) {
    std::cerr << "gateway: " << settings.status().message() << "\n";
    return 2;
  }
  if (settings->command == "version") {
    std::cout << "gateway " << FIRSTFLOOR_VERSION << "\n";
    return 0;
  }
  program::BlockEndingSignals();
  telemetry::StartLogging("gateway", settings->debug_logs ? Severity::kDebug : Severity::kInfo);
  telemetry::StartTracing(settings->trace);
  const absl::Status served = ServeUntilSignal(*settings);
  telemetry::StopTracing();
  telemetry::FlushLogs();
  if (served.ok()) return 0;
  std::cerr << "gateway: " << served.message() << "\n";
  return 1;
}

}  // namespace
}  // namespace firstfloor::gateway

int main(int argc, char** argv) { return firstfloor::gateway::Main(argc, argv); }
