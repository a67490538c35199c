// Which pages of other origins may use the gateway.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_CORS_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_CORS_H_

#include <set>
#include <string>

#include "services/gateway/http.h"

namespace firstfloor::gateway {

// Origins that may: "https://board.example", or "*" for all. Empty: none. Cookies are never used, so
// credentials are never allowed.
class Cors {
 public:
  explicit Cors(std::set<std::string> origins) : origins_(std::move(origins)) {}

  // True if the request asks whether another one would be allowed.
  static bool IsPreflight(const HttpRequest& request);
  // Adds to an answer what lets the page read it.
  void Allow(const HttpRequest& request, HttpResponse& response) const;
  // Adds to the answer to a preflight what the page may send.
  void AllowMethods(const HttpRequest& request, const std::string& methods, HttpResponse& response) const;

 private:
  bool Admits(absl::string_view origin) const;
  std::set<std::string> origins_;
};

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_CORS_H_
