#include "tests/support/programs.h"

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/privacy/keyring.h"
#include "common/telemetry/admin_client.h"
#include "common/testing/place.h"
#include "common/testing/process.h"
#include "tests/support/certificates.h"

namespace firstfloor::testing {
namespace {

constexpr const char* kSuite[] = {"outreach", "opinion", "deliberation", "volunteer"};
constexpr char kIssuer[] = "firstfloor-test";
constexpr char kAudience[] = "firstfloor";
constexpr char kRows[] = "SELECT, INSERT, UPDATE, DELETE";
constexpr char kTables[] = "CREATE, ALTER, DROP, INDEX, REFERENCES, TRIGGER, CREATE VIEW, SHOW VIEW";
constexpr absl::Duration kPatience = absl::Seconds(60);

std::string EndOf(const std::string& file) {
  std::stringstream all;
  all << std::ifstream(file).rdbuf();
  const std::string text = all.str();
  return text.substr(text.size() < 4000 ? 0 : text.size() - 4000);
}

[[noreturn]] void Die(const std::string& what, const std::string& why) {
  std::fprintf(stderr, "programs: %s\n%s\n", what.c_str(), why.c_str());
  std::abort();
}

void Must(const absl::Status& status, const std::string& what) {
  if (!status.ok()) Die(what, status.ToString());
}

template <typename T>
T Must(absl::StatusOr<T> result, const std::string& what) {
  Must(result.status(), what);
  return *std::move(result);
}

std::string BinaryOf(const std::string& name) {
  const char* elsewhere = std::getenv("FIRSTFLOOR_PROGRAMS");
  return absl::StrCat(elsewhere == nullptr ? FIRSTFLOOR_BINARY_DIR "/services" : elsewhere, "/", name, "/",
                      name);
}

}  // namespace

struct Programs::Impl {
  struct Account {
    std::string user;
    std::string password;
    std::string password_file;
  };
  struct Schema {
    Account program;
    Account migrate;
    bool migrated = false;
  };
  struct Replica {
    ReservedPort port;
    ReservedPort admin;
    std::unique_ptr<Process> process;
  };
  using Key = std::pair<std::string, int>;

  Impl() : own_mariadb(std::make_unique<MariaDb>()), own_redis(std::make_unique<Redis>()) {
    Furnish(own_mariadb->Root(), own_redis->config());
  }
  Impl(const db::Config& root, const redis::Config& redis) { Furnish(root, redis); }

  void Furnish(const db::Config& root_account, const redis::Config& redis) {
    mysql_endpoint = root_account.endpoint;
    redis_config = redis;
    Must(auth::GenerateKeys(folder.path(), "test-1"), "signing keys");
    issuer = Must(auth::Issuer::Create(file("signing.jwk"), kIssuer, kAudience), "issuer");
    std::ofstream(file("redis.password")) << redis.password;
    db::Connection root(root_account);
    for (const std::string& name : Names()) {
      Certify(name, "service/" + name);
      Must(privacy::Keyring::Generate(file(name + ".privacy.json"), "k1"), "privacy keys");
      MakeSchema(root, name);
    }
  }

  std::string file(const std::string& name) const { return absl::StrCat(folder.path(), "/", name); }

  void Certify(const std::string& certificate, const std::string& path) {
    if (certified.insert(certificate).second) authority.Certify(certificate, path);
  }

  Account MakeAccount(db::Connection& root, const std::string& schema, const std::string& user,
                      const std::string& rights) {
    Account account{.user = user, .password = RandomWord(), .password_file = file(user + ".mysql")};
    std::ofstream(account.password_file) << account.password;
    const std::string who = absl::StrCat("'", user, "'@'127.0.0.1'");
    Must(root.ExecuteText(absl::StrCat("CREATE USER ", who, " IDENTIFIED BY '", account.password, "'")),
         "account " + user);
    Must(root.ExecuteText(absl::StrCat("GRANT ", rights, " ON `", schema, "`.* TO ", who)),
         "rights of " + user);
    return account;
  }

  void MakeSchema(db::Connection& root, const std::string& name) {
    Must(root.ExecuteText(absl::StrCat("CREATE DATABASE `", name, "` CHARACTER SET utf8mb4")),
         "schema " + name);
    Schema& schema = schemas[name];
    schema.program = MakeAccount(root, name, name, kRows);
    schema.migrate = MakeAccount(root, name, name + "_migrate", absl::StrCat(kRows, ", ", kTables));
  }

  Replica& OfReplica(const Key& key) {
    const std::lock_guard lock(mutex);
    std::unique_ptr<Replica>& replica = replicas[key];
    if (replica == nullptr) replica = std::make_unique<Replica>();
    return *replica;
  }

  std::vector<std::string> DatabaseFlags(const std::string& name, const Account& account) const {
    return {"--mysql_endpoint=" + mysql_endpoint, "--mysql_schema=" + name, "--mysql_user=" + account.user,
            "--mysql_password_file=" + account.password_file};
  }

  std::vector<std::string> ServeFlags(const Key& key) {
    const std::string& name = key.first;
    const Replica& replica = OfReplica(key);
    std::vector<std::string> flags = DatabaseFlags(name, schemas.at(name).program);
    for (std::string flag :
         {absl::StrCat("--listen=127.0.0.1:", replica.port.number()),
          absl::StrCat("--admin=127.0.0.1:", replica.admin.number()),
          absl::StrCat("--redis_endpoint=", redis_config.endpoint),
          absl::StrCat("--redis_password_file=", file("redis.password")),
          absl::StrCat("--jwks_file=", file("jwks.json")), absl::StrCat("--token_issuer=", kIssuer),
          absl::StrCat("--token_audience=", kAudience),
          absl::StrCat("--tls_cert_file=", authority.certificate(name)),
          absl::StrCat("--tls_key_file=", authority.key(name)),
          absl::StrCat("--tls_ca_file=", authority.certificate()),
          absl::StrCat("--privacy_key_file=", file(name + ".privacy.json")),
          std::string("--areas_file=" FIRSTFLOOR_SOURCE_DIR "/deploy/data/areas.csv"),
          absl::StrCat("--peers=", Peers()), std::string("--allow_as_of"), std::string("--rate_per_second=0"),
          std::string("--workers=4"), std::string("--queue=1024"), std::string("--grace=5s")}) {
      flags.push_back(std::move(flag));
    }
    return flags;
  }

  std::vector<std::string> GatewayFlags() {
    const Replica& replica = OfReplica({"gateway", 0});
    Certify("gateway", "service/gateway");
    return {absl::StrCat("--listen=127.0.0.1:", replica.port.number()),
            absl::StrCat("--admin=127.0.0.1:", replica.admin.number()),
            absl::StrCat("--tls_cert_file=", authority.certificate("gateway")),
            absl::StrCat("--tls_key_file=", authority.key("gateway")),
            absl::StrCat("--tls_ca_file=", authority.certificate()),
            absl::StrCat("--peers=", Peers()),
            "--anonymous_rate_per_second=0",
            "--grace=5s"};
  }

  // Whoever does not run is a peer that is down.
  std::string Peers() {
    std::vector<std::string> peers;
    for (const char* name : kSuite) {
      peers.push_back(absl::StrCat(name, "=127.0.0.1:", OfReplica({name, 0}).port.number()));
    }
    return absl::StrJoin(peers, ",");
  }

  std::string LogFile(const Key& key) const { return file(absl::StrCat(key.first, "-", key.second, ".log")); }

  std::unique_ptr<Process> StartProcess(const Key& key, const std::string& command,
                                        const std::vector<std::string>& flags) {
    std::vector<std::string> argv = {BinaryOf(key.first), command};
    argv.insert(argv.end(), flags.begin(), flags.end());
    if (!std::filesystem::exists(argv[0])) Die(argv[0], "is not built");
    return std::make_unique<Process>(std::move(argv), Process::Files{.output = LogFile(key)});
  }

  void Migrate(const std::string& name) {
    Schema& schema = schemas.at(name);
    if (schema.migrated) return;
    if (StartProcess({name, 0}, "migrate", DatabaseFlags(name, schema.migrate))->Wait() != 0) {
      Die(name + ": migration failed", EndOf(LogFile({name, 0})));
    }
    schema.migrated = true;
  }

  rpc::Client& ClientOf(const Key& key, const std::string& certificate) {
    const int port = OfReplica(key).port.number();
    const std::lock_guard lock(mutex);
    std::unique_ptr<rpc::Client>& client = clients[{port, certificate}];
    if (client == nullptr) {
      rpc::TlsFiles files{.cert = "", .key = "", .ca = authority.certificate()};
      if (!certificate.empty()) {
        files.cert = authority.certificate(certificate);
        files.key = authority.key(certificate);
      }
      client = std::make_unique<rpc::Client>(absl::StrCat("127.0.0.1:", port), files);
    }
    return *client;
  }

  std::unique_ptr<MariaDb> own_mariadb;
  std::unique_ptr<Redis> own_redis;
  std::string mysql_endpoint;
  redis::Config redis_config;
  PrivateFolder folder;
  Authority authority{folder.path() + "/certificates"};
  std::set<std::string> certified;
  std::unique_ptr<auth::Issuer> issuer;
  std::map<std::string, Schema> schemas;
  std::mutex mutex;  // of what follows
  std::map<Key, std::unique_ptr<Replica>> replicas;
  std::map<std::pair<int, std::string>, std::unique_ptr<rpc::Client>> clients;
  std::map<std::string, std::string> tokens;  // the same for the same identity, as a caller has it
};

Programs::Programs() {
  db::InitDriver();
  impl_ = std::make_unique<Impl>();
}

Programs::Programs(const db::Config& root, const redis::Config& redis) {
  db::InitDriver();
  impl_ = std::make_unique<Impl>(root, redis);
}

Programs::~Programs() = default;

const std::vector<std::string>& Programs::Names() {
  static const auto* const names = [] {
    const char* chosen = std::getenv("FIRSTFLOOR_SERVICES");
    return new std::vector<std::string>(absl::StrSplit(
        chosen == nullptr ? "outreach opinion deliberation volunteer" : chosen, ' ', absl::SkipWhitespace()));
  }();
  return *names;
}

void Programs::StartAll() {
  for (const std::string& name : Names()) Start(name);
  for (const std::string& name : Names()) WaitUntilReady(name);
}

void Programs::Start(const std::string& name, int replica, const std::vector<std::string>& flags) {
  impl_->Migrate(name);
  Serve(name, replica, flags);
}

void Programs::Serve(const std::string& name, int replica, const std::vector<std::string>& flags) {
  std::vector<std::string> all = impl_->ServeFlags({name, replica});
  all.insert(all.end(), flags.begin(), flags.end());
  impl_->OfReplica({name, replica}).process = impl_->StartProcess({name, replica}, "serve", all);
}

void Programs::StartGateway(const std::vector<std::string>& flags) {
  std::vector<std::string> all = impl_->GatewayFlags();
  all.insert(all.end(), flags.begin(), flags.end());
  impl_->OfReplica({"gateway", 0}).process = impl_->StartProcess({"gateway", 0}, "serve", all);
}

bool Programs::IsReady(const std::string& name, int replica) {
  return telemetry::HttpGet(admin_port(name, replica), "/readyz").status == 200;
}

bool Programs::IsRunning(const std::string& name, int replica) {
  const auto& process = impl_->OfReplica({name, replica}).process;
  return process != nullptr && process->running();
}

pid_t Programs::pid(const std::string& name, int replica) {
  return impl_->OfReplica({name, replica}).process->pid();
}

void Programs::WaitUntilReady(const std::string& name, int replica) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (!IsReady(name, replica)) {
    if (!IsRunning(name, replica)) Die(name + " ended at its start", EndOf(log_file(name, replica)));
    if (absl::Now() > deadline) {
      Die(name + " does not become ready: " + telemetry::HttpGet(admin_port(name, replica), "/readyz").body,
          EndOf(log_file(name, replica)));
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
}

void Programs::Kill(const std::string& name, int replica) {
  impl_->OfReplica({name, replica}).process.reset();
}

int Programs::Terminate(const std::string& name, int replica) {
  Process& process = *impl_->OfReplica({name, replica}).process;
  process.Signal(SIGTERM);
  return process.Wait();
}

int Programs::Run(const std::string& name, const std::string& command, const std::vector<std::string>& flags,
                  const std::string& output) {
  std::vector<std::string> argv = {BinaryOf(name), command};
  for (const std::string& flag : impl_->ServeFlags({name, 0})) argv.push_back(flag);
  argv.insert(argv.end(), flags.begin(), flags.end());
  return RunToEnd(std::move(argv), {.output = output.empty() ? log_file(name) : output});
}

rpc::Client& Programs::client(const std::string& name, int replica) {
  return impl_->ClientOf({name, replica}, "");
}

rpc::Client& Programs::ClientFor(const std::string& method) {
  const std::vector<std::string> parts = absl::StrSplit(method, '.');
  return client(parts.at(1));
}

rpc::Client& Programs::ClientAs(const std::string& name, const std::string& path) {
  std::string certificate = path;
  for (char& c : certificate) c = c == '/' ? '-' : c;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->Certify(certificate, path);
  }
  return impl_->ClientOf({name, 0}, certificate);
}

std::string Programs::Token(const std::vector<auth::RoleInArea>& roles, const std::string& subject,
                            bool may_date_back) {
  std::string key = absl::StrCat(subject, may_date_back);
  for (const auth::RoleInArea& role : roles) absl::StrAppend(&key, "|", role.role, "@", role.area);
  const std::lock_guard lock(impl_->mutex);
  std::string& token = impl_->tokens[key];
  if (token.empty()) {
    auth::Identity identity;
    identity.kind = auth::Identity::Kind::kPerson;
    identity.subject = subject;
    identity.roles = roles;
    identity.may_date_back = may_date_back;
    const absl::Time now = absl::Now();
    token = Must(impl_->issuer->Issue(identity, now, now + absl::Hours(12)), "token");
  }
  return token;
}

const auth::Issuer& Programs::issuer() const { return *impl_->issuer; }
const char* Programs::IssuerName() { return kIssuer; }
const char* Programs::Audience() { return kAudience; }

MariaDb& Programs::mariadb() { return *impl_->own_mariadb; }
Redis& Programs::redis() { return *impl_->own_redis; }

db::Config Programs::database(const std::string& name) const {
  const Impl::Account& account = impl_->schemas.at(name).program;
  db::Config config;
  config.endpoint = impl_->mysql_endpoint;
  config.user = account.user;
  config.password = account.password;
  config.schema = name;
  return config;
}

void Programs::ShutDownMariaDb() {
  db::Connection root(impl_->own_mariadb->Root());
  Must(root.ExecuteText("SHUTDOWN"), "end of MariaDB");
  const std::string pid_file = impl_->own_mariadb->folder() + "/pid";
  const absl::Time deadline = absl::Now() + kPatience;
  while (std::filesystem::exists(pid_file)) {
    if (absl::Now() > deadline) Die("MariaDB does not end", EndOf(impl_->own_mariadb->folder() + "/log"));
    absl::SleepFor(absl::Milliseconds(20));
  }
}

std::string Programs::mariadb_data() const { return impl_->own_mariadb->folder() + "/data"; }
std::string Programs::folder() const { return impl_->folder.path(); }
std::string Programs::log_file(const std::string& name, int replica) const {
  return impl_->LogFile({name, replica});
}
int Programs::port(const std::string& name, int replica) {
  return impl_->OfReplica({name, replica}).port.number();
}

const Authority& Programs::authority() const { return impl_->authority; }

std::string Programs::ca_file() const { return impl_->authority.certificate(); }

int Programs::admin_port(const std::string& name, int replica) {
  return impl_->OfReplica({name, replica}).admin.number();
}

}  // namespace firstfloor::testing
