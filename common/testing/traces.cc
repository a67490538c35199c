#include "common/testing/traces.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/request_store.h"

namespace firstfloor::testing {
namespace {

using google::protobuf::Message;

constexpr int kPage = 1000;

template <typename T>
T Must(absl::StatusOr<T> result, const std::string& what) {
  if (result.ok()) return *std::move(result);
  std::fprintf(stderr, "traces: %s: %s\n", what.c_str(), result.status().ToString().c_str());
  std::abort();
}

class Search {
 public:
  Search(db::Connection& connection, const privacy::Keyring& keyring, std::string subject,
         std::vector<std::string> words)
      : connection_(connection), keyring_(keyring), subject_(std::move(subject)), words_(std::move(words)) {
    words_.push_back(subject_);
    indexes_ = {keyring_.BlindIndex("subject", subject_), keyring_.BlindIndex("actor", subject_),
                rpc::CallerIndexOf(subject_, keyring_)};
    for (const std::string& word : words_) indexes_.push_back(keyring_.BlindIndex("phone", word));
  }

  void InResources(const erasure::Plan& plan) {
    for (const erasure::Holding& holding : plan.holdings) {
      std::string after;
      while (true) {
        std::vector<std::unique_ptr<Message>> rows;
        const absl::Status read = holding.table->List(connection_, {}, false, after, kPage, [&] {
          return rows.emplace_back(holding.table->spec().prototype->New()).get();
        });
        Must<bool>(read.ok() ? absl::StatusOr<bool>(true) : read, holding.table->spec().table);
        for (const auto& row : rows) {
          after = row->GetReflection()->GetString(*row, row->GetDescriptor()->FindFieldByName("name"));
          Note(after, row->SerializeAsString());
        }
        if (rows.size() < kPage) break;
      }
    }
  }

  void InReplies() {
    rpc::RequestKey after;
    while (true) {
      const auto replies = Must(rpc::NextReplies(connection_, after, kPage, keyring_), "replies");
      for (const rpc::KeptReply& kept : replies) {
        Note(absl::StrCat("a reply to ", absl::BytesToHexString(kept.key.request_id)), kept.reply);
      }
      if (replies.size() < kPage) break;
      after = replies.back().key;
    }
  }

  void InActors() {
    for (const db::Row& row : Must(connection_.Query("SELECT actor_id, subject FROM actor"), "actors")) {
      const std::string name = resource::NameOf("actors", row.Text(0));
      Note(name, Must(keyring_.Open(row.Text(1), name), name));
    }
  }

  void InColumns(const erasure::Plan& plan) {
    const db::Value schema[] = {connection_.config().schema};
    const db::Rows columns =
        Must(connection_.Query("SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE "
                               "TABLE_SCHEMA = ? AND DATA_TYPE IN ('binary', 'varbinary', 'varchar', 'char', "
                               "'blob', 'mediumblob', 'longblob', 'text')",
                               schema),
             "columns");
    for (const db::Row& row : columns) {
      const std::string& table = row.Text(0);
      const std::string& column = row.Text(1);
      if (column == "sealed" && !IsPlanned(plan, table)) {
        traces_.push_back(absl::StrCat("the plan does not name the table ", table));
      }
      if (table == "erasure" || (table == "request_log" && column == "caller")) continue;
      for (const std::string& word : words_) LookInto(table, column, word, word);
      for (const std::string& index : indexes_) LookInto(table, column, index, "a blind index");
    }
  }

  std::vector<std::string> Found() && { return std::move(traces_); }

 private:
  static bool IsPlanned(const erasure::Plan& plan, const std::string& table) {
    return std::find(plan.derived.begin(), plan.derived.end(), table) != plan.derived.end() ||
           std::any_of(plan.holdings.begin(), plan.holdings.end(),
                       [&](const erasure::Holding& holding) { return holding.table->spec().table == table; });
  }

  void Note(const std::string& where, const std::string& bytes) {
    for (const std::string& word : words_) {
      if (absl::StrContains(bytes, word)) traces_.push_back(absl::StrCat(where, ": ", word));
    }
  }

  void LookInto(const std::string& table, const std::string& column, const std::string& bytes,
                const std::string& what) {
    const db::Value hex[] = {absl::BytesToHexString(bytes)};
    const db::Rows rows =
        Must(connection_.Query(absl::StrCat("SELECT COUNT(*) FROM `", table, "` WHERE LOCATE(?, LOWER(HEX(`",
                                            column, "`))) > 0"),
                               hex),
             table);
    if (rows.front().Int(0) > 0) {
      traces_.push_back(absl::StrCat(table, ".", column, ": ", what, ", ", rows.front().Int(0), " times"));
    }
  }

  db::Connection& connection_;
  const privacy::Keyring& keyring_;
  const std::string subject_;
  std::vector<std::string> words_;
  std::vector<std::string> indexes_;
  std::vector<std::string> traces_;
};

}  // namespace

std::vector<std::string> TracesOf(db::Connection& connection, const erasure::Plan& plan,
                                  const privacy::Keyring& keyring, const std::string& subject,
                                  std::vector<std::string> words) {
  Search search(connection, keyring, subject, std::move(words));
  search.InResources(plan);
  search.InReplies();
  search.InActors();
  search.InColumns(plan);
  return std::move(search).Found();
}

}  // namespace firstfloor::testing
