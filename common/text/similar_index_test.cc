#include "common/text/similar_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "common/text/similarity.h"

namespace firstfloor::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::string_view kHere = "340111400001";

class SimilarIndexTest : public ::testing::Test {
 protected:
  Message Of(absl::string_view headline, absl::string_view body, absl::string_view scope = kHere) const {
    Message message;
    message.print = fingerprinter_.Of(headline, body);
    message.scope = std::string(scope);
    message.time = absl::UnixEpoch() + absl::Hours(24 * 365 * 50);
    return message;
  }

  std::vector<MessageId> Ids(const std::vector<Match>& matches) const {
    std::vector<MessageId> ids;
    for (const Match& match : matches) ids.push_back(match.id);
    return ids;
  }

  void AddTown(SimilarIndex& index) const {
    index.Add(1, Of("云栖苑三号楼电梯又坏了", "三号楼的电梯一周坏了三次，老人上不了楼。"));
    index.Add(2, Of("清波路烧烤摊油烟大", "清波路口每晚摆烧烤摊，油烟飘进家里。"));
    index.Add(3, Of("桂雨里停水两天", "桂雨里从周一起停水，没有通知，做饭都成问题。"));
    index.Add(4, Of("云栖苑门口乱停车", "云栖苑大门口两边停满了车，进出不便。"));
    index.Add(5, Of("望湖小学门口堵车", "望湖小学放学时门口堵车，家长的车停了两排。"));
  }

  const Fingerprinter fingerprinter_{"0123456789abcdef"};
};

TEST_F(SimilarIndexTest, FindsTheSameMatterFirst) {
  SimilarIndex index;
  AddTown(index);
  const auto matches = index.Top(Of("云栖苑的电梯什么时候修好", "云栖苑三号楼电梯又停了，老人困在楼上。"), 5);
  ASSERT_THAT(matches, SizeIs(testing::Ge(1)));
  EXPECT_EQ(matches.front().id, 1u);
  EXPECT_GE(matches.front().score, kSameMatter);
}

TEST_F(SimilarIndexTest, FindsNothingWhereNothingIsAlike) {
  SimilarIndex index;
  AddTown(index);
  EXPECT_THAT(index.Top(Of("怎样办理护照", "护照到期，去哪里换？"), 5, kSameMatter), IsEmpty());
  EXPECT_THAT(SimilarIndex().Top(Of("云栖苑电梯", ""), 5), IsEmpty());
}

TEST_F(SimilarIndexTest, NeverComparesAcrossCommunities) {
  SimilarIndex index;
  index.Add(1, Of("云栖苑电梯坏了", "老人上不了楼", "340111400001"));
  index.Add(2, Of("云栖苑电梯坏了", "老人上不了楼", "340111400002"));
  EXPECT_THAT(Ids(index.Top(Of("云栖苑电梯坏了", "老人上不了楼", "340111400002"), 5)), ElementsAre(2u));
  EXPECT_THAT(index.Top(Of("云栖苑电梯坏了", "老人上不了楼", "340111400003"), 5), IsEmpty());
}

TEST_F(SimilarIndexTest, LeavesOutTheMessageItselfAndWhatIsBelowTheScore) {
  SimilarIndex index;
  AddTown(index);
  const Message lift = Of("云栖苑三号楼电梯又坏了", "三号楼的电梯一周坏了三次，老人上不了楼。");
  EXPECT_EQ(index.Top(lift, 1).front().id, 1u);
  for (const Match& match : index.Top(lift, 5, 0, 1)) EXPECT_NE(match.id, 1u);
  for (const Match& match : index.Top(lift, 5, kSameMatter)) EXPECT_GE(match.score, kSameMatter);
}

TEST_F(SimilarIndexTest, AnswersNoMoreThanAsked) {
  SimilarIndex index;
  for (int i = 0; i < 4; ++i) index.Add(i, Of("云栖苑电梯坏了", "老人上不了楼"));
  EXPECT_THAT(Ids(index.Top(Of("云栖苑电梯坏了", "老人上不了楼"), 3)), ElementsAre(0u, 1u, 2u))
      << "equal ones by id";
  EXPECT_THAT(index.Top(Of("云栖苑电梯坏了", "老人上不了楼"), 0), IsEmpty());
}

TEST_F(SimilarIndexTest, ForgetsWhatIsRemoved) {
  SimilarIndex index;
  AddTown(index);
  const Message lift = Of("云栖苑三号楼电梯又坏了", "三号楼的电梯一周坏了三次，老人上不了楼。");
  EXPECT_TRUE(index.Remove(1));
  EXPECT_FALSE(index.Remove(1));
  EXPECT_EQ(index.size(), 4u);
  for (const Match& match : index.Top(lift, 5)) EXPECT_NE(match.id, 1u);
  // Its place in memory is used again; nobody is taken for it.
  index.Add(9, Of("怎样办理护照", "护照到期，去哪里换？"));
  for (const Match& match : index.Top(lift, 5)) EXPECT_NE(match.id, 9u);
}

TEST_F(SimilarIndexTest, ReplacesWhatIsAddedAgain) {
  SimilarIndex index;
  AddTown(index);
  index.Add(1, Of("霞飞巷路灯不亮", "霞飞巷的路灯坏了半个月。"));
  EXPECT_EQ(index.size(), 5u);
  EXPECT_EQ(index.Top(Of("霞飞巷的路灯", "霞飞巷路灯不亮"), 1).front().id, 1u);
  EXPECT_THAT(index.Top(Of("云栖苑三号楼电梯又坏了", "三号楼的电梯"), 5, kSameMatter), IsEmpty());
}

TEST_F(SimilarIndexTest, CountsTheSamePersonOnlyWherePersonsAreKnown) {
  SimilarIndex index;
  Message message = Of("云栖苑门口乱停车", "云栖苑大门口停满了车。");
  index.Add(1, message);
  const double unknown = index.Top(message, 1).front().score;
  message.reporter = 7;
  index.Add(1, message);
  EXPECT_GT(index.Top(message, 1).front().score, unknown);
  message.reporter = 8;
  EXPECT_EQ(index.Top(message, 1).front().score, unknown);
}

TEST_F(SimilarIndexTest, AnswersTheSameAfterBeingMadeAgainFromWhatIsStored) {
  SimilarIndex index, again;
  std::vector<std::string> stored;
  for (int i = 0; i < 200; ++i) {
    const Message message = Of(absl::StrCat("云栖苑", i % 17, "号楼", i % 3 == 0 ? "电梯坏了" : "漏水"),
                               absl::StrCat("第", i, "次反映，", i % 7, "单元没有人来修。"));
    stored.push_back(message.print.Serialize());
    index.Add(i, message);
  }
  for (int i = 0; i < 200; ++i) {
    Message message = Of("", "");
    message.print = *Fingerprint::Parse(stored[i]);
    again.Add(i, message);
  }
  for (int i = 0; i < 17; ++i) {
    const Message asked = Of(absl::StrCat("云栖苑", i, "号楼电梯"), "坏了");
    const auto one = index.Top(asked, 5), other = again.Top(asked, 5);
    ASSERT_EQ(Ids(one), Ids(other));
    for (size_t j = 0; j < one.size(); ++j) EXPECT_EQ(one[j].score, other[j].score);
  }
}

TEST_F(SimilarIndexTest, StillFindsTheNewestOfAMatterThatFillsItsLists) {
  SimilarIndex index;
  const int many = 2 * SimilarIndex::kListLength;
  for (int i = 0; i < many; ++i) index.Add(i, Of("云栖苑电梯坏了", "老人上不了楼"));
  const auto matches = index.Top(Of("云栖苑电梯坏了", "老人上不了楼"), SimilarIndex::kCompared);
  EXPECT_THAT(matches, SizeIs(SimilarIndex::kCompared));
  for (const Match& match : matches) {
    EXPECT_GE(match.id, static_cast<MessageId>(many - SimilarIndex::kListLength));
    EXPECT_GT(match.score, 0.99);
  }
}

TEST_F(SimilarIndexTest, IsUsedByManyThreadsAtOnce) {
  SimilarIndex index;
  constexpr int kEach = 200;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const Message message = Of(absl::StrCat("云栖苑", t, "号楼电梯坏了"), absl::StrCat("第", i, "次"));
        index.Add(t * kEach + i, message);
        EXPECT_FALSE(index.Top(message, 1).empty());
        if (i % 2 == 1) {
          EXPECT_TRUE(index.Remove(t * kEach + i));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(index.size(), 4u * kEach / 2);
}

}  // namespace
}  // namespace firstfloor::text
