// Encryption of personal data at rest, and the keyed index by which it is found.
#ifndef FIRSTFLOOR_COMMON_PRIVACY_KEYRING_H_
#define FIRSTFLOOR_COMMON_PRIVACY_KEYRING_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firstfloor::privacy {

// Keys from a JSON file {"active": "k2", "keys": {"k1": "<base64 32 bytes>", "k2": …}, "index": "<base64 32
// bytes>"}. New data is sealed with the active key; old keys still open what they sealed, so keys rotate.
// Thread-safe.
class Keyring {
 public:
  // INVALID_ARGUMENT, reason KEYRING_INVALID, if the file cannot be used; never says what it holds.
  static absl::StatusOr<std::unique_ptr<Keyring>> Load(const std::string& file);
  // For `up.sh`, tests: writes a file with one new key and a new index key, mode 0600. ALREADY_EXISTS if
  // there is such a file: what its keys sealed would be lost. Key ids are 1 to 64 letters, digits, "-", "_".
  static absl::Status Generate(const std::string& file, absl::string_view key_id);
  ~Keyring();

  // AES-256-GCM with a random nonce: a version byte, the length of the key id and the key id, 12 bytes of
  // nonce, the ciphertext, 16 bytes of tag. Random nonces are safe for 2^32 seals a key: rotate before.
  // `context` (for example "opinions/0190…") is authenticated, not
  // stored: what was sealed for one place cannot be opened in another.
  std::string Seal(absl::string_view plain, absl::string_view context) const;
  // DATA_LOSS, reason SEAL_BROKEN, if the bytes were altered, the context differs or the key is unknown.
  absl::StatusOr<std::string> Open(absl::string_view sealed, absl::string_view context) const;

  // 16 bytes, the same for the same (purpose, value): HMAC-SHA-256 with the index key, cut. Lets a value
  // be found without being readable.
  std::string BlindIndex(absl::string_view purpose, absl::string_view value) const;

  // Reads the file again if it changed; keeps the old keys if the new file is no good, or has another index
  // key: every blind index would miss what it found before.
  absl::Status Reload();

 private:
  struct Impl;
  explicit Keyring(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::privacy

#endif  // FIRSTFLOOR_COMMON_PRIVACY_KEYRING_H_
