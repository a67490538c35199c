#include "common/erasure/walk.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/privacy/cipher.h"
#include "common/privacy/keyring.h"
#include "common/rpc/request_store.h"
#include "common/telemetry/log.h"
#include "firstfloor/api/v1/field.pb.h"

namespace firstfloor::erasure {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kColumns[] = "columns";
constexpr char kOwnReplies[] = "own replies";
constexpr char kActor[] = "actor";

constexpr int kRowsAPiece = 200;
constexpr int kRepliesAPiece = 200;
constexpr int kIndexesAPiece = 1000;
constexpr size_t kIndexBytes = 16;
constexpr size_t kUuid = 36;
constexpr absl::Duration kPatience = absl::Seconds(20);  // with one piece

// The person of an erasure, as the rows of one table may name them.
class Person {
 public:
  Person(const privacy::Keyring& keyring, const Keys& keys, std::set<std::string> resources)
      : keyring_(keyring), keys_(keys), resources_(std::move(resources)) {}

  bool Is(const FieldDescriptor& field, const std::string& value) const {
    if (!field.options().GetExtension(api::v1::field).subject()) return resources_.count(value) > 0;
    return keyring_.BlindIndex("subject", value) == keys_.subject;
  }

 private:
  const privacy::Keyring& keyring_;
  const Keys& keys_;
  const std::set<std::string> resources_;
};

// A piece of work: `body` runs if the erasure is still where `record` says, and says where it is then. If
// not, another replica has done the piece.
absl::Status Piece(db::Connection& connection, const Record& record,
                   absl::FunctionRef<absl::Status(db::Transaction&, Record&)> body) {
  return db::Run(connection, absl::Now() + kPatience, [&](db::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const bool held, store::Hold(tx, record));
    if (!held) return absl::OkStatus();
    Record moved = record;
    RETURN_IF_ERROR(body(tx, moved));
    *moved.erasure.mutable_update_time() = calendar::ToProto(absl::Now());
    return store::Advance(tx, moved);
  });
}

// The key of a reply as a position, and back.
std::string PositionOf(const rpc::RequestKey& key) {
  return absl::StrCat(key.caller, key.request_id, key.part);
}

rpc::RequestKey KeyAt(const std::string& position) {
  rpc::RequestKey key;
  if (position.size() <= 2 * kIndexBytes) return key;
  key.caller = position.substr(0, kIndexBytes);
  key.request_id = position.substr(kIndexBytes, kIndexBytes);
  (void)absl::SimpleAtoi(position.substr(2 * kIndexBytes), &key.part);
  return key;
}

void LogDone(const type::v1::Erasure& erasure) {
  telemetry::Log(
      telemetry::Severity::kInfo, "an erasure is done",
      {{"erasure", erasure.name()}, {"resources", erasure.resources()}, {"replies", erasure.replies()}});
}

}  // namespace

std::set<std::string> NamesIn(absl::string_view bytes) {
  std::set<std::string> names;
  for (size_t slash = bytes.find('/'); slash != absl::string_view::npos; slash = bytes.find('/', slash + 1)) {
    if (bytes.size() - slash <= kUuid || resource::UuidBytes(bytes.substr(slash + 1, kUuid)).empty())
      continue;
    size_t start = slash;
    while (start > 0 && absl::ascii_isalpha(static_cast<unsigned char>(bytes[start - 1]))) --start;
    names.emplace(bytes.substr(start, slash + 1 + kUuid - start));
  }
  return names;
}

absl::StatusOr<bool> Walk::Step(db::Connection& connection) const {
  ASSIGN_OR_RETURN(std::optional<Record> record, store::OldestRunning(connection));
  if (!record) return false;
  const std::string stage = record->stage;
  if (stage == kColumns) {
    RETURN_IF_ERROR(ReplaceColumns(connection, *std::move(record)));
  } else if (stage == kOwnReplies) {
    RETURN_IF_ERROR(EraseOwnReplies(connection, *std::move(record)));
  } else if (stage == kReplies) {
    RETURN_IF_ERROR(EraseReplies(connection, *std::move(record)));
  } else if (stage == kActor) {
    RETURN_IF_ERROR(Complete(connection, *std::move(record)));
  } else {
    const auto holding =
        std::find_if(plan_.holdings.begin(), plan_.holdings.end(),
                     [&](const Holding& candidate) { return candidate.table->spec().table == stage; });
    if (holding == plan_.holdings.end()) {
      // At its start; or the program that began it had a table that is no more.
      RETURN_IF_ERROR(Piece(connection, *record, [&](db::Transaction&, Record& moved) {
        NextStage(moved, "");
        return absl::OkStatus();
      }));
    } else {
      RETURN_IF_ERROR(WalkTable(connection, *holding, *std::move(record)));
    }
  }
  return true;
}

std::vector<std::string> Walk::Stages() const {
  std::vector<std::string> stages;
  for (const Holding& holding : plan_.holdings) {
    if (privacy::NamesPeople(holding.table->spec().prototype->GetDescriptor())) {
      stages.push_back(holding.table->spec().table);
    }
  }
  stages.insert(stages.end(), {kColumns, kOwnReplies, kReplies, kActor});
  return stages;
}

void Walk::NextStage(Record& record, const std::string& stage) const {
  const std::vector<std::string> stages = Stages();
  const auto at = std::find(stages.begin(), stages.end(), stage);
  record.stage = at == stages.end() ? stages.front() : *(at + 1);
  record.position.clear();
}

events::Origin Walk::OriginNow() const {
  const absl::Time now = absl::Now();
  return {.subject = service_,
          .by_service = true,
          .on_behalf_of = "",
          .occur_time = now,
          .record_time = now,
          .back_dated = false,
          .traceparent = ""};
}

absl::Status Walk::WalkTable(db::Connection& connection, const Holding& holding, Record record) const {
  const resource::Spec& spec = holding.table->spec();
  std::set<std::string> resources;
  for (const std::string& collection : privacy::OwnerCollections(spec.prototype->GetDescriptor())) {
    ASSIGN_OR_RETURN(const std::set<std::string> noted, store::NotedOf(connection, record, collection));
    resources.insert(noted.begin(), noted.end());
  }
  const Person person(keyring_, record.keys, std::move(resources));
  const auto is_erased = [&person](const FieldDescriptor& field, const std::string& value) {
    return person.Is(field, value);
  };

  const std::string after = record.position.empty() ? "" : resource::NameOf(spec.collection, record.position);
  std::deque<std::unique_ptr<Message>> rows;
  RETURN_IF_ERROR(holding.table->List(connection, {}, false, after, kRowsAPiece,
                                      [&] { return rows.emplace_back(spec.prototype->New()).get(); }));
  const auto name_of = [&spec](const Message& row) {
    return row.GetReflection()->GetString(row, spec.prototype->GetDescriptor()->FindFieldByName("name"));
  };
  std::vector<std::string> names;
  for (const std::unique_ptr<Message>& row : rows) {
    if (privacy::Names(*row, is_erased)) names.push_back(name_of(*row));
  }
  const bool last = rows.size() < kRowsAPiece;
  const events::Origin origin = OriginNow();
  return Piece(connection, record, [&](db::Transaction& tx, Record& moved) -> absl::Status {
    const Tools tools{log_, drop_row_, origin, record};
    for (const std::string& name : names) {
      ASSIGN_OR_RETURN(const bool erased, EraseRow(tx, tools, holding, name, is_erased));
      if (erased) moved.erasure.set_resources(moved.erasure.resources() + 1);
    }
    if (last) {
      NextStage(moved, spec.table);
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(moved.position, resource::IdOf(spec.collection, name_of(*rows.back())));
    return absl::OkStatus();
  });
}

absl::Status Walk::ReplaceColumns(db::Connection& connection, Record record) const {
  std::string fresh(kIndexBytes, '\0');
  privacy::FillWithRandom(fresh.data(), fresh.size());
  return Piece(connection, record, [&](db::Transaction& tx, Record& moved) -> absl::Status {
    bool more = false;
    for (const Column& column : plan_.columns) {
      ASSIGN_OR_RETURN(const int64_t replaced,
                       store::Replace(tx, column, record.keys.subject, fresh, kIndexesAPiece));
      more = more || replaced == kIndexesAPiece;
    }
    if (!more) NextStage(moved, kColumns);
    return absl::OkStatus();
  });
}

absl::Status Walk::EraseOwnReplies(db::Connection& connection, Record record) const {
  return Piece(connection, record, [&](db::Transaction& tx, Record& moved) -> absl::Status {
    ASSIGN_OR_RETURN(const int64_t erased, rpc::EraseRepliesTo(tx, record.keys.caller, kRepliesAPiece));
    moved.erasure.set_replies(moved.erasure.replies() + erased);
    if (erased < kRepliesAPiece) NextStage(moved, kOwnReplies);
    return absl::OkStatus();
  });
}

absl::Status Walk::EraseReplies(db::Connection& connection, Record record) const {
  ASSIGN_OR_RETURN(const std::vector<rpc::KeptReply> replies,
                   rpc::NextReplies(connection, KeyAt(record.position), kRepliesAPiece, keyring_));
  std::set<std::string> all_names;
  std::vector<std::set<std::string>> names;
  for (const rpc::KeptReply& kept : replies) {
    all_names.merge(std::set<std::string>(names.emplace_back(NamesIn(kept.reply))));
  }
  ASSIGN_OR_RETURN(const std::set<std::string> noted, store::NotedAmong(connection, record, all_names));
  const auto is_noted = [&noted](const std::string& name) { return noted.count(name) > 0; };
  return Piece(connection, record, [&](db::Transaction& tx, Record& moved) -> absl::Status {
    for (size_t i = 0; i < replies.size(); ++i) {
      if (std::none_of(names[i].begin(), names[i].end(), is_noted)) continue;
      RETURN_IF_ERROR(rpc::EraseReply(tx, replies[i].key));
      moved.erasure.set_replies(moved.erasure.replies() + 1);
    }
    if (replies.size() < kRepliesAPiece) {
      NextStage(moved, kReplies);
    } else {
      moved.position = PositionOf(replies.back().key);
    }
    return absl::OkStatus();
  });
}

absl::Status Walk::Complete(db::Connection& connection, Record record) const {
  const events::Origin origin = OriginNow();
  return Piece(connection, record, [&](db::Transaction& tx, Record& moved) -> absl::Status {
    if (!record.keys.actor.empty()) RETURN_IF_ERROR(log_.ForgetActor(tx, record.keys.actor));
    RETURN_IF_ERROR(store::ForgetRows(tx, record));
    moved.stage.clear();
    moved.position.clear();
    moved.erasure.set_state(type::v1::ERASURE_STATE_DONE);
    *moved.erasure.mutable_complete_time() = calendar::ToProto(origin.occur_time);
    events::v1::Event event;
    event.set_subject(moved.erasure.name());
    ASSIGN_OR_RETURN(const int64_t version, resource::VersionOf(moved.erasure.etag()));
    event.set_version(version + 1);
    event.set_area(moved.erasure.area());
    auto* completed = event.mutable_access()->mutable_erasure_completed();
    completed->set_resources(moved.erasure.resources());
    completed->set_replies(moved.erasure.replies());
    RETURN_IF_ERROR(log_.Append(tx, origin, event));
    tx.OnCommit([erasure = moved.erasure] { LogDone(erasure); });
    return absl::OkStatus();
  });
}

}  // namespace firstfloor::erasure
