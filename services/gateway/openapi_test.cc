// The OpenAPI document of the suite.
#include "services/gateway/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "services/gateway/contract.h"

namespace firstfloor::gateway {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

const json& Document() {
  static const json* const document = [] {
    const auto routes = Routes::Of(ContractServices(), {"outreach", "opinion", "deliberation", "volunteer"});
    EXPECT_TRUE(routes.ok()) << routes.status();
    return new json(json::parse(OpenApiDocument(*routes, "1.2.3")));
  }();
  return *document;
}

TEST(OpenApi, WritesNamesAsPlainParameters) {
  const json& get = Document().at("paths").at("/v1/opinions/{opinion}").at("get");
  EXPECT_EQ(get.at("operationId"), "opinion_OpinionService_GetOpinion");
  EXPECT_EQ(get.at("parameters").at(0).at("name"), "opinion");
  EXPECT_EQ(get.at("parameters").at(0).at("in"), "path");
  EXPECT_TRUE(Document().at("paths").contains("/v1/opinions/{opinion}:triage"));
}

TEST(OpenApi, LeavesOutOfTheBodyWhatIsInThePath) {
  const json& post = Document().at("paths").at("/v1/opinions/{opinion}:triage").at("post");
  const json& body = post.at("requestBody").at("content").at("application/json").at("schema");
  EXPECT_TRUE(body.at("properties").contains("category"));
  EXPECT_FALSE(body.at("properties").contains("name"));
  EXPECT_EQ(body.at("properties").at("requestId").at("format"), "uuid");
  EXPECT_EQ(body.at("properties").at("publicSummary").at("maxLength"), 500);
}

TEST(OpenApi, CarriesTheCommentsOfTheProtos) {
  const json& get = Document().at("paths").at("/v1/opinions/{opinion}").at("get");
  EXPECT_THAT(get.at("description").get<std::string>(), HasSubstr("One opinion."));
  const json& opinion = Document().at("components").at("schemas").at("firstfloor.opinion.v1.Opinion");
  EXPECT_FALSE(opinion.at("properties").at("name").at("description").get<std::string>().empty());
}

TEST(OpenApi, SaysWhereNoTokenIsNeeded) {
  const json& by_receipt = Document().at("paths").at("/v1/opinions:byReceipt").at("post");
  EXPECT_EQ(by_receipt.at("security").at(0), json::object());
  EXPECT_FALSE(Document().at("paths").at("/v1/opinions").at("get").contains("security"));
  EXPECT_TRUE(Document().at("security").at(0).contains("token"));
}

std::set<std::string> HeadersOf(const char* path, const char* verb) {
  std::set<std::string> headers;
  for (const json& parameter : Document().at("paths").at(path).at(verb).at("parameters")) {
    if (!parameter.contains("$ref")) continue;
    const json::json_pointer place(parameter.at("$ref").get<std::string>().substr(1));
    headers.insert(Document().at(place).at("name").get<std::string>());
  }
  return headers;
}

TEST(OpenApi, NamesTheHeadersThatACallTakes) {
  EXPECT_THAT(HeadersOf("/v1/opinions/{opinion}", "get"),
              UnorderedElementsAre("firstfloor-consistency", "Request-Timeout"));
  EXPECT_THAT(HeadersOf("/v1/opinions/{opinion}:triage", "post"),
              UnorderedElementsAre("If-Match", "Idempotency-Key", "Request-Timeout"));
  EXPECT_THAT(HeadersOf("/v1/opinions:watch", "get"), UnorderedElementsAre("Last-Event-ID"));
}

TEST(OpenApi, DescribesWatchesAsEventStreams) {
  const json& watch = Document().at("paths").at("/v1/opinions:watch").at("get");
  EXPECT_TRUE(watch.at("responses").at("200").at("content").contains("text/event-stream"));
}

TEST(OpenApi, DescribesWhatIsNoJsonByItsMediaType) {
  for (const char* path :
       {"/v1/calendars/areas/{area}/sessions.ics", "/v1/calendars/series/{series}/sessions.ics"}) {
    const json& content = Document().at("paths").at(path).at("get").at("responses").at("200").at("content");
    EXPECT_EQ(content.size(), 1u);
    EXPECT_EQ(content.at("text/calendar").at("schema").at("type"), "string");
  }
}

// Every "$ref" in `part`.
void CollectReferences(const json& part, std::set<std::string>& references) {
  if (part.is_object() && part.contains("$ref"))
    references.insert(part.at("$ref").get<std::string>().substr(1));
  if (part.is_structured()) {
    for (const json& inner : part) CollectReferences(inner, references);
  }
}

TEST(OpenApi, RefersToNothingThatIsNotThere) {
  std::set<std::string> references;
  CollectReferences(Document(), references);
  EXPECT_GT(references.size(), 50u);
  for (const std::string& reference : references) {
    EXPECT_TRUE(Document().contains(json::json_pointer(reference))) << reference;
  }
}

TEST(OpenApi, NamesEveryOperationOnce) {
  std::set<std::string> ids;
  for (const auto& [path, operations] : Document().at("paths").items()) {
    for (const auto& [verb, operation] : operations.items()) {
      EXPECT_TRUE(ids.insert(operation.at("operationId")).second) << operation.at("operationId");
    }
  }
  EXPECT_GT(ids.size(), 100u);
}

}  // namespace
}  // namespace firstfloor::gateway
