// JSON bodies, and what a whole request makes of a message.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "google/rpc/error_info.pb.h"
#include "google/rpc/status.pb.h"
#include "mapping.pb.h"
#include "services/gateway/json.h"
#include "services/gateway/routes.h"
#include "services/gateway/transcode.h"

namespace firstfloor::gateway {
namespace {

using mapping::v1::Everything;
using mapping::v1::Row;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Metadata(const absl::Status& status, const std::string& key) {
  const google::rpc::Status proto = error::ToProto(status);
  for (const auto& detail : proto.details()) {
    google::rpc::ErrorInfo info;
    if (detail.UnpackTo(&info) && info.metadata().count(key) > 0) return info.metadata().at(key);
  }
  return "";
}

struct BrokenRow {
  const char* body;
  const char* where;  // "line:column"
};

class Broken : public ::testing::TestWithParam<BrokenRow> {};

TEST_P(Broken, IsRefusedWithItsPosition) {
  Everything message;
  const absl::Status status = FromJson(GetParam().body, nullptr, message);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error::ReasonOf(status), "MALFORMED_JSON") << GetParam().body;
  EXPECT_EQ(absl::StrCat(Metadata(status, "line"), ":", Metadata(status, "column")), GetParam().where)
      << GetParam().body << " " << status;
}

INSTANTIATE_TEST_SUITE_P(Json, Broken,
                         ::testing::Values(BrokenRow{"{\"small\": }", "1:11"},
                                           BrokenRow{"{\n  \"small\": 1,\n}", "3:1"}, BrokenRow{"{", "1:2"},
                                           BrokenRow{"{'small': 1}", "1:2"}, BrokenRow{"{small: 1}", "1:2"},
                                           BrokenRow{"{} x", "1:4"}, BrokenRow{"{\"small\": 01}", "1:12"},
                                           BrokenRow{"nul", "1:4"},
                                           BrokenRow{"{\"textField\": \"\xff\"}", "1:16"}));

TEST(Json, RefusesWhatIsTooDeep) {
  Everything message;
  std::string body(100'000, '[');
  EXPECT_EQ(error::ReasonOf(FromJson(body, nullptr, message)), "MALFORMED_JSON");
}

TEST(Json, RefusesWhatDoesNotFit) {
  for (const char* body : {"[]", "1", "\"x\"", "{\"absent\": 1}", "{\"small\": \"x\"}",
                           "{\"time\": \"yesterday\"}", "{\"colour\": \"PINK\"}", "{\"small\": 1.5}"}) {
    Everything message;
    EXPECT_EQ(error::ReasonOf(FromJson(body, nullptr, message)), "INVALID_BODY") << body;
  }
}

// What a body holds may be personal, and errors are kept by others.
TEST(Json, SaysWhatDoesNotFitWithoutRepeatingIt) {
  const auto refusal = [](const char* body) {
    Everything message;
    return std::string(FromJson(body, nullptr, message).message());
  };
  for (const char* body :
       {R"({"small": "SECRET"})", R"({"time": "SECRET for type x"})", R"({"time": ": invalid value SECRET"})",
        R"({"colour": "SECRET: Cannot find field."})", R"("SECRET")", R"({"time": {"seconds": "SECRET"}})"}) {
    EXPECT_THAT(refusal(body), AllOf(HasSubstr("does not fit"), Not(HasSubstr("SECRET")))) << body;
  }
  EXPECT_THAT(refusal(R"({"small": "SECRET"})"), HasSubstr("small"));
  EXPECT_THAT(refusal(R"({"colour": "SECRET"})"), HasSubstr("colour"));
  EXPECT_THAT(refusal(R"({"absent": 1})"), HasSubstr("absent"));
}

TEST(Json, ReadsBothNamesAndEveryKind) {
  Everything message;
  const char* body =
      R"({"textField": "a", "large_natural": "7", "large": 8, "data": "aGk=", "colour": "COLOUR_BLUE",
      "inner": {"text": "b"}, "labels": {"k": "v"}, "time": "1970-01-01T00:00:01Z", "span": "2s",
      "mask": "textField", "maybeYes": false, "structure": {"x": [1, null]}, "real": "NaN"})";
  ASSERT_TRUE(FromJson(body, nullptr, message).ok());
  EXPECT_EQ(message.text_field(), "a");
  EXPECT_EQ(message.large_natural(), 7u);
  EXPECT_EQ(message.large(), 8);
  EXPECT_EQ(message.data(), "hi");
  EXPECT_EQ(message.colour(), mapping::v1::COLOUR_BLUE);
  EXPECT_EQ(message.inner().text(), "b");
  EXPECT_EQ(message.labels().at("k"), "v");
  EXPECT_EQ(message.time().seconds(), 1);
  EXPECT_EQ(message.span().seconds(), 2);
  EXPECT_EQ(message.mask().paths(0), "text_field");
  EXPECT_TRUE(message.has_maybe_yes());
}

// Times and spans at every edge, numbers at their ends, texts that need escaping, a map, what is present and
// empty.
Everything OfEveryKind() {
  Everything message;
  const bool filled = google::protobuf::TextFormat::ParseFromString(
      R"(name: "rows/1" text_field: "\"课\\\n\t\x01\x7f<é>" yes: true small: -2147483648 large: -9223372036854775808
      natural: 4294967295 large_natural: 18446744073709551615 real: 1e300 short_real: 0.1 data: "\x00\xff\xfe"
      colour: COLOUR_RED words: "a" words: "" numbers: [1, 0, -3] colours: [COLOUR_BLUE, COLOUR_UNSPECIFIED]
      inner { deeper { text: "deep" words: "w" } } inners {} inners { number: 7 } labels { key: "k\"" value: "v" }
      labels { key: "" value: "" } time { seconds: 1683849600 nanos: 120000000 } span { seconds: -1 nanos: -5000 }
      mask { paths: "text_field" paths: "inner.text" } maybe_large { value: 5 } maybe_yes {} maybe_text { value: "t" }
      structure { fields { key: "x" value { list_value { values { number_value: 1.5 } values { null_value: NULL_VALUE } } } } }
      right: 0 present: 0 zigzag: -5 fixed: 9 times {} times { seconds: -62135596800 }
      times { seconds: 253402300799 nanos: 999999999 } etag: "e")",
      &message);
  EXPECT_TRUE(filled);
  message.set_colour(static_cast<mapping::v1::Colour>(99));
  return message;
}

TEST(Json, WritesEveryKindAsProtobufDoes) {
  const Everything message = OfEveryKind();
  std::string by_library;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(message, &by_library).ok());
  EXPECT_EQ(nlohmann::json::parse(*ToJson(message)), nlohmann::json::parse(by_library));
  EXPECT_EQ(*ToJson(Everything()), "{}");
  for (const double real : {0.1, -0.0, 1e-300, 1.0 / 3, 123456789.0, 1e21}) {
    Everything one;
    one.set_real(real);
    one.set_short_real(static_cast<float>(real));
    Everything again;
    ASSERT_TRUE(FromJson(*ToJson(one), nullptr, again).ok());
    EXPECT_EQ(again.real(), one.real());
    EXPECT_EQ(again.short_real(), one.short_real());
  }
}

TEST(Json, DoesNotWriteWhatHasNoForm) {
  Everything message;
  message.mutable_time()->set_seconds(253402300800);
  EXPECT_EQ(error::ReasonOf(ToJson(message).status()), "REPLY_NOT_JSON");
  message.Clear();
  message.add_times()->set_nanos(-1);
  EXPECT_EQ(error::ReasonOf(ToJson(message).status()), "REPLY_NOT_JSON");
  message.Clear();
  message.mutable_span()->set_seconds(1);
  message.mutable_span()->set_nanos(-1);
  EXPECT_EQ(error::ReasonOf(ToJson(message).status()), "REPLY_NOT_JSON");
}

TEST(Json, WritesOneFieldAlone) {
  Row row;
  row.set_name("rows/1");
  row.add_words("a");
  row.mutable_inner()->set_text("x");
  const auto* descriptor = Row::descriptor();
  EXPECT_EQ(*ToJson(row, descriptor->FindFieldByName("words")), "[\"a\"]");
  EXPECT_EQ(*ToJson(row, descriptor->FindFieldByName("inner")), "{\"text\":\"x\"}");
  EXPECT_EQ(*ToJson(row, descriptor->FindFieldByName("name")), "\"rows/1\"");
  EXPECT_EQ(*ToJson(row, descriptor->FindFieldByName("count")), "\"0\"");
  EXPECT_EQ(*ToJson(Row(), descriptor->FindFieldByName("words")), "[]");
  EXPECT_EQ(*ToJson(Row(), descriptor->FindFieldByName("inner")), "null");
  EXPECT_EQ(*ToJson(row), R"({"name":"rows/1","inner":{"text":"x"},"words":["a"]})");
}

// A request to the methods of mapping.proto, as the message it makes.
class Request : public ::testing::Test {
 protected:
  Request() {
    const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
        Everything::descriptor()->file()->service(0)->full_name());
    EXPECT_TRUE(routes_.Add(*service, "mapping").ok());
  }

  absl::StatusOr<Everything> Make(const std::string& method, const std::string& target,
                                  const std::string& body = "", const HeaderList& headers = {}) {
    const HttpRequest request = {
        .method = method, .target = target, .headers = headers, .body = body, .peer = ""};
    const auto parsed = ParseTarget(target);
    const Routes::Found found = routes_.Find(method, parsed->path);
    if (found.route == nullptr) return absl::NotFoundError("no route");
    auto message = ToMessage(*found.route, found.bindings, parsed->query, request);
    if (!message.ok()) return message.status();
    return static_cast<const Everything&>(**message);
  }
  std::string Text(const absl::StatusOr<Everything>& message) {
    return message.ok() ? message->ShortDebugString()
                        : std::string(absl::StatusCodeToString(message.status().code()));
  }

  Routes routes_;
};

constexpr char kKey[] = "0190a5f0-0000-7000-8000-000000000001";

TEST_F(Request, WithoutABodyTakesTheRestFromTheQuery) {
  EXPECT_EQ(Text(Make("GET", "/v1/rows/7?small=3&inner.text=x")),
            R"(name: "rows/7" small: 3 inner { text: "x" })");
  EXPECT_EQ(error::ReasonOf(Make("GET", "/v1/rows/7", "{}").status()), "BODY_NOT_ALLOWED");
}

TEST_F(Request, WithAWholeBodyTakesNoQuery) {
  EXPECT_EQ(Text(Make("POST", "/v1/rows/7:close", R"({"small": 3})")), R"(name: "rows/7" small: 3)");
  EXPECT_EQ(Text(Make("POST", "/v1/rows/7:close", "")), R"(name: "rows/7")");
  EXPECT_EQ(Text(Make("POST", "/v1/rows/7:close?small=3", "{}")), "INVALID_ARGUMENT");
}

TEST_F(Request, WithABodyOfAFieldTakesTheRestFromTheQuery) {
  EXPECT_EQ(Text(Make("PATCH", "/v1/rows/7?mask=text", R"({"text": "x"})")),
            R"(name: "rows/7" inner { text: "x" } mask { paths: "text" })");
  EXPECT_EQ(Text(Make("PATCH", "/v1/rows/7?inner.text=y", R"({"text": "x"})")), "INVALID_ARGUMENT");
  EXPECT_EQ(Text(Make("PATCH", "/v1/rows/7", R"({"small": 3})")), "INVALID_ARGUMENT");
  EXPECT_EQ(Text(Make("PUT", "/v1/notes/5", R"("hello")")), R"(text_field: "hello" small: 5)");
}

TEST_F(Request, BindsThePathByType) {
  EXPECT_EQ(Text(Make("GET", "/v1/people/me/rows/4")), R"(small: 4 inner { text: "me" })");
  EXPECT_EQ(Text(Make("GET", "/v1/people/me/rows/four")), "INVALID_ARGUMENT");
  EXPECT_EQ(Text(Make("GET", "/v1/people/me/rows/4?small=5")), "INVALID_ARGUMENT");
  EXPECT_EQ(Text(Make("GET", "/v1/shelves/1/rows/2")), R"(name: "shelves/1/rows/2")");
}

TEST_F(Request, RefusesABodyThatNamesAnother) {
  EXPECT_EQ(Text(Make("POST", "/v1/rows/7:close", R"({"name": "rows/7"})")), R"(name: "rows/7")");
  EXPECT_EQ(Text(Make("POST", "/v1/rows/7:close", R"({"name": "rows/8"})")), "INVALID_ARGUMENT");
  // In whatever depth, and whether or not it is a text.
  const std::string path = "/v1/people/me/rows/4";
  EXPECT_EQ(Text(Make("PATCH", path, R"({"inner": {"text": "me", "number": 1}, "small": 4})")),
            R"(small: 4 inner { text: "me" number: 1 })");
  EXPECT_EQ(Text(Make("PATCH", path, R"({"inner": {"text": "you"}})")), "INVALID_ARGUMENT");
  EXPECT_EQ(Text(Make("PATCH", path, R"({"small": 5})")), "INVALID_ARGUMENT");
}

TEST_F(Request, TakesTheBodyAsItsBindingSays) {
  EXPECT_EQ(Text(Make("PUT", "/v1/shelves/1/rows/2", R"({"inner": {"text": "x"}})")),
            R"(name: "shelves/1/rows/2" inner { text: "x" })");
  EXPECT_EQ(Text(Make("PATCH", "/v1/rows/2", R"({"inner": {"text": "x"}})")), "INVALID_ARGUMENT");
}

TEST_F(Request, TakesEtagAndRequestIdFromHeaders) {
  EXPECT_EQ(Text(Make("POST", "/v1/rows/7:close", "", {{"if-match", "\"5\""}, {"idempotency-key", kKey}})),
            absl::StrCat(R"(name: "rows/7" etag: "5" request_id: ")", kKey, "\""));
  EXPECT_EQ(Text(Make("POST", "/v1/rows/7:close", R"({"etag": "5"})", {{"if-match", "\"6\""}})),
            "INVALID_ARGUMENT");
  EXPECT_EQ(Text(Make("POST", "/v1/rows/7:close", R"({"etag": "5"})", {{"if-match", "*"}})),
            R"(name: "rows/7" etag: "5")");
  EXPECT_EQ(Text(Make("POST", "/v1/rows/7:close", "", {{"idempotency-key", "7"}})), "INVALID_ARGUMENT");
}

}  // namespace
}  // namespace firstfloor::gateway
