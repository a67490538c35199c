// watchers: what an idle watcher costs in memory, of the gateway and of the service behind it.
#include <atomic>
#include <iomanip>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/testing/suite.h"
#include "services/gateway/testing/http_client.h"
#include "tests/bench/compare/programs.h"

ABSL_FLAG(std::string, services, "", "folder of the suite's programs in the build, <it>/opinion/opinion");
ABSL_FLAG(int, watchers, 5000, "watchers that are measured");
ABSL_FLAG(int, before, 500,
          "watchers that are there before them, so that what grows but once does not count");
ABSL_FLAG(int, subjects, 200, "callers that the watchers belong to");
ABSL_FLAG(absl::Duration, settle, absl::Seconds(20), "time between the last watcher and the measurement");
ABSL_FLAG(double, most_plain, 16, "kB of the gateway that a watcher may cost without TLS");
ABSL_FLAG(double, most_tls, 120, "kB of the gateway that a watcher may cost with TLS");

namespace firstfloor::bench {
namespace {

using gateway::testing::Connection;

constexpr char kCommunity[] = "340111400001";
constexpr int kThreads = 4;

class Watchers {
 public:
  Watchers(int port, std::string ca_file, std::vector<std::string> tokens)
      : port_(port), ca_file_(std::move(ca_file)), tokens_(std::move(tokens)) {}

  // Opens so many more and waits until each has had its first event.
  void Open(int more) {
    const size_t first = open_.size();
    open_.resize(first + static_cast<size_t>(more));
    std::atomic<size_t> next = first;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (size_t n = next++; n < open_.size(); n = next++) open_[n] = Begin(n);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  // Ends the program if one of them has ended.
  void MustAllBeOpen() {
    for (const auto& watcher : open_) {
      if (watcher->ClosesWithin(absl::ZeroDuration())) Die("a watcher was cut off");
    }
  }

 private:
  std::unique_ptr<Connection> Begin(size_t n) const {
    auto watcher = std::make_unique<Connection>(port_, ca_file_);
    watcher->Send(absl::StrCat("GET /v1/opinions:watch?area=", kCommunity,
                               " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ",
                               tokens_[n % tokens_.size()], "\r\n\r\n"));
    const int status = watcher->Read(false).status;
    if (status != 200) Die(absl::StrCat("watcher ", n, " was answered ", status));
    if (watcher->ReadUntil("id: ").empty()) Die(absl::StrCat("watcher ", n, " was told nothing"));
    return watcher;
  }

  const int port_;
  const std::string ca_file_;
  const std::vector<std::string> tokens_;
  std::vector<std::unique_ptr<Connection>> open_;
};

// What the resident memory of `server` grows by for each of `watchers`, in kB.
double Each(int64_t before, const Server& server, int watchers) {
  return static_cast<double>(ResidentKilobytes(server.pid()) - before) / watchers;
}

class Measurement {
 public:
  Measurement()
      : settings_(suite_.SettingsFor("opinion")),
        certificates_(MakeCertificates(folder_.path(), settings_.trust_domain)) {
    settings_.allow_as_of = false;
    Migrate(Binary("opinion"), settings_.database, folder_.path());
    for (int i = 0; i < absl::GetFlag(FLAGS_subjects); ++i) {
      tokens_.push_back(suite_.Token(testing::As{
          .role = api::v1::ROLE_STEWARD, .area = kCommunity, .subject = absl::StrCat("steward-", i)}));
    }
  }

  // False if a watcher costs more than `most` kB of the gateway.
  bool Run(bool tls, double most) {
    const std::unique_ptr<Server> opinion = Server::Start(Binary("opinion"), settings_, {}, folder_.path());
    const std::unique_ptr<Server> gateway = Server::StartGateway(
        Binary("gateway"), *opinion, tls ? certificates_.server : rpc::TlsFiles(), folder_.path());
    Watchers watchers(gateway->port(), tls ? certificates_.client.ca : "", tokens_);
    watchers.Open(absl::GetFlag(FLAGS_before));
    absl::SleepFor(absl::GetFlag(FLAGS_settle));
    const int64_t gateway_before = ResidentKilobytes(gateway->pid());
    const int64_t opinion_before = ResidentKilobytes(opinion->pid());
    const int count = absl::GetFlag(FLAGS_watchers);
    watchers.Open(count);
    absl::SleepFor(absl::GetFlag(FLAGS_settle));
    watchers.MustAllBeOpen();
    const double each = Each(gateway_before, *gateway, count);
    std::cout << "| " << count << (tls ? ", TLS" : ", plain") << std::fixed << std::setprecision(1) << " | "
              << each << " | " << most << " | " << Each(opinion_before, *opinion, count) << " | "
              << static_cast<double>(gateway_before) / 1024 << " | "
              << static_cast<double>(opinion_before) / 1024 << " |" << std::endl;
    return each <= most;
  }

 private:
  static std::string Binary(const std::string& program) {
    return absl::StrCat(absl::GetFlag(FLAGS_services), "/", program, "/", program);
  }

  testing::Suite suite_;
  testing::PrivateFolder folder_;
  program::Settings settings_;
  const Certificates certificates_;
  std::vector<std::string> tokens_;
};

int Main() {
  Measurement measurement;
  std::cout << "| watchers | gateway, kB each | at most | opinion, kB each | gateway before, MB | opinion "
               "before, MB "
               "|\n|---|---|---|---|---|---|"
            << std::endl;
  const bool plain = measurement.Run(false, absl::GetFlag(FLAGS_most_plain));
  const bool tls = measurement.Run(true, absl::GetFlag(FLAGS_most_tls));
  return plain && tls ? 0 : 1;
}

}  // namespace
}  // namespace firstfloor::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return firstfloor::bench::Main();
}
