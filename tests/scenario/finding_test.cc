// Finding opinions from the first word to the end, as apps do it: by HTTP/JSON through the gateway, with a
// model of categories that the operators have trained; and what a curious neighbour gets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/resource/table.h"
#include "services/gateway/testing/http_client.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using gateway::testing::Reply;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Programs;
using ::testing::UnorderedElementsAre;

constexpr char kCommunity[] = "340111400";
constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr char kNextDoor[] = "340111400001-CJ-08";

// What the first resident says, and what becomes public of it.
constexpr char kSaid[] = "紫藤苑三号楼的电梯又停了，母亲坐轮椅三天没有下楼";
constexpr char kSummary[] = "紫藤苑三号楼电梯停运";
// What another says of the same matter, and the words of the first that nobody else is to find it by.
constexpr char kSaidAgain[] = "紫藤苑三号楼电梯停运两天了，老人没法下楼";
constexpr char kPrivateWords[] = "母亲坐轮椅";

class FindingStory : public ::testing::Test {
 protected:
  FindingStory() {
    programs_.Start("opinion", 0, {"--category_model_file=" + Train()});
    programs_.StartGateway();
    for (const char* name : {"opinion", "gateway"}) programs_.WaitUntilReady(name);
  }

  // `opinion train`, as deploy/README.md has it.
  std::string Train() {
    const std::string texts = programs_.folder() + "/opinions.jsonl";
    std::string model = programs_.folder() + "/categories.model";
    std::ofstream out(texts);
    for (int i = 0; i < 4; ++i) {
      out << json({{"text", "电梯停运老人没法下楼"}, {"category", "SAFETY.LIFT"}}) << "\n"
          << json({{"text", "消防通道堆满杂物"}, {"category", "SAFETY.FIRE"}}) << "\n"
          << json({{"title", "绿化"}, {"body", "草坪没人浇水"}, {"category", "ENVIRONMENT.GREENING"}})
          << "\n";
    }
    out.close();
    EXPECT_EQ(programs_.Run("opinion", "train", {"--from=" + texts}, model), 0);
    return model;
  }

  struct Caller {
    api::v1::Role role;
    std::string area, subject;
  };
  static Caller Resident(const std::string& subject, const std::string& area = kBuilding) {
    return {api::v1::ROLE_RESIDENT, area, subject};
  }
  static Caller Staff() { return {api::v1::ROLE_COMMUNITY_STAFF, kCommunity, "staff"}; }

  Reply Ask(const Caller& caller, const std::string& method, const std::string& target,
            const json& body = {}) {
    return gateway::testing::Request(
        programs_.port("gateway"), method, target,
        {{"Authorization", "Bearer " + programs_.Token({{caller.role, caller.area}}, caller.subject)},
         {"Idempotency-Key", resource::NewUuid()},
         {"firstfloor-consistency", "strong"}},
        body.is_null() ? "" : body.dump(), programs_.ca_file());
  }
  json Must(const Reply& reply) {
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.status == 200 ? json::parse(reply.body) : json::object();
  }
  json Get(const Caller& caller, const std::string& target) { return Must(Ask(caller, "GET", target)); }
  json Post(const Caller& caller, const std::string& target, const json& body) {
    return Must(Ask(caller, "POST", target, body));
  }

  json Submit(const Caller& caller, const std::string& text, const json& more = json::object()) {
    json opinion = {{"area", caller.area},
                    {"channel", "OPINION_CHANNEL_APP"},
                    {"kind", "OPINION_KIND_PROBLEM"},
                    {"text", text}};
    opinion.update(more);
    return Post(caller, "/v1/opinions", {{"opinion", opinion}});
  }
  void Triage(const std::string& name, const std::string& summary) {
    Post(Staff(), absl::StrCat("/v1/", name, ":triage"),
         {{"category", "SAFETY.LIFT"}, {"publicSummary", summary}});
  }

  static std::vector<std::string> Names(const json& answer, const std::string& list) {
    std::vector<std::string> names;
    if (answer.contains(list)) {
      for (const json& each : answer.at(list)) {
        const json& opinion = each.contains("opinion") ? each.at("opinion") : each;
        names.push_back(opinion.is_string() ? opinion : opinion.at("name"));
      }
    }
    return names;
  }
  json SuggestSimilar(const Caller& caller, const std::string& text) {
    return Post(caller, "/v1/opinions:suggestSimilar", {{"area", caller.area}, {"text", text}});
  }
  json Search(const Caller& caller, const std::string& query) {
    return Post(caller, "/v1/opinions:search", {{"area", kCommunity}, {"query", query}});
  }
  std::vector<std::string> Found(const Caller& caller, const std::string& query) {
    return Names(Search(caller, query), "results");
  }
  json HotTopics(const Caller& caller) {
    return Get(caller, absl::StrCat("/v1/opinions:hotTopics?area=", kCommunity));
  }

  Programs programs_;
};

TEST_F(FindingStory, OneMatterIsSaidTwiceFoundMergedAndHot) {
  const Caller zhang = Resident("zhang");
  const Caller li = Resident("li", kNextDoor);

  // The first says it without a category: the model suggests one, and nobody has said the like.
  const json submitted = Submit(zhang, kSaid);
  const std::string first = submitted.at("opinion").at("name");
  EXPECT_EQ(submitted.at("categorySuggestions").at(0).at("category"), "SAFETY.LIFT");
  EXPECT_FALSE(submitted.contains("similar"));
  Triage(first, kSummary);

  // The second hears of it while typing, and again in the answer, by its public side.
  const json similar = SuggestSimilar(li, kSaidAgain);
  ASSERT_THAT(Names(similar, "opinions"), ElementsAre(first));
  EXPECT_EQ(similar.at("opinions").at(0).at("publicSummary"), kSummary);
  EXPECT_EQ(similar.at("opinions").at(0).at("basis"), "SIMILARITY_BASIS_PUBLIC_SUMMARY");
  const json again = Submit(li, kSaidAgain);
  const std::string second = again.at("opinion").at("name");
  EXPECT_THAT(Names(again, "similar"), ElementsAre(first));

  // Staff find both by what was said; the topic is hot in two buildings.
  EXPECT_THAT(Found(Staff(), "电梯"), UnorderedElementsAre(first, second));
  EXPECT_THAT(Names(Get(Staff(), absl::StrCat("/v1/", second, ":suggestMerges")), "opinions"),
              ElementsAre(first));
  const json topics = HotTopics(Staff());
  ASSERT_EQ(topics.at("topics").size(), 1u) << topics;
  EXPECT_THAT(topics.at("topics").at(0).at("members"), UnorderedElementsAre(first, second));
  EXPECT_THAT(topics.at("topics").at(0).at("places"), ElementsAre(kBuilding, kNextDoor));
  EXPECT_EQ(topics.at("topics").at(0).at("representative"), first);

  // One is the other's duplicate, and found no more as such.
  Post(Staff(), absl::StrCat("/v1/", second, ":merge"), {{"into", first}});
  EXPECT_THAT(Names(SuggestSimilar(Staff(), kSaidAgain), "opinions"), ElementsAre(first));
  const Caller wang = Resident("wang");
  EXPECT_THAT(Names(SuggestSimilar(wang, kSaidAgain), "opinions"), ElementsAre(first));
  EXPECT_THAT(Found(wang, "电梯停运"), ElementsAre(first));
}

// Everybody has found it by then.
TEST_F(FindingStory, WhatTurnsOutToBeAboutStaffIsFoundNoMore) {
  const std::string name = Submit(Resident("zhang"), kSaid).at("opinion").at("name");
  Triage(name, kSummary);
  const Caller li = Resident("li");
  for (const Caller& caller : {li, Staff()}) {
    EXPECT_THAT(Names(SuggestSimilar(caller, kSaidAgain), "opinions"), ElementsAre(name)) << caller.subject;
    EXPECT_THAT(Found(caller, "电梯停运"), ElementsAre(name)) << caller.subject;
  }
  Post(Staff(), absl::StrCat("/v1/", name, ":confine"),
       {{"aboutStaff", true}, {"reasonCode", "ABOUT_STAFF"}});
  for (const Caller& caller : {li, Staff()}) {
    EXPECT_THAT(Names(SuggestSimilar(caller, kSaidAgain), "opinions"), IsEmpty()) << caller.subject;
    EXPECT_THAT(Found(caller, "电梯停运"), IsEmpty()) << caller.subject;
    EXPECT_THAT(HotTopics(caller).dump(), Not(HasSubstr(name))) << caller.subject;
  }
}

TEST_F(FindingStory, ACuriousNeighbourFindsNothingThatIsNotPublic) {
  const Caller zhang = Resident("zhang");
  const Caller curious = Resident("curious");
  const std::string untriaged = Submit(zhang, "丁香院物业经理骂了住户").at("opinion").at("name");
  const std::string about_staff =
      Submit(zhang, "丁香院网格员收了好处费", {{"aboutStaff", true}}).at("opinion").at("name");
  const std::string public_one = Submit(zhang, kSaid).at("opinion").at("name");
  Triage(public_one, kSummary);
  ASSERT_THAT(Found(Staff(), "丁香院"), ElementsAre(untriaged)) << "the rest of this would prove nothing";

  // By every way of finding, with the very words: by typing them, by submitting them, by search.
  for (const char* words : {"丁香院物业经理骂了住户", "丁香院网格员收了好处费"}) {
    EXPECT_THAT(Names(SuggestSimilar(curious, words), "opinions"), IsEmpty()) << words;
    EXPECT_THAT(Found(curious, words), IsEmpty()) << words;
  }
  EXPECT_FALSE(Submit(curious, "丁香院物业经理骂了住户").contains("similar"));
  // What is public is found by its public side alone, and shows no more.
  EXPECT_THAT(Found(curious, kPrivateWords), IsEmpty());
  const json found = Search(curious, "电梯停运");
  ASSERT_THAT(Names(found, "results"), ElementsAre(public_one));
  EXPECT_THAT(found.dump(), AllOf(Not(HasSubstr(kPrivateWords)), Not(HasSubstr("zhang"))));
  // Topics count what is public; staff see that two have said it.
  EXPECT_THAT(HotTopics(curious).dump(), Not(HasSubstr(untriaged)));
  EXPECT_THAT(HotTopics(Staff()).dump(), HasSubstr(untriaged));

  // By name, too: what may not be seen answers as what does not exist.
  const Reply of_nothing = Ask(curious, "GET", absl::StrCat("/v1/opinions/", resource::NewUuid()));
  EXPECT_EQ(of_nothing.status, 403);
  for (const std::string& name : {untriaged, about_staff}) {
    const Reply direct = Ask(curious, "GET", absl::StrCat("/v1/", name));
    EXPECT_EQ(direct.status, of_nothing.status);
    EXPECT_EQ(direct.body, of_nothing.body);
    const Reply merges = Ask(curious, "GET", absl::StrCat("/v1/", name, ":suggestMerges"));
    EXPECT_EQ(merges.status, 403) << merges.body;
    EXPECT_THAT(merges.body, Not(HasSubstr("丁香")));
  }
  const std::string own = Submit(curious, "丁香院信箱坏了").at("opinion").at("name");
  const std::string list = absl::StrCat("/v1/opinions?area=", kCommunity);
  EXPECT_EQ(Ask(curious, "GET", list).status, 403);
  EXPECT_THAT(Names(Get(curious, list + "&mine=true"), "opinions"),
              AllOf(Contains(own), Not(Contains(untriaged))));
  EXPECT_EQ(
      Ask(curious, "GET", absl::StrCat("/v1/opinions:batchGet?names=", public_one, "&names=", untriaged))
          .status,
      403);
  Get(curious, absl::StrCat("/v1/opinions:batchGet?names=", public_one));
  EXPECT_EQ(Ask(curious, "POST", absl::StrCat("/v1/", untriaged, ":support"), json::object()).status, 403);

  // Nor from a wider area than their own, from another community, or with a page token of somebody who sees
  // more.
  EXPECT_EQ(Ask(curious, "POST", "/v1/opinions:search", {{"area", "340111"}, {"query", "丁香院"}}).status,
            403);
  const Caller elsewhere = Resident("elsewhere", "340104400001-SL-01");
  EXPECT_EQ(Ask(elsewhere, "POST", "/v1/opinions:suggestSimilar",
                {{"area", kBuilding}, {"text", "丁香院物业经理骂了住户"}})
                .status,
            403);
  json page = {{"area", kCommunity}, {"query", "丁香院"}, {"pageSize", 1}};
  page["pageToken"] = Post(Staff(), "/v1/opinions:search", page).at("nextPageToken");
  EXPECT_THAT(Names(Post(curious, "/v1/opinions:search", page), "results"), IsEmpty());
}

}  // namespace
}  // namespace firstfloor
