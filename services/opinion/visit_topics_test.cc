#include "services/opinion/visit_topics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"

ABSL_DECLARE_FLAG(std::string, visit_topics);

namespace firstfloor::opinion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(VisitTopics, AreThoseOfTheFlag) {
  const absl::FlagSaver saver;
  EXPECT_THAT(*VisitTopicsFromFlags(), ::testing::Contains("HEALTH"));
  absl::SetFlag(&FLAGS_visit_topics, "SCHOOL,NOISE_2");
  EXPECT_THAT(*VisitTopicsFromFlags(), ElementsAre("NOISE_2", "SCHOOL"));
}

TEST(VisitTopics, ThatAreNoCodesAreAMistakeInOneLine) {
  const absl::FlagSaver saver;
  for (const char* wrong : {"", "HEALTH,", "health", "HEALTH, SAFETY", "2ND"}) {
    absl::SetFlag(&FLAGS_visit_topics, wrong);
    const auto topics = VisitTopicsFromFlags();
    ASSERT_FALSE(topics.ok()) << wrong;
    EXPECT_THAT(std::string(topics.status().message()), HasSubstr("visit_topics"));
  }
}

}  // namespace
}  // namespace firstfloor::opinion
