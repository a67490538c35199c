// A row for each kind of field and each rule of query parameters, with its counter-example.
#include "services/gateway/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error/error.h"
#include "google/protobuf/text_format.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "mapping.pb.h"

namespace firstfloor::gateway {
namespace {

using mapping::v1::Everything;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What the query makes of an empty message, in text form; "refused" if it is.
std::string Made(const std::string& query, const std::vector<FieldPath>& taken = {}) {
  const auto target = ParseTarget("/?" + query);
  EXPECT_TRUE(target.ok()) << query;
  Everything message;
  if (!ApplyQuery(target->query, taken, message).ok()) return "refused";
  std::string text;
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.PrintToString(message, &text);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

struct Row {
  const char* query;
  const char* made;
};

class Query : public ::testing::TestWithParam<Row> {};

TEST_P(Query, SetsWhatItShould) { EXPECT_EQ(Made(GetParam().query), GetParam().made) << GetParam().query; }

INSTANTIATE_TEST_SUITE_P(
    Scalars, Query,
    ::testing::Values(
        Row{"text_field=a%20b", "text_field: \"a b\""}, Row{"textField=x", "text_field: \"x\""},
        Row{"TextField=x", "refused"}, Row{"yes=true", "yes: true"}, Row{"yes=false", ""},
        Row{"yes=1", "refused"}, Row{"yes=", "refused"}, Row{"yes=True", "refused"},
        Row{"small=-5", "small: -5"}, Row{"small=2147483648", "refused"}, Row{"small=1.5", "refused"},
        Row{"small=", "refused"}, Row{"small=%201", "refused"}, Row{"small=%2B1", "refused"},
        Row{"large=9223372036854775807", "large: 9223372036854775807"},
        Row{"large=9223372036854775808", "refused"}, Row{"natural=4294967295", "natural: 4294967295"},
        Row{"natural=-1", "refused"},
        Row{"large_natural=18446744073709551615", "large_natural: 18446744073709551615"},
        Row{"large_natural=-1", "refused"}, Row{"zigzag=-7", "zigzag: -7"}, Row{"fixed=7", "fixed: 7"},
        Row{"fixed=-7", "refused"}, Row{"real=1.5e3", "real: 1500"}, Row{"real=NaN", "real: nan"},
        Row{"real=-Infinity", "real: -inf"}, Row{"real=inf", "refused"}, Row{"real=x", "refused"},
        Row{"short_real=0.5", "short_real: 0.5"}, Row{"data=aGk%3D", "data: \"hi\""},
        Row{"data=aGk", "data: \"hi\""}, Row{"data=_-8", "data: \"\\377\\357\""}, Row{"data=%25", "refused"},
        Row{"colour=COLOUR_RED", "colour: COLOUR_RED"}, Row{"colour=2", "colour: COLOUR_BLUE"},
        Row{"colour=RED", "refused"}, Row{"colour=colour_red", "refused"}, Row{"present=0", "present: 0"}));

INSTANTIATE_TEST_SUITE_P(
    Messages, Query,
    ::testing::Values(
        // Lists are given by repetition, single fields once.
        Row{"words=a&words=b", "words: \"a\" words: \"b\""}, Row{"words=a,b", "words: \"a,b\""},
        Row{"numbers=1&numbers=2", "numbers: 1 numbers: 2"}, Row{"numbers=1&numbers=x", "refused"},
        Row{"colours=COLOUR_RED&colours=COLOUR_BLUE", "colours: COLOUR_RED colours: COLOUR_BLUE"},
        Row{"small=1&small=2", "refused"}, Row{"text_field=a&textField=b", "refused"},
        // Fields of fields by their path; the path leads to a value.
        Row{"inner.text=x&inner.number=2", "inner { text: \"x\" number: 2 }"},
        Row{"inner.deeper.deeper.text=x", "inner { deeper { deeper { text: \"x\" } } }"},
        Row{"inner.words=a&inner.words=b", "inner { words: \"a\" words: \"b\" }"}, Row{"inner=x", "refused"},
        Row{"inner.absent=x", "refused"}, Row{"inner.=x", "refused"}, Row{".inner=x", "refused"},
        Row{"text_field.x=1", "refused"},
        // No messages in lists, no maps, no messages of free form.
        Row{"inners=x", "refused"}, Row{"inners.text=x", "refused"}, Row{"labels=x", "refused"},
        Row{"labels.a=x", "refused"}, Row{"structure=%7B%7D", "refused"},
        // Messages that JSON writes as a value.
        Row{"time=2023-05-01T08:00:00Z", "time { seconds: 1682928000 }"},
        Row{"time=2023-05-01T16:00:00.5%2B08:00", "time { seconds: 1682928000 nanos: 500000000 }"},
        Row{"time=2023-05-01", "refused"}, Row{"time.seconds=5", "refused"},
        Row{"times=1970-01-01T00:00:01Z&times=1970-01-01T00:00:02Z",
            "times { seconds: 1 } times { seconds: 2 }"},
        Row{"span=3.5s", "span { seconds: 3 nanos: 500000000 }"}, Row{"span=3", "refused"},
        Row{"mask=a,innerText.b", "mask { paths: \"a\" paths: \"inner_text.b\" }"},
        Row{"mask=text_field,inner", "mask { paths: \"text_field\" paths: \"inner\" }"},
        Row{"maybe_large=7", "maybe_large { value: 7 }"}, Row{"maybe_large=x", "refused"},
        Row{"maybe_yes=false", "maybe_yes { }"}, Row{"maybe_text=", "maybe_text { }"},
        // One field of a oneof.
        Row{"left=a", "left: \"a\""}, Row{"right=0", "right: 0"}, Row{"left=a&right=1", "refused"},
        // What the message does not have.
        Row{"absent=1", "refused"}, Row{"=1", "refused"}));

TEST(QueryRules, LeaveToPathAndBodyWhatIsTheirs) {
  const auto& descriptor = *Everything::descriptor();
  const std::vector<FieldPath> taken = {*ResolveField(descriptor, "name"),
                                        *ResolveField(descriptor, "inner")};
  EXPECT_EQ(Made("small=1", taken), "small: 1");
  EXPECT_EQ(Made("name=x", taken), "refused");
  EXPECT_EQ(Made("inner.text=x", taken), "refused");
}

TEST(QueryRules, TellOfEveryViolationAtOnce) {
  Everything message;
  const absl::Status status = ApplyQuery({{"small", "x"}, {"absent", "1"}, {"yes", "true"}}, {}, message);
  EXPECT_EQ(error::ReasonOf(status), "INVALID_FIELD");
  std::vector<std::string> fields;
  const google::rpc::Status proto = error::ToProto(status);
  for (const auto& detail : proto.details()) {
    google::rpc::BadRequest bad;
    if (!detail.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) fields.push_back(violation.field());
  }
  EXPECT_THAT(fields, ElementsAre("small", "absent"));
}

}  // namespace
}  // namespace firstfloor::gateway
