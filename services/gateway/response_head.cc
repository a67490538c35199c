#include "services/gateway/response_head.h"

#include "absl/strings/str_cat.h"

namespace firstfloor::gateway {
namespace {

absl::string_view PhraseOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 499:
      return "Client Closed Request";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Internal Server Error";
  }
}

// The second of `now` as HTTP writes it, made once for all answers of that second on this thread.
const std::string& DateOf(absl::Time now) {
  thread_local int64_t second = -1;
  thread_local std::string date;
  if (const int64_t asked = absl::ToUnixSeconds(now); asked != second) {
    second = asked;
    date = absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", now, absl::UTCTimeZone());
  }
  return date;
}

}  // namespace

std::string ResponseHead(const HttpResponse& response, std::optional<size_t> length, bool keep_alive,
                         absl::Time now) {
  std::string head = absl::StrCat("HTTP/1.1 ", response.status, " ", PhraseOf(response.status),
                                  "\r\ndate: ", DateOf(now), "\r\nx-content-type-options: nosniff\r\n");
  for (const auto& [name, value] : response.headers) absl::StrAppend(&head, name, ": ", value, "\r\n");
  const bool has_body = response.status != 204 && response.status != 304;
  if (length && has_body) absl::StrAppend(&head, "content-length: ", *length, "\r\n");
  absl::StrAppend(&head, keep_alive ? "" : "connection: close\r\n", "\r\n");
  return head;
}

}  // namespace firstfloor::gateway
