#include "tests/operations/galera.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/testing/place.h"
#include "common/testing/process.h"
#include "tests/operations/component.h"
#include "tests/operations/names.h"

namespace firstfloor::testing {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);
// A node that is back catches up while the others go on writing: how long that takes is the machine's affair.
constexpr absl::Duration kCatchesUpWithin = absl::Minutes(3);
constexpr int kEndpoint = 1;
constexpr int kFirstNode = 10;

// readinessProbe of k8s/components/galera/nodes.yaml
constexpr absl::Duration kProbeEvery = absl::Seconds(2);
constexpr absl::Duration kProbeTimeout = absl::Seconds(5);
constexpr int kFailuresUntilNotReady = 2;

constexpr char kInStep[] =
    "SELECT 1 FROM information_schema.GLOBAL_STATUS "
    "WHERE VARIABLE_NAME = 'WSREP_LOCAL_STATE' AND VARIABLE_VALUE = '4'";

// In the place of the image's entrypoint: fills an empty folder, then becomes the server.
constexpr char kEntrypoint[] = R"(#!/bin/sh
set -eu
shift 2  # mariadbd --defaults-extra-file=…, which my.cnf includes
if [ ! -e "$NODE/data/mysql" ]; then
  mariadb-install-db --no-defaults --datadir="$NODE/data" --skip-test-db --skip-name-resolve --force \
    --auth-root-authentication-method=normal --innodb-log-file-size=8M --extra-file="$NODE/accounts.sql"
fi
exec mariadbd --defaults-file="$NODE/my.cnf" "$@"
)";

}  // namespace

struct Galera::Impl {
  struct Node {
    std::optional<Process> server;
    std::thread kubelet;
    std::atomic<bool> ready{false};
    std::unique_ptr<absl::Notification> gone;
  };

  Impl() {
    db::InitDriver();
    std::filesystem::create_directory(file("bin"));
    std::filesystem::create_directory(file("copy"));
    WriteScript(file("bin/docker-entrypoint.sh"), kEntrypoint);
    std::ofstream(file("copy/user")) << "copy";
    std::ofstream(file("copy/password")) << copy_password;
    for (int node = 0; node < kNodes; ++node) Furnish(node);
    for (int node = 0; node < kNodes; ++node) {
      Start(node);
      WaitUntilReady(node);
    }
    StartEndpoint();
  }

  ~Impl() {
    for (int node = 0; node < kNodes; ++node) Kill(node);
  }

  std::string file(const std::string& name) const { return absl::StrCat(folder.path(), "/", name); }
  static std::string NameOf(int node) { return absl::StrCat("galera-", node); }
  std::string AddressOf(int node) const { return addresses.At(kFirstNode + node); }
  std::string LogOf(int node) const { return file(NameOf(node) + "/log"); }

  void Furnish(int node) {
    const std::string own = file(NameOf(node));
    std::filesystem::create_directories(own + "/run");
    std::filesystem::create_directory(own + "/data");
    WriteComponentFile("galera/galera.cnf", own + "/galera.cnf",
                       {{"galera-0.galera", AddressOf(0)},
                        {"galera-1.galera", AddressOf(1)},
                        {"galera-2.galera", AddressOf(2)},
                        {"innodb-buffer-pool-size = 2G", "innodb-buffer-pool-size = 64M"}});
    WriteComponentFile("galera/start.sh", own + "/start.sh",
                       {{"/var/lib/mysql", own + "/data"},
                        {"/run/mysqld", own + "/run"},
                        {"/etc/firstfloor/mysql-copy", file("copy")}});
    // What the image says elsewhere, and what three on one machine need besides.
    std::ofstream(own + "/my.cnf") << "!include " << own << "/galera.cnf\n!include " << own
                                   << "/run/copy.cnf\n"
                                   << "[mariadbd]\ndatadir=" << own << "/data\nsocket=" << own
                                   << "/run/sock\n"
                                   << "pid-file=" << own << "/run/pid\ntmpdir=" << own << "/run\n"
                                   << "bind-address=" << AddressOf(node)
                                   << "\nperformance-schema=OFF\nserver-id=" << node + 1 << "\n"
                                   << "innodb-use-native-aio=OFF\ninnodb-log-file-size=32M\n"
                                   << (getuid() == 0 ? "user=root\n" : "")
                                   << "[galera]\nwsrep-provider-options=gmcast.listen_addr=tcp://"
                                   << AddressOf(node) << ":4567\n";
    std::ofstream accounts(own + "/accounts.sql");
    accounts << "FLUSH PRIVILEGES;\n";
    for (const char* const root : {"'root'@'127.0.0.1'", "'root'@'localhost'"}) {
      accounts << "CREATE OR REPLACE USER " << root << " IDENTIFIED BY '" << root_password
               << "';\nGRANT ALL ON *.* TO " << root << " WITH GRANT OPTION;\n";
    }
    accounts << "CREATE USER copy@localhost IDENTIFIED BY '" << copy_password
             << "';\nGRANT RELOAD, PROCESS, LOCK TABLES, BINLOG MONITOR ON *.* TO copy@localhost;\n";
  }

  void Start(int number) {
    Node& node = nodes[static_cast<size_t>(number)];
    const std::string own = file(NameOf(number));
    // Whether there is a node that is ready is asked of the cluster's names.
    WriteScript(file("bin/getent"), absl::StrCat("#!/bin/sh\nexit ", names.empty() ? 2 : 0, "\n"));
    node.server.emplace(
        WithEnvironment(file("bin"),
                        {absl::StrCat("NODE=", own), absl::StrCat("POD_NAME=", NameOf(number)),
                         absl::StrCat("POD_IP=", AddressOf(number))},
                        {"sh", own + "/start.sh"}),
        Process::Files{.output = LogOf(number)});
    node.gone = std::make_unique<absl::Notification>();
    node.kubelet = std::thread([this, number] { Watch(number); });
  }

  void Kill(int number) {
    Node& node = nodes[static_cast<size_t>(number)];
    if (!node.server.has_value()) return;
    node.server.reset();
    node.gone->Notify();
    node.kubelet.join();
    SetReady(number, false);
  }

  // A name below galera-ready leads to a node while that is ready.
  void SetReady(int number, bool ready) {
    nodes[static_cast<size_t>(number)].ready = ready;
    const std::string name = NameOf(number) + ".galera-ready";
    ready ? names.Set(name, AddressOf(number)) : names.Remove(name);
  }

  void Watch(int number) {
    Node& node = nodes[static_cast<size_t>(number)];
    db::Config config = RootAt(AddressOf(number));
    config.read_timeout = kProbeTimeout;
    db::Connection connection(config);
    int failures = kFailuresUntilNotReady;
    do {
      const absl::StatusOr<db::Rows> rows = connection.Query(kInStep);
      failures = rows.ok() && !rows->empty() ? 0 : failures + 1;
      SetReady(number, failures < kFailuresUntilNotReady);
    } while (!node.gone->WaitForNotificationWithTimeout(failures == 0 ? kProbeEvery : absl::Seconds(1)));
  }

  void WaitUntilReady(int number) const {
    MustBecome(NameOf(number) + " is in step", kCatchesUpWithin, LogOf(number),
               [&] { return nodes[static_cast<size_t>(number)].ready.load(); });
  }

  void StartEndpoint() {
    WriteComponentFile("galera/haproxy.cfg", file("haproxy.cfg"),
                       {{"/run/haproxy/admin", file("haproxy.sock")},
                        {"parse-resolv-conf", absl::StrCat("nameserver test 127.0.0.1:", names.port())},
                        {"bind :3306", absl::StrCat("bind ", addresses.At(kEndpoint), ":3306")},
                        {"bind :8404", absl::StrCat("bind ", addresses.At(kEndpoint), ":8404")}});
    endpoint.emplace(std::vector<std::string>{"haproxy", "-W", "-f", file("haproxy.cfg")},
                     Process::Files{.output = file("haproxy.log")});
    MustBecome("the endpoint leads to a node", kPatience, file("haproxy.log"), [&] {
      db::Connection connection(RootAt(addresses.At(kEndpoint)));
      return connection.Connect().ok();
    });
  }

  db::Config RootAt(const std::string& address) const {
    db::Config config;
    config.endpoint = absl::StrCat("tcp://", address, ":3306");
    config.user = "root";
    config.password = root_password;
    return config;
  }

  PrivateFolder folder;
  Addresses addresses;
  const std::string root_password = RandomWord();
  const std::string copy_password = RandomWord();
  Names names;
  std::array<Node, kNodes> nodes;
  std::optional<Process> endpoint;
};

Galera::Galera() : impl_(std::make_unique<Impl>()) {}
Galera::~Galera() = default;

void Galera::Kill(int node) { impl_->Kill(node); }
void Galera::Start(int node) { impl_->Start(node); }
bool Galera::ready(int node) const { return impl_->nodes[static_cast<size_t>(node)].ready; }
void Galera::WaitUntilReady(int node) const { impl_->WaitUntilReady(node); }

db::Config Galera::Root() const { return impl_->RootAt(impl_->addresses.At(kEndpoint)); }

db::Config Galera::RootAt(int node, const std::string& schema) const {
  db::Config config = impl_->RootAt(impl_->AddressOf(node));
  config.schema = schema;
  return config;
}

}  // namespace firstfloor::testing
