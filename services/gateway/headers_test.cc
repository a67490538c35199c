// Headers of requests, addresses behind proxies, allowances, CORS, compression.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "services/gateway/allowance.h"
#include "services/gateway/compress.h"
#include "services/gateway/cors.h"
#include "services/gateway/proxies.h"
#include "services/gateway/request_headers.h"
#include "services/gateway/response_head.h"
#include "services/gateway/token_tries.h"

namespace firstfloor::gateway {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

HttpRequest With(const HeaderList& headers, const std::string& body = "") {
  return {.method = "POST", .target = "/", .headers = headers, .body = body, .peer = ""};
}

std::string Timeout(const char* header, const char* value) {
  const auto timeout = TimeoutOf(With({{header, value}}));
  if (!timeout.ok()) return "refused";
  return *timeout ? absl::FormatDuration(**timeout) : "none";
}

TEST(Headers, SayHowLongTheCallerWaits) {
  EXPECT_EQ(Timeout("x", "y"), "none");
  EXPECT_EQ(Timeout("request-timeout", "2"), "2s");
  EXPECT_EQ(Timeout("request-timeout", "0.25"), "250ms");
  EXPECT_EQ(Timeout("request-timeout", "999999999"), "24h");
  for (const char* wrong : {"", "0", "-1", "1s", "1e3", ".5", "5.", "nan", "inf", " 1"}) {
    EXPECT_EQ(Timeout("request-timeout", wrong), *wrong == '\0' ? "none" : "refused") << wrong;
  }
  EXPECT_EQ(Timeout("grpc-timeout", "100m"), "100ms");
  EXPECT_EQ(Timeout("grpc-timeout", "2S"), "2s");
  EXPECT_EQ(Timeout("grpc-timeout", "1H"), "1h");
  for (const char* wrong : {"5", "S", "-1S", "123456789S", "5x", "0S"}) {
    EXPECT_EQ(Timeout("grpc-timeout", wrong), "refused") << wrong;
  }
}

TEST(Headers, IfMatchIsOneStrongEtag) {
  EXPECT_EQ(*IfMatchOf(With({{"if-match", "\"7\""}})), "7");
  EXPECT_EQ(*IfMatchOf(With({{"if-match", "\"7.a1b2c3\""}})), "7") << "as answers write it";
  EXPECT_EQ(*IfMatchOf(With({{"if-match", "*"}})), "");
  EXPECT_EQ(*IfMatchOf(With({})), "");
  EXPECT_EQ(error::ReasonOf(IfMatchOf(With({{"if-match", "W/\"7\""}})).status()), "ETAG_MISMATCH");
  for (const char* wrong : {"7", "\"7", "\"1\", \"2\"", "\"\""}) {
    EXPECT_EQ(error::ReasonOf(IfMatchOf(With({{"if-match", wrong}})).status()), "INVALID_HEADER") << wrong;
  }
}

TEST(Headers, IdempotencyKeyIsAUuid) {
  const std::string key = "0190a5f0-0000-7000-8000-00000000000a";
  EXPECT_EQ(*IdempotencyKeyOf(With({{"idempotency-key", key}})), key);
  EXPECT_EQ(*IdempotencyKeyOf(With({{"idempotency-key", "\"0190A5F0-0000-7000-8000-00000000000A\""}})), key);
  EXPECT_FALSE(IdempotencyKeyOf(With({{"idempotency-key", "abc"}})).ok());
  EXPECT_FALSE(IdempotencyKeyOf(With({{"idempotency-key", "0190a5f0-0000-7000-8000_00000000000a"}})).ok());
}

TEST(Headers, AreHandedThroughToTheService) {
  const auto options = CallOptionsOf(With({{"authorization", "bearer abc.def"},
                                           {"firstfloor-consistency", "strong"},
                                           {"firstfloor-as-of", "2023-05-01T08:00:00Z"}}));
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->token, "abc.def");
  EXPECT_TRUE(options->strong);
  EXPECT_EQ(options->as_of, absl::FromUnixSeconds(1682928000));
  EXPECT_TRUE(CallOptionsOf(With({}))->token.empty());
}

TEST(Headers, ThatNobodyCanReadAreRefused) {
  for (const char* wrong : {"Basic abc", "Bearer", "Bearer ", "Bearer a b", "Bearer a\x80", "abc"}) {
    EXPECT_EQ(CallOptionsOf(With({{"authorization", wrong}})).status().code(),
              absl::StatusCode::kUnauthenticated)
        << wrong;
  }
  EXPECT_FALSE(CallOptionsOf(With({{"firstfloor-as-of", "yesterday"}})).ok());
  EXPECT_FALSE(CallOptionsOf(With({{"firstfloor-consistency", "weak"}})).ok());
}

TEST(Headers, SayWhetherTheBodyIsJson) {
  for (const char* good :
       {"application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""}) {
    EXPECT_TRUE(MustBeJsonType(With({{"content-type", good}}, "{}")).ok()) << good;
  }
  for (const char* wrong :
       {"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk"}) {
    EXPECT_FALSE(MustBeJsonType(With({{"content-type", wrong}}, "{}")).ok()) << wrong;
  }
  EXPECT_TRUE(MustBeJsonType(With({})).ok());
  EXPECT_FALSE(
      MustBeJsonType(With({{"content-type", "application/json"}, {"content-encoding", "gzip"}}, "x")).ok());
}

TEST(Headers, ListEtagsAndCodings) {
  EXPECT_TRUE(ListsEtag("\"1\", W/\"2\"", "2"));
  EXPECT_TRUE(ListsEtag("*", "2"));
  EXPECT_FALSE(ListsEtag("\"1\"", "2"));
  EXPECT_TRUE(AcceptsGzip("br, gzip"));
  EXPECT_TRUE(AcceptsGzip("gzip;q=0.5"));
  EXPECT_TRUE(AcceptsGzip("*"));
  EXPECT_TRUE(AcceptsGzip("*;q=0, gzip"));
  EXPECT_FALSE(AcceptsGzip("gzip;q=0, br"));
  EXPECT_FALSE(AcceptsGzip("gzip; Q=0, *"));
  EXPECT_FALSE(AcceptsGzip("identity"));
  EXPECT_FALSE(AcceptsGzip(""));
}

std::string Client(const Proxies& proxies, const std::string& peer, const HeaderList& headers) {
  HttpRequest request = With(headers);
  request.peer = peer;
  return proxies.ClientOf(request);
}

TEST(Proxies, AreBelievedOnlyWhenTrusted) {
  const auto client = [](const Proxies& proxies, const std::string& peer, const std::string& forwarded) {
    return Client(proxies, peer, {{"forwarded", forwarded}});
  };
  const Proxies none = *Proxies::Parse("");
  EXPECT_EQ(client(none, "10.0.0.1", "for=1.2.3.4"), "10.0.0.1");
  const Proxies some = *Proxies::Parse("10.0.0.0/8, 127.0.0.1,fd00::/8");
  EXPECT_EQ(client(some, "10.0.0.1", "for=1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(client(some, "11.0.0.1", "for=1.2.3.4"), "11.0.0.1");
  EXPECT_EQ(client(some, "10.0.0.1", ""), "10.0.0.1");
  // A client can write what it likes in front of what the proxies add, on the same line or another.
  EXPECT_EQ(client(some, "10.0.0.1", "for=6.6.6.6, for=1.2.3.4;proto=https, for=10.0.0.2"), "1.2.3.4");
  EXPECT_EQ(Client(some, "10.0.0.1", {{"forwarded", "for=6.6.6.6"}, {"forwarded", "for=1.2.3.4"}}),
            "1.2.3.4");
  EXPECT_EQ(Client(some, "10.0.0.1", {{"x-forwarded-for", "6.6.6.6"}}), "10.0.0.1");
  EXPECT_EQ(client(some, "fd00::7", "For=\"[2001:db8::1]:4711\""), "2001:db8::1");
  EXPECT_EQ(client(some, "127.0.0.1", "for=\"1.2.3.4:80\""), "1.2.3.4");
  EXPECT_EQ(client(some, "10.0.0.1", "for=unknown"), "10.0.0.1");
}

TEST(Proxies, MaySpeakInTheOlderHeader) {
  const Proxies some = *Proxies::Parse("10.0.0.0/8", "x-forwarded-for");
  EXPECT_EQ(Client(some, "10.0.0.1", {{"x-forwarded-for", "6.6.6.6, 1.2.3.4,10.0.0.2"}}), "1.2.3.4");
  EXPECT_EQ(Client(some, "10.0.0.1", {{"x-forwarded-for", "6.6.6.6, 2001:db8::1"}}), "2001:db8::1");
  EXPECT_EQ(Client(some, "10.0.0.1", {{"x-forwarded-for", "1.2.3.4:4711"}}), "1.2.3.4");
  EXPECT_EQ(Client(some, "10.0.0.1", {{"forwarded", "for=6.6.6.6"}}), "10.0.0.1");
  EXPECT_FALSE(Proxies::Parse("10.0.0.0/8", "x-real-ip").ok());
}

TEST(Proxies, MustBeNetworks) {
  for (const char* wrong : {"localhost", "10.0.0.0/33", "10.0.0", "x"})
    EXPECT_FALSE(Proxies::Parse(wrong).ok()) << wrong;
}

TEST(TokenTries, EndForWhoeverShowsTooManyBadOnes) {
  TokenTries tries(1, 2);
  const absl::Time start = absl::UnixEpoch();
  tries.Answered("a", "known", true, start);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(tries.Admit("a", "bad", start).ok());
    tries.Answered("a", "bad", false, start);
  }
  EXPECT_EQ(error::ReasonOf(tries.Admit("a", "bad", start)), "RATE_LIMITED");
  EXPECT_FALSE(tries.Admit("a", "new", start).ok());
  // Those who are known at the same address, and everybody elsewhere.
  EXPECT_TRUE(tries.Admit("a", "known", start).ok());
  EXPECT_TRUE(tries.Admit("b", "new", start).ok());
  EXPECT_TRUE(tries.Admit("a", "new", start + absl::Seconds(1)).ok());
}

TEST(Allowance, IsSpentAndEarnedAgain) {
  Allowance allowance(2, 3);
  const absl::Time start = absl::UnixEpoch();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(allowance.Spend("a", start).ok());
  EXPECT_EQ(error::ReasonOf(allowance.Spend("a", start)), "RATE_LIMITED");
  EXPECT_TRUE(allowance.Spend("b", start).ok());
  EXPECT_TRUE(allowance.Spend("a", start + absl::Milliseconds(500)).ok());
  EXPECT_FALSE(allowance.Spend("a", start + absl::Milliseconds(500)).ok());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(allowance.Spend(absl::StrCat("2001:db8::", i), start).ok());
  EXPECT_FALSE(allowance.Spend("2001:db8::ffff:1", start).ok()) << "one network of 64 bits is one caller";
  EXPECT_TRUE(allowance.Spend("2001:db8:0:1::1", start).ok());
  Allowance endless(0, 0);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(endless.Spend("a", start).ok());
}

TEST(Cors, AllowsTheOriginsOfTheConfiguration) {
  const Cors cors({"https://board.example"});
  HttpResponse allowed;
  cors.Allow(With({{"origin", "https://board.example"}}), allowed);
  EXPECT_THAT(allowed.headers, Contains(Pair("access-control-allow-origin", "https://board.example")));
  EXPECT_THAT(allowed.headers, Contains(Pair("vary", "Origin")));
  HttpResponse other;
  cors.Allow(With({{"origin", "https://evil.example"}}), other);
  cors.AllowMethods(With({{"origin", "https://evil.example"}}), "GET", other);
  EXPECT_THAT(other.headers, Not(Contains(Pair("access-control-allow-origin", ::testing::_))));
  EXPECT_THAT(other.headers, Not(Contains(Pair("access-control-allow-methods", ::testing::_))));
  HttpResponse silent;
  Cors({}).Allow(With({{"origin", "https://board.example"}}), silent);
  EXPECT_TRUE(silent.headers.empty());
}

TEST(Gzip, CanBeUndone) {
  const std::string text(100'000, 'x');
  const std::string packed = Gzip(text);
  EXPECT_LT(packed.size(), text.size() / 10);
  std::string back(text.size(), '\0');
  z_stream stream = {};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(back.data());
  stream.avail_out = static_cast<uInt>(back.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  inflateEnd(&stream);
  EXPECT_EQ(back, text);
}

TEST(ResponseHead, TellsTheSecondInWhichItWasMade) {
  const absl::Time noon = absl::FromCivil(absl::CivilSecond(2023, 3, 1, 4, 0, 0), absl::UTCTimeZone());
  const auto head = [](absl::Time now) { return ResponseHead(HttpResponse(), 0, true, now); };
  EXPECT_THAT(head(noon), HasSubstr("\r\ndate: Wed, 01 Mar 2023 04:00:00 GMT\r\n"));
  EXPECT_EQ(head(noon + absl::Milliseconds(999)), head(noon));
  EXPECT_THAT(head(noon + absl::Seconds(1)), HasSubstr("\r\ndate: Wed, 01 Mar 2023 04:00:01 GMT\r\n"));
  EXPECT_THAT(head(noon - absl::Hours(24)), HasSubstr("\r\ndate: Tue, 28 Feb 2023 04:00:00 GMT\r\n"));
}

}  // namespace
}  // namespace firstfloor::gateway
