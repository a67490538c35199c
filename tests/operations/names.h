// A name server of a test's own, for programs that follow names as a cluster changes them.
#ifndef FIRSTFLOOR_TESTS_OPERATIONS_NAMES_H_
#define FIRSTFLOOR_TESTS_OPERATIONS_NAMES_H_

#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace firstfloor::testing {

// Answers over UDP at 127.0.0.1. Thread-safe.
class Names {
 public:
  Names();
  ~Names();
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  int port() const { return port_; }
  // From now on the name means this IPv4 address.
  void Set(const std::string& name, const std::string& address);
  // From now on there is no such name.
  void Remove(const std::string& name);
  bool empty() const;

 private:
  void Serve();
  std::string Answer(const std::string& query) const;

  int socket_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> addresses_;
  std::thread thread_;
};

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_OPERATIONS_NAMES_H_
