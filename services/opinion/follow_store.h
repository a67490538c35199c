// Who follows which opinion.
#ifndef FIRSTFLOOR_SERVICES_OPINION_FOLLOW_STORE_H_
#define FIRSTFLOOR_SERVICES_OPINION_FOLLOW_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/db/transaction.h"
#include "firstfloor/opinion/v1/opinion.pb.h"

namespace firstfloor::privacy {
class Keyring;
}

namespace firstfloor::opinion {

// People are kept as blind indexes. Whoever follows an opinion because their own (or one that they followed)
// was merged into it has a row for each such opinion, and one more if they follow it by themself.
class FollowStore {
 public:
  explicit FollowStore(const privacy::Keyring& keyring) : keyring_(keyring) {}

  // Keeps that the person follows the opinion; false if that was known.
  absl::StatusOr<bool> Keep(db::Transaction& tx, absl::string_view opinion, absl::string_view subject) const;
  // Forgets it, for whatever reason they followed; false if they did not.
  absl::StatusOr<bool> Forget(db::Transaction& tx, absl::string_view opinion,
                              absl::string_view subject) const;
  // How many people follow the opinion.
  absl::StatusOr<int64_t> Count(db::Transaction& tx, absl::string_view opinion) const;

  // Merging: the reporter of `opinion`, and all who follow it, follow `into`, unless it is their own.
  absl::Status Pass(db::Transaction& tx, const v1::Opinion& opinion, const v1::Opinion& into) const;
  // Unmerging: those who followed `into` because of `opinion` alone follow it no more.
  absl::Status TakeBack(db::Transaction& tx, absl::string_view opinion, absl::string_view into) const;

  // Of those who follow `into` because of `opinion`, only its reporter and who follow it still do so
  // afterwards.
  absl::Status TakeBackPassed(db::Transaction& tx, const v1::Opinion& opinion, absl::string_view into) const;

  // Whether the person follows the opinion. Blocks.
  absl::StatusOr<bool> Follows(db::Connection& connection, absl::string_view opinion,
                               absl::string_view subject) const;
  // Names of the opinions that the person follows, the newest first, after `after` (a name; "" from the
  // start), at most `limit`. Blocks.
  absl::StatusOr<std::vector<std::string>> NamesOf(db::Connection& connection, absl::string_view subject,
                                                   absl::string_view after, int limit) const;

 private:
  const privacy::Keyring& keyring_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_FOLLOW_STORE_H_
