// Opinions in the database.
#ifndef FIRSTFLOOR_SERVICES_OPINION_OPINION_STORE_H_
#define FIRSTFLOOR_SERVICES_OPINION_OPINION_STORE_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/db/transaction.h"
#include "common/resource/table.h"
#include "firstfloor/opinion/v1/opinion.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::opinion {

class OpinionStore {
 public:
  explicit OpinionStore(program::House& house);

  const resource::Table<v1::Opinion>& table() const { return table_; }

  // Keeps the way from a receipt code (its blind index) to the opinion. ALREADY_EXISTS if the code is taken.
  absl::Status KeepReceipt(db::Transaction& tx, absl::string_view code_index, absl::string_view name) const;
  // Name of the opinion that a receipt code (its blind index) is for; "" if there is none. Blocks.
  absl::StatusOr<std::string> FindByReceipt(db::Connection& connection, absl::string_view code_index) const;
  // True if the receipt code (its blind index) is for the opinion.
  absl::StatusOr<bool> IsReceiptOf(db::Transaction& tx, absl::string_view code_index,
                                   absl::string_view name) const;

  // Of numbers of other systems, those that were not known of their source before; they are known from now
  // on. Waits for whoever is claiming one of them. `Claim::name` is of the opinion that is made if the claim
  // is granted.
  struct Claim {
    std::string source;
    std::string number;
    std::string name;
  };
  // The names whose claims are granted: of several for one number, the first.
  absl::StatusOr<std::set<std::string>> ClaimNumbers(db::Transaction& tx, std::vector<Claim> claims) const;

  // Keeps that `supporter` has the same matter; false if that was known.
  absl::StatusOr<bool> KeepSupport(db::Transaction& tx, absl::string_view name,
                                   absl::string_view supporter) const;

  // What a list request asks for, newest first. `mine` is the caller's subject when only their own are
  // wanted; `with_confined` lets through what only few may read. Blocks.
  absl::StatusOr<std::vector<v1::Opinion>> List(db::Connection& connection,
                                                const v1::ListOpinionsRequest& request,
                                                absl::string_view mine, bool with_confined,
                                                absl::string_view after, int limit) const;
  // Those of `names` that exist, in no particular order. Blocks.
  absl::StatusOr<std::vector<v1::Opinion>> Several(db::Connection& connection,
                                                   const std::vector<std::string>& names) const;
  // Keys, in their order, of what is owed by `until`, inclusive (deadlines end with a day), in the area and
  // everything below: by when, then which. `after` is a key; "" from the start. Blocks.
  absl::StatusOr<std::vector<std::string>> Owed(db::Connection& connection, absl::string_view area,
                                                absl::Time until, absl::string_view after, int limit) const;
  // The opinions of such keys, in their order. Blocks.
  absl::StatusOr<std::vector<v1::Opinion>> OfKeys(db::Connection& connection,
                                                  const std::vector<std::string>& keys) const;
  // What was recorded in the area and everything below from `time` on, the oldest first. Blocks.
  absl::StatusOr<std::vector<v1::Opinion>> RecordedSince(db::Connection& connection, absl::string_view area,
                                                         absl::Time time, absl::string_view after,
                                                         int limit) const;
  // Names of a person's own opinions, the newest `limit`. Blocks.
  absl::StatusOr<std::vector<std::string>> NamesOf(db::Connection& connection, absl::string_view reporter,
                                                   int limit) const;

 private:
  // The blind index of a person.
  std::string IndexOf(absl::string_view subject) const;

  const privacy::Keyring& keyring_;
  const resource::Table<v1::Opinion> table_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_OPINION_STORE_H_
