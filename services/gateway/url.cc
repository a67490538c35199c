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

// Bytes of the character at the beginning of `text`; 0 if it is not UTF-8 (RFC 3629).
size_t CharacterLength(absl::string_view text) {
  const auto byte = [&](size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto continues = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first < 0xF0) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) >= 0xA0;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first < 0xF5) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool too_great = first == 0xF4 && byte(1) >= 0x90;
    return continues(1) && continues(2) && continues(3) && !overlong && !too_great ? 4 : 0;
  }
  return 0;
}

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// Decoded, if that is text.
std::optional<std::string> Decoded(absl::string_view text) {
  std::optional<std::string> decoded = PercentDecode(text);
  if (decoded && !IsUtf8(*decoded)) return std::nullopt;
  return decoded;
}

Path CutPath(absl::string_view text) {
  Path path;
  for (const absl::string_view segment : absl::StrSplit(text.substr(1), '/'))
    path.segments.push_back(segment);
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
    std::optional<std::string> name = Decoded(raw.first);
    std::optional<std::string> value = Decoded(raw.second);
    if (!name || !value) return Malformed("the query holds a malformed escape or what is not UTF-8");
    pairs.emplace_back(*std::move(name), *std::move(value));
  }
  return pairs;
}

// "http://host/path" is a form that everybody must understand (RFC 9112, 3.2.2).
absl::string_view WithoutAuthority(absl::string_view text) {
  for (const absl::string_view scheme : {"http://", "https://"}) {
    if (!absl::StartsWithIgnoreCase(text, scheme)) continue;
    const size_t end = text.find_first_of("/?", scheme.size());
    return end == absl::string_view::npos || text[end] == '?' ? "/" : text.substr(end);
  }
  return text;
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
  text = WithoutAuthority(text);
  if (text.empty() || text.front() != '/') return Malformed("the target must be a path");
  const size_t question = text.find('?');
  const absl::string_view path = text.substr(0, question);
  if (!Decoded(path)) return Malformed("the path holds a malformed escape or what is not UTF-8");
  Target target;
  target.path = CutPath(path);
  if (question == absl::string_view::npos) return target;
  absl::StatusOr<QueryPairs> query = ParseQuery(text.substr(question + 1));
  if (!query.ok()) return query.status();
  target.query = *std::move(query);
  return target;
}

}  // namespace firstfloor::gateway
