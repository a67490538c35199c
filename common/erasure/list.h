// Erasures as lines of text, to be kept apart from the database and its backups.
#ifndef FIRSTFLOOR_COMMON_ERASURE_LIST_H_
#define FIRSTFLOOR_COMMON_ERASURE_LIST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/erasure/erasure_store.h"

namespace firstfloor::privacy {
class Keyring;
}

namespace firstfloor::erasure {

// The first line proves with which index key the hashes were made; then one JSON object an erasure.
std::string ToLines(const std::vector<Record>& records, const privacy::Keyring& keyring);

// The erasures, each at its start. INVALID_ARGUMENT, reason ERASURES_UNREADABLE, naming the line; reason
// OTHER_INDEX_KEY if they were made with another key, with which nobody would be found.
absl::StatusOr<std::vector<Record>> FromLines(absl::string_view lines, const privacy::Keyring& keyring);

}  // namespace firstfloor::erasure

#endif  // FIRSTFLOOR_COMMON_ERASURE_LIST_H_
