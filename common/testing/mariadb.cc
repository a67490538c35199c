#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/testing/place.h"
#include "common/testing/process.h"
#include "common/testing/server_program.h"
#include "common/testing/servers.h"

namespace firstfloor::testing {
namespace {

namespace fs = std::filesystem;

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void WriteWhole(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

[[noreturn]] void Die(const std::string& what, const std::string& log) {
  const std::string text = ReadWhole(log);
  std::fprintf(stderr, "%s\n%s\n", what.c_str(),
               text.substr(text.size() < 4000 ? 0 : text.size() - 4000).c_str());
  std::abort();
}

// `command` with further arguments, and as root with the one by which servers agree to run as root.
std::vector<std::string> With(std::vector<std::string> command, const std::vector<std::string>& arguments) {
  command.insert(command.end(), arguments.begin(), arguments.end());
  if (getuid() == 0) command.push_back("--user=root");
  return command;
}

std::string ServerVersion(const std::string& folder) {
  const std::string output = folder + "/version";
  RunToEnd(TheServerProgram().version, {.output = output});
  std::string version;
  std::istringstream words(ReadWhole(output));
  for (std::string word; words >> word;) {
    if (word == "Ver" && words >> version) break;
  }
  if (version.empty()) Die("the database server does not say its version", output);
  return version;
}

void Install(const std::string& data, const std::string& log) {
  if (RunToEnd(With(TheServerProgram().install, {"--datadir=" + data}), {.output = log}) != 0) {
    Die("no data folder could be made", log);
  }
}

// A freshly installed data folder, made once per machine, user and server version.
std::string Template(const PrivateFolder& folder) {
  const std::string path = absl::StrCat(TemporaryFolder(), "/firstfloor-", TheServerProgram().name, "-",
                                        ServerVersion(folder.path()), "-", getuid());
  const FileLock lock(path + ".lock");
  if (fs::exists(path)) return path;
  const std::string unfinished = path + ".unfinished";
  fs::remove_all(unfinished);
  Install(unfinished, folder.path() + "/install.log");
  fs::rename(unfinished, path);
  return path;
}

// The server greets whoever connects as soon as it serves.
bool Greets(const std::string& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char byte = 0;
  const bool greets = connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
                      read(descriptor, &byte, 1) == 1;
  close(descriptor);
  return greets;
}

std::string SchemaName(const std::string& hint, int number) {
  std::string name;
  for (const char c : hint.substr(0, 40))
    name.push_back(absl::ascii_isalnum(c) ? absl::ascii_tolower(c) : '_');
  return absl::StrCat(name, "_", number);
}

}  // namespace

struct MariaDb::Impl {
  Impl() {
    fs::copy(Template(place), data(), fs::copy_options::recursive);
    std::string accounts;
    for (const char* const root : {"'root'@'127.0.0.1'", "'root'@'localhost'"}) {
      absl::StrAppend(&accounts, "CREATE USER IF NOT EXISTS ", root, ";\n", "ALTER USER ", root,
                      " IDENTIFIED BY '", root_password, "';\n", "GRANT ALL ON *.* TO ", root,
                      " WITH GRANT OPTION;\n");
    }
    WriteWhole(file("init.sql"), accounts);
    WriteWhole(file("client.cnf"), absl::StrCat("[client]\nuser=root\npassword=", root_password,
                                                "\nsocket=", file("sock"), "\n"));
    Start();
  }

  std::string file(const std::string& name) const { return absl::StrCat(place.path(), "/", name); }
  std::string data() const { return file("data"); }

  void Start() {
    server.emplace(With(TheServerProgram().serve,
                        {"--datadir=" + data(),
                         "--tmpdir=" + place.path(),
                         "--socket=" + file("sock"),
                         "--pid-file=" + file("pid"),
                         "--init-file=" + file("init.sql"),
                         "--bind-address=127.0.0.1",
                         absl::StrCat("--port=", port.number()),
                         "--skip-name-resolve",
                         "--skip-log-bin",
                         "--performance-schema=OFF",
                         "--max-connections=300",
                         "--character-set-server=utf8mb4",
                         "--default-time-zone=+00:00",
                         "--sql-mode=STRICT_ALL_TABLES,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
                         "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
                         "--innodb-flush-log-at-trx-commit=1",
                         "--innodb-doublewrite=1",
                         "--innodb-buffer-pool-size=64M",
                         "--innodb-buffer-pool-dump-at-shutdown=OFF",
                         "--innodb-buffer-pool-load-at-startup=OFF",
                         "--innodb-use-native-aio=OFF",
                         "--innodb-lock-wait-timeout=2"}),
                   Process::Files{.output = file("log")});
    WaitUntilItServes();
  }

  void WaitUntilItServes() {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!Greets(file("sock"))) {
      if (!server->running()) Die("the database server ended at its start", file("log"));
      if (std::chrono::steady_clock::now() > patience) Die("the database server does not start", file("log"));
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  void Stop() {
    server.reset();
    // Left by a killed server, they would be taken for a living one's.
    fs::remove(file("sock"));
    fs::remove(file("sock.lock"));
  }

  void Run(const std::string& sql) {
    WriteWhole(file("input.sql"), sql);
    const std::string output = file("client.log");
    fs::remove(output);
    const int outcome = RunToEnd({"mariadb", "--defaults-file=" + file("client.cnf"), "--batch"},
                                 {.input = file("input.sql"), .output = output});
    if (outcome != 0) Die("the schema could not be made", output);
  }

  PrivateFolder place;
  ReservedPort port;
  const std::string root_password = RandomWord();
  std::optional<Process> server;
  std::mutex mutex;
  int schemas = 0;
};

MariaDb::MariaDb() : impl_(std::make_unique<Impl>()) {}

MariaDb::~MariaDb() { impl_->Stop(); }

db::Config MariaDb::NewSchema(const std::string& hint) {
  std::lock_guard lock(impl_->mutex);
  const std::string name = SchemaName(hint, ++impl_->schemas);
  db::Config config;
  config.endpoint = endpoint();
  config.user = name;
  config.password = RandomWord();
  config.schema = name;
  std::string sql = absl::StrCat("CREATE DATABASE `", name, "` CHARACTER SET utf8mb4;\n");
  for (const char* const host : {"127.0.0.1", "localhost"}) {
    const std::string account = absl::StrCat("'", name, "'@'", host, "'");
    // A name in a grant is a pattern: "_" stands for any character unless it is escaped.
    const std::string pattern = absl::StrReplaceAll(name, {{"_", "\\_"}});
    absl::StrAppend(&sql, "CREATE USER ", account, " IDENTIFIED BY '", config.password, "';\n",
                    "GRANT ALL ON `", pattern, "`.* TO ", account, ";\n");
  }
  impl_->Run(sql);
  return config;
}

db::Config MariaDb::Root(const std::string& schema) const {
  db::Config config;
  config.endpoint = endpoint();
  config.user = "root";
  config.password = impl_->root_password;
  config.schema = schema;
  return config;
}

void MariaDb::Kill() { impl_->Stop(); }

void MariaDb::Restart() {
  impl_->Stop();
  impl_->Start();
}

std::string MariaDb::folder() const { return impl_->place.path(); }

std::string MariaDb::endpoint() const { return absl::StrCat("tcp://127.0.0.1:", impl_->port.number()); }

}  // namespace firstfloor::testing
