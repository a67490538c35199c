#include "common/erasure/walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"

namespace firstfloor::erasure {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kUuid[] = "0190a5f0-0000-7000-8000-00000000000a";
constexpr char kOther[] = "0190a5f0-0000-7000-8000-00000000000b";

TEST(NamesInReplies, AreFoundWhereverTheyStand) {
  opinion::v1::SubmitOpinionResponse reply;
  reply.mutable_opinion()->set_name(absl::StrCat("opinions/", kUuid));
  reply.mutable_opinion()->set_text("with/slashes/in it");
  reply.mutable_opinion()->add_merged_from(absl::StrCat("opinions/", kOther));
  EXPECT_THAT(NamesIn(reply.SerializeAsString()),
              ElementsAre(absl::StrCat("opinions/", kUuid), absl::StrCat("opinions/", kOther)));
}

TEST(NamesInReplies, EndWithTheBytes) {
  EXPECT_THAT(NamesIn(absl::StrCat("signUps/", kUuid)), ElementsAre(absl::StrCat("signUps/", kUuid)));
  EXPECT_THAT(NamesIn(absl::StrCat("signUps/", std::string(kUuid, 35))), IsEmpty());
  EXPECT_THAT(NamesIn(""), IsEmpty());
  EXPECT_THAT(NamesIn("/"), IsEmpty());
}

}  // namespace
}  // namespace firstfloor::erasure
