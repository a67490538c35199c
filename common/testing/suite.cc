#include "common/testing/suite.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/db/migrate.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/resource/table.h"
#include "common/testing/place.h"

namespace firstfloor::testing {
namespace {

constexpr const char* kPrograms[] = {"outreach", "opinion", "deliberation", "volunteer"};
constexpr char kIssuer[] = "firstfloor-test";
constexpr char kAudience[] = "firstfloor";

void Must(const absl::Status& status, const std::string& what) {
  if (status.ok()) return;
  std::fprintf(stderr, "suite: %s: %s\n", what.c_str(), status.ToString().c_str());
  std::abort();
}

template <typename T>
T Must(absl::StatusOr<T> result, const std::string& what) {
  Must(result.status(), what);
  return *std::move(result);
}

}  // namespace

std::string RequestId() { return resource::NewUuid(); }

struct Suite::Impl {
  struct Running {
    db::Config database;
    std::vector<std::unique_ptr<program::House>> replicas;
    std::unique_ptr<rpc::Client> client;  // of the last one
  };

  MariaDb mariadb;
  Redis redis;
  PrivateFolder folder;
  std::map<std::string, std::unique_ptr<ReservedPort>> ports;
  std::map<std::string, Running> running;
  std::unique_ptr<auth::Issuer> issuer;
  std::map<std::string, std::string> tokens;  // the same token for the same identity: services remember it
};

Suite::Suite() {
  db::InitDriver();
  impl_ = std::make_unique<Impl>();
  for (const char* program : kPrograms) impl_->ports[program] = std::make_unique<ReservedPort>();
  Must(auth::GenerateKeys(folder(), "test-1"), "signing keys");
  impl_->issuer = Must(auth::Issuer::Create(folder() + "/signing.jwk", kIssuer, kAudience), "issuer");
  Must(privacy::Keyring::Generate(folder() + "/privacy.json", "k1"), "privacy keys");
}

Suite::~Suite() {
  for (auto& [name, running] : impl_->running) {
    for (auto& replica : running.replicas) replica->Stop();
  }
}

std::string Suite::folder() const { return impl_->folder.path(); }
MariaDb& Suite::mariadb() { return impl_->mariadb; }
Redis& Suite::redis() { return impl_->redis; }

db::Config Suite::database(const std::string& program) const { return impl_->running.at(program).database; }
program::House& Suite::house(const std::string& program) {
  return *impl_->running.at(program).replicas.back();
}
rpc::Client& Suite::client(const std::string& program) { return *impl_->running.at(program).client; }

program::Settings Suite::SettingsFor(const std::string& program) {
  Impl::Running& running = impl_->running[program];
  if (running.database.schema.empty()) running.database = impl_->mariadb.NewSchema(program);
  program::Settings settings;
  settings.command = "serve";
  settings.database = running.database;
  settings.redis = impl_->redis.config();
  const bool first = running.replicas.empty();
  settings.server.address = absl::StrCat("127.0.0.1:", first ? impl_->ports.at(program)->number() : 0);
  settings.admin = "127.0.0.1:0";
  settings.tokens = {.jwks_file = folder() + "/jwks.json", .issuer = kIssuer, .audience = kAudience};
  settings.trust_domain = "firstfloor.test";
  settings.privacy_key_file = folder() + "/privacy.json";
  settings.areas_file = FIRSTFLOOR_SOURCE_DIR "/deploy/data/areas.csv";
  settings.allow_as_of = true;
  settings.workers = 4;
  settings.queue = 1024;
  settings.cached_rows = 1000;
  settings.grace = absl::Seconds(5);
  for (const auto& [name, port] : impl_->ports)
    settings.peers[name] = absl::StrCat("127.0.0.1:", port->number());
  return settings;
}

void Suite::Start(const program::Program& program, const std::function<void(program::Settings&)>& change) {
  program::Settings settings = SettingsFor(program.name);
  if (change) change(settings);
  {
    db::Connection connection(settings.database);
    Must(db::Migrate(connection, program.migrations).status(), "migrate " + program.name);
  }
  std::unique_ptr<program::House> house =
      Must(program::House::Build(settings, program), "build " + program.name);
  Must(house->Start(), "start " + program.name);
  Impl::Running& running = impl_->running[program.name];
  running.client = std::make_unique<rpc::Client>(absl::StrCat("127.0.0.1:", house->port()), rpc::TlsFiles{});
  running.replicas.push_back(std::move(house));
}

void Suite::Stop(const std::string& program) {
  Impl::Running& running = impl_->running.at(program);
  for (auto& replica : running.replicas) replica->Stop();
  running.replicas.clear();
}

std::string Suite::Token(const auth::Identity& identity) {
  std::string key = absl::StrCat(identity.subject, identity.may_date_back);
  for (const auth::RoleInArea& role : identity.roles) absl::StrAppend(&key, "|", role.role, "@", role.area);
  std::string& token = impl_->tokens[key];
  if (token.empty()) {
    const absl::Time now = absl::Now();
    token = Must(impl_->issuer->Issue(identity, now, now + absl::Hours(12)), "token");
  }
  return token;
}

std::string Suite::Token(const As& as) {
  auth::Identity identity;
  identity.kind = auth::Identity::Kind::kPerson;
  identity.subject = as.subject;
  identity.roles = {{as.role, as.area}};
  identity.may_date_back = as.as_of != absl::InfinitePast();
  return Token(identity);
}

rpc::CallOptions Suite::Options(const As& as) {
  rpc::CallOptions options;
  options.deadline = absl::Now() + as.timeout;
  options.as_of = as.as_of;
  options.strong = as.strong;
  if (as.role != api::v1::ROLE_UNSPECIFIED) options.token = Token(as);
  return options;
}

absl::Status Suite::Ask(const std::string& method, const google::protobuf::Message& request,
                        google::protobuf::Message& reply, const As& as) {
  // "firstfloor.<program>.v1.…"
  const size_t start = method.find('.') + 1;
  const std::string program = method.substr(start, method.find('.', start) - start);
  return client(program).Ask(method, request, reply, Options(as));
}

}  // namespace firstfloor::testing
