// A row for each rule of the syntax of google.api.http, with its counter-example.
#include "services/gateway/path_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_join.h"

namespace firstfloor::gateway {
namespace {

using ::testing::HasSubstr;

struct Match {
  const char* pattern;
  const char* path;
  const char* bindings;  // "a=1 b=2"; null: no match
};

std::string Bound(const char* pattern, const char* path) {
  const auto parsed = PathTemplate::Parse(pattern);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  const auto target = ParseTarget(path);
  EXPECT_TRUE(target.ok()) << path << ": " << target.status();
  if (!parsed.ok() || !target.ok()) return "broken";
  const auto bindings = parsed->Match(target->path);
  return bindings ? absl::StrJoin(*bindings, " ", absl::PairFormatter("=")) : "no match";
}

class Matching : public ::testing::TestWithParam<Match> {};

TEST_P(Matching, BindsWhatItShould) {
  const Match& row = GetParam();
  EXPECT_EQ(Bound(row.pattern, row.path), row.bindings == nullptr ? "no match" : row.bindings)
      << row.pattern << " on " << row.path;
}

INSTANTIATE_TEST_SUITE_P(
    Rules, Matching,
    ::testing::Values(
        // LITERAL matches that text, whole and in its case.
        Match{"/v1/rows", "/v1/rows", ""}, Match{"/v1/rows", "/v1/row", nullptr},
        Match{"/v1/rows", "/v1/Rows", nullptr}, Match{"/v1/rows", "/v1/rows/", nullptr},
        Match{"/v1/rows", "/v1//rows", nullptr}, Match{"/v1/rows", "/v1/rows/7", nullptr},
        // It matches however it is written.
        Match{"/v1/rows", "/v1/%72ows", ""}, Match{"/v1/a%20b", "/v1/a%20b", ""},
        // "*" is one segment, not none and not two.
        Match{"/v1/*", "/v1/x", ""}, Match{"/v1/*", "/v1", nullptr}, Match{"/v1/*", "/v1/", nullptr},
        Match{"/v1/*", "/v1/x/y", nullptr}, Match{"/v1/*/z", "/v1/x/z", ""},
        // "**" is any number of segments, none of them empty.
        Match{"/v1/**", "/v1", ""}, Match{"/v1/**", "/v1/x", ""}, Match{"/v1/**", "/v1/x/y/z", ""},
        Match{"/v1/**", "/v2/x", nullptr}, Match{"/v1/**", "/v1/x//y", nullptr},
        // A variable without a template is one segment.
        Match{"/v1/rows/{id}", "/v1/rows/7", "id=7"}, Match{"/v1/rows/{id}", "/v1/rows/7/8", nullptr},
        Match{"/v1/rows/{id=*}", "/v1/rows/7", "id=7"}, Match{"/v1/rows/{id}", "/v1/rows", nullptr},
        // A variable of several segments binds all of them.
        Match{"/v1/{name=rows/*}", "/v1/rows/7", "name=rows/7"},
        Match{"/v1/{name=rows/*}", "/v1/cells/7", nullptr},
        Match{"/v1/{name=shelves/*/rows/*}/cells", "/v1/shelves/1/rows/2/cells", "name=shelves/1/rows/2"},
        Match{"/v1/{name=files/**}", "/v1/files/a/b/c", "name=files/a/b/c"},
        Match{"/v1/{name=files/**}", "/v1/files", "name=files"},
        Match{"/v1/{name=**}", "/v1/a/b", "name=a/b"}, Match{"/v1/{name=files/**}", "/v1/folders/a", nullptr},
        // Several variables, and field paths.
        Match{"/v1/{a}/{b}", "/v1/1/2", "a=1 b=2"}, Match{"/v1/{a.b.c}/x", "/v1/1/x", "a.b.c=1"},
        Match{"/v1/{parent=rows/*}/cells/{cell}", "/v1/rows/7/cells/8", "parent=rows/7 cell=8"},
        Match{"/v1/{a}/{b}", "/v1/1", nullptr},
        // One segment is decoded wholly; in several "%2F" stays.
        Match{"/v1/rows/{id}", "/v1/rows/a%2Fb%20c", "id=a/b c"},
        Match{"/v1/{name=rows/*}", "/v1/rows/a%2Fb%20c", "name=rows/a%2Fb c"},
        Match{"/v1/{name=files/**}", "/v1/files/a%2fb/c", "name=files/a%2fb/c"},
        Match{"/v1/rows/{id}", "/v1/rows/%E4%B8%80", "id=一"},
        // A plus sign is a plus sign in a path.
        Match{"/v1/rows/{id}", "/v1/rows/a+b", "id=a+b"},
        // A verb must be there, be the same, and not be there unasked.
        Match{"/v1/rows:close", "/v1/rows:close", ""}, Match{"/v1/rows:close", "/v1/rows", nullptr},
        Match{"/v1/rows:close", "/v1/rows:open", nullptr}, Match{"/v1/rows", "/v1/rows:close", nullptr},
        Match{"/v1/rows", "/v1/rows:", nullptr}, Match{"/v1/rows:close", "/v1/rows:", nullptr},
        Match{"/v1/{name=rows/*}:close", "/v1/rows/7:close", "name=rows/7"},
        Match{"/v1/{name=rows/*}:close", "/v1/rows/7%3Aclose", nullptr},
        Match{"/v1/{name=rows/*}", "/v1/rows/7%3Aclose", "name=rows/7:close"},
        Match{"/v1/{name=rows/*}", "/v1/rows/7:close", nullptr},
        Match{"/v1/{name=files/**}:read", "/v1/files/a/b:read", "name=files/a/b"},
        Match{"/v1/{a}/{b}", "/v1/1:2/3", "a=1:2 b=3"}));

struct Refused {
  const char* pattern;
  const char* why;
};

class Parsing : public ::testing::TestWithParam<Refused> {};

TEST_P(Parsing, RefusesWhatIsNoTemplate) {
  const auto parsed = PathTemplate::Parse(GetParam().pattern);
  ASSERT_FALSE(parsed.ok()) << GetParam().pattern;
  EXPECT_THAT(std::string(parsed.status().message()), HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    Rules, Parsing,
    ::testing::Values(Refused{"", "begin with /"}, Refused{"v1/rows", "begin with /"},
                      Refused{"/", "empty segment"}, Refused{"/v1//rows", "empty segment"},
                      Refused{"/v1/", "empty segment"}, Refused{"/v1/**/rows", "** before its end"},
                      Refused{"/v1/{name=**}/rows", "** before its end"},
                      Refused{"/v1/{name={inner}}", "variable inside a variable"},
                      Refused{"/v1/{name=rows/*", "does not end"}, Refused{"/v1/{}", "no field path"},
                      Refused{"/v1/{7}", "no field path"}, Refused{"/v1/{a..b}", "no field path"},
                      Refused{"/v1/{a}/{a}", "binds a field twice"}, Refused{"/v1/rows:", "empty verb"},
                      Refused{"/v1/rows:close/x", "unexpected"}, Refused{"/v1/rows:a:b", "unexpected"},
                      Refused{"/v1/{a}b", "unexpected"}, Refused{"/v1/***", "unexpected"},
                      Refused{"/v1/a%2", "malformed escape"}, Refused{"/v1/{a=}", "empty segment"}));

TEST(PathTemplate, PrefersTextToOneSegmentToMany) {
  const auto text = PathTemplate::Parse("/v1/rows/special");
  const auto one = PathTemplate::Parse("/v1/rows/*");
  const auto many = PathTemplate::Parse("/v1/rows/**");
  EXPECT_TRUE(text->MoreSpecificThan(*one));
  EXPECT_TRUE(one->MoreSpecificThan(*many));
  EXPECT_FALSE(many->MoreSpecificThan(*text));
}

TEST(Target, RefusesWhatIsNotEncodedRight) {
  for (const char* target : {"", "v1", "*", "ftp://host/v1", "/v1/%", "/v1/%2", "/v1/%zz", "/v1?a=%4",
                             "/v1/%ff", "/v1/%c0%af", "/v1/%ed%a0%80", "/v1?a=%f5%80%80%80"}) {
    EXPECT_FALSE(ParseTarget(target).ok()) << target;
  }
}

TEST(Target, SplitsTheQuery) {
  const auto target = ParseTarget("/v1/x?a=1&b=x+y%26z&c&&d=e=f&a=2");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(absl::StrJoin(target->query, "|", absl::PairFormatter("=")), "a=1|b=x y&z|c=|d=e=f|a=2");
}

}  // namespace
}  // namespace firstfloor::gateway
