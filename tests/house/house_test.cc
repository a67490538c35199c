// The tree keeps the rules of the house, and each rule sees what breaks it.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/house/rules.h"
#include "tests/house/tree.h"

namespace firstfloor::house {
namespace {

class EveryRule : public ::testing::TestWithParam<NamedRule> {};

TEST_P(EveryRule, IsKeptByTheTree) {
  static const auto* const tree = new std::vector<File>(Tree());
  ASSERT_GT(tree->size(), 200u) << "the tree was not found";
  Complaints complaints;
  for (const File& file : *tree) {
    const Complaints of_file = GetParam().rule(file);
    complaints.insert(complaints.end(), of_file.begin(), of_file.end());
  }
  EXPECT_TRUE(complaints.empty()) << absl::StrJoin(complaints, "\n");
}

INSTANTIATE_TEST_SUITE_P(House, EveryRule, ::testing::ValuesIn(AllRules()),
                         [](const auto& rule) { return std::string(rule.param.name); });

bool Complains(Rule rule, const std::string& path, const std::string& text) {
  return !rule({path, text}).empty();
}

TEST(HouseRules, SeeAServiceThatIncludesAnother) {
  const std::string include = "#include \"services/volunteer/task_store.h\"\n";
  EXPECT_TRUE(Complains(ServicesDoNotIncludeEachOther, "services/opinion/x.cc", include));
  EXPECT_TRUE(Complains(ServicesDoNotIncludeEachOther, "common/db/x.cc", include));
  EXPECT_FALSE(Complains(ServicesDoNotIncludeEachOther, "services/volunteer/x.cc", include));
}

TEST(HouseRules, SeeARoomThatIncludesOneAboveIt) {
  const std::string upwards = "#include \"common/rpc/call.h\"\n";
  EXPECT_TRUE(Complains(RoomsDependDownwards, "common/events/x.h", upwards));
  EXPECT_FALSE(Complains(RoomsDependDownwards, "common/program/x.h", upwards));
  EXPECT_TRUE(Complains(RoomsDependDownwards, "common/db/x.h", "#include \"common/redis/client.h\"\n"))
      << "a neighbour on the same floor";
  EXPECT_TRUE(Complains(RoomsDependDownwards, "common/attic/x.h", "")) << "a room without a floor";
}

TEST(HouseRules, SeeLibrariesOutsideTheirRoom) {
  const auto complains = [](const std::string& path, const std::string& header) {
    return Complains(LibrariesStayInTheirRoom, path, absl::StrCat("#include <", header, ">\n"));
  };
  EXPECT_TRUE(complains("services/opinion/x.cc", "cppconn/driver.h"));
  EXPECT_TRUE(complains("common/db/x.h", "mysql_driver.h"));
  EXPECT_FALSE(complains("common/db/x.cc", "mysql_driver.h"));
  EXPECT_TRUE(complains("common/cache/x.cc", "hiredis/hiredis.h"));
  EXPECT_FALSE(complains("common/redis/x.cc", "hiredis/hiredis.h"));
  EXPECT_TRUE(complains("common/rpc/x.cc", "rhonabwy.h"));
  EXPECT_FALSE(complains("common/auth/x.cc", "rhonabwy.h"));
  EXPECT_TRUE(complains("common/telemetry/log.cc", "opentelemetry/trace/span.h"));
  EXPECT_FALSE(complains("common/telemetry/trace.cc", "opentelemetry/trace/span.h"));
  EXPECT_TRUE(complains("services/opinion/x.cc", "grpcpp/grpcpp.h"));
  EXPECT_FALSE(complains("common/rpc/x.cc", "grpcpp/grpcpp.h"));
  EXPECT_TRUE(complains("common/telemetry/library_log.cc", "grpcpp/grpcpp.h"));
  EXPECT_FALSE(complains("common/telemetry/library_log.cc", "grpc/support/log.h"));
  EXPECT_TRUE(Complains(LibrariesStayInTheirRoom, "services/opinion/x.cc", "grpc::Status Get();\n"));
  EXPECT_FALSE(Complains(LibrariesStayInTheirRoom, "services/opinion/x.cc", "// not grpc::Status\n"));
}

TEST(HouseRules, SeeSqlOutsideOfStores) {
  for (const char* sql : {"SELECT id FROM opinion", "INSERT INTO opinion (id) VALUES (?)",
                          "UPDATE opinion SET state = ?", "DELETE FROM opinion", "x FOR UPDATE"}) {
    const std::string text = absl::StrCat("tx.Query(\"", sql, "\");\n");
    EXPECT_TRUE(Complains(SqlStaysInStores, "services/opinion/opinion_service.cc", text)) << sql;
    EXPECT_FALSE(Complains(SqlStaysInStores, "services/opinion/opinion_store.cc", text)) << sql;
  }
  EXPECT_FALSE(Complains(SqlStaysInStores, "services/opinion/x.cc", "// SELECT … FOR UPDATE\n"));
  EXPECT_TRUE(Complains(SqlStaysInStores, "services/opinion/x.cc", "// one\nf(\"//\", \"SELECT 1\");\n"));
}

TEST(HouseRules, SeeRulesThatAskTheClock) {
  EXPECT_TRUE(
      Complains(RulesDoNotAskTheClock, "services/opinion/opinion_rules.cc", "const auto t = absl::Now();"));
  EXPECT_FALSE(Complains(RulesDoNotAskTheClock, "services/opinion/opinion_service.cc", "absl::Now();"));
}

TEST(HouseRules, SeeTheOtherStringView) {
  EXPECT_TRUE(Complains(StringViewsAreAbseils, "common/db/x.h", absl::StrCat("std::", "string_view text;")));
  EXPECT_FALSE(Complains(StringViewsAreAbseils, "common/db/x.h", "absl::string_view text;"));
}

TEST(HouseRules, SeeWhatIsLeftForLater) {
  EXPECT_TRUE(Complains(NothingIsLeftForLater, "deploy/up.sh", absl::StrCat("# TO", "DO: later\n")));
  EXPECT_TRUE(Complains(NothingIsLeftForLater, "common/db/x.h", absl::StrCat("// FIX", "ME\n")));
  EXPECT_FALSE(Complains(NothingIsLeftForLater, "common/db/x.h", "// Everything is done.\n"));
}

TEST(HouseRules, SeeAMachinesFoldersAndRegistries) {
  EXPECT_TRUE(Complains(NothingOfAMachine, "deploy/up.sh", absl::StrCat("cd /wo", "rk/main\n")));
  EXPECT_TRUE(Complains(NothingOfAMachine, "deploy/up.sh", absl::StrCat("\"/ro", "ot/.cache\"\n")));
  EXPECT_TRUE(Complains(NothingOfAMachine, "deploy/up.sh", absl::StrCat("https://registry.", "npmjs.org\n")));
  EXPECT_FALSE(Complains(NothingOfAMachine, "deploy/up.sh", "cd tests/work/x; see deploy/root\n"));
}

TEST(HouseRules, SeeNamesThatSayNothing) {
  EXPECT_TRUE(Complains(NamesSaySomething, "common/db/x.h", absl::StrCat("cla", "ss ConnectionManager {\n")));
  EXPECT_TRUE(Complains(NamesSaySomething, "common/db/string_utils.h", ""));
  EXPECT_FALSE(Complains(NamesSaySomething, "common/db/x.h", "class Connection {\n"));
}

}  // namespace
}  // namespace firstfloor::house
