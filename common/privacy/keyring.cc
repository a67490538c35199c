#include "common/privacy/keyring.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <tuple>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/cipher.h"

namespace firstfloor::privacy {
namespace {

using Json = nlohmann::json;

constexpr char kVersion = 1;
constexpr size_t kLongestKeyId = 64;
constexpr size_t kBlindIndexBytes = 16;

absl::Status Unusable(absl::string_view why) {
  return error::Make(absl::StatusCode::kInvalidArgument, "KEYRING_INVALID", absl::StrCat("keyring: ", why));
}

absl::Status Broken() {
  return error::Make(absl::StatusCode::kDataLoss, "SEAL_BROKEN", "sealed data cannot be opened");
}

// Tells one state of a file from another. nullopt if there is no file.
using FileVersion = std::tuple<ino_t, off_t, int64_t, int64_t>;

std::optional<FileVersion> VersionOf(const std::string& file) {
  struct stat found;
  if (stat(file.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  return FileVersion(found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
}

bool IsKeyId(absl::string_view id) {
  return !id.empty() && id.size() <= kLongestKeyId && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_';
  });
}

// The keys of one state of the file. Immutable once made.
struct Keys {
  std::string active;
  absl::flat_hash_map<std::string, Key> by_id;
  Key index;
};

absl::StatusOr<Key> ParseKey(const Json& json) {
  std::string bytes;
  if (!json.is_string() || !absl::Base64Unescape(json.get_ref<const std::string&>(), &bytes)) {
    return Unusable("a key is not base64");
  }
  if (bytes.size() != Key::kBytes) return Unusable("a key has not 32 bytes");
  return Key(bytes);
}

absl::StatusOr<std::shared_ptr<const Keys>> ParseKeys(absl::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Unusable("the file is not a JSON object");
  const Json active = json.value("active", Json());
  const Json by_id = json.value("keys", Json());
  if (!active.is_string() || !by_id.is_object()) return Unusable("\"active\" or \"keys\" is missing");
  auto keys = std::make_shared<Keys>();
  keys->active = active.get<std::string>();
  for (const auto& [id, key] : by_id.items()) {
    if (!IsKeyId(id)) return Unusable("malformed key id");
    ASSIGN_OR_RETURN(keys->by_id[id], ParseKey(key));
  }
  if (!keys->by_id.contains(keys->active)) return Unusable("the active key is not among the keys");
  ASSIGN_OR_RETURN(keys->index, ParseKey(json.value("index", Json())));
  return keys;
}

absl::StatusOr<std::shared_ptr<const Keys>> ReadKeys(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.is_open() || text.bad()) return Unusable("the file cannot be read");
  return ParseKeys(text.str());
}

std::string RandomKey() {
  std::string bytes(Key::kBytes, '\0');
  FillWithRandom(bytes.data(), bytes.size());
  return absl::Base64Escape(bytes);
}

bool WriteAll(int descriptor, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(descriptor) == 0;
}

}  // namespace

struct Keyring::Impl {
  std::shared_ptr<const Keys> keys() const {
    absl::ReaderMutexLock lock(&mutex);
    return current;
  }

  std::string file;
  absl::Mutex reloading;  // held while the file is read; sealing and opening do not want it
  std::optional<FileVersion> version ABSL_GUARDED_BY(reloading);
  mutable absl::Mutex mutex;
  // Shared with the calls that seal or open while a reload replaces it.
  std::shared_ptr<const Keys> current ABSL_GUARDED_BY(mutex);
};

absl::StatusOr<std::unique_ptr<Keyring>> Keyring::Load(const std::string& file) {
  auto impl = std::make_unique<Impl>();
  impl->file = file;
  auto keyring = std::unique_ptr<Keyring>(new Keyring(std::move(impl)));
  RETURN_IF_ERROR(keyring->Reload());
  return keyring;
}

absl::Status Keyring::Generate(const std::string& file, absl::string_view key_id) {
  if (!IsKeyId(key_id)) return Unusable("malformed key id");
  const Json json = {
      {"active", key_id}, {"keys", {{std::string(key_id), RandomKey()}}}, {"index", RandomKey()}};
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0 && errno == EEXIST) {
    return error::Make(absl::StatusCode::kAlreadyExists, "KEYRING_EXISTS",
                       "the keyring's file is there already");
  }
  if (descriptor < 0) return Unusable("the file cannot be made");
  const bool written = WriteAll(descriptor, json.dump(2) + "\n");
  if (close(descriptor) != 0 || !written) {
    unlink(file.c_str());
    return Unusable("the file cannot be written");
  }
  return absl::OkStatus();
}

Keyring::Keyring(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Keyring::~Keyring() = default;

std::string Keyring::Seal(absl::string_view plain, absl::string_view context) const {
  const std::shared_ptr<const Keys> keys = impl_->keys();
  std::string sealed;
  sealed.reserve(2 + keys->active.size() + kEncryptionOverhead + plain.size());
  sealed.push_back(kVersion);
  sealed.push_back(static_cast<char>(keys->active.size()));
  sealed.append(keys->active);
  Encrypt(keys->by_id.find(keys->active)->second, context, plain, sealed);
  return sealed;
}

absl::StatusOr<std::string> Keyring::Open(absl::string_view sealed, absl::string_view context) const {
  if (sealed.size() < 2 || sealed[0] != kVersion) return Broken();
  const size_t header_size = 2 + static_cast<unsigned char>(sealed[1]);
  if (sealed.size() < header_size) return Broken();
  const std::shared_ptr<const Keys> keys = impl_->keys();
  const auto key = keys->by_id.find(sealed.substr(2, header_size - 2));
  if (key == keys->by_id.end()) return Broken();
  std::optional<std::string> plain =
      Decrypt(key->second, context, sealed.substr(0, header_size), sealed.substr(header_size));
  if (!plain.has_value()) return Broken();
  return *std::move(plain);
}

std::string Keyring::BlindIndex(absl::string_view purpose, absl::string_view value) const {
  return HmacSha256(impl_->keys()->index, purpose, value).substr(0, kBlindIndexBytes);
}

absl::Status Keyring::Reload() {
  absl::MutexLock reloading(&impl_->reloading);
  // Taken before reading: a write that comes in between is then seen by the next reload.
  const std::optional<FileVersion> version = VersionOf(impl_->file);
  if (!version.has_value()) return Unusable("there is no such file");
  if (version == impl_->version) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::shared_ptr<const Keys> keys, ReadKeys(impl_->file));
  absl::MutexLock lock(&impl_->mutex);
  if (impl_->current != nullptr && !(impl_->current->index == keys->index)) {
    return Unusable("the index key is another than before");
  }
  impl_->current = std::move(keys);
  impl_->version = version;
  return absl::OkStatus();
}

}  // namespace firstfloor::privacy
