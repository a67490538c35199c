#include "common/privacy/blind_token.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <memory>

#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/cipher.h"

namespace firstfloor::privacy {
namespace {

constexpr int kBits = 8 * static_cast<int>(kTokenSignatureBytes);
constexpr int kSaltBytes = 48;  // that of SHA-384

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using KeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, FreeWith<BN_clear_free>>;
using NumberContextPtr = std::unique_ptr<BN_CTX, FreeWith<BN_CTX_free>>;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// OpenSSL refuses nothing here but for want of memory.
void Must(bool done) {
  if (!done) std::abort();
}

KeyPtr PublicKeyOf(absl::string_view der) {
  const unsigned char* bytes = Bytes(der);
  KeyPtr key(d2i_PUBKEY(nullptr, &bytes, static_cast<long>(der.size())));  // NOLINT(google-runtime-int)
  const bool fits =
      key != nullptr && EVP_PKEY_is_a(key.get(), "RSA") == 1 && EVP_PKEY_bits(key.get()) == kBits;
  return fits ? std::move(key) : nullptr;
}

KeyPtr PrivateKeyOf(absl::string_view der) {
  const unsigned char* bytes = Bytes(der);
  return KeyPtr(
      d2i_AutoPrivateKey(nullptr, &bytes, static_cast<long>(der.size())));  // NOLINT(google-runtime-int)
}

template <int (*Encode)(const EVP_PKEY*, unsigned char**)>
std::string DerOf(const EVP_PKEY& key) {
  const int size = Encode(&key, nullptr);
  Must(size > 0);
  std::string der(static_cast<size_t>(size), '\0');
  unsigned char* bytes = Bytes(der);
  Must(Encode(&key, &bytes) == size);
  return der;
}

NumberPtr NumberOf(absl::string_view bytes) {
  NumberPtr number(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
  Must(number != nullptr);
  return number;
}

std::string BytesOf(const BIGNUM& number) {
  std::string bytes(kTokenSignatureBytes, '\0');
  Must(BN_bn2binpad(&number, Bytes(bytes), static_cast<int>(bytes.size())) > 0);
  return bytes;
}

NumberPtr PartOf(const EVP_PKEY& key, const char* name) {
  BIGNUM* number = nullptr;
  Must(EVP_PKEY_get_bn_param(&key, name, &number) == 1);
  return NumberPtr(number);
}

// The bare RSA operation of `key` on a number below its modulus; "" if it is not below.
using Operation = int (*)(EVP_PKEY_CTX*, unsigned char*, size_t*, const unsigned char*, size_t);
std::string Bare(EVP_PKEY& key, int (*begin)(EVP_PKEY_CTX*), Operation operate, absl::string_view number) {
  const KeyContextPtr context(EVP_PKEY_CTX_new(&key, nullptr));
  Must(context != nullptr && begin(context.get()) == 1 &&
       EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1);
  std::string result(kTokenSignatureBytes, '\0');
  size_t size = result.size();
  const int done = operate(context.get(), Bytes(result), &size, Bytes(number), number.size());
  return done == 1 && size == result.size() ? result : "";
}

// What is signed of a token: its encoding by EMSA-PSS, which the bare operation of the key takes.
std::string Encoded(absl::string_view token) {
  static const KeyPtr* const any = new KeyPtr(EVP_RSA_gen(kBits));
  // OpenSSL has no PSS encoding by itself: it is what a signature of any key of the size, opened, shows, and
  // it is below the modulus of every other one, because its first bit is 0.
  const DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* details = nullptr;
  Must(context != nullptr &&
       EVP_DigestSignInit(context.get(), &details, EVP_sha384(), nullptr, any->get()) == 1 &&
       EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING) == 1 &&
       EVP_PKEY_CTX_set_rsa_pss_saltlen(details, kSaltBytes) == 1);
  std::string signature(kTokenSignatureBytes, '\0');
  size_t size = signature.size();
  Must(EVP_DigestSign(context.get(), Bytes(signature), &size, Bytes(token), token.size()) == 1);
  return Bare(**any, EVP_PKEY_encrypt_init, EVP_PKEY_encrypt, signature);
}

absl::Status NoKey() { return error::InvalidField("token_key", "must be an RSA key of 2048 bits"); }

}  // namespace

TokenKey NewTokenKey() {
  const KeyPtr key(EVP_RSA_gen(kBits));
  Must(key != nullptr);
  return {DerOf<i2d_PrivateKey>(*key), DerOf<i2d_PUBKEY>(*key)};
}

absl::StatusOr<std::string> SignBlinded(absl::string_view private_key, absl::string_view blinded) {
  const KeyPtr key = PrivateKeyOf(private_key);
  if (key == nullptr) return absl::InternalError("a key of tokens cannot be used");
  std::string signature;
  if (blinded.size() == kTokenSignatureBytes) {
    signature = Bare(*key, EVP_PKEY_decrypt_init, EVP_PKEY_decrypt, blinded);
  }
  if (signature.empty()) {
    return error::InvalidField("blinded_token", "must be 256 bytes, a number below the key's modulus");
  }
  // A signature that a fault has spoiled could betray the key (RFC 9474, 4.3).
  if (Bare(*key, EVP_PKEY_encrypt_init, EVP_PKEY_encrypt, signature) != blinded) {
    return absl::InternalError("a signature came out wrong");
  }
  return signature;
}

bool IsSigned(absl::string_view public_key, absl::string_view token, absl::string_view signature) {
  const KeyPtr key = PublicKeyOf(public_key);
  if (key == nullptr || token.size() != kTokenBytes || signature.size() != kTokenSignatureBytes) return false;
  const DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* details = nullptr;
  Must(context != nullptr &&
       EVP_DigestVerifyInit(context.get(), &details, EVP_sha384(), nullptr, key.get()) == 1 &&
       EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING) == 1 &&
       EVP_PKEY_CTX_set_rsa_pss_saltlen(details, kSaltBytes) == 1);
  return EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(token), token.size()) == 1;
}

absl::StatusOr<BlindedToken> NewBlindedToken(absl::string_view public_key) {
  const KeyPtr key = PublicKeyOf(public_key);
  if (key == nullptr) return NoKey();
  const NumberPtr modulus = PartOf(*key, OSSL_PKEY_PARAM_RSA_N);
  const NumberPtr exponent = PartOf(*key, OSSL_PKEY_PARAM_RSA_E);
  const NumberContextPtr context(BN_CTX_new());
  const NumberPtr factor(BN_new());
  NumberPtr inverse;
  Must(context != nullptr && factor != nullptr);
  while (inverse == nullptr) {
    Must(BN_priv_rand_range(factor.get(), modulus.get()) == 1);
    if (BN_is_zero(factor.get()) != 1) {
      inverse.reset(BN_mod_inverse(nullptr, factor.get(), modulus.get(), context.get()));
    }
  }
  BlindedToken token;
  token.token.resize(kTokenBytes);
  FillWithRandom(token.token.data(), token.token.size());
  const NumberPtr blinded(BN_new());
  Must(blinded != nullptr &&
       BN_mod_exp(blinded.get(), factor.get(), exponent.get(), modulus.get(), context.get()) == 1 &&
       BN_mod_mul(blinded.get(), blinded.get(), NumberOf(Encoded(token.token)).get(), modulus.get(),
                  context.get()) == 1);
  token.blinded = BytesOf(*blinded);
  token.inverse = BytesOf(*inverse);
  return token;
}

absl::StatusOr<std::string> Unblind(absl::string_view public_key, const BlindedToken& blinded,
                                    absl::string_view blind_signature) {
  const KeyPtr key = PublicKeyOf(public_key);
  if (key == nullptr) return NoKey();
  const NumberPtr modulus = PartOf(*key, OSSL_PKEY_PARAM_RSA_N);
  const NumberContextPtr context(BN_CTX_new());
  const NumberPtr number(BN_new());
  Must(context != nullptr && number != nullptr &&
       BN_mod_mul(number.get(), NumberOf(blind_signature).get(), NumberOf(blinded.inverse).get(),
                  modulus.get(), context.get()) == 1);
  std::string signature = BytesOf(*number);
  if (!IsSigned(public_key, blinded.token, signature)) {
    return error::InvalidField("blind_signature", "is not that of the blinded token");
  }
  return signature;
}

}  // namespace firstfloor::privacy
