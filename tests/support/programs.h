// The suite as it is deployed, in a test: its binaries as processes, on a private MariaDB and Redis, with
// TLS, certificates, and accounts that may do no more than they need.
#ifndef FIRSTFLOOR_TESTS_SUPPORT_PROGRAMS_H_
#define FIRSTFLOOR_TESTS_SUPPORT_PROGRAMS_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/auth/identity.h"
#include "common/auth/issuer.h"
#include "common/rpc/client.h"
#include "common/testing/servers.h"
#include "tests/support/certificates.h"

namespace firstfloor::testing {

// Everything here dies with a clear message, and the end of the program's log, when it fails. One thread
// starts and ends programs; clients and tokens are for any thread.
class Programs {
 public:
  // Starts MariaDB and Redis, makes the authority, certificates, keys, schemas and accounts. No program runs
  // yet.
  Programs();
  // The same on a database, whose root account is given, and a Redis that somebody else has started.
  Programs(const db::Config& root, const redis::Config& redis);
  ~Programs();

  // The programs of the suite; the variable FIRSTFLOOR_SERVICES ("opinion volunteer") chooses some, and
  // FIRSTFLOOR_PROGRAMS a folder other than the build's where they are ("opinion/opinion").
  static const std::vector<std::string>& Names();

  // Starts all of Names() and waits until they are ready.
  void StartAll();
  // Starts a replica, migrating before the first one. Ready() tells when it serves. `flags` are added to the
  // usual ones.
  void Start(const std::string& name, int replica = 0, const std::vector<std::string>& flags = {});
  // The same on whatever schema there is.
  void Serve(const std::string& name, int replica = 0, const std::vector<std::string>& flags = {});
  // Starts the program "gateway", with TLS, in front of the services; afterwards it is asked and ended as
  // they are. `flags` are added to the usual ones.
  void StartGateway(const std::vector<std::string>& flags = {});
  // Waits until /readyz says so.
  void WaitUntilReady(const std::string& name, int replica = 0);
  bool IsReady(const std::string& name, int replica = 0);
  bool IsRunning(const std::string& name, int replica = 0);
  // Of a program that was started.
  pid_t pid(const std::string& name, int replica = 0);
  // SIGKILL; returns when the process is gone.
  void Kill(const std::string& name, int replica = 0);
  // SIGTERM; waits for the end and returns the exit code.
  int Terminate(const std::string& name, int replica = 0);
  // Runs `name COMMAND` with the usual flags and `flags` to its end; the exit code. What it prints goes to
  // the file `output`, if one is named, instead of its log.
  int Run(const std::string& name, const std::string& command, const std::vector<std::string>& flags = {},
          const std::string& output = "");

  // A client that knows the authority and has no certificate.
  rpc::Client& client(const std::string& name, int replica = 0);
  // The same for the program that `method` ("firstfloor.opinion.v1.…") belongs to.
  rpc::Client& ClientFor(const std::string& method);
  // A client that shows the certificate "spiffe://firstfloor.local/<path>": "service/volunteer".
  rpc::Client& ClientAs(const std::string& name, const std::string& path);

  // A token that is good for hours.
  std::string Token(const std::vector<auth::RoleInArea>& roles, const std::string& subject,
                    bool may_date_back = false);
  // For tokens that are no good.
  const auth::Issuer& issuer() const;
  static const char* IssuerName();
  static const char* Audience();

  // Those that were started here.
  MariaDb& mariadb();
  Redis& redis();
  // The account of the program itself.
  db::Config database(const std::string& name) const;
  // Ends MariaDB in order, so that everything is in its files.
  void ShutDownMariaDb();
  std::string mariadb_data() const;

  std::string folder() const;
  // Standard output and standard error of every process of the replica, one after the other.
  std::string log_file(const std::string& name, int replica = 0) const;
  int admin_port(const std::string& name, int replica = 0);
  int port(const std::string& name, int replica = 0);
  // The authority's certificate.
  std::string ca_file() const;
  // Gives certificates that everybody here trusts.
  const Authority& authority() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_SUPPORT_PROGRAMS_H_
