#include "services/gateway/url.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/error/error.h"

namespace firstfloor::gateway {
namespace {

absl::Status Malformed(absl::string_view why) {
  return error::Make(absl::StatusCode::kInvalidArgument, "MALFORMED_TARGET", why);
}

bool IsEscape(absl::string_view text, size_t at) {
  return at + 2 < text.size() && absl::ascii_isxdigit(static_cast<unsigned char>(text[at + 1])) &&
         absl::ascii_isxdigit(static_cast<unsigned char>(text[at + 2]));
}

Path CutPath(absl::string_view text) {
  Path path;
  for (const absl::string_view segment : absl::StrSplit(text.substr(1), '/')) path.segments.push_back(segment);
  absl::string_view& last = path.segments.back();
  if (const size_t colon = last.rfind(':'); colon != absl::string_view::npos) {
    path.verb = last.substr(colon + 1);
    path.has_verb = true;
    last = last.substr(0, colon);
  }
  return path;
}

absl::StatusOr<QueryPairs> ParseQuery(absl::string_view text) {
  QueryPairs pairs;
  for (const absl::string_view part : absl::StrSplit(text, '&', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> raw =
        absl::StrSplit(absl::StrReplaceAll(part, {{"+", " "}}), absl::MaxSplits('=', 1));
    std::optional<std::string> name = PercentDecode(raw.first);
    std::optional<std::string> value = PercentDecode(raw.second);
    if (!name || !value) return Malformed("the query holds a malformed escape");
    pairs.emplace_back(*std::move(name), *std::move(value));
  }
  return pairs;
}

}  // namespace

std::optional<std::string> PercentDecode(absl::string_view text, Keep keep) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (!IsEscape(text, i)) return std::nullopt;
    const std::string byte = absl::HexStringToBytes(text.substr(i + 1, 2));
    if (keep == Keep::kSlashes && byte == "/") {
      decoded.append(text.data() + i, 3);
    } else {
      decoded += byte;
    }
    i += 2;
  }
  return decoded;
}

absl::StatusOr<Target> ParseTarget(absl::string_view text) {
  if (text.empty() || text.front() != '/') return Malformed("the target must be a path");
  const size_t question = text.find('?');
  const absl::string_view path = text.substr(0, question);
  if (!PercentDecode(path)) return Malformed("the path holds a malformed escape");
  Target target;
  target.path = CutPath(path);
  if (question == absl::string_view::npos) return target;
  absl::StatusOr<QueryPairs> query = ParseQuery(text.substr(question + 1));
  if (!query.ok()) return query.status();
  target.query = *std::move(query);
  return target;
}

}  // namespace firstfloor::gateway
