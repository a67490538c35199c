#include "common/privacy/cipher.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>

#include "absl/strings/string_view.h"

namespace firstfloor::privacy {
namespace {

constexpr int kNonceBytes = 12;
constexpr int kTagBytes = 16;
static_assert(kNonceBytes + kTagBytes == kEncryptionOverhead);

// Nothing may leave unencrypted, and no caller could do anything about it: the process ends.
void Must(bool done, const char* what) {
  if (done) return;
  std::fprintf(stderr, "cryptography failed: %s\n", what);
  std::abort();
}

struct FreeCipherContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
struct FreeMacContext {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipherContext>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeMacContext>;

CipherContext NewCipherContext(int encrypt) {
  CipherContext context(EVP_CIPHER_CTX_new());
  Must(context != nullptr &&
           EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, nullptr, nullptr, encrypt) == 1,
       "AES-256-GCM");
  return context;
}

EVP_CIPHER_CTX* ThreadsEncryption() {
  thread_local const CipherContext context = NewCipherContext(1);
  return context.get();
}

EVP_CIPHER_CTX* ThreadsDecryption() {
  thread_local const CipherContext context = NewCipherContext(0);
  return context.get();
}

MacContext NewMacContext() {
  EVP_MAC* hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  MacContext context(hmac == nullptr ? nullptr : EVP_MAC_CTX_new(hmac));
  EVP_MAC_free(hmac);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  Must(context != nullptr && EVP_MAC_CTX_set_params(context.get(), parameters) == 1, "HMAC-SHA-256");
  return context;
}

EVP_MAC_CTX* ThreadsMac() {
  thread_local const MacContext context = NewMacContext();
  return context.get();
}

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* Bytes(std::string& text, size_t offset) {
  return reinterpret_cast<unsigned char*>(text.data()) + offset;
}

// Sizes beyond int cannot be given to OpenSSL at once, and nothing that we seal comes near.
int Size(absl::string_view text) {
  Must(text.size() <= static_cast<size_t>(std::numeric_limits<int>::max()), "text too long");
  return static_cast<int>(text.size());
}

bool Begin(EVP_CIPHER_CTX* cipher, const Key& key, const unsigned char* nonce, absl::string_view header,
           absl::string_view context) {
  int ignored = 0;
  return EVP_CipherInit_ex(cipher, nullptr, nullptr, key.data(), nonce, -1) == 1 &&
         EVP_CipherUpdate(cipher, nullptr, &ignored, Bytes(header), Size(header)) == 1 &&
         EVP_CipherUpdate(cipher, nullptr, &ignored, Bytes(context), Size(context)) == 1;
}

}  // namespace

Key::Key(absl::string_view bytes) {
  Must(bytes.size() == kBytes, "key size");
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

Key::~Key() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

void FillWithRandom(char* bytes, size_t size) {
  Must(RAND_bytes(reinterpret_cast<unsigned char*>(bytes), static_cast<int>(size)) == 1, "randomness");
}

void Encrypt(const Key& key, absl::string_view context, absl::string_view plain, std::string& sealed) {
  const size_t header_size = sealed.size();
  sealed.resize(header_size + kNonceBytes + plain.size() + kTagBytes);
  FillWithRandom(sealed.data() + header_size, kNonceBytes);
  EVP_CIPHER_CTX* const cipher = ThreadsEncryption();
  const absl::string_view header = absl::string_view(sealed).substr(0, header_size);
  unsigned char* const text = Bytes(sealed, header_size + kNonceBytes);
  unsigned char* const tag = text + plain.size();
  int written = 0;
  Must(Begin(cipher, key, Bytes(sealed, header_size), header, context) &&
           EVP_CipherUpdate(cipher, text, &written, Bytes(plain), Size(plain)) == 1 &&
           EVP_CipherFinal_ex(cipher, tag, &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag) == 1,
       "encryption");
}

std::optional<std::string> Decrypt(const Key& key, absl::string_view context, absl::string_view header,
                                   absl::string_view encrypted) {
  if (encrypted.size() < kEncryptionOverhead) return std::nullopt;
  const absl::string_view text = encrypted.substr(kNonceBytes, encrypted.size() - kEncryptionOverhead);
  std::array<unsigned char, kTagBytes> tag;
  std::copy(encrypted.end() - kTagBytes, encrypted.end(), tag.begin());
  EVP_CIPHER_CTX* const cipher = ThreadsDecryption();
  std::string plain(text.size(), '\0');
  int written = 0;
  if (!Begin(cipher, key, Bytes(encrypted), header, context) ||
      EVP_CipherUpdate(cipher, Bytes(plain, 0), &written, Bytes(text), Size(text)) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) != 1 ||
      EVP_CipherFinal_ex(cipher, tag.data(), &written) != 1) {
    return std::nullopt;
  }
  return plain;
}

std::string HmacSha256(const Key& key, absl::string_view purpose, absl::string_view value) {
  const uint64_t purpose_size = purpose.size();
  unsigned char prefix[8];
  for (int i = 0; i < 8; ++i) prefix[i] = static_cast<unsigned char>(purpose_size >> (8 * i));
  EVP_MAC_CTX* const mac = ThreadsMac();
  std::string digest(32, '\0');
  size_t written = 0;
  Must(EVP_MAC_init(mac, key.data(), Key::kBytes, nullptr) == 1 &&
           EVP_MAC_update(mac, prefix, sizeof(prefix)) == 1 &&
           EVP_MAC_update(mac, Bytes(purpose), purpose.size()) == 1 &&
           EVP_MAC_update(mac, Bytes(value), value.size()) == 1 &&
           EVP_MAC_final(mac, Bytes(digest, 0), &written, digest.size()) == 1 && written == digest.size(),
       "HMAC-SHA-256");
  return digest;
}

}  // namespace firstfloor::privacy
