#include "services/opinion/finding_catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/calendar/timestamp.h"
#include "common/privacy/keyring.h"

namespace firstfloor::opinion {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own messages

constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr char kOtherBuilding[] = "340111400001-CJ-08";
constexpr char kOtherCommunity[] = "340104400001-SL-01";
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

std::string Name(int number) { return absl::StrFormat("opinions/01900000-0000-7000-8000-%012d", number); }

class CatalogueTest : public ::testing::Test {
 protected:
  CatalogueTest() {
    const std::string file = absl::StrCat(::testing::TempDir(), "/catalogue.json");
    std::remove(file.c_str());
    EXPECT_TRUE(privacy::Keyring::Generate(file, "k1").ok());
    keyring_ = *privacy::Keyring::Load(file);
    extractor_ = std::make_unique<Extractor>(*keyring_);
    catalogue_ = std::make_unique<Catalogue>(*extractor_, kNow - absl::Hours(400 * 24));
  }

  Listing Make(int number, const std::string& text, const std::string& summary = "",
               const std::string& area = kBuilding) {
    Listing listing;
    listing.opinion.set_name(Name(number));
    listing.opinion.set_area(area);
    listing.opinion.set_kind(OPINION_KIND_PROBLEM);
    listing.opinion.set_category("SAFETY.LIFT");
    listing.opinion.set_state(summary.empty() ? OPINION_STATE_RECEIVED : OPINION_STATE_TRIAGED);
    listing.opinion.set_public_summary(summary);
    *listing.opinion.mutable_receive_time() = calendar::ToProto(kNow + absl::Minutes(number));
    listing.text = extractor_->OfText(text);
    return listing;
  }
  Listing Put(Listing listing) {
    catalogue_->Put(listing);
    return listing;
  }
  Listing Put(int number, const std::string& text, const std::string& summary = "",
              const std::string& area = kBuilding) {
    return Put(Make(number, text, summary, area));
  }

  // Names of what is like the text; `by_text`: all of it is handled by whoever asks.
  std::vector<std::string> Similar(const std::string& text, bool by_text,
                                   const std::string& area = kBuilding) const {
    const Catalogue::InArea everywhere = [](const std::string&) { return true; };
    std::vector<std::string> names;
    for (const SimilarOpinion& similar :
         catalogue_->SimilarTo({.text = extractor_->OfText(text), .area = area, .time = kNow}, 5,
                               by_text ? everywhere : nullptr)) {
      names.push_back(similar.opinion());
    }
    return names;
  }
  Catalogue::Search Searching(const std::string& query, bool by_text = true) const {
    Catalogue::Search search;
    search.terms = extractor_->TermsOf(query);
    search.by_text = by_text;
    search.area = "340111400";
    return search;
  }
  std::vector<std::string> Found(const Catalogue::Search& search, size_t most = 50) const {
    std::vector<std::string> names;
    for (const Catalogue::Place& place : catalogue_->Find(search, most)) names.push_back(NameOf(place.id));
    return names;
  }
  std::vector<HotTopic> Topics(bool publicly, const std::string& area = "340111400") const {
    return catalogue_->Topics(area, {kNow - absl::Hours(24), kNow + absl::Hours(24)}, publicly, 10);
  }

  std::unique_ptr<privacy::Keyring> keyring_;
  std::unique_ptr<Extractor> extractor_;
  std::unique_ptr<Catalogue> catalogue_;
};

constexpr char kLift[] = "翠屏里三号楼的电梯又停了，老人下不了楼";
constexpr char kLiftAgain[] = "翠屏里三号楼电梯停运两天，老人没法下楼";
constexpr char kNoise[] = "楼下广场舞音响太吵，孩子没法做作业";

TEST_F(CatalogueTest, NamesAndIdsAreEachOthers) { EXPECT_EQ(NameOf(MessageIdOf(Name(7))), Name(7)); }

TEST_F(CatalogueTest, ThoseWhoHandleItFindTheSameMatterByWhatWasSaid) {
  Put(1, kLift);
  Put(2, kNoise);
  EXPECT_THAT(Similar(kLiftAgain, true), ElementsAre(Name(1)));
  EXPECT_THAT(Similar(kLiftAgain, true, kOtherCommunity), IsEmpty()) << "another community";
}

TEST_F(CatalogueTest, OthersFindItByItsPublicSummaryAlone) {
  Put(1, kLift);
  EXPECT_THAT(Similar(kLiftAgain, false), IsEmpty());
  Put(1, kLift, "翠屏里三号楼电梯停运");
  EXPECT_THAT(Similar(kLiftAgain, false), ElementsAre(Name(1)));
  Put(1, kLift, "某处设备待修");
  EXPECT_THAT(Similar(kLiftAgain, false), IsEmpty()) << "the summary says nothing of it any more";
}

TEST_F(CatalogueTest, WhoHandlesOneBuildingFindsTheOthersBySummary) {
  Put(1, kLift, "", kBuilding);
  Put(2, kLift, "", kOtherBuilding);
  Put(3, kLift, "翠屏里三号楼电梯停运", kOtherBuilding);
  const auto similar =
      catalogue_->SimilarTo({.text = extractor_->OfText(kLiftAgain), .area = kBuilding, .time = kNow}, 5,
                            [](const std::string& area) { return area == kBuilding; });
  std::map<std::string, SimilarityBasis> found;
  for (const SimilarOpinion& one : similar) found[one.opinion()] = one.basis();
  const std::map<std::string, SimilarityBasis> wanted{{Name(1), SIMILARITY_BASIS_TEXT},
                                                      {Name(3), SIMILARITY_BASIS_PUBLIC_SUMMARY}};
  EXPECT_EQ(found, wanted);
}

TEST_F(CatalogueTest, WhatIsAboutStaffIsNeverThere) {
  Listing listing = Make(1, kLift, "翠屏里三号楼电梯停运");
  listing.opinion.set_about_staff(true);
  Put(listing);
  EXPECT_EQ(catalogue_->size(), 0u);
}

TEST_F(CatalogueTest, PetitionsAreSearchedButNobodysDuplicate) {
  Listing listing = Make(1, kLift);
  listing.opinion.set_kind(OPINION_KIND_PETITION);
  Put(listing);
  EXPECT_THAT(Similar(kLiftAgain, true), IsEmpty());
  EXPECT_THAT(Found(Searching("电梯")), ElementsAre(Name(1)));
}

TEST_F(CatalogueTest, WhatIsTakenBackIsGoneAndWhatIsMergedIsNoDuplicateOfAnything) {
  Put(1, kLift, "翠屏里三号楼电梯停运");
  Listing merged = Put(2, kLiftAgain, "翠屏里三号楼电梯停运");
  EXPECT_THAT(Topics(false), SizeIs(1));
  merged.opinion.set_state(OPINION_STATE_DUPLICATE);
  Put(merged);
  EXPECT_THAT(Similar(kLift, true), ElementsAre(Name(1)));
  EXPECT_THAT(Similar(kLift, false), ElementsAre(Name(1)));
  EXPECT_THAT(Topics(false), IsEmpty());
  EXPECT_THAT(Found(Searching("电梯停运")), ElementsAre(Name(2), Name(1))) << "its handlers find it";
  EXPECT_THAT(Found(Searching("电梯停运", false)), ElementsAre(Name(1)));
  merged.opinion.set_state(OPINION_STATE_TRIAGED);
  Put(merged);
  EXPECT_THAT(Similar(kLift, true), SizeIs(2)) << "taken out again";
  EXPECT_THAT(Topics(false), SizeIs(1));
  merged.opinion.set_state(OPINION_STATE_WITHDRAWN);
  Put(merged);
  EXPECT_EQ(catalogue_->size(), 1u);
  EXPECT_THAT(Found(Searching("电梯停运")), ElementsAre(Name(1)));
}

TEST_F(CatalogueTest, AnErasedTextIsFoundByNobody) {
  Listing listing = Put(1, kLift);
  Put(2, kLiftAgain);
  listing.text = Extract();
  Put(listing);
  EXPECT_THAT(Similar(kLift, true), ElementsAre(Name(2)));
  EXPECT_THAT(Found(Searching("电梯")), ElementsAre(Name(2)));
  EXPECT_THAT(Topics(false), IsEmpty());
}

TEST_F(CatalogueTest, WhatIsErasedFromATextIsFoundNoMore) {
  Listing listing = Put(1, "住户甲说电梯停运");
  listing.text = extractor_->OfText("电梯停运");
  Put(listing);
  EXPECT_THAT(Found(Searching("住户")), IsEmpty());
  EXPECT_THAT(Found(Searching("电梯")), ElementsAre(Name(1)));
}

TEST_F(CatalogueTest, WhatMovesToAnotherCommunityIsFoundThere) {
  Put(1, kLift, "翠屏里三号楼电梯停运");
  Put(1, kLift, "翠屏里三号楼电梯停运", kOtherCommunity);
  EXPECT_THAT(Similar(kLiftAgain, true), IsEmpty());
  EXPECT_THAT(Similar(kLiftAgain, true, kOtherCommunity), ElementsAre(Name(1)));
  EXPECT_THAT(Found(Searching("电梯")), IsEmpty());
}

TEST_F(CatalogueTest, WhatHoldsMoreOfTheQueryComesFirstThenWhatIsNewer) {
  Put(1, "电梯停运");
  Put(2, "电梯停运");
  Put(3, "电梯很慢");
  Put(4, "楼道没有灯");
  EXPECT_THAT(Found(Searching("电梯停运")), ElementsAre(Name(2), Name(1)));
  EXPECT_THAT(Found(Searching("电梯很吵")), ElementsAre(Name(3))) << "two of three";
  EXPECT_THAT(Found(Searching("电梯")), ElementsAre(Name(3), Name(2), Name(1)));
  EXPECT_THAT(Found(Searching("水管")), IsEmpty());
}

TEST_F(CatalogueTest, OthersSearchPublicSummariesAlone) {
  Put(1, kLift, "三号楼有一部停运");
  EXPECT_THAT(Found(Searching("老人", false)), IsEmpty());
  EXPECT_THAT(Found(Searching("老人", true)), ElementsAre(Name(1)));
  EXPECT_THAT(Found(Searching("停运", false)), ElementsAre(Name(1)));
  EXPECT_THAT(Found(Searching("停运", true)), ElementsAre(Name(1)));
  Listing early = Make(2, kLift, "电梯停运");
  early.opinion.set_state(OPINION_STATE_RECEIVED);
  Put(early);
  EXPECT_THAT(Found(Searching("停运", false)), ElementsAre(Name(1))) << "nobody has triaged it";
}

TEST_F(CatalogueTest, SearchesByAreaStateCategoryAndTime) {
  Put(1, "电梯停运", "电梯", kBuilding);
  Put(2, "电梯停运", "", kOtherBuilding);
  Put(3, "电梯停运", "", kOtherCommunity);
  Catalogue::Search search = Searching("电梯");
  EXPECT_THAT(Found(search), ElementsAre(Name(2), Name(1)));
  search.area = kBuilding;
  EXPECT_THAT(Found(search), ElementsAre(Name(1)));
  search = Searching("电梯");
  search.states = {OPINION_STATE_RECEIVED};
  EXPECT_THAT(Found(search), ElementsAre(Name(2)));
  search = Searching("电梯");
  search.category = "SAFETY";
  EXPECT_THAT(Found(search), SizeIs(2));
  search.category = "SAFETY.FIRE";
  EXPECT_THAT(Found(search), IsEmpty());
  search = Searching("电梯");
  search.span.to = kNow + absl::Minutes(2);
  EXPECT_THAT(Found(search), ElementsAre(Name(1)));
}

TEST_F(CatalogueTest, PagesGoOnWhereTheLastOneEnded) {
  for (int i = 1; i <= 7; ++i) Put(i, i % 2 == 0 ? "电梯停运" : "电梯很慢");
  Catalogue::Search search = Searching("电梯停运");
  search.terms = extractor_->TermsOf("电梯停");
  const std::vector<std::string> all = Found(search);
  ASSERT_THAT(all, ElementsAre(Name(6), Name(4), Name(2), Name(7), Name(5), Name(3), Name(1)));
  std::vector<std::string> paged;
  while (true) {
    const auto page = catalogue_->Find(search, 2);
    for (const Catalogue::Place& place : page) paged.push_back(NameOf(place.id));
    if (page.size() < 2) break;
    search.after = page.back();
  }
  EXPECT_EQ(paged, all);
}

// More than an index looks at at once, some of them dated back: it may stop early, and must not miss
// anything.
TEST_F(CatalogueTest, FindsTheNewestOfManyWhateverOrderTheyCameIn) {
  const std::vector<Extract> said{extractor_->OfText("电梯停运"), extractor_->OfText("电梯很慢"),
                                  extractor_->OfText("楼道没有灯")};
  constexpr int kMany = 40'000;
  std::vector<std::tuple<int, absl::Time, std::string>> wanted;
  for (int i = 1; i <= kMany; ++i) {
    Listing listing = Make(i, "");
    listing.opinion.set_kind(OPINION_KIND_PETITION);  // which nobody compares
    const int days_back = i % 7 == 0 ? i % 1000 : 0;
    const absl::Time time = kNow + absl::Seconds(i) - absl::Hours(24 * days_back);
    *listing.opinion.mutable_receive_time() = calendar::ToProto(time);
    listing.text = said[i * 31 % 997 % 3];
    Put(listing);
    const int held = i * 31 % 997 % 3 == 0 ? 3 : i * 31 % 997 % 3 == 1 ? 1 : 0;
    if (held >= 2) wanted.emplace_back(held, time, Name(i));
  }
  std::sort(wanted.rbegin(), wanted.rend());
  Catalogue::Search search = Searching("电梯停运");
  for (const size_t most : {size_t{1}, size_t{50}, size_t{1000}}) {
    std::vector<std::string> names;
    for (size_t i = 0; i < most; ++i) names.push_back(std::get<2>(wanted[i]));
    EXPECT_EQ(Found(search, most), names);
  }
  search.after = catalogue_->Find(search, 30).back();
  EXPECT_EQ(Found(search, 1), std::vector<std::string>{std::get<2>(wanted[30])});
  search.after.reset();
  search.span.to = kNow - absl::Hours(24 * 500);
  for (const std::string& name : Found(search, 50)) {
    EXPECT_TRUE(std::any_of(wanted.begin(), wanted.end(), [&](const auto& one) {
      return std::get<2>(one) == name && std::get<1>(one) < search.span.to;
    }));
  }
  EXPECT_THAT(Found(search, 50), SizeIs(50));
}

TEST_F(CatalogueTest, ATopicIsWhatSeveralHaveSaidTitledByAPublicSummary) {
  Put(1, kLift);
  Put(2, kLiftAgain, "翠屏里三号楼电梯停运", kOtherBuilding);
  Put(3, kNoise, "广场舞噪音");
  const std::vector<HotTopic> topics = Topics(false);
  ASSERT_THAT(topics, SizeIs(1));
  EXPECT_EQ(topics[0].title(), "翠屏里三号楼电梯停运");
  EXPECT_EQ(topics[0].representative(), Name(2));
  EXPECT_THAT(topics[0].members(), ElementsAre(Name(2), Name(1)));
  EXPECT_THAT(topics[0].places(), ElementsAre(kBuilding, kOtherBuilding));
  EXPECT_EQ(topics[0].count(), 2);
  EXPECT_EQ(calendar::FromProto(topics[0].first_time()), kNow + absl::Minutes(1));
  EXPECT_EQ(calendar::FromProto(topics[0].last_time()), kNow + absl::Minutes(2));
  EXPECT_GT(topics[0].heat(), 1.8);
  EXPECT_THAT(Topics(false, kBuilding), IsEmpty()) << "one of them alone is no topic";
}

TEST_F(CatalogueTest, OthersSeeTopicsOfWhatIsPublicAlone) {
  Put(1, kLift);
  Put(2, kLiftAgain, "翠屏里三号楼电梯停运");
  EXPECT_THAT(Topics(true), IsEmpty());
  Put(1, kLift, "翠屏里三号楼电梯");
  ASSERT_THAT(Topics(true), SizeIs(1));
  EXPECT_EQ(Topics(true)[0].count(), 2);
}

TEST_F(CatalogueTest, WhatIsSupportedIsHotter) {
  Put(1, kLift);
  Put(2, kLiftAgain);
  Put(3, kNoise);
  Listing noise = Make(4, "楼下广场舞音响太吵了");
  noise.opinion.set_supports(9);
  Put(noise);
  const std::vector<HotTopic> topics = Topics(false);
  ASSERT_THAT(topics, SizeIs(2));
  EXPECT_THAT(topics[0].members(), ElementsAre(Name(4), Name(3)));
  EXPECT_EQ(topics[0].supports(), 9);
}

TEST_F(CatalogueTest, WhatWasReceivedTooLongAgoIsInNoTopic) {
  Catalogue young(*extractor_, kNow + absl::Hours(1));
  young.Put(Make(1, kLift));
  young.Put(Make(2, kLiftAgain));
  EXPECT_THAT(young.Topics("340111400", {kNow - absl::Hours(24), kNow + absl::Hours(24)}, false, 10),
              IsEmpty());
  EXPECT_EQ(young.size(), 2u);
}

TEST_F(CatalogueTest, TellingTwiceDoesNoHarm) {
  const Listing listing = Put(1, kLift, "翠屏里三号楼电梯停运");
  Put(listing);
  EXPECT_THAT(Similar(kLiftAgain, true), ElementsAre(Name(1)));
  EXPECT_THAT(Similar(kLiftAgain, false), ElementsAre(Name(1)));
  EXPECT_THAT(Found(Searching("电梯")), ElementsAre(Name(1)));
  catalogue_->Remove(MessageIdOf(Name(1)));
  catalogue_->Remove(MessageIdOf(Name(1)));
  EXPECT_EQ(catalogue_->size(), 0u);
}

}  // namespace
}  // namespace firstfloor::opinion
