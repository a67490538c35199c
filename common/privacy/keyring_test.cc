#include "common/privacy/keyring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "common/error/error.h"

namespace firstfloor::privacy {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Base64 of 32 times the same letter.
constexpr absl::string_view kA = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
constexpr absl::string_view kB = "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=";
constexpr absl::string_view kC = "Q0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0M=";

std::string OneKey() {
  return absl::StrCat(R"({"active": "k1", "keys": {"k1": ")", kA, R"("}, "index": ")", kC, R"("})");
}

std::string TwoKeys() {
  return absl::StrCat(R"({"active": "k2", "keys": {"k1": ")", kA, R"(", "k2": ")", kB, R"("}, "index": ")",
                      kC, R"("})");
}

std::string NewKeyOnly() {
  return absl::StrCat(R"({"active": "k2", "keys": {"k2": ")", kB, R"("}, "index": ")", kC, R"("})");
}

class KeyringTest : public ::testing::Test {
 protected:
  ~KeyringTest() override { std::filesystem::remove(file_); }

  void Write(absl::string_view text) const { std::ofstream(file_, std::ios::binary) << text; }

  std::unique_ptr<Keyring> Load(absl::string_view text) const {
    Write(text);
    auto keyring = Keyring::Load(file_);
    EXPECT_TRUE(keyring.ok()) << keyring.status();
    return keyring.ok() ? *std::move(keyring) : nullptr;
  }

  const std::string file_ =
      absl::StrCat(::testing::TempDir(), "/keyring_test_", getpid(), "_",
                   ::testing::UnitTest::GetInstance()->current_test_info()->name(), ".json");
};

void ExpectBroken(const absl::StatusOr<std::string>& opened) {
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(error::ReasonOf(opened.status()), "SEAL_BROKEN");
}

TEST_F(KeyringTest, OpensWhatItSealed) {
  const auto keyring = Load(OneKey());
  for (const std::string& plain :
       {std::string(), std::string("张三"), std::string("\0\xFF", 2), std::string(100'000, 'x')}) {
    const auto opened = keyring->Open(keyring->Seal(plain, "opinions/1"), "opinions/1");
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(*opened, plain);
  }
}

TEST_F(KeyringTest, SealsInTheAgreedForm) {
  const std::string sealed = Load(OneKey())->Seal("+8613800000000", "opinions/1");
  EXPECT_EQ(sealed.substr(0, 4), std::string("\x01\x02k1"));
  EXPECT_EQ(sealed.size(), 4 + 12 + 14 + 16u);
  EXPECT_THAT(sealed, Not(HasSubstr("1380")));
}

TEST_F(KeyringTest, OpensWhatAnotherImplementationSealed) {
  const auto keyring = Load(OneKey());
  const std::string sealed =
      absl::HexStringToBytes("01026b31000102030405060708090a0bab1156d56e7fc4527437cb08c1766adda6018a76bbd8");
  const auto opened = keyring->Open(sealed, "opinions/1");
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(*opened, "张三");
}

TEST_F(KeyringTest, NeverSealsTheSameTwiceAlike) {
  const auto keyring = Load(OneKey());
  std::set<std::string> seals;
  for (int i = 0; i < 1000; ++i) seals.insert(keyring->Seal("same", "same"));
  EXPECT_EQ(seals.size(), 1000u);
}

TEST_F(KeyringTest, NoticesEveryAlteredBit) {
  const auto keyring = Load(TwoKeys());
  const std::string sealed = keyring->Seal("张三", "opinions/1");
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string altered = sealed;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
    ExpectBroken(keyring->Open(altered, "opinions/1"));
  }
}

TEST_F(KeyringTest, NoticesWhatIsCutOffOrAdded) {
  const auto keyring = Load(OneKey());
  const std::string sealed = keyring->Seal("张三", "opinions/1");
  for (size_t size = 0; size < sealed.size(); ++size) {
    ExpectBroken(keyring->Open(sealed.substr(0, size), "opinions/1"));
  }
  ExpectBroken(keyring->Open(sealed + "x", "opinions/1"));
}

TEST_F(KeyringTest, RefusesWhatWasSealedForAnotherPlace) {
  const auto keyring = Load(OneKey());
  const std::string sealed = keyring->Seal("张三", "opinions/1");
  ExpectBroken(keyring->Open(sealed, "opinions/2"));
  ExpectBroken(keyring->Open(sealed, ""));
}

TEST_F(KeyringTest, RotatesWithoutLosingWhatOldKeysSealed) {
  const auto keyring = Load(OneKey());
  const std::string old_seal = keyring->Seal("old", "x");
  Write(TwoKeys());
  ASSERT_TRUE(keyring->Reload().ok());
  const std::string new_seal = keyring->Seal("new", "x");
  EXPECT_EQ(new_seal.substr(2, 2), "k2");
  EXPECT_EQ(*keyring->Open(old_seal, "x"), "old");
  EXPECT_EQ(*keyring->Open(new_seal, "x"), "new");
  Write(NewKeyOnly());
  ASSERT_TRUE(keyring->Reload().ok());
  ExpectBroken(keyring->Open(old_seal, "x"));
  EXPECT_EQ(*keyring->Open(new_seal, "x"), "new");
}

TEST_F(KeyringTest, KeepsItsKeysIfTheNewFileIsNoGood) {
  const auto keyring = Load(OneKey());
  const std::string sealed = keyring->Seal("x", "x");
  Write("{}");
  EXPECT_EQ(keyring->Reload().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(*keyring->Open(sealed, "x"), "x");
  std::filesystem::remove(file_);
  EXPECT_EQ(keyring->Reload().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(*keyring->Open(sealed, "x"), "x");
}

TEST_F(KeyringTest, KeepsItsKeysIfTheIndexKeyIsAnother) {
  const auto keyring = Load(OneKey());
  const std::string index = keyring->BlindIndex("phone", "1");
  Write(absl::StrReplaceAll(TwoKeys(), {{kC, kB}}));
  EXPECT_THAT(std::string(keyring->Reload().message()), HasSubstr("index key"));
  EXPECT_EQ(keyring->BlindIndex("phone", "1"), index);
  EXPECT_EQ(keyring->Seal("x", "x").substr(2, 2), "k1");
}

TEST_F(KeyringTest, IndexesTheSameValueForTheSamePurposeAlike) {
  const auto keyring = Load(OneKey());
  const std::string index = keyring->BlindIndex("phone", "+8613800000000");
  EXPECT_EQ(absl::BytesToHexString(index), "3159732c55215d41ee36a748dc4bd93c") << "rows hold it for years";
  EXPECT_EQ(Load(TwoKeys())->BlindIndex("phone", "+8613800000000"), index) << "whatever key is active";
  EXPECT_NE(keyring->BlindIndex("phone", "+8613800000001"), index);
  EXPECT_NE(keyring->BlindIndex("name", "+8613800000000"), index);
  EXPECT_NE(keyring->BlindIndex("phone+", "8613800000000"), index)
      << "purpose and value are not run together";
  EXPECT_NE(Load(absl::StrReplaceAll(OneKey(), {{kC, kB}}))->BlindIndex("phone", "+8613800000000"), index);
}

TEST_F(KeyringTest, ServesManyThreadsWhileItRotates) {
  const auto keyring = Load(OneKey());
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, name = absl::StrCat("opinions/", i)] {
      while (!done) {
        const auto opened = keyring->Open(keyring->Seal(name, name), name);
        ASSERT_TRUE(opened.ok());
        ASSERT_EQ(*opened, name);
      }
    });
  }
  for (int i = 0; i < 100; ++i) {
    Write(i % 2 == 0 ? TwoKeys()
                     : absl::StrReplaceAll(TwoKeys(), {{R"("active": "k2")", R"("active":  "k1")"}}));
    EXPECT_TRUE(keyring->Reload().ok());
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
}

TEST_F(KeyringTest, RefusesAFileItCannotUseAndNeverSaysWhatItHolds) {
  const std::pair<std::string, std::string> faults[] = {
      {"", "not a JSON object"},
      {"[1]", "not a JSON object"},
      {"{\"active\": ", "not a JSON object"},
      {absl::StrReplaceAll(OneKey(), {{"active", "passive"}}), "is missing"},
      {absl::StrReplaceAll(OneKey(), {{"\"keys\"", "\"locks\""}}), "is missing"},
      {absl::StrReplaceAll(OneKey(), {{"\"active\": \"k1\"", "\"active\": \"k9\""}}), "not among the keys"},
      {absl::StrReplaceAll(OneKey(), {{"\"k1\":", "\"k 1\":"}}), "malformed key id"},
      {absl::StrReplaceAll(OneKey(), {{"\"index\"", "\"idx\""}}), "not base64"},
      {absl::StrReplaceAll(OneKey(), {{kA, "*"}}), "not base64"},
      {absl::StrReplaceAll(OneKey(), {{kA, "QUFB"}}), "32 bytes"},
      {absl::StrReplaceAll(OneKey(), {{kC, "QUFB"}}), "32 bytes"},
  };
  for (const auto& [text, why] : faults) {
    Write(text);
    const absl::Status status = Keyring::Load(file_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << why;
    EXPECT_EQ(error::ReasonOf(status), "KEYRING_INVALID") << why;
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
    EXPECT_THAT(status.ToString(), Not(HasSubstr("QUFB")));
  }
}

TEST_F(KeyringTest, RefusesWhatIsNoFile) {
  EXPECT_EQ(Keyring::Load(::testing::TempDir()).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Keyring::Load(file_ + ".none").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(KeyringTest, GeneratesAFileForItsOwnerAlone) {
  ASSERT_TRUE(Keyring::Generate(file_, "k1").ok());
  struct stat found;
  ASSERT_EQ(stat(file_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  const auto keyring = Keyring::Load(file_);
  ASSERT_TRUE(keyring.ok()) << keyring.status();
  EXPECT_EQ((*keyring)->Seal("x", "x").substr(2, 2), "k1");
}

TEST_F(KeyringTest, GeneratesOtherKeysEachTime) {
  ASSERT_TRUE(Keyring::Generate(file_, "k1").ok());
  const auto first = Keyring::Load(file_);
  std::filesystem::remove(file_);
  ASSERT_TRUE(Keyring::Generate(file_, "k1").ok());
  const auto second = Keyring::Load(file_);
  ExpectBroken((*second)->Open((*first)->Seal("x", "x"), "x"));
  EXPECT_NE((*first)->BlindIndex("a", "b"), (*second)->BlindIndex("a", "b"));
}

TEST_F(KeyringTest, GeneratesNothingOverAnExistingFile) {
  Write(OneKey());
  EXPECT_EQ(Keyring::Generate(file_, "k2").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ((*Keyring::Load(file_))->Seal("x", "x").substr(2, 2), "k1");
  EXPECT_EQ(Keyring::Generate(file_ + ".other", "k 2").code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace firstfloor::privacy
