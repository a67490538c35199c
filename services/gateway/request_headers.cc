#include "services/gateway/request_headers.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/error/error.h"
#include "common/error/macros.h"

namespace firstfloor::gateway {
namespace {

constexpr absl::Duration kLongestTimeout = absl::Hours(24);

absl::Status Invalid(absl::string_view header, absl::string_view why) {
  return error::Make(absl::StatusCode::kInvalidArgument, "INVALID_HEADER", absl::StrCat(header, " ", why),
                     {{"header", std::string(header)}});
}

bool AllDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

std::optional<absl::Duration> ParseSeconds(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('.', 1));
  const bool whole = text.size() == parts.first.size();
  if (!AllDigits(parts.first) || (!whole && !AllDigits(parts.second)) || text.size() > 16)
    return std::nullopt;
  double seconds = 0;
  if (!absl::SimpleAtod(text, &seconds)) return std::nullopt;
  return absl::Seconds(seconds);
}

// At most eight digits and a unit, as gRPC over HTTP/2 writes it.
std::optional<absl::Duration> ParseGrpcTimeout(absl::string_view text) {
  if (text.size() < 2 || text.size() > 9 || !AllDigits(text.substr(0, text.size() - 1))) return std::nullopt;
  int64_t amount = 0;
  if (!absl::SimpleAtoi(text.substr(0, text.size() - 1), &amount)) return std::nullopt;
  switch (text.back()) {
    case 'H':
      return absl::Hours(amount);
    case 'M':
      return absl::Minutes(amount);
    case 'S':
      return absl::Seconds(amount);
    case 'm':
      return absl::Milliseconds(amount);
    case 'u':
      return absl::Microseconds(amount);
    case 'n':
      return absl::Nanoseconds(amount);
    default:
      return std::nullopt;
  }
}

bool IsUuid(absl::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !absl::ascii_isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

bool IsToken(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isgraph);
}

// The header as a quoted string without its quotes; nothing if it is none or holds more than one.
std::optional<absl::string_view> Unquoted(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "\"") || !absl::ConsumeSuffix(&text, "\"")) return std::nullopt;
  if (absl::StrContains(text, '"')) return std::nullopt;
  return text;
}

}  // namespace

absl::StatusOr<std::optional<absl::Duration>> TimeoutOf(const HttpRequest& request) {
  absl::string_view name = "request-timeout";
  absl::string_view text = request.Header(name);
  std::optional<absl::Duration> timeout;
  if (!text.empty()) {
    timeout = ParseSeconds(text);
  } else {
    name = "grpc-timeout";
    text = request.Header(name);
    if (text.empty()) return std::optional<absl::Duration>();
    timeout = ParseGrpcTimeout(text);
  }
  if (!timeout || *timeout <= absl::ZeroDuration()) return Invalid(name, "must be a positive time");
  return std::min(timeout, std::optional(kLongestTimeout));
}

absl::StatusOr<std::string> IfMatchOf(const HttpRequest& request) {
  const absl::string_view text = absl::StripAsciiWhitespace(request.Header("if-match"));
  if (text.empty() || text == "*") return std::string();
  if (absl::StartsWith(text, "W/")) {
    return error::Precondition("ETAG_MISMATCH", "If-Match compares strongly; a weak etag never matches");
  }
  const std::optional<absl::string_view> etag = Unquoted(text);
  if (!etag || etag->empty()) return Invalid("if-match", "must be one etag in quotes");
  return std::string(etag->substr(0, etag->find('.')));
}

absl::StatusOr<std::string> IdempotencyKeyOf(const HttpRequest& request) {
  const absl::string_view text = absl::StripAsciiWhitespace(request.Header("idempotency-key"));
  if (text.empty()) return std::string();
  const absl::string_view key = Unquoted(text).value_or(text);
  if (!IsUuid(key)) return Invalid("idempotency-key", "must be a UUID");
  return absl::AsciiStrToLower(key);
}

absl::StatusOr<rpc::CallOptions> CallOptionsOf(const HttpRequest& request) {
  rpc::CallOptions options;
  absl::string_view authorization = request.Header("authorization");
  if (!authorization.empty()) {
    const bool bearer = absl::StartsWithIgnoreCase(authorization, "Bearer ");
    const absl::string_view token = bearer ? absl::StripAsciiWhitespace(authorization.substr(7)) : "";
    if (!IsToken(token)) {
      return error::Make(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID",
                         "authorization must be a bearer token");
    }
    options.token = std::string(token);
  }
  const absl::string_view consistency = request.Header("firstfloor-consistency");
  if (!consistency.empty() && consistency != "strong")
    return Invalid("firstfloor-consistency", "can be strong");
  options.strong = !consistency.empty();
  const absl::string_view as_of = request.Header("firstfloor-as-of");
  if (!as_of.empty() && !absl::ParseTime(absl::RFC3339_full, as_of, &options.as_of, nullptr)) {
    return Invalid("firstfloor-as-of", "must be a time in RFC 3339 form");
  }
  return options;
}

bool ListsEtag(absl::string_view header, absl::string_view etag) {
  for (absl::string_view one : absl::StrSplit(header, ',')) {
    one = absl::StripAsciiWhitespace(one);
    if (one == "*") return true;
    absl::ConsumePrefix(&one, "W/");
    if (Unquoted(one) == etag) return true;
  }
  return false;
}

bool AcceptsGzip(absl::string_view header) {
  bool others = false;  // what is said of "*"
  for (const absl::string_view part : absl::StrSplit(header, ',')) {
    const std::vector<absl::string_view> words = absl::StrSplit(part, ';');
    const absl::string_view coding = absl::StripAsciiWhitespace(words[0]);
    bool accepted = true;
    for (size_t i = 1; i < words.size(); ++i) {
      absl::string_view quality = absl::StripAsciiWhitespace(words[i]);
      double q = 1;
      if (absl::StartsWithIgnoreCase(quality, "q=") && absl::SimpleAtod(quality.substr(2), &q) && q == 0) {
        accepted = false;
      }
    }
    if (absl::EqualsIgnoreCase(coding, "gzip")) return accepted;
    if (coding == "*") others = accepted;
  }
  return others;
}

absl::Status MustBeJsonType(const HttpRequest& request) {
  const absl::string_view header = request.Header("content-type");
  const absl::string_view coding = request.Header("content-encoding");
  const bool plain = coding.empty() || absl::EqualsIgnoreCase(coding, "identity");
  if (header.empty() && request.body.empty() && plain) return absl::OkStatus();
  const std::vector<absl::string_view> words = absl::StrSplit(header, ';');
  bool good = plain && absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(words[0]), "application/json");
  for (size_t i = 1; i < words.size(); ++i) {
    absl::string_view word = absl::StripAsciiWhitespace(words[i]);
    if (!absl::StartsWithIgnoreCase(word, "charset=")) continue;
    word.remove_prefix(8);
    good = good && absl::EqualsIgnoreCase(Unquoted(word).value_or(word), "utf-8");
  }
  if (good) return absl::OkStatus();
  return error::Make(absl::StatusCode::kInvalidArgument, "UNSUPPORTED_MEDIA_TYPE",
                     "the body must be application/json in UTF-8, not encoded");
}

}  // namespace firstfloor::gateway
