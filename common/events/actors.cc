#include "common/events/actors.h"

#include <openssl/rand.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/event_store.h"
#include "common/privacy/keyring.h"

namespace firstfloor::events {
namespace {

constexpr size_t kMostRemembered = 65536;
constexpr size_t kLongestSubject =
    128;  // what a token may hold; requests name others by what they have heard
constexpr auto kRememberedFor = std::chrono::minutes(1);

std::string ActorName(absl::string_view id) { return absl::StrCat("actors/", UuidAsText(id)); }

}  // namespace

std::string RandomUuid() {
  std::string bytes(16, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), 16) != 1) std::abort();
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  return bytes;
}

std::string UuidAsText(absl::string_view bytes) {
  std::string text = absl::BytesToHexString(bytes);
  for (const size_t dash : {8, 13, 18, 23}) text.insert(dash, 1, '-');
  return text;
}

absl::StatusOr<std::string> Actors::NameOf(db::Transaction& tx, absl::string_view subject) {
  if (subject.size() > kLongestSubject) {
    return error::InvalidField("subject",
                               absl::StrCat("an account's has at most ", kLongestSubject, " bytes"));
  }
  const std::string index = IndexOf(subject);
  if (std::optional<std::string> name = Remembered(index)) return *std::move(name);
  ASSIGN_OR_RETURN(std::optional<std::string> id, store::FindActor(tx, index));
  if (!id.has_value()) {
    const std::string fresh = RandomUuid();
    ASSIGN_OR_RETURN(id, store::FindOrMakeActor(tx, index, fresh, keyring_.Seal(subject, ActorName(fresh))));
  }
  std::string name = ActorName(*id);
  tx.OnCommit([this, index, name] { Remember(index, name); });
  return name;
}

absl::Status Actors::Forget(db::Transaction& tx, const std::string& index) {
  RETURN_IF_ERROR(store::DeleteActor(tx, index));
  tx.OnCommit([this, index] {
    absl::MutexLock lock(&mutex_);
    known_.erase(index);
  });
  return absl::OkStatus();
}

std::string Actors::IndexOf(absl::string_view subject) const { return keyring_.BlindIndex("actor", subject); }

std::optional<std::string> Actors::Remembered(const std::string& index) {
  absl::MutexLock lock(&mutex_);
  const auto found = known_.find(index);
  if (found == known_.end()) return std::nullopt;
  if (std::chrono::steady_clock::now() - found->second.since > kRememberedFor) return std::nullopt;
  return found->second.name;
}

void Actors::Remember(const std::string& index, std::string name) {
  absl::MutexLock lock(&mutex_);
  if (known_.size() >= kMostRemembered) known_.clear();
  known_[index] = Known{std::move(name), std::chrono::steady_clock::now()};
}

}  // namespace firstfloor::events
