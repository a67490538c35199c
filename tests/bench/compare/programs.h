// Programs started to be measured, and what the kernel says of them.
#ifndef FIRSTFLOOR_TESTS_BENCH_COMPARE_PROGRAMS_H_
#define FIRSTFLOOR_TESTS_BENCH_COMPARE_PROGRAMS_H_

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/program/settings.h"
#include "common/testing/place.h"
#include "common/testing/process.h"

namespace firstfloor::bench {

// Processor time that a process has used so far, in user and kernel mode.
absl::Duration ProcessorTime(pid_t pid);
int64_t ResidentKilobytes(pid_t pid);

// Reads a whole file; "" if there is none.
std::string Content(const std::string& file);
void Write(const std::string& file, const std::string& content);

struct Certificates {
  rpc::TlsFiles server;
  rpc::TlsFiles client;   // without a certificate of its own
  rpc::TlsFiles service;  // the certificate of deliberation
};
// Made with openssl in `folder`; ends the program if that fails.
Certificates MakeCertificates(const std::string& folder, const std::string& trust_domain);

// What a program of the suite, or the bare server, is told about the database.
std::vector<std::string> DatabaseFlags(const db::Config& database, const std::string& folder);

// A server that has begun to answer; ends the program if it does not within ten seconds.
class Server {
 public:
  // A program of the suite, with the flags that `settings` stand for; without `tls` it serves in the plain.
  static std::unique_ptr<Server> Start(const std::string& binary, const program::Settings& settings,
                                       const rpc::TlsFiles& tls, const std::string& folder);
  // The gateway in front of an opinion that serves in the plain.
  static std::unique_ptr<Server> StartGateway(const std::string& binary, const Server& opinion,
                                              const rpc::TlsFiles& tls, const std::string& folder);
  // Any other: `argv` gets --listen.
  static std::unique_ptr<Server> StartBare(std::vector<std::string> argv, const std::string& folder);
  ~Server();

  std::string address() const;
  int port() const { return port_.number(); }
  pid_t pid() const { return process_->pid(); }
  // From exec until /readyz said 200.
  absl::Duration ready_after() const { return ready_after_; }

 private:
  Server() = default;

  testing::ReservedPort port_;
  testing::ReservedPort admin_;
  std::unique_ptr<testing::Process> process_;
  absl::Duration ready_after_;
};

// Brings the schema up to date; ends the program if that fails.
void Migrate(const std::string& binary, const db::Config& database, const std::string& folder);

[[noreturn]] void Die(const std::string& why);

// Ends the program, saying `what`, if that did not go well.
void Must(const absl::Status& status, const std::string& what);
template <typename T>
T Must(absl::StatusOr<T> result, const std::string& what) {
  Must(result.status(), what);
  return *std::move(result);
}

}  // namespace firstfloor::bench

#endif  // FIRSTFLOOR_TESTS_BENCH_COMPARE_PROGRAMS_H_
