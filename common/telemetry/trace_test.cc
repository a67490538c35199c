#include "common/telemetry/trace.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/traceparent.h"

namespace firstfloor::telemetry {
namespace {

using testing::MatchesRegex;

constexpr char kTraceId[] = "0af7651916cd43dd8448eb211c80319c";
constexpr char kSampled[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr char kNotSampled[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

// A port of the loopback: bound, so that nobody else takes it. It refuses connections or, when
// listening, takes them and never answers.
class DeadPort {
 public:
  explicit DeadPort(bool listening) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    if (listening) {
      EXPECT_EQ(listen(fd_, 8), 0);
    }
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    endpoint_ = absl::StrCat("http://127.0.0.1:", ntohs(address.sin_port));
  }
  ~DeadPort() { close(fd_); }
  const std::string& endpoint() const { return endpoint_; }

 private:
  int fd_;
  std::string endpoint_;
};

// Tracing to a collector that is not there.
class Tracing {
 public:
  explicit Tracing(double sample_ratio) {
    StartTracing({.service = "test", .otlp_endpoint = port_.endpoint(), .sample_ratio = sample_ratio});
  }
  ~Tracing() { StopTracing(); }

 private:
  DeadPort port_{/*listening=*/false};
};

int ThreadCount() {
  return static_cast<int>(std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}));
}

TEST(TraceOff, SpansAreEmptyAndStartNoThread) {
  const int threads = ThreadCount();
  StartTracing({.service = "test", .otlp_endpoint = "", .sample_ratio = 1});
  Span span = Span::Server("Get", "");
  const Span child = span.Child("SELECT", "client");
  span.Set("rows", int64_t{3});
  span.Fail("INTERNAL");
  span.End();
  StopTracing();
  EXPECT_FALSE(span.recording());
  EXPECT_FALSE(child.recording());
  EXPECT_EQ(span.traceparent(), "");
  EXPECT_EQ(span.trace_id(), "");
  EXPECT_EQ(ThreadCount(), threads);
}

TEST(TraceOff, PassesOnWhatTheCallerSent) {
  const Span span = Span::Server("Get", kSampled);
  EXPECT_EQ(span.traceparent(), kSampled);
  EXPECT_EQ(span.Child("SELECT").traceparent(), kSampled);
  EXPECT_EQ(span.trace_id(), kTraceId);
}

TEST(TraceOff, PassesOnNothingMalformed) {
  EXPECT_EQ(Span::Server("Get", "00-evil\r\nX-Injected: 1").traceparent(), "");
}

TEST(Trace, ASampledCallersTraceIsContinued) {
  const Tracing tracing(/*sample_ratio=*/0);
  const Span span = Span::Server("Get", kSampled);
  EXPECT_TRUE(span.recording());
  EXPECT_EQ(span.trace_id(), kTraceId);
  EXPECT_NE(span.traceparent(), kSampled) << "a span of its own";
  EXPECT_THAT(span.traceparent(), MatchesRegex(absl::StrCat("00-", kTraceId, "-[0-9a-f]+-01")));
}

TEST(Trace, ACallersDecisionNotToSampleIsFollowed) {
  const Tracing tracing(/*sample_ratio=*/1);
  const Span span = Span::Server("Get", kNotSampled);
  EXPECT_FALSE(span.recording());
  EXPECT_EQ(span.traceparent(), kNotSampled);
}

TEST(Trace, ANewTraceIsSampledByItsRatio) {
  {
    const Tracing tracing(/*sample_ratio=*/1);
    const Span span = Span::Server("Get", "");
    EXPECT_TRUE(span.recording());
    EXPECT_EQ(span.trace_id().size(), 32u);
  }
  const Tracing tracing(/*sample_ratio=*/0);
  EXPECT_FALSE(Span::Server("Get", "").recording());
}

TEST(Trace, PeersLearnThatANewTraceIsNotSampled) {
  const Tracing tracing(/*sample_ratio=*/0);
  const Span span = Span::Server("Get", "");
  const auto sent = ParseTraceparent(span.traceparent());
  ASSERT_TRUE(sent.has_value()) << span.traceparent();
  EXPECT_FALSE(sent->sampled);
  EXPECT_EQ(span.Child("peer", "client").traceparent(), span.traceparent());
}

TEST(Trace, AChildBelongsToItsParentsTrace) {
  const Tracing tracing(/*sample_ratio=*/1);
  const Span parent = Span::Server("Get", "");
  const Span child = parent.Child("SELECT", "client");
  EXPECT_TRUE(child.recording());
  EXPECT_EQ(child.trace_id(), parent.trace_id());
  EXPECT_NE(child.traceparent(), parent.traceparent());
}

TEST(Trace, AnEndedSpanStillNamesItself) {
  const Tracing tracing(/*sample_ratio=*/1);
  Span span = Span::Server("Get", kSampled);
  const std::string before = span.traceparent();
  span.End();
  EXPECT_FALSE(span.recording());
  EXPECT_EQ(span.traceparent(), before);
  span.Set("late", "ignored");
}

TEST(Trace, AMovedSpanIsTheSameSpan) {
  const Tracing tracing(/*sample_ratio=*/1);
  Span first = Span::Server("Get", kSampled);
  const std::string named = first.traceparent();
  const Span second = std::move(first);
  EXPECT_TRUE(second.recording());
  EXPECT_EQ(second.traceparent(), named);
}

TEST(Trace, ASpanMayOutliveTracing) {
  Span span;
  {
    const Tracing tracing(/*sample_ratio=*/1);
    span = Span::Server("Get", kSampled);
  }
  EXPECT_EQ(span.Child("SELECT").trace_id(), kTraceId);
  span.End();
}

TEST(Trace, WhatTheExporterHasToSayIsAJsonLine) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  {
    const Tracing tracing(/*sample_ratio=*/1);
    Span::Server("Get", "").End();
  }
  FlushLogs();
  const std::string errors = testing::internal::GetCapturedStderr();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  ASSERT_NE(errors, "");
  EXPECT_EQ(nlohmann::json::parse(errors.substr(0, errors.find('\n')))["message"], "tracing has a problem");
  EXPECT_THAT(ExposeMetrics(), testing::HasSubstr("firstfloor_trace_problems_total"));
}

class TraceDeadCollector : public testing::TestWithParam<bool> {};

TEST_P(TraceDeadCollector, HoldsUpNeitherCallsNorTheEnd) {
  const DeadPort port(/*listening=*/GetParam());
  StartTracing({.service = "test", .otlp_endpoint = port.endpoint(), .sample_ratio = 1});
  const auto start = std::chrono::steady_clock::now();
  for (int n = 0; n < 5'000; ++n) Span::Server("Get", "").Set("n", int64_t{n});
  const auto spans_done = std::chrono::steady_clock::now();
  EXPECT_LT(spans_done - start, std::chrono::seconds(1));
  StopTracing();
  EXPECT_LT(std::chrono::steady_clock::now() - spans_done, std::chrono::milliseconds(2'000));
}

INSTANTIATE_TEST_SUITE_P(RefusingOrSilent, TraceDeadCollector, testing::Bool());

TEST(Trace, SharesOneGrpcWithTheProgram) {
  const Tracing tracing(/*sample_ratio=*/1);
  grpc::CallbackGenericService service;
  grpc::ServerBuilder builder;
  builder.RegisterCallbackGenericService(&service);
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);
  const auto channel =
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials());
  EXPECT_TRUE(channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(5)));
}

}  // namespace
}  // namespace firstfloor::telemetry
