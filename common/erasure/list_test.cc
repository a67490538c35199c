#include "common/erasure/list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/privacy/keyring.h"
#include "common/testing/place.h"

namespace firstfloor::erasure {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

std::unique_ptr<privacy::Keyring> NewKeyring() {
  const testing::PrivateFolder folder;
  const std::string file = folder.path() + "/keys.json";
  EXPECT_TRUE(privacy::Keyring::Generate(file, "k1").ok());
  return privacy::Keyring::Load(file).value();
}

Record NewRecord(const privacy::Keyring& keyring, const std::string& subject) {
  Record record;
  record.erasure.set_name(resource::NewName("erasures", absl::FromUnixSeconds(1'700'000'000)));
  record.erasure.set_area("340111");
  record.erasure.set_basis(type::v1::ERASURE_BASIS_CONSENT_WITHDRAWN);
  record.erasure.set_reference("2026-17, \"urgent\"");
  record.erasure.set_force(true);
  record.erasure.set_state(type::v1::ERASURE_STATE_DONE);
  record.erasure.set_resources(7);
  *record.erasure.mutable_create_time() = calendar::ToProto(absl::FromUnixMicros(1'700'000'000'123'456));
  record.keys = {keyring.BlindIndex("subject", subject), keyring.BlindIndex("caller", subject),
                 keyring.BlindIndex("actor", subject)};
  return record;
}

TEST(ErasuresList, IsReadAsItWasWrittenWithEveryErasureAtItsStart) {
  const auto keyring = NewKeyring();
  const Record record = NewRecord(*keyring, "account-1");
  const std::string lines = ToLines({record, NewRecord(*keyring, "account-2")}, *keyring);
  EXPECT_THAT(lines, Not(HasSubstr("account")));
  const absl::StatusOr<std::vector<Record>> read = FromLines(lines, *keyring);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_THAT(*read, SizeIs(2));
  const Record& first = read->front();
  EXPECT_EQ(first.erasure.name(), record.erasure.name());
  EXPECT_EQ(first.erasure.area(), "340111");
  EXPECT_EQ(first.erasure.basis(), record.erasure.basis());
  EXPECT_EQ(first.erasure.reference(), record.erasure.reference());
  EXPECT_TRUE(first.erasure.force());
  EXPECT_EQ(calendar::FromProto(first.erasure.create_time()),
            calendar::FromProto(record.erasure.create_time()));
  EXPECT_EQ(first.keys.subject, record.keys.subject);
  EXPECT_EQ(first.keys.caller, record.keys.caller);
  EXPECT_EQ(first.keys.actor, record.keys.actor);
  EXPECT_EQ(first.erasure.state(), type::v1::ERASURE_STATE_RUNNING);
  EXPECT_EQ(first.erasure.resources(), 0);
  EXPECT_EQ(first.stage, "");
}

TEST(ErasuresList, OfNobodyIsAListToo) {
  const auto keyring = NewKeyring();
  const auto read = FromLines(ToLines({}, *keyring), *keyring);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(*read, SizeIs(0));
}

TEST(ErasuresList, IsRefusedUnderAnotherIndexKeyWhichWouldFindNobody) {
  const auto keyring = NewKeyring();
  const std::string lines = ToLines({NewRecord(*keyring, "account-1")}, *keyring);
  EXPECT_EQ(error::ReasonOf(FromLines(lines, *NewKeyring()).status()), "OTHER_INDEX_KEY");
}

TEST(ErasuresList, IsRefusedWhenPartOfItCannotBeRead) {
  const auto keyring = NewKeyring();
  const std::string lines = ToLines({NewRecord(*keyring, "account-1")}, *keyring);
  const std::string first = lines.substr(0, lines.find('\n') + 1);
  const std::string second = lines.substr(first.size());
  const auto refusal = [&](const std::string& text) {
    return error::ReasonOf(FromLines(text, *keyring).status());
  };
  EXPECT_EQ(refusal(""), "ERASURES_UNREADABLE") << "an empty file is no list";
  EXPECT_EQ(refusal("\n\n"), "ERASURES_UNREADABLE");
  EXPECT_EQ(refusal(second), "ERASURES_UNREADABLE") << "without its first line";
  EXPECT_EQ(refusal(lines.substr(0, lines.size() - 20)), "ERASURES_UNREADABLE") << "cut off";
  for (const char* key : {"name", "create_time", "area", "subject", "caller", "actor"}) {
    const std::string without =
        absl::StrReplaceAll(second, {{absl::StrCat("\"", key, "\":"), "\"something else\":"}});
    EXPECT_EQ(refusal(first + without), "ERASURES_UNREADABLE") << key;
  }
}

}  // namespace
}  // namespace firstfloor::erasure
