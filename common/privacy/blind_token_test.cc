#include "common/privacy/blind_token.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

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

EVP_PKEY* Parsed(const TokenKey& key) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(key.private_key.data());
  return d2i_AutoPrivateKey(nullptr, &bytes, static_cast<long>(key.private_key.size()));  // NOLINT
}

// A signature by OpenSSL alone, PSS with SHA-384 and a salt of so many bytes.
std::string SignedElsewhere(const TokenKey& key, const std::string& token, int salt) {
  EVP_PKEY* const parsed = Parsed(key);
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* details = nullptr;
  std::string signature(kTokenSignatureBytes, '\0');
  size_t size = signature.size();
  EXPECT_EQ(EVP_DigestSignInit(context, &details, EVP_sha384(), nullptr, parsed), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_pss_saltlen(details, salt), 1);
  EXPECT_EQ(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                           reinterpret_cast<const unsigned char*>(token.data()), token.size()),
            1);
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(parsed);
  return signature;
}

// What apps blind with is not ours: they go by the RFC.
TEST_F(BlindTokens, AreThoseOfTheRfc) {
  const std::string token(kTokenBytes, 'a');
  EXPECT_TRUE(IsSigned(Key().public_key, token, SignedElsewhere(Key(), token, 48)));
  for (const int salt : {0, 32}) {
    EXPECT_FALSE(IsSigned(Key().public_key, token, SignedElsewhere(Key(), token, salt))) << salt;
  }
}

// The key with its private parts spoiled, as a fault of the machine would do it.
std::string Spoiled(const TokenKey& key) {
  EVP_PKEY* const parsed = Parsed(key);
  OSSL_PARAM* params = nullptr;
  EXPECT_EQ(EVP_PKEY_todata(parsed, EVP_PKEY_KEYPAIR, &params), 1);
  for (const char* part :
       {OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2}) {
    // Numbers are in the machine's order: this is the last byte.
    static_cast<unsigned char*>(OSSL_PARAM_locate(params, part)->data)[0] ^= 2;
  }
  EVP_PKEY* spoiled = nullptr;
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  EXPECT_EQ(EVP_PKEY_fromdata_init(context), 1);
  EXPECT_EQ(EVP_PKEY_fromdata(context, &spoiled, EVP_PKEY_KEYPAIR, params), 1);
  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(spoiled, &der);
  std::string text(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(spoiled);
  OSSL_PARAM_free(params);
  EVP_PKEY_free(parsed);
  return text;
}

TEST_F(BlindTokens, OfAFaultAreNotLetOut) {
  const absl::StatusOr<std::string> signature = SignBlinded(Spoiled(Key()), Blinded().blinded);
  EXPECT_TRUE(absl::IsInternal(signature.status())) << signature.status();
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
