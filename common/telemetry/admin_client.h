// Asks a program's admin port, on this machine.
#ifndef FIRSTFLOOR_COMMON_TELEMETRY_ADMIN_CLIENT_H_
#define FIRSTFLOOR_COMMON_TELEMETRY_ADMIN_CLIENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace firstfloor::telemetry {

struct HttpAnswer {
  int status = 0;  // 0: nobody answered
  std::string body;
};

// GET http://127.0.0.1:`port``path`; waits a second at most.
HttpAnswer HttpGet(int port, const std::string& path);

// OK if the program that has this admin address ("0.0.0.0:9002") is ready; UNAVAILABLE, saying why, if it is
// not or nobody answers.
absl::Status AskReady(absl::string_view admin_address);

}  // namespace firstfloor::telemetry

#endif  // FIRSTFLOOR_COMMON_TELEMETRY_ADMIN_CLIENT_H_
