// The random ids that stand for people in a log.
#ifndef FIRSTFLOOR_COMMON_EVENTS_ACTORS_H_
#define FIRSTFLOOR_COMMON_EVENTS_ACTORS_H_

#include <chrono>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/db/transaction.h"

namespace firstfloor::privacy {
class Keyring;
}

namespace firstfloor::events {

// Thread-safe. Remembers what was committed, for a minute: after that a person who was erased elsewhere is
// a new one here too.
class Actors {
 public:
  explicit Actors(const privacy::Keyring& keyring) : keyring_(keyring) {}

  // "actors/{uuid}", made at first use. INVALID_ARGUMENT for a subject that no account can have.
  absl::StatusOr<std::string> NameOf(db::Transaction& tx, absl::string_view subject);
  // What the subject is found by: 16 bytes that do not tell it.
  std::string IndexOf(absl::string_view subject) const;
  absl::Status Forget(db::Transaction& tx, const std::string& index);

 private:
  struct Known {
    std::string name;
    std::chrono::steady_clock::time_point since;
  };

  std::optional<std::string> Remembered(const std::string& index);
  void Remember(const std::string& index, std::string name);

  const privacy::Keyring& keyring_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Known> known_ ABSL_GUARDED_BY(mutex_);
};

// A random UUID (version 4) as 16 bytes, and as text.
std::string RandomUuid();
std::string UuidAsText(absl::string_view bytes);

}  // namespace firstfloor::events

#endif  // FIRSTFLOOR_COMMON_EVENTS_ACTORS_H_
