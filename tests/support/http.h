// The admin port of a program, asked over HTTP.
#ifndef FIRSTFLOOR_TESTS_SUPPORT_HTTP_H_
#define FIRSTFLOOR_TESTS_SUPPORT_HTTP_H_

#include <string>

namespace firstfloor::testing {

struct HttpAnswer {
  int status = 0;  // 0: nobody answered
  std::string body;
};

// GET http://127.0.0.1:`port``path`; waits a second at most.
HttpAnswer HttpGet(int port, const std::string& path);

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_SUPPORT_HTTP_H_
