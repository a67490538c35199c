#include "common/program/house.h"

#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/area/registry.h"
#include "common/auth/authenticator.h"
#include "common/erasure/eraser.h"
#include "common/erasure/erasures.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/events/tail.h"
#include "common/privacy/keyring.h"
#include "common/program/process.h"
#include "common/program/workdays.h"
#include "common/redis/bell.h"
#include "common/rpc/event_log_handlers.h"
#include "common/rpc/peers.h"
#include "common/rpc/rate.h"
#include "common/rpc/request_store.h"
#include "common/rpc/workers.h"
#include "common/telemetry/admin.h"
#include "common/telemetry/log.h"

namespace firstfloor::program {
namespace {

using telemetry::Severity;

constexpr absl::Duration kSchemaPoll = absl::Seconds(2);
constexpr absl::Duration kReloadPoll = absl::Seconds(5);
constexpr int kExpiredBatch = 2000;
// Of a command that asks a peer.
constexpr absl::Duration kPeerPatience = absl::Seconds(10);

}  // namespace

struct House::Impl {
  struct ReaderPlan {
    std::string name;
    std::string peer;
    events::Effect effect;
  };

  // Rows are cached under their names; this channel tells the other replicas which are stale.
  std::string RowChannel() const { return absl::StrCat("rows/", program.name); }

  absl::Status Open();
  void BeginServing();
  void ListenToBell();
  void StartBackground();
  absl::Status AwaitSchema();
  void Reload();
  void Drain();

  Settings settings;
  Program program;
  rpc::Environment environment;
  std::unique_ptr<privacy::Keyring> keyring;
  std::unique_ptr<area::Registry> areas;
  std::unique_ptr<auth::Authenticator> authenticator;
  std::unique_ptr<redis::Bell> bell;
  std::unique_ptr<events::Log> log;
  std::unique_ptr<rpc::Peers> peers;
  std::unique_ptr<rpc::Rate> rate;
  std::unique_ptr<cache::Rows> rows;
  std::unique_ptr<rpc::Workers> workers;
  std::unique_ptr<events::Sequencer> sequencer;
  std::unique_ptr<events::Tail> tail;
  rpc::EventLogHandlers event_log;
  std::vector<std::unique_ptr<rpc::Service>> services;
  std::vector<ReaderPlan> reader_plans;
  std::vector<events::Memory> memories;
  timers::Fire fire;
  std::unique_ptr<erasure::Erasures> erasures;
  std::shared_ptr<void> furniture;
  std::mutex readers_mutex;  // the bell's thread wakes them
  std::map<std::string, std::vector<std::unique_ptr<events::Reader>>> readers;  // by peer
  std::vector<std::unique_ptr<events::Follower>> followers;  // of the own log; the same mutex
  std::unique_ptr<timers::Clock> clock;
  std::unique_ptr<erasure::Eraser> eraser;
  std::unique_ptr<telemetry::AdminServer> admin;
  std::unique_ptr<rpc::Server> server;
  WorkdaysWatch workdays;
  std::mutex ready_mutex;
  std::string not_ready_because = "starting";

  void NotReady(std::string why) {
    const std::lock_guard lock(ready_mutex);
    not_ready_because = std::move(why);
  }

  // What the reader does with its events; with a peer's, also what the peer erased.
  events::Effect EffectOf(const ReaderPlan& plan) const {
    return plan.peer == program.name || erasures == nullptr ? plan.effect : erasures->Following(plan.effect);
  }

  // A peer's log, for commands.
  events::LogPages PagesOf(const std::string& peer) const;

  void WakeReaders(const std::string& peer) {
    const std::lock_guard lock(readers_mutex);
    if (peer == program.name) {
      for (const auto& follower : followers) follower->Wake();
    }
    const auto found = readers.find(peer);
    if (found == readers.end()) return;
    for (const auto& reader : found->second) reader->Wake();
  }
};

events::LogPages House::Impl::PagesOf(const std::string& peer) const {
  const auto ask = [this, peer](absl::string_view method, const google::protobuf::Message& request,
                                google::protobuf::Message& response) {
    return peers->Ask(peer, absl::StrCat("firstfloor.events.v1.EventLogService.", method), request, response,
                      absl::Now() + kPeerPatience);
  };
  return {[ask]() -> absl::StatusOr<events::LogHead> {
            events::v1::Head head;
            RETURN_IF_ERROR(ask("GetHead", events::v1::GetHeadRequest(), head));
            return events::LogHead{head.seq(), head.hash()};
          },
          [ask](int64_t after, int limit) -> absl::StatusOr<std::vector<events::v1::Event>> {
            events::v1::ReadEventsRequest request;
            request.set_after_seq(after);
            request.set_page_size(limit);
            events::v1::ReadEventsResponse page;
            RETURN_IF_ERROR(ask("ReadEvents", request, page));
            return std::vector<events::v1::Event>(page.events().begin(), page.events().end());
          }};
}

House::House(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

House::~House() {
  if (impl_->bell != nullptr) impl_->bell.reset();
  impl_->workers.reset();
}

absl::StatusOr<std::unique_ptr<House>> House::Build(const Settings& settings, const Program& program) {
  if (program.check_flags) RETURN_IF_ERROR(program.check_flags());
  auto impl = std::make_unique<Impl>();
  impl->settings = settings;
  impl->program = program;
  ASSIGN_OR_RETURN(impl->keyring, privacy::Keyring::Load(settings.privacy_key_file));
  ASSIGN_OR_RETURN(impl->areas, area::Registry::Load(settings.areas_file));
  if (!settings.workdays_file.empty()) RETURN_IF_ERROR(TakeWorkdaysFrom(settings.workdays_file));
  ASSIGN_OR_RETURN(impl->authenticator, auth::Authenticator::Create(settings.tokens));

  Impl* raw = impl.get();
  impl->bell = std::make_unique<redis::Bell>(settings.redis);
  impl->rows = std::make_unique<cache::Rows>(settings.cached_rows, [raw] { return raw->bell->hearing(); });
  impl->log = std::make_unique<events::Log>(program.name, *impl->keyring, [raw] {
    if (raw->sequencer != nullptr) raw->sequencer->Wake();
  });
  impl->peers = std::make_unique<rpc::Peers>(settings.peers, settings.server.tls);
  impl->rate = std::make_unique<rpc::Rate>(settings.rate_per_second, settings.rate_burst);
  impl->bell->Listen(raw->RowChannel(), [raw](absl::string_view name) { raw->rows->Drop(name); });
  impl->bell->OnGap([raw] { raw->rows->Clear(); });

  rpc::Environment& environment = impl->environment;
  environment.service = program.name;
  environment.trust_domain = settings.trust_domain;
  environment.areas = impl->areas.get();
  environment.keyring = impl->keyring.get();
  environment.authenticator = impl->authenticator.get();
  environment.log = impl->log.get();
  environment.bell = impl->bell.get();
  environment.peers = impl->peers.get();
  environment.rate = impl->rate.get();
  environment.allow_as_of = settings.allow_as_of;

  auto house = std::unique_ptr<House>(new House(std::move(impl)));
  house->impl_->furniture = program.furnish(*house);
  return house;
}

const rpc::Environment& House::environment() const { return impl_->environment; }
const db::Config& House::database() const { return impl_->settings.database; }
cache::Rows& House::rows() { return *impl_->rows; }

rpc::Service& House::AddService(absl::string_view full_name) {
  return *impl_->services.emplace_back(std::make_unique<rpc::Service>(impl_->environment, full_name));
}

void House::AddReader(const std::string& name, const std::string& peer, events::Effect effect) {
  impl_->reader_plans.push_back({name, peer, std::move(effect)});
}

void House::AddFollower(events::Memory memory) { impl_->memories.push_back(std::move(memory)); }

void House::SetTimers(timers::Fire fire) { impl_->fire = std::move(fire); }
const timers::Fire& House::timers() const { return impl_->fire; }

void House::SetErasure(erasure::Plan plan) {
  impl_->erasures = std::make_unique<erasure::Erasures>(
      impl_->environment, std::move(plan),
      [this](db::Transaction& tx, absl::string_view name) { DropRow(tx, name); },
      [impl = impl_.get()] {
        if (impl->eraser != nullptr) impl->eraser->Wake();
      });
}
erasure::Erasures& House::erasures() { return *impl_->erasures; }

void House::DropRow(db::Transaction& tx, absl::string_view name) {
  Impl* impl = impl_.get();
  tx.OnCommit([impl, name = std::string(name)] {
    impl->rows->Drop(name);
    impl->bell->Ring(impl->RowChannel(), name);
  });
}

void House::Impl::StartBackground() {
  const std::string own = program.name;
  tail = std::make_unique<events::Tail>(settings.database);
  environment.tail = tail.get();
  // Sequenced events wake the streams and the readers of this process at once, others through the bell.
  sequencer = std::make_unique<events::Sequencer>(settings.database, [this, own] {
    tail->Wake();
    WakeReaders(own);
    bell->Ring(events::BellChannel(own), "");
  });
  // Readers wake it.
  if (erasures != nullptr) eraser = std::make_unique<erasure::Eraser>(settings.database, *erasures);
  const std::lock_guard lock(readers_mutex);
  for (const ReaderPlan& plan : reader_plans) {
    std::unique_ptr<events::Source> source =
        plan.peer == own ? events::OwnLog(settings.database) : peers->LogOf(plan.peer);
    if (source == nullptr) {
      telemetry::Log(Severity::kWarning, "no address for a peer whose log is to be read",
                     {{"peer", plan.peer}});
      continue;
    }
    readers[plan.peer].push_back(
        std::make_unique<events::Reader>(plan.name, settings.database, std::move(source), EffectOf(plan)));
  }
  for (const events::Memory& memory : memories) {
    followers.push_back(
        std::make_unique<events::Follower>(settings.database, events::OwnLog(settings.database), memory));
  }
  if (fire) clock = std::make_unique<timers::Clock>(own, settings.database, fire);
}

absl::Status House::Impl::AwaitSchema() {
  db::Connection connection(settings.database);
  const int wanted = program.migrations.empty() ? 0 : program.migrations.back().number;
  while (true) {
    const absl::StatusOr<int> version = db::SchemaVersion(connection);
    if (version.ok() && *version >= wanted) return absl::OkStatus();
    const std::string why = version.ok() ? absl::StrCat("schema is at ", *version, ", ", wanted, " is needed")
                                         : "the database does not answer";
    telemetry::Log(Severity::kWarning, "not serving yet", {{"why", why}});
    NotReady(why);
    if (EndingSignalWithin(kSchemaPoll)) return absl::CancelledError("ended before the schema was there");
  }
}

void House::Impl::Reload() {
  for (const auto& [what, status] : {std::pair<std::string, absl::Status>{"tokens", authenticator->Reload()},
                                     {"areas", areas->Reload()},
                                     {"privacy keys", keyring->Reload()}}) {
    if (!status.ok()) {
      telemetry::Log(Severity::kError, "a changed file is no good; the old content is kept",
                     {{"what", what}, {"why", std::string(status.message())}});
    }
  }
  const absl::Status posted = workers->Post(absl::Now() + absl::Seconds(5), [](rpc::Worker& worker) {
    const auto dropped = rpc::DropExpiredReplies(worker.db, absl::Now(), kExpiredBatch);
    if (!dropped.ok()) telemetry::Log(Severity::kWarning, "expired replies could not be dropped");
  });
  if (!posted.ok()) telemetry::Log(Severity::kWarning, "too busy to drop expired replies");
}

void House::Impl::Drain() {
  NotReady("draining");
  server->SetServing(false);
  if (settings.drain_pause > absl::ZeroDuration()) absl::SleepFor(settings.drain_pause);
  // Streams never end by themselves: left alone, each stop would take all of the grace period.
  tail->Close(error::RetryAfter(absl::StatusCode::kUnavailable, "NOT_SERVING",
                                "the service is ending; go on with the cursor", absl::Seconds(1)));
  server->Stop(settings.grace);
  environment.serving = false;
  clock.reset();
  {
    std::map<std::string, std::vector<std::unique_ptr<events::Reader>>> ending;
    std::vector<std::unique_ptr<events::Follower>> ending_followers;
    {
      const std::lock_guard lock(readers_mutex);
      ending.swap(readers);
      ending_followers.swap(followers);
    }
  }
  eraser.reset();
  // What the last calls appended may wait for its seq: another replica, or the next start, gives it.
  sequencer.reset();
}

absl::Status House::Impl::Open() {
  ASSIGN_OR_RETURN(
      admin, telemetry::AdminServer::Start({.address = settings.admin,
                                            .version = absl::StrCat(program.name, " ", FIRSTFLOOR_VERSION),
                                            .not_ready_because = [this] {
                                              const std::lock_guard lock(ready_mutex);
                                              return not_ready_because;
                                            }}));
  workers = std::make_unique<rpc::Workers>(rpc::Workers::Config{.threads = settings.workers,
                                                                .queue = settings.queue,
                                                                .database = settings.database,
                                                                .redis = settings.redis});
  environment.workers = workers.get();
  event_log.Register(*services.emplace_back(
      std::make_unique<rpc::Service>(environment, "firstfloor.events.v1.EventLogService")));
  std::vector<rpc::Service*> all;
  for (const auto& service : services) all.push_back(service.get());
  ASSIGN_OR_RETURN(server, rpc::Server::Start(settings.server, all));
  return absl::OkStatus();
}

void House::Impl::BeginServing() {
  workdays.Look(absl::Now());
  StartBackground();
  ListenToBell();
  environment.serving = true;
  server->SetServing(true);
  NotReady("");
  telemetry::Log(Severity::kInfo, "serving", {{"port", int64_t{server->port()}}});
}

void House::Impl::ListenToBell() {
  std::set<std::string> peers_read;
  for (const ReaderPlan& plan : reader_plans) peers_read.insert(plan.peer);
  peers_read.erase(program.name);
  for (const std::string& peer : peers_read) {
    bell->Listen(events::BellChannel(peer), [this, peer](absl::string_view) { WakeReaders(peer); });
  }
  bell->Listen(events::BellChannel(program.name), [this](absl::string_view) {
    tail->Wake();
    WakeReaders(program.name);
  });
  bell->Start();
}

absl::Status House::Start() {
  RETURN_IF_ERROR(impl_->Open());
  impl_->BeginServing();
  return absl::OkStatus();
}

void House::Stop() { impl_->Drain(); }
int House::port() const { return impl_->server->port(); }
int House::admin_port() const { return impl_->admin->port(); }

absl::Status House::Serve() {
  RETURN_IF_ERROR(impl_->Open());
  RETURN_IF_ERROR(impl_->AwaitSchema());
  impl_->BeginServing();
  while (!EndingSignalWithin(kReloadPoll)) {
    impl_->Reload();
    impl_->workdays.Look(absl::Now());
  }
  telemetry::Log(Severity::kInfo, "ending");
  impl_->Drain();
  telemetry::Log(Severity::kInfo, "ended");
  return absl::OkStatus();
}

absl::StatusOr<int64_t> House::Unpark(const std::string& reader) {
  for (const Impl::ReaderPlan& plan : impl_->reader_plans) {
    if (plan.name != reader) continue;
    db::Connection connection(impl_->settings.database);
    return events::Unpark(connection, reader, impl_->EffectOf(plan));
  }
  return absl::InvalidArgumentError(absl::StrCat("this program has no reader ", reader));
}

absl::StatusOr<std::string> House::Resync(const std::string& reader, const events::ResyncOptions& options) {
  for (const Impl::ReaderPlan& plan : impl_->reader_plans) {
    if (plan.name != reader) continue;
    db::Connection connection(impl_->settings.database);
    const bool own = plan.peer == impl_->program.name;
    return events::Resync(connection, reader, own ? events::OwnPages(connection) : impl_->PagesOf(plan.peer),
                          impl_->EffectOf(plan), options);
  }
  return absl::InvalidArgumentError(absl::StrCat("this program has no reader ", reader));
}

absl::StatusOr<std::string> House::ExportErasures() {
  db::Connection connection(impl_->settings.database);
  return erasures().Export(connection);
}

absl::StatusOr<std::string> House::ReplayErasures(absl::string_view exported) {
  db::Connection connection(impl_->settings.database);
  ASSIGN_OR_RETURN(const erasure::Erasures::Replayed replayed, erasures().Replay(connection, exported));
  return absl::StrCat(replayed.erasures, " erasures replayed, ", replayed.resources, " resources and ",
                      replayed.replies, " replies erased");
}

}  // namespace firstfloor::program
