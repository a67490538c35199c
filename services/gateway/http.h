// HTTP as the gateway thinks of it, apart from how it is read and written.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_HTTP_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_HTTP_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace firstfloor::gateway {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;
  std::string target;  // as in the request line
  HeaderList headers;  // names in lower case
  std::string body;
  std::string peer;  // address of the other end of the connection

  // The first header of that (lower-case) name, "" if there is none.
  absl::string_view Header(absl::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return {};
  }
  // All headers of that name as the one list that they are (RFC 9110, 5.3).
  std::string List(absl::string_view name) const {
    std::string list;
    for (const auto& [key, value] : headers) {
      if (key == name) absl::StrAppend(&list, list.empty() ? "" : ", ", value);
    }
    return list;
  }
};

struct HttpResponse {
  int status = 200;
  HeaderList headers;
  std::string body;
};

// A live stream of Server-Sent Events. Steps are taken one at a time.
class EventSource {
 public:
  // What a step gives: text to send, or the end and why it came.
  struct Piece {
    std::string text;
    bool ended = false;
    absl::Status why;
  };

  virtual ~EventSource() = default;
  // Calls `done`, on any thread, when there is something to send.
  virtual void Next(std::function<void(Piece)> done) = 0;
  // Ends the stream; a step under way is called back. Thread-safe.
  virtual void Cancel() = 0;
};

// What becomes of a request: an answer, or events.
struct Outcome {
  HttpResponse response;  // if there are no events
  std::shared_ptr<EventSource> events;
  // To be called once, when it is known whether the events begin: the head before them if OK is given, else
  // the answer in their place.
  std::function<HttpResponse(const absl::Status&)> begin;
};

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_HTTP_H_
