// AES-256-GCM and HMAC-SHA-256 by OpenSSL, with one context per thread that is used again and again: making
// one costs more than sealing a short text.
#ifndef FIRSTFLOOR_COMMON_PRIVACY_CIPHER_H_
#define FIRSTFLOOR_COMMON_PRIVACY_CIPHER_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace firstfloor::privacy {

// A secret of 32 bytes that is wiped from memory when it goes.
class Key {
 public:
  static constexpr size_t kBytes = 32;
  Key() = default;
  // `bytes` are exactly kBytes.
  explicit Key(absl::string_view bytes);
  Key(const Key&) = default;
  Key& operator=(const Key&) = default;
  ~Key();

  const unsigned char* data() const { return bytes_.data(); }
  friend bool operator==(const Key& a, const Key& b) { return a.bytes_ == b.bytes_; }

 private:
  std::array<unsigned char, kBytes> bytes_{};
};

// What encryption adds to the plain text: nonce and tag.
inline constexpr size_t kEncryptionOverhead = 12 + 16;

// Ends the process if the system has no randomness to give: nothing secret can be made then.
void FillWithRandom(char* bytes, size_t size);

// Appends nonce, ciphertext and tag to `sealed`. What `sealed` held before is authenticated, as is
// `context`.
void Encrypt(const Key& key, absl::string_view context, absl::string_view plain, std::string& sealed);

// The plain text of what Encrypt appended behind `header`; nullopt if anything differs.
std::optional<std::string> Decrypt(const Key& key, absl::string_view context, absl::string_view header,
                                   absl::string_view encrypted);

// 32 bytes over (purpose, value), such that no two pairs are run together.
std::string HmacSha256(const Key& key, absl::string_view purpose, absl::string_view value);

}  // namespace firstfloor::privacy

#endif  // FIRSTFLOOR_COMMON_PRIVACY_CIPHER_H_
