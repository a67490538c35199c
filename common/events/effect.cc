#include "common/events/effect.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/events/kind.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::events {
namespace {

bool Reads(const Effect& effect, const std::string& payload) {
  return effect.payloads.empty() ||
         std::find(effect.payloads.begin(), effect.payloads.end(), payload) != effect.payloads.end();
}

}  // namespace

Concern ConcernOf(const Effect& effect, const v1::Event& event) {
  if (!Reads(effect, PayloadOf(event))) return Concern::kNone;
  if (KindOf(event).empty()) return Concern::kUnknownKind;
  return effect.concerns == nullptr || effect.concerns(event) ? Concern::kKnown : Concern::kNone;
}

bool IsPermanent(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kInternal:
      return true;
    default:
      return false;
  }
}

std::string ParkReason(const absl::Status& status) {
  const std::string reason = error::ReasonOf(status);
  return absl::StrCat(absl::StatusCodeToString(status.code()), reason.empty() ? "" : " ", reason);
}

std::string CursorName(const std::string& reader) { return absl::StrCat("reader/", reader); }

absl::Status ApplyOne(const Effect& effect, db::Transaction& tx, const v1::Event& event,
                      const std::string& prepared) {
  if (effect.apply_batch == nullptr) return effect.apply(tx, event, prepared);
  const v1::Event* const one = &event;
  return effect.apply_batch(tx, absl::MakeConstSpan(&one, 1));
}

}  // namespace firstfloor::events
