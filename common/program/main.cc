#include "common/program/main.h"

#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/program/process.h"
#include "common/telemetry/admin_client.h"
#include "common/telemetry/log.h"
#include "common/telemetry/trace.h"

namespace firstfloor::program {
namespace {

absl::Status RunCommand(const Settings& settings, const Program& program) {
  if (settings.command == "version") {
    std::cout << program.name << " " << FIRSTFLOOR_VERSION << "\n";
    return absl::OkStatus();
  }
  if (const auto own = program.commands.find(settings.command); own != program.commands.end()) {
    ASSIGN_OR_RETURN(const std::string answer, own->second(settings));
    std::cout << answer;
    return absl::OkStatus();
  }
  if (settings.command == "ready") return telemetry::AskReady(settings.admin);
  db::InitDriver();
  if (settings.command == "migrate") {
    db::Connection connection(settings.database);
    ASSIGN_OR_RETURN(const std::vector<int> applied, db::Migrate(connection, program.migrations));
    std::cout << program.name << ": "
              << (applied.empty() ? std::string("nothing to migrate")
                                  : absl::StrCat("migrated to ", absl::StrJoin(applied, ", ")))
              << "\n";
    return absl::OkStatus();
  }
  if (settings.command == "verify-log") {
    db::Connection connection(settings.database);
    ASSIGN_OR_RETURN(const int64_t events, events::Verify(connection));
    std::cout << program.name << ": " << events << " events, chain unbroken\n";
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<House> house, House::Build(settings, program));
  if (settings.command == "serve") return house->Serve();
  if (settings.command == "unpark") {
    ASSIGN_OR_RETURN(const int64_t applied, house->Unpark(settings.reader));
    std::cout << program.name << ": " << applied << " events took effect\n";
    return absl::OkStatus();
  }
  if (settings.command == "resync") {
    ASSIGN_OR_RETURN(const std::string done, house->Resync(settings.reader, settings.resync));
    std::cout << program.name << ": " << done << "\n";
    return absl::OkStatus();
  }
  if (settings.command == "export-erasures") {
    ASSIGN_OR_RETURN(const std::string exported, house->ExportErasures());
    std::cout << exported;
    return absl::OkStatus();
  }
  if (settings.command == "replay-erasures") {
    std::stringstream exported;
    exported << std::ifstream(settings.from).rdbuf();
    ASSIGN_OR_RETURN(const std::string done, house->ReplayErasures(exported.str()));
    std::cout << program.name << ": " << done << "\n";
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown command ", settings.command));
}

}  // namespace

int Main(int argc, char** argv, const Program& program) {
  PrepareProcess();
  const absl::StatusOr<Settings> settings = ReadSettings(program.name, program.flags, argc, argv);
  if (!settings.ok()) {
    std::cerr << program.name << ": " << settings.status().message() << "\n";
    return 2;
  }
  if (settings->command == "serve") {
    BlockEndingSignals();
    telemetry::StartLogging(program.name,
                            settings->debug_logs ? telemetry::Severity::kDebug : telemetry::Severity::kInfo);
    telemetry::StartTracing(settings->trace);
  }
  const absl::Status done = RunCommand(*settings, program);
  telemetry::StopTracing();
  telemetry::FlushLogs();
  if (done.ok()) return 0;
  std::cerr << program.name << ": " << done.message() << "\n";
  return done.code() == absl::StatusCode::kInvalidArgument ? 2 : 1;
}

}  // namespace firstfloor::program
