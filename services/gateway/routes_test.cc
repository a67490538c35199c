// Which method a request means, and which options are refused.
#include "services/gateway/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_join.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/text_format.h"
#include "mapping.pb.h"
#include "services/gateway/contract.h"

namespace firstfloor::gateway {
namespace {

using ::testing::HasSubstr;

const google::protobuf::ServiceDescriptor& Service() {
  return *mapping::v1::Everything::descriptor()->file()->service(0);
}

struct Row {
  const char* method;
  const char* target;
  const char* found;  // name of the method, or the methods allowed, or "404"
};

class Finding : public ::testing::TestWithParam<Row> {};

TEST_P(Finding, IsRight) {
  Routes routes;
  ASSERT_TRUE(routes.Add(Service(), "mapping").ok());
  const auto target = ParseTarget(GetParam().target);
  ASSERT_TRUE(target.ok());
  const Routes::Found found = routes.Find(GetParam().method, target->path);
  std::string what = found.route != nullptr ? found.route->method->name() : absl::StrJoin(found.allowed, ",");
  if (what.empty()) what = "404";
  EXPECT_EQ(what, GetParam().found) << GetParam().method << " " << GetParam().target;
}

INSTANTIATE_TEST_SUITE_P(
    Rules, Finding,
    ::testing::Values(Row{"GET", "/v1/rows/7", "Get"}, Row{"HEAD", "/v1/rows/7", "Get"},
                      Row{"PATCH", "/v1/rows/7", "Update"}, Row{"DELETE", "/v1/rows/7", "Remove"},
                      Row{"POST", "/v1/rows/7", "DELETE,GET,HEAD,OPTIONS,PATCH"},
                      Row{"OPTIONS", "/v1/rows/7", "DELETE,GET,HEAD,OPTIONS,PATCH"},
                      Row{"get", "/v1/rows/7", "DELETE,GET,HEAD,OPTIONS,PATCH"},
                      // Additional bindings reach the same method.
                      Row{"GET", "/v1/shelves/1/rows/2", "Get"}, Row{"GET", "/v1/people/me/rows/4", "Get"},
                      Row{"PUT", "/v1/shelves/1/rows/2", "Update"},
                      Row{"PUT", "/v1/rows/2", "DELETE,GET,HEAD,OPTIONS,PATCH"},
                      Row{"POST", "/v1/shelves/1/rows/2", "GET,HEAD,OPTIONS,PUT"},
                      // Text before variables.
                      Row{"GET", "/v1/rows/special", "Special"}, Row{"PATCH", "/v1/rows/special", "Update"},
                      // Verbs.
                      Row{"POST", "/v1/rows/7:close", "Close"},
                      Row{"GET", "/v1/rows/7:close", "OPTIONS,POST"},
                      Row{"POST", "/v1/rows/7:unknown", "404"}, Row{"GET", "/v1/rows:words", "Words"},
                      Row{"GET", "/v1/rows", "404"}, Row{"GET", "/v1/files/a/b/c", "File"},
                      Row{"GET", "/v1/files", "File"},
                      // A custom pattern of any kind.
                      Row{"GET", "/v1/anything", "Any"}, Row{"HEAD", "/v1/anything", "Any"},
                      Row{"PURGE", "/v1/anything", "Any"},
                      // One of its own kind goes before it.
                      Row{"BREW", "/v1/anything", "Brew"}, Row{"GET", "/v2/rows/7", "404"},
                      Row{"GET", "/", "404"}, Row{"GET", "/v1/rows/7/", "404"}));

// Why the rule is refused for the first method of mapping.proto; "" if it is not.
std::string Refusal(const std::string& text) {
  google::api::HttpRule rule;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &rule)) << text;
  Routes routes;
  return std::string(routes.Add(*Service().method(0), rule, "mapping").message());
}

TEST(Rules, AreHeldToTheSpecification) {
  EXPECT_EQ(Refusal(R"(put: "/v1/{name}" body: "*")"), "");
  EXPECT_THAT(Refusal(R"(body: "*")"), HasSubstr("no pattern"));
  EXPECT_THAT(Refusal(R"(get: "v1")"), HasSubstr("begin with /"));
  EXPECT_THAT(Refusal(R"(get: "/v1/{absent}")"), HasSubstr("no such field"));
  EXPECT_THAT(Refusal(R"(get: "/v1/{words}")"), HasSubstr("single scalar"));
  EXPECT_THAT(Refusal(R"(get: "/v1/{inner}")"), HasSubstr("single scalar"));
  EXPECT_THAT(Refusal(R"(get: "/v1/{time}")"), HasSubstr("single scalar"));
  EXPECT_THAT(Refusal(R"(get: "/v1/{labels}")"), HasSubstr("single scalar"));
  EXPECT_THAT(Refusal(R"(post: "/v1/x" body: "absent")"), HasSubstr("no field"));
  EXPECT_THAT(Refusal(R"(post: "/v1/x" body: "inner.text")"), HasSubstr("no field"));
  EXPECT_THAT(Refusal(R"(post: "/v1/x" body: "words")"), HasSubstr("list"));
  EXPECT_THAT(Refusal(R"(get: "/v1/x" response_body: "absent")"), HasSubstr("no field"));
  EXPECT_THAT(Refusal(R"(get: "/v1/x" body: "*")"), HasSubstr("cannot have a body"));
  EXPECT_THAT(
      Refusal(R"(get: "/v1/x" additional_bindings { get: "/v1/y" additional_bindings { get: "/v1/z" } })"),
      HasSubstr("inside additional_bindings"));
  EXPECT_THAT(Refusal(R"(get: "/v1/rows/*" additional_bindings { get: "/v1/{name=rows/*}" })"),
              HasSubstr("is taken by"));
}

TEST(Rules, OfAMediaTypeNeedAText) {
  const google::protobuf::FileDescriptor& file = *Service().file();
  for (const char* name : {"WordsAreNoTextService", "JsonIsNoTextService"}) {
    Routes routes;
    EXPECT_THAT(routes.Add(*file.FindServiceByName(name), "mapping").message(),
                HasSubstr("needs a response_body that is one string"));
  }
  Routes routes;
  ASSERT_TRUE(routes.Add(Service(), "mapping").ok());
  EXPECT_EQ(routes.Find("GET", ParseTarget("/v1/rows/7/row.txt")->path).route->media_type,
            "text/plain; charset=utf-8");
  EXPECT_EQ(routes.Find("GET", ParseTarget("/v1/rows/7")->path).route->media_type, "");
}

TEST(Rules, OfTheSuiteAreAllGood) {
  const auto routes = Routes::Of(ContractServices(), {"outreach", "opinion", "deliberation", "volunteer"});
  ASSERT_TRUE(routes.ok()) << routes.status();
  EXPECT_GT(routes->all().size(), 100u);
}

TEST(Rules, PutTheEventLogBelowItsProgram) {
  const auto routes = Routes::Of(ContractServices(), {"opinion", "outreach"});
  ASSERT_TRUE(routes.ok()) << routes.status();
  const auto found = routes->Find("GET", ParseTarget("/v1/outreach/events")->path);
  ASSERT_NE(found.route, nullptr);
  EXPECT_EQ(found.route->peer, "outreach");
  EXPECT_EQ(routes->Find("GET", ParseTarget("/v1/volunteer/events")->path).route, nullptr);
}

}  // namespace
}  // namespace firstfloor::gateway
