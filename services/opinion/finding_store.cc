#include "services/opinion/finding_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/program/house.h"
#include "common/resource/table.h"
#include "services/opinion/confinement.h"

namespace firstfloor::opinion {
namespace {

constexpr char kCollection[] = "opinions";
constexpr char kSelect[] =
    "SELECT opinion.id, reporter, body, opinion_extract.sealed FROM opinion LEFT JOIN opinion_extract ON "
    "opinion_extract.opinion = opinion.id WHERE about_staff = 0 AND ";

// What was sealed for an opinion's row cannot be opened here, nor the other way round.
std::string ContextOf(absl::string_view name) { return absl::StrCat(name, "/extract"); }

}  // namespace

FindingStore::FindingStore(program::House& house)
    : keyring_(*house.environment().keyring), extractor_(keyring_) {}

absl::StatusOr<std::string> FindingStore::Sealed(const v1::Opinion& opinion, const Extract& text) const {
  if (confinement::IsConfined(opinion) || text.empty()) return std::string();
  return keyring_.Seal(text.Serialize(), ContextOf(opinion.name()));
}

absl::Status FindingStore::Keep(db::Transaction& tx, const v1::Opinion& opinion, const Extract& text) const {
  ASSIGN_OR_RETURN(std::string id, resource::IdOf(kCollection, opinion.name()));
  ASSIGN_OR_RETURN(std::string sealed, Sealed(opinion, text));
  if (sealed.empty()) return absl::OkStatus();
  return tx.RowLater("INSERT INTO opinion_extract (opinion, sealed) VALUES",
                     {std::move(id), std::move(sealed)});
}

absl::Status FindingStore::KeepUnlessKept(db::Transaction& tx, const v1::Opinion& opinion,
                                          const Extract& text) const {
  ASSIGN_OR_RETURN(std::string id, resource::IdOf(kCollection, opinion.name()));
  ASSIGN_OR_RETURN(std::string sealed, Sealed(opinion, text));
  if (sealed.empty()) return absl::OkStatus();
  return tx.Later(
      "INSERT INTO opinion_extract (opinion, sealed) VALUES (?, ?) ON DUPLICATE KEY UPDATE opinion = opinion",
      {std::move(id), std::move(sealed)});
}

absl::Status FindingStore::Drop(db::Transaction& tx, absl::string_view name) const {
  ASSIGN_OR_RETURN(std::string id, resource::IdOf(kCollection, name));
  return tx.Later("DELETE FROM opinion_extract WHERE opinion = ?", {std::move(id)});
}

absl::StatusOr<std::vector<FindingStore::Row>> FindingStore::Read(const db::Rows& rows) const {
  std::vector<Row> read;
  read.reserve(rows.size());
  for (const db::Row& row : rows) {
    Row& next = read.emplace_back();
    const std::string name = resource::NameOf(kCollection, row.Text(0));
    if (!next.opinion.ParseFromString(row.Text(2))) {
      return error::Make(absl::StatusCode::kDataLoss, "ROW_UNREADABLE", "a stored opinion cannot be read");
    }
    next.opinion.set_name(name);
    if (!row.IsNull(1)) next.reporter = Extractor::ReporterOfIndex(row.Text(1));
    if (row.IsNull(3)) continue;
    ASSIGN_OR_RETURN(const std::string plain, keyring_.Open(row.Text(3), ContextOf(name)));
    ASSIGN_OR_RETURN(next.text, Extract::Parse(plain));
  }
  return read;
}

absl::StatusOr<std::vector<FindingStore::Row>> FindingStore::Page(db::Connection& connection,
                                                                  absl::string_view after, int limit) const {
  std::string id(16, '\0');
  if (!after.empty()) {
    ASSIGN_OR_RETURN(id, resource::IdOf(kCollection, after));
  }
  const db::Value values[] = {std::move(id), limit};
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      connection.Query(absl::StrCat(kSelect, "opinion.id > ? ORDER BY opinion.id LIMIT ?"), values));
  return Read(rows);
}

absl::StatusOr<std::vector<FindingStore::Row>> FindingStore::Several(
    db::Connection& connection, const std::vector<std::string>& names) const {
  std::vector<db::Value> ids;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(std::string id, resource::IdOf(kCollection, name));
    ids.emplace_back(std::move(id));
  }
  if (ids.empty()) return std::vector<Row>();
  const std::string places = absl::StrJoin(std::vector<const char*>(ids.size(), "?"), ", ");
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      connection.Query(absl::StrCat(kSelect, "opinion.id IN (", places, ") ORDER BY opinion.id"), ids));
  return Read(rows);
}

}  // namespace firstfloor::opinion
