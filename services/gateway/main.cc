// The gateway: HTTP and JSON in front, gRPC behind.
#include <atomic>
#include <iostream>

#include "absl/time/clock.h"
#include "common/error/macros.h"
#include "common/program/process.h"
#include "common/telemetry/admin.h"
#include "common/telemetry/admin_client.h"
#include "common/telemetry/log.h"
#include "services/gateway/contract.h"
#include "services/gateway/gateway.h"
#include "services/gateway/server.h"
#include "services/gateway/settings.h"

namespace firstfloor::gateway {
namespace {

using telemetry::Severity;

absl::Status ServeUntilSignal(const Settings& settings) {
  std::atomic<const char*> not_ready_because = "starting";
  ASSIGN_OR_RETURN(const std::unique_ptr<telemetry::AdminServer> admin,
                   telemetry::AdminServer::Start({.address = settings.admin,
                                                  .version = FIRSTFLOOR_VERSION,
                                                  .not_ready_because = [&not_ready_because] {
                                                    return std::string(not_ready_because);
                                                  }}));
  ASSIGN_OR_RETURN(const std::unique_ptr<Gateway> gateway,
                   Gateway::Create(settings.gateway, ContractServices()));
  ASSIGN_OR_RETURN(const std::unique_ptr<Server> server, Server::Start(settings.server, *gateway));
  not_ready_because = "";
  telemetry::Log(Severity::kInfo, "serving", {{"port", int64_t{server->port()}}});
  while (!program::EndingSignalWithin(absl::Seconds(1))) server->Reload();
  telemetry::Log(Severity::kInfo, "ending");
  not_ready_because = "ending";
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
  if (settings->command == "ready") {
    const absl::Status ready = telemetry::AskReady(settings->admin);
    if (!ready.ok()) std::cerr << "gateway: " << ready.message() << "\n";
    return ready.ok() ? 0 : 1;
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
