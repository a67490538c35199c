// Finding opinions as it is served: real calls, MariaDB and Redis, two replicas.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/db/schema/migrations.h"
#include "common/error/error.h"
#include "common/rpc/client.h"
#include "common/testing/erasing.h"
#include "common/testing/suite.h"
#include "firstfloor/opinion/v1/finding_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "services/opinion/category_model.h"
#include "services/opinion/furnish.h"

ABSL_DECLARE_FLAG(std::string, category_model_file);

namespace firstfloor::opinion {
namespace {

using firstfloor::testing::As;
using firstfloor::testing::Done;
using firstfloor::testing::Erase;
using firstfloor::testing::ErasureOf;
using firstfloor::testing::RequestId;
using firstfloor::testing::Suite;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

constexpr char kOpinions[] = "firstfloor.opinion.v1.OpinionService.";
constexpr char kFinding[] = "firstfloor.opinion.v1.FindingService.";
constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr char kCommunity[] = "340111400";
constexpr char kOtherCommunity[] = "340104400001-SL-01";

As Resident(const std::string& subject, const std::string& area = kBuilding) {
  return {.role = api::v1::ROLE_RESIDENT, .area = area, .subject = subject, .strong = true};
}
As Staff(const std::string& area = kCommunity) {
  return {.role = api::v1::ROLE_COMMUNITY_STAFF, .area = area, .subject = "staff", .strong = true};
}

class FindingService : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    MakeModel();
    suite_ = new Suite();
    suite_->Start(Program());
  }
  static void TearDownTestSuite() {
    delete suite_;
    suite_ = nullptr;
  }
  static program::Program Program() {
    return {.name = "opinion", .migrations = schema::Migrations(), .furnish = Furnish};
  }

  static void MakeModel() {
    const std::string texts = absl::StrCat(::testing::TempDir(), "/texts.jsonl");
    const std::string model = absl::StrCat(::testing::TempDir(), "/model");
    {
      std::ofstream out(texts);
      for (int i = 0; i < 4; ++i) {
        out << R"({"text": "消防通道堆满杂物", "category": "SAFETY.FIRE"})"
            << "\n"
            << R"({"title": "绿化", "body": "草坪没人浇水", "category": "ENVIRONMENT.GREENING"})"
            << "\n"
            << R"({"text": "楼上装修太吵", "category": "NEIGHBOUR.NOISE"})"
            << "\n";
      }
    }
    const auto trained = TrainCategories(texts);
    ASSERT_TRUE(trained.ok()) << trained.status();
    std::ofstream(model) << *trained;
    absl::SetFlag(&FLAGS_category_model_file, model);
  }

  template <typename Reply, typename Request>
  static absl::StatusOr<Reply> Ask(const std::string& method, const Request& request, const As& as) {
    return suite_->Call<Reply>(method, request, as);
  }
  static SubmitOpinionRequest Submission(const std::string& text, const std::string& area = kBuilding) {
    SubmitOpinionRequest request;
    request.set_request_id(RequestId());
    request.mutable_opinion()->set_area(area);
    request.mutable_opinion()->set_channel(OPINION_CHANNEL_APP);
    request.mutable_opinion()->set_kind(OPINION_KIND_PROBLEM);
    request.mutable_opinion()->set_text(text);
    return request;
  }
  static SubmitOpinionResponse Submit(const SubmitOpinionRequest& request, const As& as) {
    const auto response = Ask<SubmitOpinionResponse>(absl::StrCat(kOpinions, "SubmitOpinion"), request, as);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : SubmitOpinionResponse();
  }
  static std::string Said(const std::string& text, const std::string& by = "somebody",
                          const std::string& area = kBuilding) {
    return Submit(Submission(text, area), Resident(by, area)).opinion().name();
  }
  template <typename Request>
  static absl::StatusOr<Opinion> Do(const std::string& method, const std::string& name, Request request,
                                    const As& as) {
    request.set_name(name);
    request.set_request_id(RequestId());
    return Ask<Opinion>(absl::StrCat(kOpinions, method), request, as);
  }
  static void Triage(const std::string& name, const std::string& summary,
                     const std::string& area = kCommunity) {
    TriageOpinionRequest request;
    request.set_category("SAFETY.LIFT");
    request.set_public_summary(summary);
    const auto triaged = Do("TriageOpinion", name, request, Staff(area));
    EXPECT_TRUE(triaged.ok()) << triaged.status();
  }

  static absl::StatusOr<SuggestSimilarResponse> SuggestSimilar(const std::string& text, const As& as,
                                                               const std::string& area = kBuilding) {
    SuggestSimilarRequest request;
    request.set_area(area);
    request.set_text(text);
    return Ask<SuggestSimilarResponse>(absl::StrCat(kFinding, "SuggestSimilar"), request, as);
  }
  static std::vector<std::string> Names(const google::protobuf::RepeatedPtrField<SimilarOpinion>& opinions) {
    std::vector<std::string> names;
    for (const SimilarOpinion& opinion : opinions) names.push_back(opinion.opinion());
    return names;
  }
  static std::vector<std::string> Similar(const std::string& text, const As& as,
                                          const std::string& area = kBuilding) {
    const auto response = SuggestSimilar(text, as, area);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? Names(response->opinions()) : std::vector<std::string>();
  }
  static absl::StatusOr<SearchOpinionsResponse> Search(const SearchOpinionsRequest& request, const As& as) {
    return Ask<SearchOpinionsResponse>(absl::StrCat(kFinding, "SearchOpinions"), request, as);
  }
  static std::vector<std::string> Found(const std::string& query, const As& as,
                                        const std::string& area = kCommunity) {
    SearchOpinionsRequest request;
    request.set_area(area);
    request.set_query(query);
    const auto response = Search(request, as);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> names;
    if (response.ok()) {
      for (const FoundOpinion& found : response->results()) names.push_back(found.opinion().name());
    }
    return names;
  }
  static absl::StatusOr<ListHotTopicsResponse> Topics(const std::string& area, const As& as) {
    ListHotTopicsRequest request;
    request.set_area(area);
    return Ask<ListHotTopicsResponse>(absl::StrCat(kFinding, "ListHotTopics"), request, as);
  }
  static int64_t Extracts() {
    db::Connection connection(suite_->database("opinion"));
    const auto rows = connection.Query("SELECT COUNT(*) FROM opinion_extract");
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() ? rows->front().Int(0) : -1;
  }

  static Suite* suite_;
};

Suite* FindingService::suite_ = nullptr;

TEST_F(FindingService, AResidentHearsOfThePublicSideOfTheSameMatterBeforeAndAfterSayingIt) {
  const std::string name = Said("紫藤苑三号楼的电梯又停了，老人下不了楼", "zhang");
  const std::string again = "紫藤苑三号楼电梯停运两天，老人没法下楼";
  EXPECT_THAT(Similar(again, Resident("li")), IsEmpty()) << "nobody has triaged it";
  Triage(name, "紫藤苑三号楼电梯停运");
  const auto similar = SuggestSimilar(again, Resident("li"));
  ASSERT_TRUE(similar.ok()) << similar.status();
  ASSERT_THAT(Names(similar->opinions()), ElementsAre(name));
  EXPECT_EQ(similar->opinions(0).public_summary(), "紫藤苑三号楼电梯停运");
  EXPECT_EQ(similar->opinions(0).basis(), SIMILARITY_BASIS_PUBLIC_SUMMARY);
  EXPECT_EQ(similar->opinions(0).state(), OPINION_STATE_TRIAGED);
  EXPECT_GT(similar->opinions(0).score(), 0.1);
  EXPECT_LE(similar->opinions(0).score(), 1);
  EXPECT_THAT(Names(Submit(Submission(again), Resident("li")).similar()), ElementsAre(name));
  EXPECT_THAT(Similar(again, Resident("li", kOtherCommunity), kOtherCommunity), IsEmpty());
  EXPECT_TRUE(absl::IsPermissionDenied(SuggestSimilar(again, Resident("li"), kOtherCommunity).status()));
}

TEST_F(FindingService, WhoeverSaidItBeforeIsLikelierToSayTheSameButNotWhoeverAsksForOthers) {
  const std::string text = "枇杷园门禁坏了进不了楼";
  Triage(Said(text, "zhang"), "枇杷园门禁损坏");
  const auto score_for = [&](const As& caller) {
    const auto similar = SuggestSimilar(text, caller);
    EXPECT_TRUE(similar.ok()) << similar.status();
    return similar.ok() && similar->opinions_size() == 1 ? similar->opinions(0).score() : -1;
  };
  EXPECT_GT(score_for(Resident("li")), 0);
  EXPECT_GT(score_for(Resident("zhang")), score_for(Resident("li")));
  As steward = Staff();
  steward.subject = "zhang";
  EXPECT_EQ(score_for(steward), score_for(Staff()));
}

TEST_F(FindingService, StaffHearOfWhatWasSaidAndMergeIt) {
  const std::string first = Said("梧桐里地下车库漏水，车被泡了", "zhang");
  const std::string second = Said("梧桐里地库一直漏水，没人修", "li");
  const auto similar = SuggestSimilar("梧桐里车库漏水", Staff());
  ASSERT_TRUE(similar.ok()) << similar.status();
  EXPECT_THAT(Names(similar->opinions()), UnorderedElementsAre(first, second));
  EXPECT_EQ(similar->opinions(0).basis(), SIMILARITY_BASIS_TEXT);

  SuggestMergesRequest request;
  request.set_name(second);
  const std::string method = absl::StrCat(kFinding, "SuggestMerges");
  const auto merges = Ask<SuggestMergesResponse>(method, request, Staff());
  ASSERT_TRUE(merges.ok()) << merges.status();
  EXPECT_THAT(Names(merges->opinions()), ElementsAre(first)) << "not itself";
  EXPECT_TRUE(absl::IsPermissionDenied(Ask<SuggestMergesResponse>(method, request, Resident("li")).status()));
  EXPECT_TRUE(
      absl::IsPermissionDenied(Ask<SuggestMergesResponse>(method, request, Staff(kOtherCommunity)).status()));

  MergeOpinionRequest merge;
  merge.set_into(first);
  ASSERT_TRUE(Do("MergeOpinion", second, merge, Staff()).ok());
  EXPECT_THAT(Similar("梧桐里车库漏水", Staff()), ElementsAre(first));
  ASSERT_TRUE(Do("UnmergeOpinion", second, UnmergeOpinionRequest(), Staff()).ok());
  EXPECT_THAT(Similar("梧桐里车库漏水", Staff()), UnorderedElementsAre(first, second));
}

TEST_F(FindingService, WhatIsAboutStaffIsFoundByNobodyAndAPetitionIsNobodysDuplicate) {
  SubmitOpinionRequest about_staff = Submission("银杏园的网格员收了好处费");
  about_staff.mutable_opinion()->set_about_staff(true);
  const int64_t extracts = Extracts();
  const std::string hidden = Submit(about_staff, Resident("zhang")).opinion().name();
  EXPECT_EQ(Extracts(), extracts) << "nothing is kept that it could be found by";
  EXPECT_THAT(Similar("银杏园的网格员收了好处费", Staff()), IsEmpty());
  EXPECT_THAT(Found("银杏园", Staff()), IsEmpty());
  SuggestMergesRequest merges;
  merges.set_name(hidden);
  const As steward{.role = api::v1::ROLE_STEWARD, .area = kCommunity, .subject = "steward"};
  EXPECT_TRUE(absl::IsPermissionDenied(
      Ask<SuggestMergesResponse>(absl::StrCat(kFinding, "SuggestMerges"), merges, steward).status()));

  SubmitOpinionRequest petition = Submission("香樟苑拆迁补偿没有发放");
  petition.mutable_opinion()->set_kind(OPINION_KIND_PETITION);
  petition.mutable_opinion()->set_petition_type(PETITION_TYPE_CLAIM);
  const std::string claimed = Submit(petition, Resident("zhang")).opinion().name();
  EXPECT_THAT(Similar("香樟苑拆迁补偿没有发放", Staff()), IsEmpty());
  EXPECT_THAT(Similar("香樟苑拆迁补偿没有发放", Resident("li")), IsEmpty());
  EXPECT_THAT(Found("拆迁补偿", Staff()), ElementsAre(claimed));
  EXPECT_THAT(Found("拆迁补偿", Resident("li")), IsEmpty());
}

TEST_F(FindingService, WhatIsTakenBackOrErasedIsFoundNoMore) {
  const std::string withdrawn = Said("石榴院路灯坏了三盏", "account-withdrawing");
  ASSERT_THAT(Found("石榴院", Staff()), ElementsAre(withdrawn));
  ASSERT_TRUE(
      Do("WithdrawOpinion", withdrawn, WithdrawOpinionRequest(), Resident("account-withdrawing")).ok());
  EXPECT_THAT(Found("石榴院", Staff()), IsEmpty());
  EXPECT_THAT(Similar("石榴院路灯坏了三盏", Staff()), IsEmpty());

  const std::string said = Said("蔷薇巷下水道堵塞返水", "account-leaving");
  RejectOpinionRequest reject;
  reject.set_reason(REJECT_REASON_NOT_UNDERSTANDABLE);
  ASSERT_TRUE(Do("RejectOpinion", said, reject, Staff()).ok());
  ASSERT_THAT(Found("蔷薇巷", Staff()), ElementsAre(said));
  const int64_t extracts = Extracts();
  const auto erasure = Erase(*suite_, "opinion", ErasureOf("account-leaving"));
  ASSERT_TRUE(erasure.ok()) << erasure.status();
  Done(*suite_, "opinion", *erasure);
  EXPECT_THAT(Found("蔷薇巷", Staff()), IsEmpty());
  EXPECT_EQ(Extracts(), extracts - 1);
}

TEST_F(FindingService, SearchesWithinWhatTheCallerMaySee) {
  const std::string open = Said("海棠居停车位被外来车辆占用，住户甲在群里说过", "zhang");
  const std::string hidden = Said("海棠居停车位收费太贵", "li");
  Triage(open, "海棠居停车位被占");
  EXPECT_THAT(Found("海棠居停车位", Staff()), ElementsAre(hidden, open)) << "the newer first";
  EXPECT_THAT(Found("海棠居停车位", Resident("wang"), kCommunity), ElementsAre(open));
  EXPECT_THAT(Found("外来车辆", Resident("wang"), kCommunity), IsEmpty()) << "not in the summary";
  EXPECT_THAT(Found("海棠居停车位", Staff(), kBuilding), SizeIs(2));

  SearchOpinionsRequest request;
  request.set_area(kCommunity);
  request.set_query("海棠居停车位");
  const auto as_resident = Search(request, Resident("wang"));
  ASSERT_TRUE(as_resident.ok()) << as_resident.status();
  EXPECT_EQ(as_resident->results(0).opinion().text(), "");
  EXPECT_EQ(as_resident->results(0).opinion().public_summary(), "海棠居停车位被占");
  EXPECT_EQ(as_resident->results(0).match_share(), 1000);
  EXPECT_TRUE(absl::IsPermissionDenied(Search(request, Resident("wang", kOtherCommunity)).status()));
  request.set_area("340111");
  EXPECT_TRUE(absl::IsPermissionDenied(Search(request, Resident("wang")).status()))
      << "more than a community";

  request.set_area(kCommunity);
  request.set_page_size(1);
  const auto first = Search(request, Staff());
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_THAT(first->results(), SizeIs(1));
  request.set_page_token(first->next_page_token());
  const auto second = Search(request, Staff());
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_THAT(second->results(), SizeIs(1));
  EXPECT_EQ(second->results(0).opinion().name(), open);
  EXPECT_EQ(second->next_page_token(), "");
  request.set_query("停车位");
  EXPECT_TRUE(absl::IsInvalidArgument(Search(request, Staff()).status())) << "another search's token";
  request.clear_page_token();
  request.set_query("灯");
  EXPECT_TRUE(absl::IsInvalidArgument(Search(request, Staff()).status())) << "one character";
}

TEST_F(FindingService, ListsWhatSeveralHaveSaidWithPlacesAndHeat) {
  const std::string first = Said("木兰苑垃圾桶没人清运，臭味很大", "zhang");
  const std::string second = Said("木兰苑垃圾没人清运臭气熏天", "li", "340111400001-CJ-08");
  const auto topic_of = [&](const absl::StatusOr<ListHotTopicsResponse>& response) {
    EXPECT_TRUE(response.ok()) << response.status();
    if (response.ok()) {
      for (const HotTopic& topic : response->topics()) {
        for (const std::string& member : topic.members()) {
          if (member == first || member == second) return topic;
        }
      }
    }
    return HotTopic();
  };
  const HotTopic to_staff = topic_of(Topics(kCommunity, Staff()));
  EXPECT_THAT(to_staff.members(), ElementsAre(second, first));
  EXPECT_THAT(to_staff.places(), ElementsAre(kBuilding, "340111400001-CJ-08"));
  EXPECT_EQ(to_staff.title(), "");
  EXPECT_THAT(topic_of(Topics(kCommunity, Resident("wang"))).members(), IsEmpty());
  Triage(first, "木兰苑垃圾清运不及时");
  Triage(second, "木兰苑垃圾堆积");
  SupportOpinionRequest support;
  ASSERT_TRUE(Do("SupportOpinion", first, support, Resident("wang")).ok());
  const HotTopic to_others = topic_of(Topics(kCommunity, Resident("wang")));
  EXPECT_THAT(to_others.members(), ElementsAre(second, first));
  EXPECT_THAT(to_others.title(), Not(IsEmpty()));
  EXPECT_EQ(to_others.supports(), 1);
  EXPECT_GT(to_others.heat(), 2.9);
  EXPECT_TRUE(absl::IsPermissionDenied(Topics(kCommunity, Resident("wang", kOtherCommunity)).status()));
}

TEST_F(FindingService, SuggestsCategoriesThatWereLearned) {
  SuggestCategoryRequest request;
  request.set_area(kBuilding);
  request.set_text("楼道消防通道又堆满了");
  const auto suggested =
      Ask<SuggestCategoryResponse>(absl::StrCat(kFinding, "SuggestCategory"), request, Resident("zhang"));
  ASSERT_TRUE(suggested.ok()) << suggested.status();
  ASSERT_THAT(suggested->categories(), SizeIs(3));
  EXPECT_EQ(suggested->categories(0).category(), "SAFETY.FIRE");
  EXPECT_THAT(suggested->categories(0).because(), Not(IsEmpty()));
  EXPECT_GT(suggested->categories(0).score(), suggested->categories(1).score());

  SubmitOpinionRequest without = Submission("楼上装修太吵了");
  EXPECT_EQ(Submit(without, Resident("zhang")).category_suggestions(0).category(), "NEIGHBOUR.NOISE");
  SubmitOpinionRequest with = Submission("楼上装修太吵了");
  with.mutable_opinion()->set_category("NEIGHBOUR.RENOVATION");
  EXPECT_THAT(Submit(with, Resident("zhang")).category_suggestions(), IsEmpty());
}

// What two replicas and one that starts anew answer to the same questions.
TEST_F(FindingService, ReplicasAgreeAndAStartFindsWhatWasSaidBefore) {
  const std::string before = Said("玉兰坊健身器材损坏，孩子摔伤", "zhang");
  Triage(before, "玉兰坊健身器材损坏");
  // As an earlier release has left it.
  {
    db::Connection connection(suite_->database("opinion"));
    ASSERT_TRUE(connection.Execute("DELETE FROM opinion_extract").ok());
  }
  rpc::Client first(absl::StrCat("127.0.0.1:", suite_->house("opinion").port()), rpc::TlsFiles{});
  suite_->Start(Program());
  const std::string after = Said("玉兰坊健身器材坏了没人修", "li");

  SuggestSimilarRequest request;
  request.set_area(kBuilding);
  request.set_text("玉兰坊的健身器材坏了");
  const std::string method = absl::StrCat(kFinding, "SuggestSimilar");
  SuggestSimilarResponse of_first;
  const absl::Status asked = first.Ask(method, request, of_first, suite_->Options(Staff()));
  ASSERT_TRUE(asked.ok()) << asked;
  const auto of_second = Ask<SuggestSimilarResponse>(method, request, Staff());
  ASSERT_TRUE(of_second.ok()) << of_second.status();
  EXPECT_THAT(Names(of_first.opinions()), UnorderedElementsAre(before, after));
  EXPECT_EQ(Names(of_first.opinions()), Names(of_second->opinions()));
  for (int i = 0; i < of_first.opinions_size(); ++i) {
    EXPECT_NEAR(of_first.opinions(i).score(), of_second->opinions(i).score(), 0.02);
  }
  EXPECT_GT(Extracts(), 1) << "made anew of what the earlier release has left";
  EXPECT_THAT(Found("健身器材", Staff()), ElementsAre(after, before));
}

}  // namespace
}  // namespace firstfloor::opinion
