#include "common/privacy/blind_token.h"

#include <gtest/gtest.h>

#include "common/error/error.h"

namespace firstfloor::privacy {
namespace {

class BlindTokens : public ::testing::Test {
 protected:
  static const TokenKey& Key() {
    static const auto* const key = new TokenKey(NewTokenKey());
    return *key;
  }
  static BlindedToken Blinded() { return NewBlindedToken(Key().public_key).value(); }
};

TEST_F(BlindTokens, AreSignedByTheIssuerWhoNeverSeesThem) {
  const BlindedToken blinded = Blinded();
  const auto blind_signature = SignBlinded(Key().private_key, blinded.blinded);
  ASSERT_TRUE(blind_signature.ok()) << blind_signature.status();
  const auto signature = Unblind(Key().public_key, blinded, *blind_signature);
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_TRUE(IsSigned(Key().public_key, blinded.token, *signature));
  EXPECT_NE(*signature, *blind_signature);
}

TEST_F(BlindTokens, AreBlindedDifferentlyEachTime) {
  EXPECT_NE(Blinded().blinded, Blinded().blinded);
  EXPECT_NE(Blinded().token, Blinded().token);
}

TEST_F(BlindTokens, AreSignedTheSameWhenAskedForAgain) {
  const BlindedToken blinded = Blinded();
  EXPECT_EQ(SignBlinded(Key().private_key, blinded.blinded).value(),
            SignBlinded(Key().private_key, blinded.blinded).value());
}

TEST_F(BlindTokens, OfOneKeyAreNoneOfAnother) {
  const TokenKey other = NewTokenKey();
  const BlindedToken blinded = Blinded();
  const std::string signature =
      Unblind(Key().public_key, blinded, SignBlinded(Key().private_key, blinded.blinded).value()).value();
  EXPECT_FALSE(IsSigned(other.public_key, blinded.token, signature));
  const auto foreign = SignBlinded(other.private_key, std::string(1, '\0') + blinded.blinded.substr(1));
  ASSERT_TRUE(foreign.ok()) << foreign.status();
  EXPECT_EQ(error::ReasonOf(Unblind(Key().public_key, blinded, *foreign).status()), "INVALID_FIELD");
}

TEST_F(BlindTokens, CannotBeAltered) {
  const BlindedToken blinded = Blinded();
  const std::string signature =
      Unblind(Key().public_key, blinded, SignBlinded(Key().private_key, blinded.blinded).value()).value();
  for (const size_t place : {size_t{0}, kTokenBytes / 2, kTokenBytes - 1}) {
    std::string token = blinded.token;
    token[place] = static_cast<char>(token[place] ^ 1);
    EXPECT_FALSE(IsSigned(Key().public_key, token, signature)) << place;
  }
  for (const size_t place : {size_t{0}, kTokenSignatureBytes / 2, kTokenSignatureBytes - 1}) {
    std::string altered = signature;
    altered[place] = static_cast<char>(altered[place] ^ 1);
    EXPECT_FALSE(IsSigned(Key().public_key, blinded.token, altered)) << place;
  }
}

TEST_F(BlindTokens, RefuseWhatIsMalformed) {
  for (const std::string& blinded : {std::string(), std::string("word"), std::string(255, 'a'),
                                     std::string(257, 'a'), std::string(kTokenSignatureBytes, '\xff')}) {
    EXPECT_EQ(error::ReasonOf(SignBlinded(Key().private_key, blinded).status()), "INVALID_FIELD")
        << blinded.size();
  }
  EXPECT_TRUE(absl::IsInternal(SignBlinded("no key", std::string(kTokenSignatureBytes, 'a')).status()));
  EXPECT_EQ(error::ReasonOf(NewBlindedToken("no key").status()), "INVALID_FIELD");
  EXPECT_FALSE(IsSigned("no key", std::string(kTokenBytes, 'a'), std::string(kTokenSignatureBytes, 'a')));
  EXPECT_FALSE(IsSigned(Key().public_key, "", ""));
}

}  // namespace
}  // namespace firstfloor::privacy
