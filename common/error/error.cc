#include "common/error/error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/error_info.pb.h"
#include "google/rpc/status.pb.h"

namespace firstfloor::error {
namespace {

constexpr absl::string_view kTypePrefix = "type.googleapis.com/";
constexpr size_t kMostViolations = 100;
// Of their texts. Clients refuse a trailer of more than 8 KiB, in base64, and then see no error of ours at
// all.
constexpr size_t kMostViolationBytes = 4096;

void Attach(absl::Status& status, const google::protobuf::Message& detail) {
  status.SetPayload(absl::StrCat(kTypePrefix, detail.GetDescriptor()->full_name()),
                    absl::Cord(detail.SerializeAsString()));
}

std::string UrlOf(const google::protobuf::Descriptor* type) {
  return absl::StrCat(kTypePrefix, type->full_name());
}

}  // namespace

absl::Status Make(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                  const Metadata& metadata) {
  absl::Status status(code, message);
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain("firstfloor");
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[key] = value;
  Attach(status, info);
  return status;
}

absl::Status InvalidField(absl::string_view field, absl::string_view description) {
  Violations violations;
  violations.Add(field, description);
  return violations.ToStatus();
}

void Violations::Add(absl::string_view field, absl::string_view description) {
  if (violations_.size() >= kMostViolations) return;
  bytes_ += field.size() + description.size();
  // The first is always told, whatever its size.
  if (violations_.empty() || bytes_ <= kMostViolationBytes) violations_.emplace_back(field, description);
}

absl::Status Violations::ToStatus() const {
  if (violations_.empty()) return absl::OkStatus();
  absl::Status status = Make(absl::StatusCode::kInvalidArgument, "INVALID_FIELD",
                             absl::StrCat(violations_.front().first, ": ", violations_.front().second));
  google::rpc::BadRequest detail;
  for (const auto& [field, description] : violations_) {
    auto* violation = detail.add_field_violations();
    violation->set_field(field);
    violation->set_description(description);
  }
  Attach(status, detail);
  return status;
}

absl::Status WrongState(absl::string_view reason, absl::string_view subject, absl::string_view state,
                        absl::Span<const std::string> allowed) {
  absl::Status status = Make(absl::StatusCode::kFailedPrecondition, reason,
                             absl::StrCat(subject, " is ", state, "; this move is not allowed from there"),
                             {{"state", std::string(state)}, {"subject", std::string(subject)}});
  google::rpc::PreconditionFailure detail;
  for (const std::string& to : allowed) {
    auto* violation = detail.add_violations();
    violation->set_type("ALLOWED_TRANSITION");
    violation->set_subject(std::string(subject));
    violation->set_description(to);
  }
  Attach(status, detail);
  return status;
}

absl::Status Precondition(absl::string_view reason, absl::string_view message, const Metadata& metadata) {
  return Make(absl::StatusCode::kFailedPrecondition, reason, message, metadata);
}

absl::Status NotFound(absl::string_view type, absl::string_view name) {
  absl::Status status =
      Make(absl::StatusCode::kNotFound, "NOT_FOUND", absl::StrCat(type, " ", name, " was not found"));
  google::rpc::ResourceInfo detail;
  detail.set_resource_type(std::string(type));
  detail.set_resource_name(std::string(name));
  Attach(status, detail);
  return status;
}

absl::Status Denied() {
  return Make(absl::StatusCode::kPermissionDenied, "DENIED", "denied, or does not exist");
}

absl::Status EtagMismatch(absl::string_view name) {
  return Make(absl::StatusCode::kAborted, "ETAG_MISMATCH",
              absl::StrCat(name, " has changed since it was read; read it again"),
              {{"name", std::string(name)}});
}

absl::Status RetryAfter(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                        absl::Duration delay) {
  absl::Status status = Make(code, reason, message);
  google::rpc::RetryInfo detail;
  const int64_t nanos = absl::ToInt64Nanoseconds(delay);
  detail.mutable_retry_delay()->set_seconds(nanos / 1'000'000'000);
  detail.mutable_retry_delay()->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  Attach(status, detail);
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(UrlOf(google::rpc::ErrorInfo::descriptor()));
  google::rpc::ErrorInfo info;
  if (!payload || !info.ParseFromString(std::string(*payload))) return "";
  return info.reason();
}

google::rpc::Status ToProto(const absl::Status& status) {
  google::rpc::Status proto;
  proto.set_code(static_cast<int>(status.code()));
  proto.set_message(std::string(status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& bytes) {
    if (url.substr(0, kTypePrefix.size()) != kTypePrefix) return;  // ours alone, not for callers
    auto* detail = proto.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(bytes));
  });
  return proto;
}

absl::Status FromProto(const google::rpc::Status& proto) {
  absl::Status status(static_cast<absl::StatusCode>(proto.code()), proto.message());
  for (const auto& detail : proto.details()) status.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  return status;
}

}  // namespace firstfloor::error
