// protos/REASONS.md tells of every reason that the code gives, and of no other.
#include "tests/house/reasons.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_join.h"
#include "tests/house/tree.h"

namespace firstfloor::house {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Reasons GivenBy(const std::string& code, const std::string& path = "services/opinion/x.cc") {
  return GivenReasons({{path, code}});
}

TEST(Reasons, AreListedAsTheyAreGiven) {
  const std::vector<File> tree = Tree();
  const Reasons given = GivenReasons(tree);
  ASSERT_GT(given.size(), 150u) << "the code was not found";
  const ReasonList list = ListedReasons(TextOf("protos/REASONS.md"));
  EXPECT_THAT(list.out_of_order, IsEmpty());
  const Complaints complaints = CompareReasons(given, list.reasons);
  EXPECT_TRUE(complaints.empty()) << absl::StrJoin(complaints, "\n");
}

TEST(Reasons, AreSeenInTheCallsThatMakeErrors) {
  EXPECT_THAT(GivenBy("return error::Make(absl::StatusCode::kNotFound, \"GONE\", Why(a, b));"),
              ElementsAre(Pair(Pair("services/opinion/", "GONE"), ElementsAre("NOT_FOUND"))));
  EXPECT_THAT(GivenBy("return error::Precondition(\"LATE\", \"TOO_LATE\");"),
              ElementsAre(Pair(Pair("services/opinion/", "LATE"), ElementsAre("FAILED_PRECONDITION"))));
  EXPECT_THAT(GivenBy("// error::Precondition(\"LATE\", why)\n"), IsEmpty());
}

TEST(Reasons, AreSeenBehindAConditionAndAConstant) {
  EXPECT_THAT(GivenBy("error::Precondition(open ? \"OPEN\" : \"SHUT\", why);"),
              ElementsAre(Pair(Pair("services/opinion/", "OPEN"), ::testing::_),
                          Pair(Pair("services/opinion/", "SHUT"), ::testing::_)));
  EXPECT_THAT(GivenBy("constexpr absl::string_view kLate = \"LATE\";\nerror::Precondition(kLate, why);"),
              ElementsAre(Pair(Pair("services/opinion/", "LATE"), ::testing::_)));
}

TEST(Reasons, AreSeenWhereAFunctionHandsThemOn) {
  const std::string code =
      "absl::Status Refuse(const Row (&rows)[N], absl::string_view reason) {\n"
      "  return error::Make(absl::StatusCode::kAborted, reason, Why(rows));\n}\n"
      "absl::Status Late() { return Refuse(rows, \"LATE\"); }\n";
  EXPECT_THAT(GivenBy(code), ElementsAre(Pair(Pair("services/opinion/", "LATE"), ElementsAre("ABORTED"))));
}

TEST(Reasons, AreSeenWhereAnotherFileOfTheFolderHandsThemOn) {
  const File hands_on = {
      "services/opinion/refuse.cc",
      "absl::Status Refuse(absl::string_view reason) { return error::Precondition(reason, \"\"); }"};
  const File opinion = {"services/opinion/x.cc", "return Refuse(\"LATE\");"};
  const File elsewhere = {"services/outreach/x.cc", "return Refuse(\"EARLY\");"};
  EXPECT_THAT(GivenReasons({hands_on, opinion, elsewhere}),
              ElementsAre(Pair(Pair("services/opinion/", "LATE"), ElementsAre("FAILED_PRECONDITION"))));
}

TEST(Reasons, OfTestsAreNotGiven) {
  EXPECT_THAT(GivenBy("error::Precondition(\"LATE\", why);", "services/opinion/x_test.cc"), IsEmpty());
}

TEST(Reasons, AreComparedBothWays) {
  const std::string list =
      "## opinion\n\nFrom `services/opinion/`. \n\n"
      "| reason | code | it means | what to do |\n|---|---|---|---|\n"
      "| LATE | FAILED_PRECONDITION (412) | It is late. | Wait. |\n";
  const Reasons listed = ListedReasons(list).reasons;
  EXPECT_THAT(CompareReasons(GivenBy("error::Precondition(\"LATE\", why);"), listed), IsEmpty());
  EXPECT_THAT(
      CompareReasons(GivenBy("error::Precondition(\"LATE\", a);error::Precondition(\"EARLY\", a);"), listed),
      ElementsAre("EARLY of services/opinion/ is given and not listed"));
  EXPECT_THAT(CompareReasons({}, listed), ElementsAre("LATE of services/opinion/ is listed and not given"));
  EXPECT_THAT(
      CompareReasons(GivenBy("error::Make(absl::StatusCode::kAborted, \"LATE\", why);"), listed),
      ElementsAre("LATE of services/opinion/ is given with ABORTED and listed with FAILED_PRECONDITION"));
  EXPECT_THAT(CompareReasons(GivenBy("error::Precondition(\"LATE\", a);", "services/gateway/x.cc"), listed),
              ElementsAre("LATE of services/gateway/ is given and not listed",
                          "LATE of services/opinion/ is listed and not given"));
}

TEST(Reasons, AreListedInOrder) {
  EXPECT_THAT(ListedReasons("| B | ABORTED | b | b |\n| A | ABORTED | a | a |\n").out_of_order,
              ElementsAre("A stands after B"));
}

}  // namespace
}  // namespace firstfloor::house
