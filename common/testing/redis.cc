#include <signal.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/testing/place.h"
#include "common/testing/process.h"
#include "common/testing/servers.h"

namespace firstfloor::testing {

struct Redis::Impl {
  Impl() {
    std::ofstream(file("conf")) << "bind 127.0.0.1\nport " << port.number() << "\nunixsocket " << file("sock")
                                << "\nrequirepass " << password << "\nsave \"\"\nappendonly no\ndir "
                                << place.path() << "\n";
    Start();
  }

  std::string file(const std::string& name) const { return absl::StrCat(place.path(), "/", name); }

  redis::Config config() const {
    redis::Config config;
    config.endpoint = absl::StrCat("127.0.0.1:", port.number());
    config.password = password;
    return config;
  }

  void Start() {
    server.emplace(std::vector<std::string>{"redis-server", file("conf")},
                   Process::Files{.output = file("log")});
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!Answers({"PING"})) {
      if (!server->running() || std::chrono::steady_clock::now() > patience) {
        std::fprintf(
            stderr, "Redis does not start\n%s",
            std::string(std::istreambuf_iterator<char>(std::ifstream(file("log")).rdbuf()), {}).c_str());
        std::abort();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  bool Answers(const std::vector<std::string>& command) const {
    redis::Config patient = config();
    patient.timeout = absl::Seconds(5);
    return redis::Client(patient).Command(command).ok();
  }

  PrivateFolder place;
  ReservedPort port;
  const std::string password = RandomWord();
  std::optional<Process> server;
};

Redis::Redis() : impl_(std::make_unique<Impl>()) {}

Redis::~Redis() = default;

redis::Config Redis::config() const { return impl_->config(); }

redis::Config Redis::socket_config() const {
  redis::Config config = impl_->config();
  config.endpoint = "unix:" + impl_->file("sock");
  return config;
}

void Redis::Stop() { impl_->server.reset(); }

void Redis::Start() { impl_->Start(); }

void Redis::Freeze() { impl_->server->Signal(SIGSTOP); }

void Redis::Thaw() { impl_->server->Signal(SIGCONT); }

void Redis::Flush() {
  if (!impl_->Answers({"FLUSHALL"})) {
    std::fprintf(stderr, "Redis can't be emptied: it does not run\n");
    std::abort();
  }
}

}  // namespace firstfloor::testing
