#include "common/text/topics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace firstfloor::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<Match> Links(std::vector<MessageId> ids) {
  std::vector<Match> matches;
  for (const MessageId id : ids) matches.push_back({id, 0.9});
  return matches;
}

TEST(Topics, AMessageThatNothingIsLinkedToIsATopicOfItsOwn) {
  Topics topics;
  topics.Add(1, {});
  EXPECT_THAT(topics.Of(1)->members, ElementsAre(1u));
  EXPECT_THAT(topics.All(), IsEmpty());
  EXPECT_FALSE(topics.Of(2).has_value());
}

TEST(Topics, LinksJoinMessagesAndTheOneThatBridgesTwoTopicsJoinsThem) {
  Topics topics;
  topics.Add(1, {});
  topics.Add(2, Links({1}));
  topics.Add(3, {});
  topics.Add(4, Links({3}));
  EXPECT_EQ(topics.All().size(), 2u);
  topics.Add(5, Links({2, 4}));
  ASSERT_EQ(topics.All().size(), 1u);
  EXPECT_THAT(topics.All().front().members, ElementsAre(1u, 2u, 3u, 4u, 5u));
}

TEST(Topics, TheMessageWithTheMostLinksStandsForAll) {
  Topics topics;
  topics.Add(1, {});
  topics.Add(2, Links({1}));
  topics.Add(3, Links({2}));
  topics.Add(4, Links({2}));
  EXPECT_EQ(topics.Of(4)->representative, 2u);
  topics.Remove(3);
  topics.Remove(4);
  EXPECT_EQ(topics.Of(2)->representative, 1u) << "the smallest id of equals";
}

TEST(Topics, WhatAWithdrawnMessageAloneHeldTogetherFallsApart) {
  Topics topics;
  topics.Add(1, {});
  topics.Add(2, {});
  topics.Add(3, Links({1, 2}));
  topics.Add(4, Links({2}));
  EXPECT_TRUE(topics.Remove(3));
  EXPECT_FALSE(topics.Remove(3));
  EXPECT_THAT(topics.Of(1)->members, ElementsAre(1u));
  EXPECT_THAT(topics.Of(2)->members, ElementsAre(2u, 4u));
  EXPECT_EQ(topics.messages(), 3u);
}

TEST(Topics, LinksToWhatIsNotThereAreLeftOut) {
  Topics topics;
  topics.Add(1, Links({1, 7}));
  EXPECT_THAT(topics.Of(1)->members, ElementsAre(1u));
}

TEST(Topics, AMessageThatIsAddedAgainHasItsNewLinksOnly) {
  Topics topics;
  topics.Add(1, {});
  topics.Add(2, {});
  topics.Add(3, Links({1}));
  topics.Add(3, Links({2}));
  EXPECT_THAT(topics.Of(1)->members, ElementsAre(1u));
  EXPECT_THAT(topics.Of(2)->members, ElementsAre(2u, 3u));
}

TEST(Topics, LooksAtTheFirstMatchesOnly) {
  Topics topics;
  for (MessageId id = 1; id <= 7; ++id) topics.Add(id, {});
  topics.Add(8, Links({1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(topics.Of(8)->members.size(), 1 + Topics::kMostMatches);
}

TEST(Topics, SomeMessagesFallIntoTopicsAsAllOfThemDo) {
  Topics topics;
  for (MessageId id = 1; id <= 4; ++id) topics.Add(id, {});
  topics.Add(5, Links({1, 2}));
  topics.Add(6, Links({5}));
  topics.Add(7, Links({3}));
  EXPECT_THAT(topics.Among({1, 2, 3, 4, 6, 99}), ElementsAre(ElementsAre(1u, 2u, 6u)))
      << "joined by one that was not asked for; equal ones by id";
  EXPECT_THAT(topics.Among({6, 5}), ElementsAre(ElementsAre(5u, 6u))) << "who has more links comes first";
  EXPECT_THAT(topics.Among({1, 3}), IsEmpty());
}

TEST(Topics, TheLargestComesFirst) {
  Topics topics;
  topics.Add(1, {});
  topics.Add(2, Links({1}));
  topics.Add(3, {});
  topics.Add(4, Links({3}));
  topics.Add(5, Links({4}));
  const std::vector<Topic> all = topics.All();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].members.size(), 3u);
  EXPECT_EQ(topics.All(3).size(), 1u);
}

// After any additions and removals, topics are what the links that are left join, found in the plainest way.
TEST(Topics, AreAlwaysWhatTheLinksThatAreLeftJoin) {
  std::mt19937 random(20);
  Topics topics;
  std::set<int> there;
  std::set<std::pair<int, int>> links;
  for (int step = 0; step < 3000; ++step) {
    const int id = static_cast<int>(random() % 60);
    for (auto link = links.begin(); link != links.end();) {
      link = link->first == id || link->second == id ? links.erase(link) : std::next(link);
    }
    there.erase(id);
    if (random() % 3 == 0) {
      topics.Remove(id);
    } else {
      std::vector<MessageId> matches;
      for (size_t i = random() % 3; i > 0; --i) matches.push_back(random() % 60);
      topics.Add(id, Links(matches));
      for (const MessageId match : matches) {
        const int other = static_cast<int>(match);
        if (other != id && there.count(other) > 0) links.insert({id, other});
      }
      there.insert(id);
    }
    if (step % 100 != 99) continue;
    std::map<int, int> label;
    for (const int message : there) label[message] = message;
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto& [a, b] : links) {
        const int least = std::min(label[a], label[b]);
        changed |= label[a] != least || label[b] != least;
        label[a] = label[b] = least;
      }
    }
    std::map<int, std::vector<MessageId>> expected;
    for (const int message : there) expected[label[message]].push_back(message);
    for (const int message : there) ASSERT_EQ(topics.Of(message)->members, expected[label[message]]);
    ASSERT_EQ(topics.All(1).size(), expected.size());
  }
}

}  // namespace
}  // namespace firstfloor::text
