// One call through the suite is one trace: gateway, service, statements, and what follows at a peer from the
// event; and nothing personal is in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/resource/table.h"
#include "services/gateway/testing/http_client.h"
#include "tests/support/collector.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using nlohmann::json;
using testing::CollectedSpan;
using testing::Collector;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Programs;
using Trace = std::vector<CollectedSpan>;

constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr char kText[] = "The canary sings in the stairwell.";
constexpr char kName[] = "Canary of Lobby Seven";
constexpr char kPhone[] = "+8613900007777";
constexpr char kSubject[] = "canary-of-the-staff";
// As a browser or another system would send it: sampled, so its decision is followed.
constexpr char kTraceId[] = "0af7651916cd43dd8448eb211c80319c";
constexpr char kFirstTraceId[] = "00000000000000000000000000000001";
constexpr char kCallersSpan[] = "b7ad6b7169203331";

class TraceTest : public ::testing::Test {
 protected:
  TraceTest() {
    const std::vector<std::string> flags = {"--otlp_endpoint=" + collector_.endpoint(), "--trace_ratio=0"};
    std::vector<std::string> service_flags = flags;
    service_flags.emplace_back("--rate_per_second=200");
    for (const char* name : {"opinion", "deliberation"}) programs_.Start(name, 0, service_flags);
    programs_.StartGateway(flags);
    for (const char* name : {"opinion", "deliberation", "gateway"}) programs_.WaitUntilReady(name);
  }

  json Post(const std::string& path, const json& body, const std::string& trace_id) {
    const gateway::testing::Reply reply = gateway::testing::Request(
        programs_.port("gateway"), "POST", path,
        {{"Authorization",
          "Bearer " + programs_.Token({{api::v1::ROLE_COMMUNITY_STAFF, "340111400"}}, kSubject)},
         {"Idempotency-Key", resource::NewUuid()},
         {"traceparent", absl::StrCat("00-", trace_id, "-", kCallersSpan, "-01")}},
        body.dump(), programs_.ca_file());
    EXPECT_EQ(reply.status, 200) << path << ": " << reply.body;
    return json::parse(reply.body, nullptr, false);
  }

  // An opinion that was looked at and is handed on to deliberation; its last step is the trace.
  void Escalate() {
    const json taken = Post("/v1/opinions",
                            {{"opinion",
                              {{"area", kBuilding},
                               {"channel", "OPINION_CHANNEL_HOTLINE"},
                               {"kind", "OPINION_KIND_PROBLEM"},
                               {"text", kText},
                               {"reporter", {{"display_name", kName}, {"phone", kPhone}}}}}},
                            kFirstTraceId);
    const std::string name = taken.at("opinion").at("name");
    Post(absl::StrCat("/v1/", name, ":triage"), {{"category", "SAFETY.FIRE"}},
         "00000000000000000000000000000002");
    Post(absl::StrCat("/v1/", name, ":escalate"), {{"caseKind", "CASE_KIND_DISPUTE"}, {"topic", "EBIKE"}},
         kTraceId);
  }

  // The trace, once `holds` for it; programs export every few seconds.
  template <typename Holds>
  Trace Await(const Holds& holds, const std::string& trace_id = kTraceId) {
    const absl::Time give_up = absl::Now() + absl::Seconds(30);
    while (true) {
      Trace trace = collector_.Trace(trace_id);
      if (holds(trace) || absl::Now() > give_up) return trace;
      absl::SleepFor(absl::Milliseconds(100));
    }
  }

  Collector collector_;
  Programs programs_;
};

// The first span of the program with this name below the span `parent`; nothing is without a name.
CollectedSpan Find(const Trace& trace, const std::string& service, const std::string& name,
                   const std::string& parent) {
  const auto found = std::find_if(trace.begin(), trace.end(), [&](const CollectedSpan& span) {
    return span.service == service && span.name == name && span.parent_id == parent;
  });
  return found == trace.end() ? CollectedSpan() : *found;
}

bool HasStatement(const Trace& trace, const std::string& kind, const std::string& parent,
                  const std::string& statement) {
  return std::any_of(trace.begin(), trace.end(), [&](const CollectedSpan& span) {
    const auto text = span.attributes.find("db.statement");
    return span.name == kind && span.parent_id == parent && text != span.attributes.end() &&
           absl::StartsWith(text->second, statement);
  });
}

std::string Drawn(const Trace& trace) {
  std::string text;
  for (const CollectedSpan& span : trace) {
    absl::StrAppend(&text, span.service, " ", span.span_id, " < ", span.parent_id, " ", span.name);
    for (const auto& [key, value] : span.attributes)
      absl::StrAppend(&text, " ", key, "=", value.substr(0, 60));
    text += "\n";
  }
  return text;
}

constexpr char kSubmit[] = "firstfloor.opinion.v1.OpinionService.SubmitOpinion";
constexpr char kSubmitPath[] = "/firstfloor.opinion.v1.OpinionService/SubmitOpinion";
constexpr char kEscalate[] = "firstfloor.opinion.v1.OpinionService.EscalateOpinion";
constexpr char kAsk[] = "firstfloor.opinion.v1.OpinionService.GetOpinion";
// As gRPC writes them.
constexpr char kEscalatePath[] = "/firstfloor.opinion.v1.OpinionService/EscalateOpinion";
constexpr char kAskPath[] = "/firstfloor.opinion.v1.OpinionService/GetOpinion";
constexpr char kFollow[] = "follow deliberation/opinion";

bool Has(const Trace& trace, const std::string& name) {
  return std::any_of(trace.begin(), trace.end(),
                     [&](const CollectedSpan& span) { return span.name == name; });
}

std::set<std::string> SpanIds(const Trace& trace) {
  std::set<std::string> ids;
  for (const CollectedSpan& span : trace) ids.insert(span.span_id);
  return ids;
}

// Spans whose parent is neither there nor the caller's.
int Orphans(const Trace& trace) {
  const std::set<std::string> ids = SpanIds(trace);
  int orphans = 0;
  for (const CollectedSpan& span : trace) {
    orphans += span.parent_id != kCallersSpan && ids.count(span.parent_id) == 0;
  }
  return orphans;
}

TEST_F(TraceTest, OneCallIsOneTraceFromTheGatewayToThePeer) {
  Escalate();
  const Trace trace =
      Await([](const Trace& t) { return Has(t, kAskPath) && Has(t, kFollow) && Orphans(t) == 0; });
  SCOPED_TRACE(Drawn(trace));

  const CollectedSpan at_gateway = Find(trace, "gateway", absl::StrCat("POST ", kEscalate), kCallersSpan);
  ASSERT_NE(at_gateway.span_id, "");
  const CollectedSpan served = Find(trace, "opinion", kEscalatePath, at_gateway.span_id);
  ASSERT_NE(served.span_id, "");
  EXPECT_TRUE(HasStatement(trace, "sql", served.span_id, "SELECT"));
  EXPECT_TRUE(HasStatement(trace, "sql", served.span_id, "COMMIT"));

  const CollectedSpan followed = Find(trace, "deliberation", kFollow, served.span_id);
  ASSERT_NE(followed.span_id, "");
  EXPECT_EQ(followed.attributes.at("event.type"), "firstfloor.events.v1.OpinionEscalated");
  EXPECT_TRUE(HasStatement(trace, "sql", followed.span_id, "COMMIT"));
  const CollectedSpan asked = Find(trace, "deliberation", absl::StrCat("ask ", kAsk), served.span_id);
  ASSERT_NE(asked.span_id, "");
  EXPECT_NE(Find(trace, "opinion", kAskPath, asked.span_id).span_id, "");

  EXPECT_EQ(SpanIds(trace).size(), trace.size());
  EXPECT_EQ(Orphans(trace), 0);
}

// Whoever calls for the first time has their calls counted in Redis.
TEST_F(TraceTest, TheFirstCallOfSomebodyShowsRedisToo) {
  Escalate();
  const Trace trace =
      Await([](const Trace& t) { return Has(t, kSubmitPath) && Orphans(t) == 0; }, kFirstTraceId);
  SCOPED_TRACE(Drawn(trace));
  const CollectedSpan at_gateway = Find(trace, "gateway", absl::StrCat("POST ", kSubmit), kCallersSpan);
  const CollectedSpan served = Find(trace, "opinion", kSubmitPath, at_gateway.span_id);
  ASSERT_NE(served.span_id, "");
  EXPECT_TRUE(HasStatement(trace, "redis", served.span_id, "EVALSHA"));
  EXPECT_TRUE(HasStatement(trace, "sql", served.span_id, "INSERT"));
}

TEST_F(TraceTest, HoldsNothingPersonal) {
  Escalate();
  Await([](const Trace& trace) { return !trace.empty(); });
  for (const char* name : {"gateway", "opinion", "deliberation"}) EXPECT_EQ(programs_.Terminate(name), 0);
  // All three calls, with everything that came of them.
  std::set<std::string> traces;
  for (const CollectedSpan& span : collector_.spans()) traces.insert(span.trace_id);
  EXPECT_GE(traces.size(), 3u);
  for (const char* personal : {kText, kName, kPhone, kSubject}) {
    EXPECT_THAT(collector_.received(), Not(HasSubstr(personal)));
  }
}

}  // namespace
}  // namespace firstfloor
