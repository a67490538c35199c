#include "common/erasure/erasures.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/area/registry.h"
#include "common/calendar/timestamp.h"
#include "common/erasure/list.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/privacy/keyring.h"
#include "common/privacy/personal.h"
#include "common/rpc/request_store.h"
#include "common/rpc/row.h"
#include "firstfloor/api/v1/field.pb.h"

namespace firstfloor::erasure {
namespace {

using events::v1::Event;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using type::v1::Erasure;

constexpr size_t kMostNamed = 20;
constexpr int kPage = 500;
constexpr absl::Duration kPatience = absl::Seconds(20);  // with one transaction

Keys KeysOf(const rpc::Environment& environment, const std::string& subject) {
  return {.subject = environment.keyring->BlindIndex("subject", subject),
          .caller = rpc::CallerIndexOf(subject, *environment.keyring),
          .actor = environment.log->ActorIndexOf(subject)};
}

std::string TextOf(const Message& row, const char* name) {
  return row.GetReflection()->GetString(row, row.GetDescriptor()->FindFieldByName(name));
}

// Appends the open matters of the person in one table.
absl::Status AddOpen(db::Transaction& tx, const Holding& holding, const std::string& subject_index,
                     const type::v1::EraseSubjectRequest& request, std::vector<std::string>& names) {
  const std::vector<resource::Condition> conditions = holding.open(subject_index);
  const auto is_person = [&request](const FieldDescriptor& field, const std::string& value) {
    return field.options().GetExtension(api::v1::field).subject() && value == request.subject();
  };
  std::string after;
  while (names.size() < kMostNamed) {
    std::vector<std::unique_ptr<Message>> rows;
    RETURN_IF_ERROR(holding.table->List(tx, conditions, after, kPage, [&] {
      return rows.emplace_back(holding.table->spec().prototype->New()).get();
    }));
    for (const std::unique_ptr<Message>& row : rows) {
      const bool counts =
          area::Covers(request.area(), TextOf(*row, "area")) && privacy::Names(*row, is_person);
      if (counts && names.size() < kMostNamed) names.push_back(TextOf(*row, "name"));
    }
    if (rows.size() < kPage) break;
    after = TextOf(*rows.back(), "name");
  }
  return absl::OkStatus();
}

bool HasCopies(const Event& event) { return !event.access().personal_data_erased().copies().empty(); }

}  // namespace

Erasures::Erasures(const rpc::Environment& environment, Plan plan, DropRow drop_row,
                   std::function<void()> wake)
    : environment_(environment),
      plan_(std::move(plan)),
      drop_row_(std::move(drop_row)),
      wake_(std::move(wake)),
      walk_(environment.service, plan_, *environment.keyring, *environment.log, drop_row_) {}

absl::Status Erasures::CheckNothingOpen(db::Transaction& tx,
                                        const type::v1::EraseSubjectRequest& request) const {
  const std::string index = environment_.keyring->BlindIndex("subject", request.subject());
  std::vector<std::string> names;
  for (const Holding& holding : plan_.holdings) {
    if (holding.open) RETURN_IF_ERROR(AddOpen(tx, holding, index, request, names));
  }
  if (names.empty()) return absl::OkStatus();
  return error::Precondition("SUBJECT_HAS_OPEN_MATTERS",
                             "something of the person is still open; end it, or force the erasure",
                             {{"matters", absl::StrJoin(names, ",")}});
}

absl::StatusOr<Erasure> Erasures::EraseSubject(rpc::Call& call, db::Transaction& tx,
                                               const type::v1::EraseSubjectRequest& request) {
  if (!request.force()) RETURN_IF_ERROR(CheckNothingOpen(tx, request));
  const events::Origin& origin = call.origin();
  Record record;
  Erasure& erasure = record.erasure;
  erasure.set_name(resource::NewName("erasures", origin.record_time));
  erasure.set_area(request.area());
  erasure.set_basis(request.basis());
  erasure.set_reference(request.reference());
  erasure.set_force(request.force());
  erasure.set_state(type::v1::ERASURE_STATE_RUNNING);
  *erasure.mutable_create_time() = calendar::ToProto(origin.record_time);
  *erasure.mutable_update_time() = erasure.create_time();
  record.keys = KeysOf(environment_, request.subject());
  RETURN_IF_ERROR(store::Insert(tx, record).status());
  erasure.set_etag("1");

  Event event;
  event.set_subject(erasure.name());
  event.set_version(1);
  event.set_area(erasure.area());
  auto* started = event.mutable_access()->mutable_erasure_started();
  started->set_basis(
      std::string(absl::StripPrefix(type::v1::ErasureBasis_Name(erasure.basis()), "ERASURE_BASIS_")));
  started->set_force(erasure.force());
  RETURN_IF_ERROR(environment_.log->Append(tx, origin, event));
  if (wake_) tx.OnCommit(wake_);
  return erasure;
}

absl::StatusOr<Erasure> Erasures::GetErasure(rpc::Call& call, const type::v1::GetErasureRequest& request) {
  ASSIGN_OR_RETURN(Record record, rpc::HiddenIfMissing(store::Load(call.db(), request.name())));
  RETURN_IF_ERROR(call.Authorize(record.erasure.area()));
  return std::move(record.erasure);
}

// ---- what peers erased ----

events::Effect Erasures::Following(events::Effect effect) const {
  events::Effect both = effect;
  if (!both.payloads.empty()) both.payloads.emplace_back("access");
  both.concerns = [own = effect.concerns](const Event& event) {
    if (event.has_access()) return HasCopies(event);
    return own == nullptr || own(event);
  };
  if (effect.prepare) {
    both.prepare = [own = effect.prepare](const Event& event) -> absl::StatusOr<std::string> {
      if (event.has_access()) return std::string();
      return own(event);
    };
  }
  both.apply = [this, own = effect.apply](db::Transaction& tx, const Event& event,
                                          const std::string& prepared) {
    return event.has_access() ? EraseCopies(tx, event) : own(tx, event, prepared);
  };
  return both;
}

absl::Status Erasures::EraseCopies(db::Transaction& tx, const Event& event) const {
  // The replies that name the copies are erased as those of any erasure are. Nobody's keys: by names alone.
  Record record;
  record.erasure.set_name(resource::DerivedName("erasures", event.event_id()));
  record.erasure.set_area(event.area());
  record.erasure.set_state(type::v1::ERASURE_STATE_RUNNING);
  const absl::Time now = absl::Now();
  *record.erasure.mutable_create_time() = calendar::ToProto(now);
  *record.erasure.mutable_update_time() = record.erasure.create_time();
  record.stage = kReplies;
  const events::Origin origin = {.subject = environment_.service,
                                 .by_service = true,
                                 .on_behalf_of = "",
                                 .occur_time = now,
                                 .record_time = now,
                                 .back_dated = false,
                                 .traceparent = event.traceparent()};
  const Tools tools{*environment_.log, drop_row_, origin, record};
  const auto& told = event.access().personal_data_erased().copies();
  std::vector<std::string> copies(told.begin(), told.end());
  int64_t erased = 0;
  for (size_t i = 0; i < copies.size(); ++i) {
    const std::string name = copies[i];
    for (const Holding& holding : plan_.holdings) {
      if (!absl::StartsWith(name, absl::StrCat(holding.table->spec().collection, "/"))) continue;
      ASSIGN_OR_RETURN(const bool any, EraseCopy(tx, tools, holding, name, copies));
      erased += any ? 1 : 0;
    }
  }
  if (erased == 0) return absl::OkStatus();
  record.erasure.set_resources(erased);
  RETURN_IF_ERROR(store::Insert(tx, record).status());
  if (wake_) tx.OnCommit(wake_);
  return absl::OkStatus();
}

// ---- what outlives the database ----

absl::StatusOr<std::string> Erasures::Export(db::Connection& connection) const {
  ASSIGN_OR_RETURN(const std::vector<Record> records, store::All(connection));
  return ToLines(records, *environment_.keyring);
}

absl::StatusOr<Erasures::Replayed> Erasures::Replay(db::Connection& connection,
                                                    absl::string_view exported) const {
  ASSIGN_OR_RETURN(std::vector<Record> records, FromLines(exported, *environment_.keyring));
  Replayed replayed;
  RETURN_IF_ERROR(db::Run(connection, absl::Now() + kPatience, [&](db::Transaction& tx) -> absl::Status {
    for (const Record& record : records) RETURN_IF_ERROR(store::Insert(tx, record).status());
    return absl::OkStatus();
  }));
  ASSIGN_OR_RETURN(const std::vector<Record> known, store::All(connection));
  std::vector<std::string> running;
  for (const Record& record : known) {
    if (record.erasure.state() == type::v1::ERASURE_STATE_RUNNING) running.push_back(record.erasure.name());
  }
  while (true) {
    ASSIGN_OR_RETURN(const bool more, Step(connection));
    if (!more) break;
  }
  for (const std::string& name : running) {
    ASSIGN_OR_RETURN(const Record done, store::Load(connection, name));
    ++replayed.erasures;
    replayed.resources += done.erasure.resources();
    replayed.replies += done.erasure.replies();
  }
  return replayed;
}

}  // namespace firstfloor::erasure
