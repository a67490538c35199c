#include "tests/operations/sentinel.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/testing/place.h"
#include "common/testing/process.h"
#include "tests/operations/component.h"

namespace firstfloor::testing {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);
constexpr int kEndpoint = 1;
// Names of nodes end with their number, and so do their addresses: 100, 101, 102.
constexpr int kTens = 10;

// The program is told by its name that it is a Sentinel; some systems have it under one name only.
constexpr char kSentinelProgram[] = "#!/bin/sh\nexec redis-server \"$@\" --sentinel\n";

}  // namespace

struct SentinelRedis::Impl {
  struct Node {
    std::optional<Process> redis;
    std::optional<Process> sentinel;
  };

  Impl() {
    std::filesystem::create_directory(file("bin"));
    std::filesystem::create_directory(file("secret"));
    WriteScript(file("bin/redis-sentinel"), kSentinelProgram);
    std::ofstream(file("secret/password")) << password;
    for (int node = 0; node < kNodes; ++node) Furnish(node);
    for (int node = 0; node < kNodes; ++node) Start(node);
    StartEndpoint();
  }

  std::string file(const std::string& name) const { return absl::StrCat(folder.path(), "/", name); }
  // "redis-node-0" without its number, and what stands for it here.
  std::string Prefix() const { return addresses.At(kTens); }
  std::string AddressOf(int node) const { return absl::StrCat(Prefix(), node); }
  std::string FolderOf(int node) const { return file(absl::StrCat("redis-node-", node)); }

  void Furnish(int node) {
    const std::string own = FolderOf(node);
    std::filesystem::create_directories(own + "/run");
    std::filesystem::create_directory(own + "/etc");
    WriteComponentFile("sentinel/start.sh", own + "/etc/start.sh",
                       {{"/etc/redis", own + "/etc"},
                        {"/run/redis", own + "/run"},
                        {"/etc/firstfloor/redis", file("secret")},
                        {"redis-node-", Prefix()}});
    WriteComponentFile("sentinel/redis.conf", own + "/etc/redis.conf", {});
    WriteComponentFile("sentinel/sentinel.conf", own + "/etc/sentinel.conf", {{"redis-node-", Prefix()}});
    // Three on one machine need besides:
    for (const char* const settings : {"/etc/redis.conf", "/etc/sentinel.conf"}) {
      std::ofstream(own + settings, std::ios::app)
          << "bind " << AddressOf(node) << "\ndir " << own << "/run\n";
    }
  }

  void Start(int number) {
    const std::string own = FolderOf(number);
    Node& node = nodes[static_cast<size_t>(number)];
    node.redis.emplace(Command(number, "redis"), Process::Files{.output = own + "/redis.log"});
    node.sentinel.emplace(Command(number, "sentinel"), Process::Files{.output = own + "/sentinel.log"});
  }

  std::vector<std::string> Command(int number, const std::string& kind) const {
    return WithEnvironment(file("bin"), {absl::StrCat("POD_NAME=", AddressOf(number))},
                           {"sh", FolderOf(number) + "/etc/start.sh", kind});
  }

  redis::Config ConfigAt(const std::string& address) const {
    redis::Config config;
    config.endpoint = address + ":6379";
    config.password = password;
    return config;
  }

  std::string ReplicationOf(int node) const {
    redis::Client client(ConfigAt(AddressOf(node)));
    const absl::StatusOr<redis::Reply> reply = client.Command({"INFO", "replication"});
    return reply.ok() ? reply->text : "";
  }

  int Primary() const {
    for (int node = 0; node < kNodes; ++node) {
      const std::string text = ReplicationOf(node);
      if (absl::StrContains(text, "role:master") && absl::StrContains(text, "state=online")) return node;
    }
    return -1;
  }

  void StartEndpoint() {
    WriteComponentFile("sentinel/haproxy.cfg", file("haproxy.cfg"),
                       {{"redis-node-", Prefix()},
                        {"bind :6379", absl::StrCat("bind ", addresses.At(kEndpoint), ":6379")},
                        {"bind :8404", absl::StrCat("bind ", addresses.At(kEndpoint), ":8404")}});
    WriteComponentFile("sentinel/endpoint.sh", file("endpoint.sh"),
                       {{"/etc/firstfloor/redis", file("secret")},
                        {"/usr/local/etc/haproxy/haproxy.cfg", file("haproxy.cfg")}});
    endpoint.emplace(WithEnvironment(file("bin"), {}, {"sh", file("endpoint.sh")}),
                     Process::Files{.output = file("haproxy.log")});
    MustBecome("the endpoint leads to a primary with its replicas", kPatience, file("haproxy.log"), [&] {
      redis::Client client(ConfigAt(addresses.At(kEndpoint)));
      return client.Command({"PING"}).ok() && Primary() >= 0 &&
             absl::StrContains(ReplicationOf(Primary()), "connected_slaves:2");
    });
  }

  PrivateFolder folder;
  Addresses addresses;
  const std::string password = RandomWord();
  std::array<Node, kNodes> nodes;
  std::optional<Process> endpoint;
};

SentinelRedis::SentinelRedis() : impl_(std::make_unique<Impl>()) {}
SentinelRedis::~SentinelRedis() = default;

int SentinelRedis::Primary() const { return impl_->Primary(); }

bool SentinelRedis::IsReplica(int node) const {
  const std::string text = impl_->ReplicationOf(node);
  return absl::StrContains(text, "role:slave") && absl::StrContains(text, "master_link_status:up");
}

void SentinelRedis::Kill(int node) {
  impl_->nodes[static_cast<size_t>(node)].redis.reset();
  impl_->nodes[static_cast<size_t>(node)].sentinel.reset();
}

void SentinelRedis::Start(int node) { impl_->Start(node); }

redis::Config SentinelRedis::config() const { return impl_->ConfigAt(impl_->addresses.At(kEndpoint)); }

}  // namespace firstfloor::testing
