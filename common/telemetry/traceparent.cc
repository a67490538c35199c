#include "common/telemetry/traceparent.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace firstfloor::telemetry {
namespace {

constexpr size_t kLength = 55;

bool IsHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsId(absl::string_view text) { return IsHex(text) && text.find_first_not_of('0') != text.npos; }

int ValueOf(char hex) { return hex <= '9' ? hex - '0' : hex - 'a' + 10; }

bool HasKnownShape(absl::string_view text) {
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  const absl::string_view version = text.substr(0, 2);
  if (!IsHex(version) || version == "ff") return false;
  if (text.size() == kLength) return true;
  return version != "00" && text[kLength] == '-';
}

}  // namespace

std::optional<Traceparent> ParseTraceparent(absl::string_view text) {
  if (!HasKnownShape(text)) return std::nullopt;
  const Traceparent parent = {.trace_id = text.substr(3, 32),
                              .span_id = text.substr(36, 16),
                              .sampled = (ValueOf(text[54]) & 1) != 0};
  if (!IsId(parent.trace_id) || !IsId(parent.span_id) || !IsHex(text.substr(53, 2))) return std::nullopt;
  return parent;
}

std::string FormatTraceparent(const Traceparent& parent) {
  return absl::StrCat("00-", parent.trace_id, "-", parent.span_id, parent.sampled ? "-01" : "-00");
}

}  // namespace firstfloor::telemetry
