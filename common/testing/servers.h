// A private MariaDB (or MySQL: server_program.h) and Redis for a test: own folder, own sockets and loopback
// ports, gone with the object (and with the process, if it is killed: the child asks for it).
#ifndef FIRSTFLOOR_COMMON_TESTING_SERVERS_H_
#define FIRSTFLOOR_COMMON_TESTING_SERVERS_H_

#include <memory>
#include <string>

#include "common/db/connection.h"
#include "common/redis/client.h"

namespace firstfloor::testing {

class MariaDb {
 public:
  // Starts a server (durable settings as in production, small buffers) and waits for it. Dies with a
  // clear message if that is impossible. Takes about two seconds; the data folder is prepared once per
  // machine under the temporary directory and copied.
  MariaDb();
  ~MariaDb();
  // A new empty schema with an account of its own that can touch nothing else; name is made unique.
  db::Config NewSchema(const std::string& hint);
  // The server's root account, for killing connections and the like; schema may be "".
  db::Config Root(const std::string& schema = "") const;
  void Kill();     // kill -9
  void Restart();  // starts it again on the same data and port
  std::string folder() const;
  // tcp endpoint as in db::Config.
  std::string endpoint() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class Redis {
 public:
  Redis();
  ~Redis();
  redis::Config config() const;
  // The same server through its socket ("unix:/path").
  redis::Config socket_config() const;
  void Stop();    // kill -9; what it held is lost
  void Start();   // starts it again, empty, on the same port
  void Freeze();  // keeps its connections and answers nothing
  void Thaw();
  void Flush();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_COMMON_TESTING_SERVERS_H_
