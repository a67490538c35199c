// Every line of every log is JSON, also when strangers make the libraries below us complain.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/resource/table.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "services/gateway/testing/http_client.h"
#include "tests/support/certificates.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using nlohmann::json;
using testing::Programs;

constexpr char kCommunity[] = "340111400";
constexpr char kSubmit[] = "firstfloor.opinion.v1.OpinionService.SubmitOpinion";
constexpr char kSecret[] = "sotto-voce";

std::vector<std::string> AllPrograms() {
  std::vector<std::string> names = Programs::Names();
  names.emplace_back("gateway");
  return names;
}

// A text that ends in the middle of a letter.
absl::Status SubmitWhatIsNotUtf8(Programs& programs) {
  opinion::v1::SubmitOpinionRequest request;
  request.set_request_id(resource::NewUuid());
  request.mutable_opinion()->set_area(kCommunity);
  request.mutable_opinion()->set_text(absl::StrCat(kSecret, "\xe5\xb1"));
  opinion::v1::SubmitOpinionResponse reply;
  rpc::CallOptions options;
  options.deadline = absl::Now() + absl::Seconds(20);
  options.token = programs.Token({{api::v1::ROLE_RESIDENT, kCommunity}}, "resident");
  return programs.client("opinion").Ask(kSubmit, request, reply, options);
}

// Speaks HTTP where TLS is spoken.
void SpeakInPlain(int port) {
  gateway::testing::Connection connection(port);
  connection.Send(absl::StrCat("GET /", kSecret, " HTTP/1.1\r\n\r\n"));
  connection.ReadToEnd();
}

// What the messages of the log are about, each line of which must be an object with the fields of all lines.
std::multimap<std::string, std::string> MessagesIn(const std::string& file) {
  std::multimap<std::string, std::string> messages;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (absl::StrContains(line, ": migrated to ")) continue;  // what a command says that ends
    const json parsed = json::parse(line, nullptr, false);
    EXPECT_TRUE(parsed.is_object()) << file << ": " << line;
    if (!parsed.is_object()) continue;
    for (const char* field : {"time", "level", "service", "message"})
      EXPECT_EQ(parsed.count(field), 1u) << line;
    EXPECT_FALSE(absl::StrContains(line, kSecret)) << line;
    messages.emplace(parsed.value("message", ""), parsed.value("about", ""));
  }
  return messages;
}

TEST(LogLines, AreJsonWhateverStrangersSend) {
  Programs programs;
  // Nobody trusts the volunteer service.
  const testing::Authority strange(programs.folder() + "/strange");
  strange.Certify("volunteer", "service/volunteer");
  for (const std::string& name : Programs::Names()) {
    std::vector<std::string> flags;
    if (name == "volunteer") {
      flags = {"--tls_cert_file=" + strange.certificate(name), "--tls_key_file=" + strange.key(name)};
    }
    programs.Start(name, 0, flags);
  }
  programs.StartGateway();
  for (const std::string& name : AllPrograms()) programs.WaitUntilReady(name);

  EXPECT_EQ(SubmitWhatIsNotUtf8(programs).code(), absl::StatusCode::kInvalidArgument);
  for (const std::string& name : AllPrograms()) SpeakInPlain(programs.port(name));
  const gateway::testing::Reply unreachable = gateway::testing::Request(
      programs.port("gateway"), "GET", "/v1/volunteers/0190a6d0-0000-7000-8000-000000000000",
      {{"Authorization", "Bearer " + programs.Token({{api::v1::ROLE_COMMUNITY_STAFF, kCommunity}}, "staff")}},
      "", programs.ca_file());
  EXPECT_EQ(unreachable.status, 503) << unreachable.body;

  for (const std::string& name : AllPrograms()) EXPECT_EQ(programs.Terminate(name), 0) << name;
  for (const std::string& name : AllPrograms()) {
    const std::multimap<std::string, std::string> messages = MessagesIn(programs.log_file(name));
    EXPECT_GE(messages.count("gRPC has a problem"), 1u) << name;
    if (name != "opinion") continue;
    const auto of_protobuf = messages.find("protobuf has a problem");
    ASSERT_NE(of_protobuf, messages.end());
    EXPECT_EQ(of_protobuf->second, "firstfloor.opinion.v1.Opinion.text");
  }
}

}  // namespace
}  // namespace firstfloor
