// A program that is told to end: it goes out of sight first, takes calls meanwhile, finishes what runs, and
// leaves in order; and it needs no more memory under load than k8s/ gives it. Runs against the build's
// programs, and against containers of the image (image_run.sh).
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/resource/table.h"
#include "common/rpc/credentials.h"
#include "common/rpc/wire.h"
#include "common/testing/eventually.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "tests/fault/ledger.h"
#include "tests/operations/calls.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using testing::Programs;

// k8s/base/program/deployment.yaml
constexpr int64_t kLimit = int64_t{512} << 20;

absl::StatusOr<opinion::v1::Opinion> Triage(rpc::Client& client, const std::string& name,
                                            const std::string& token) {
  opinion::v1::TriageOpinionRequest request;
  request.set_name(name);
  request.set_category("ENVIRONMENT.GREENING");
  request.set_request_id(resource::NewUuid());
  opinion::v1::Opinion triaged;
  const absl::Status status = client.Ask("firstfloor.opinion.v1.OpinionService.TriageOpinion", request,
                                         triaged, testing::As(token, absl::Seconds(20)));
  if (!status.ok()) return status;
  return triaged;
}

// The most memory that the program that serves at `port` has had, in bytes; 0 if it is not found.
int64_t MostMemory(const std::string& program, int port) {
  const std::string listens = absl::StrCat("--listen=127.0.0.1:", port);
  int64_t most = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string folder = entry.path().string();
    if (testing::Content(folder + "/comm") != program + "\n") continue;
    if (!absl::StrContains(testing::Content(folder + "/cmdline"), listens)) continue;
    std::istringstream status(testing::Content(folder + "/status"));
    for (std::string word; status >> word;) {
      int64_t kilobytes = 0;
      if (word == "VmHWM:" && status >> kilobytes) most = std::max(most, kilobytes << 10);
    }
  }
  return most;
}

// Get, as a client calls that does not ask whether the server serves.
absl::Status GetUnawares(Programs& programs, const std::string& name, const std::string& token) {
  static const std::shared_ptr<grpc::Channel> channel =
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", programs.port("opinion")),
                          rpc::ChannelCredentials({.cert = "", .key = "", .ca = programs.ca_file()}));
  opinion::v1::GetOpinionRequest request;
  request.set_name(name);
  const grpc::ByteBuffer sent = rpc::ToWire(request);
  grpc::ByteBuffer received;
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + token);
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(5)));
  absl::Notification answered;
  grpc::Status status;
  grpc::GenericStub(channel).UnaryCall(&context, "/firstfloor.opinion.v1.OpinionService/GetOpinion", {},
                                       &sent, &received, [&](grpc::Status answer) {
                                         status = std::move(answer);
                                         answered.Notify();
                                       });
  answered.WaitForNotification();
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

TEST(Drain, FinishesACallThatRunsAndTakesCallsUntilItIsOutOfSight) {
  Programs programs;
  programs.Start("opinion", 0, {"--drain_pause=1s", "--grace=15s"});
  programs.WaitUntilReady("opinion");
  rpc::Client& client = programs.client("opinion");
  const std::string token = testing::StaffToken(programs);
  const opinion::v1::Opinion slow = testing::Submit(client, token);

  // Somebody holds the opinion's row, so that the call takes as long as we like.
  db::Connection holder(programs.mariadb().Root("opinion"));
  ASSERT_TRUE(holder.ExecuteText("START TRANSACTION").ok());
  ASSERT_TRUE(holder.Query("SELECT id FROM opinion FOR UPDATE").ok());
  absl::StatusOr<opinion::v1::Opinion> triaged = absl::UnknownError("not answered");
  std::thread caller([&] { triaged = Triage(client, slow.name(), token); });
  absl::SleepFor(absl::Milliseconds(500));

  int exit_code = -1;
  std::thread operator_([&] { exit_code = programs.Terminate("opinion"); });
  ASSERT_TRUE(testing::Eventually([&] { return !programs.IsReady("opinion"); }));
  // Whoever has not noticed yet is served; whoever asks goes elsewhere, had there been another replica.
  const absl::Status unawares = GetUnawares(programs, slow.name(), token);
  EXPECT_TRUE(unawares.ok()) << unawares;
  absl::SleepFor(absl::Seconds(2));
  EXPECT_FALSE(GetUnawares(programs, slow.name(), token).ok()) << "new calls are no longer taken";
  EXPECT_TRUE(holder.ExecuteText("COMMIT").ok());
  caller.join();
  operator_.join();
  ASSERT_TRUE(triaged.ok()) << triaged.status();
  EXPECT_EQ(triaged->state(), opinion::v1::OPINION_STATE_TRIAGED);
  EXPECT_EQ(exit_code, 0);
}

TEST(Memory, StaysBelowTheLimitUnderLoad) {
  Programs programs;
  programs.StartAll();
  testing::Ledger ledger(
      programs.client("opinion"),
      [&](int thread) {
        return programs.Token({{api::v1::ROLE_STEWARD, testing::kCommunity}},
                              absl::StrCat("steward-", thread));
      },
      16);
  absl::SleepFor(absl::Seconds(5));
  ledger.Stop();
  EXPECT_TRUE(ledger.Settle().ok());
  EXPECT_GT(ledger.attempts(), 500);
  for (const std::string& name : Programs::Names()) {
    const int64_t most = MostMemory(name, programs.port(name));
    std::cout << name << ": " << (most >> 20) << " MiB of " << (kLimit >> 20) << "\n";
    EXPECT_GT(most, 0) << name;
    EXPECT_LT(most, kLimit / 2) << name;
    EXPECT_EQ(programs.Terminate(name), 0) << name;
  }
}

}  // namespace
}  // namespace firstfloor
