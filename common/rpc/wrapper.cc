#include "common/rpc/wrapper.h"

#include <atomic>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/auth/authenticator.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/privacy/keyring.h"
#include "common/resource/table.h"
#include "common/rpc/rate.h"
#include "common/rpc/request_store.h"
#include "common/telemetry/log.h"
#include "common/telemetry/work.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::rpc {
namespace {

using google::protobuf::Message;
using telemetry::Severity;

constexpr absl::Duration kSlow = absl::Milliseconds(500);
constexpr uint32_t kSample = 100;

const std::shared_ptr<const auth::Identity>& Anonymous() {
  static const auto* const anonymous =
      new std::shared_ptr<const auth::Identity>(std::make_shared<auth::Identity>());
  return *anonymous;
}

// Subject of the person that the request says it speaks for.
std::string OnBehalfOf(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("on_behalf_of");
  if (field == nullptr || !request.GetReflection()->HasField(request, field)) return "";
  const Message& behalf = request.GetReflection()->GetMessage(request, field);
  const auto* person_field = behalf.GetDescriptor()->FindFieldByName("person");
  const Message& person = behalf.GetReflection()->GetMessage(behalf, person_field);
  return person.GetReflection()->GetString(person, person.GetDescriptor()->FindFieldByName("subject"));
}

// The request was carried out before, and cannot be answered as it was then.
bool TellsOfTheRequest(const absl::Status& status) {
  const std::string reason = error::ReasonOf(status);
  return reason == "REQUEST_ID_REUSED" || reason == "REPLY_ERASED";
}

bool Sampled() {
  static std::atomic<uint32_t> calls{0};
  return calls.fetch_add(1, std::memory_order_relaxed) % kSample == 0;
}

// Mutations, failures and slow calls are all written down. Quick reads are many, and so are refusals of a
// busy program, which has no time to write: of both a sample is. The metrics count every one.
bool MustLog(const absl::Status& status, bool read, absl::Duration took) {
  if (absl::IsResourceExhausted(status)) return Sampled();
  return !status.ok() || !read || took > kSlow || Sampled();
}

}  // namespace

Wrapper::Wrapper(const Method& method, Envelope envelope)
    : method_(method),
      environment_(method.environment),
      envelope_(std::move(envelope)),
      call_(method.environment, method.access),
      start_(absl::Now()) {
  call_.identity_ = Anonymous();
  call_.deadline_ = envelope_.deadline;
  call_.strong_ = envelope_.consistency == "strong";
  call_.span_ = telemetry::Span::Server(method.path, envelope_.traceparent);
  call_.origin_.record_time = start_;
  call_.origin_.occur_time = start_;
}

bool Wrapper::IdentifyFromMemory() {
  if (envelope_.authorization.empty()) {
    if (!envelope_.certificate_uris.empty()) {
      call_.identity_ = std::make_shared<auth::Identity>(
          auth::FromCertificate(envelope_.certificate_uris, environment_.trust_domain));
    }
    return true;
  }
  absl::string_view token = envelope_.authorization;
  if (!absl::ConsumePrefix(&token, "Bearer ")) return false;
  std::shared_ptr<const auth::Identity> seen = environment_.authenticator->Seen(token, start_);
  if (seen == nullptr) return false;
  call_.identity_ = std::move(seen);
  return true;
}

absl::Status Wrapper::VerifyToken() {
  absl::string_view token = envelope_.authorization;
  if (!absl::ConsumePrefix(&token, "Bearer ")) {
    return error::Make(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID",
                       "authorization must be a bearer token");
  }
  ASSIGN_OR_RETURN(call_.identity_, environment_.authenticator->Verify(token, absl::Now()));
  return absl::OkStatus();
}

absl::Status Wrapper::Admit() {
  if (!environment_.serving.load(std::memory_order_relaxed)) {
    return error::RetryAfter(absl::StatusCode::kUnavailable, "NOT_SERVING",
                             "the service is starting or ending", absl::Seconds(1));
  }
  const auth::Identity& identity = *call_.identity_;
  if (!auth::MayAllow(method_.access, identity)) {
    if (identity.kind == auth::Identity::Kind::kAnonymous) {
      return error::Make(absl::StatusCode::kUnauthenticated, "NO_IDENTITY",
                         "a token or a certificate is needed");
    }
    return error::Denied();
  }
  call_.decided_ = method_.access.anonymous() || identity.is_service();
  call_.origin_.subject = identity.kind == auth::Identity::Kind::kAnonymous ? "anonymous" : identity.subject;
  call_.origin_.by_service = identity.kind != auth::Identity::Kind::kPerson;
  call_.origin_.traceparent = call_.span_.traceparent();
  if (envelope_.as_of.empty()) return absl::OkStatus();

  if (!environment_.allow_as_of || !identity.may_date_back) {
    return error::Make(absl::StatusCode::kPermissionDenied, "AS_OF_NOT_ALLOWED",
                       "work may not be dated back");
  }
  std::string why;
  if (!absl::ParseTime(absl::RFC3339_full, envelope_.as_of, &call_.origin_.occur_time, &why) ||
      call_.origin_.occur_time > start_) {
    return error::InvalidField("firstfloor-as-of", "must be a time in the past in RFC 3339 form");
  }
  call_.origin_.back_dated = true;
  return absl::OkStatus();
}

absl::Status Wrapper::Check(Message& request) {
  const bool by_area =
      !method_.area_path.empty() && !call_.identity_->is_service() && !method_.access.anonymous();
  const std::string area = by_area ? method_.AreaIn(request) : "";
  // Denied before anything about the request is said. Only a request that names no area at all is told so
  // first.
  if (by_area && !area.empty()) RETURN_IF_ERROR(call_.Authorize(area));
  call_.origin_.on_behalf_of = OnBehalfOf(request);
  RETURN_IF_ERROR(method_.validator.Check(request, environment_.areas));
  return by_area && area.empty() ? call_.Authorize(area) : absl::OkStatus();
}

std::optional<Recalled> Wrapper::FromMemory(const Message& request) {
  if (!method_.recall || call_.strong_) return std::nullopt;
  std::optional<Recalled> answer = method_.recall(call_, request);
  if (answer && answer->ok()) {
    if (absl::Status decided = MustBeDecided(); !decided.ok()) return decided;
    if (!call_.personal_reads_.empty()) return std::nullopt;  // needs the log, so a worker
  }
  return answer;
}

absl::Status Wrapper::Enter(Worker& worker) {
  call_.worker_ = &worker;
  if (absl::Now() >= call_.deadline_) {
    return error::Make(absl::StatusCode::kDeadlineExceeded, "DEADLINE",
                       "the deadline passed before work began");
  }
  if (call_.identity_->is_service() || environment_.rate == nullptr) return absl::OkStatus();
  return environment_.rate->Admit(worker.redis, absl::BytesToHexString(CallerKey()));
}

absl::StatusOr<Method::MessagePtr> Wrapper::Run(Worker& worker, const Message& request) {
  const telemetry::Work work(call_.span_);
  RETURN_IF_ERROR(Enter(worker));
  return method_.mutate ? Mutate(worker, request) : Read(worker, request);
}

absl::StatusOr<Method::MessagePtr> Wrapper::Read(Worker& worker, const Message& request) {
  call_.personal_reads_.clear();
  ASSIGN_OR_RETURN(Method::MessagePtr reply, method_.read(call_, request));
  RETURN_IF_ERROR(MustBeDecided());
  RETURN_IF_ERROR(RecordPersonalReads(worker));
  return reply;
}

absl::StatusOr<Method::MessagePtr> Wrapper::MutateOnce(Worker& worker, const Message& request,
                                                       const std::optional<RequestKey>& key) {
  return db::Run(worker.db, call_.deadline_, [&](db::Transaction& tx) -> absl::StatusOr<Method::MessagePtr> {
    ASSIGN_OR_RETURN(Method::MessagePtr reply, method_.mutate(call_, tx, request));
    RETURN_IF_ERROR(MustBeDecided());
    if (key) {
      RETURN_IF_ERROR(KeepReply(tx, *key, *reply, call_.origin_.record_time, *environment_.keyring));
    }
    return reply;
  });
}

absl::StatusOr<Method::MessagePtr> Wrapper::Mutate(Worker& worker, const Message& request) {
  const std::optional<RequestKey> key = KeyOf(request, method_.path, CallerKey(), *environment_.keyring);
  bool again = key.has_value();
  while (true) {
    absl::StatusOr<Method::MessagePtr> result = MutateOnce(worker, request, key);
    if (result.ok() || !key) return result;

    // It failed: because it was done before (its id is taken, or the resource has moved on), or the outcome
    // of the commit is unknown. The kept reply tells.
    Method::MessagePtr kept = method_.NewReply();
    const absl::StatusOr<bool> found = FindReply(worker.db, *key, *kept, *environment_.keyring);
    if (found.ok() && *found) return kept;
    if (TellsOfTheRequest(found.status())) return found.status();
    // Should the lost commit still get through, then this one meets its request_id.
    const bool unknown = error::ReasonOf(result.status()) == "COMMIT_UNKNOWN";
    if (unknown && std::exchange(again, false)) continue;
    // Where nobody can see whether it was done before, what it met this time means nothing.
    if (!found.ok()) return found.status();
    return result;
  }
}

absl::Status Wrapper::RunChunk(Worker& worker, const std::vector<ImportRow>& rows, int part, Message& summary,
                               absl::FunctionRef<bool()> given_up) {
  const telemetry::Work work(call_.span_);
  RETURN_IF_ERROR(Enter(worker));
  std::optional<RequestKey> key;
  std::string content;
  for (const ImportRow& row : rows) content += row.request->SerializeAsString();
  if (!rows.empty()) key = KeyOf(*rows.front().request, method_.path, CallerKey(), *environment_.keyring);
  if (key) {
    key->part = part;
    key->content = environment_.keyring->BlindIndex("request", content);
  }
  const std::string before = summary.SerializeAsString();
  const absl::Status done = db::Run(worker.db, call_.deadline_, [&](db::Transaction& tx) -> absl::Status {
    summary.ParseFromString(before);
    RETURN_IF_ERROR(method_.import(call_, tx, rows, summary));
    if (given_up()) return absl::CancelledError("the client left");
    if (key) {
      RETURN_IF_ERROR(KeepReply(tx, *key, summary, call_.origin_.record_time, *environment_.keyring));
    }
    return absl::OkStatus();
  });
  if (done.ok() || !key) return done;
  const absl::StatusOr<bool> found = FindReply(worker.db, *key, summary, *environment_.keyring);
  if (found.ok() && *found) return absl::OkStatus();
  return found.ok() ? done : found.status();
}

absl::StatusOr<StreamFlow> Wrapper::Open(Worker& worker, const Message& request,
                                         std::shared_ptr<ServerStream> stream) {
  RETURN_IF_ERROR(Enter(worker));
  ASSIGN_OR_RETURN(StreamFlow flow, method_.stream(call_, request, std::move(stream)));
  RETURN_IF_ERROR(MustBeDecided());
  return flow;
}

absl::Status Wrapper::RecordPersonalReads(Worker& worker) {
  if (call_.personal_reads_.empty()) return absl::OkStatus();
  events::v1::Event event;
  event.set_subject(resource::NewName("reads", call_.origin_.record_time));
  event.set_version(1);
  event.set_area(call_.personal_read_area_);
  auto* read = event.mutable_access()->mutable_personal_data_read();
  read->set_method(method_.descriptor->full_name());
  for (const std::string& name : call_.personal_reads_) read->add_names(name);
  return db::Run(worker.db, call_.deadline_,
                 [&](db::Transaction& tx) { return environment_.log->Append(tx, call_.origin_, event); });
}

absl::Status Wrapper::MustBeDecided() const {
  if (call_.decided_) return absl::OkStatus();
  return absl::InternalError("the handler decided nothing about access");
}

const std::string& Wrapper::CallerKey() {
  if (caller_key_.empty()) caller_key_ = rpc::CallerKey(*call_.identity_, *environment_.keyring);
  return caller_key_;
}

absl::Status Wrapper::Conclude(const absl::Status& status) {
  const absl::Duration took = absl::Now() - start_;
  const auto code = static_cast<size_t>(status.code());
  method_.handled[code < method_.handled.size() ? code : 2]->Add();
  method_.duration->Observe(absl::ToDoubleSeconds(took));
  if (!status.ok()) call_.span_.Fail(absl::StatusCodeToString(status.code()));
  call_.span_.End();

  const bool inside = status.code() == absl::StatusCode::kInternal ||
                      status.code() == absl::StatusCode::kUnknown ||
                      status.code() == absl::StatusCode::kDataLoss;
  const std::string incident = inside ? resource::NewUuid() : "";
  const bool read = !method_.mutate && !method_.import;
  if (MustLog(status, read, took)) {
    const Severity severity = inside ? Severity::kError : Severity::kInfo;
    const std::string caller = absl::BytesToHexString(absl::string_view(CallerKey()).substr(0, 8));
    if (status.ok()) {
      telemetry::Log(severity, "call",
                     {{"method", method_.path},
                      {"code", std::string("OK")},
                      {"duration_ms", absl::ToDoubleMilliseconds(took)},
                      {"caller", caller},
                      {"trace_id", call_.span_.trace_id()}});
    } else {
      telemetry::Log(severity, "call",
                     {{"method", method_.path},
                      {"code", absl::StatusCodeToString(status.code())},
                      {"reason", inside ? std::string(status.message()) : error::ReasonOf(status)},
                      {"incident", incident},
                      {"duration_ms", absl::ToDoubleMilliseconds(took)},
                      {"caller", caller},
                      {"trace_id", call_.span_.trace_id()}});
    }
  }
  if (!inside) return status;
  return error::Make(absl::StatusCode::kInternal, "INTERNAL", "something went wrong on our side",
                     {{"incident", incident}});
}

}  // namespace firstfloor::rpc
