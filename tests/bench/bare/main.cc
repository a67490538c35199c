// bare_server: gRPC's callback server, the database's driver, and nothing else. What the suite's promises
// cost is what it takes beyond this.
#include <cppconn/connection.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>
#include <grpcpp/grpcpp.h>
#include <mysql_driver.h>

#include <condition_variable>
#include <deque>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <sstream>
#include <thread>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "bare.grpc.pb.h"
#include "tests/bench/bare/script.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:7100", "address of the gRPC server");
ABSL_FLAG(std::string, tls_cert_file, "", "certificate; empty: no TLS");
ABSL_FLAG(std::string, tls_key_file, "", "its key");
ABSL_FLAG(std::string, mysql_endpoint, "", "tcp://host:port of the database");
ABSL_FLAG(std::string, mysql_user, "", "account");
ABSL_FLAG(std::string, mysql_password_file, "", "file that holds its password");
ABSL_FLAG(std::string, mysql_schema, "", "schema");
ABSL_FLAG(std::string, script_file, "", "statements of Submit");
ABSL_FLAG(int, workers, 8, "threads that wait for the database");
ABSL_FLAG(int, get_reply_bytes, 200, "size of the answer to Echo and Query");
ABSL_FLAG(int, submit_reply_bytes, 300, "size of the answer to Submit and Single");

namespace firstfloor::bench {
namespace {

std::string Content(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream content;
  content << in.rdbuf();
  return content.str();
}

std::mt19937_64& Random() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  return random;
}

// As the suite makes them: of version 7, time first, where the id that it replaces was; random otherwise.
std::string NewIdLike(const std::string& old) {
  std::string id(16, '\0');
  for (char& byte : id) byte = static_cast<char>(Random()());
  if ((static_cast<unsigned char>(old[6]) >> 4) != 7) return id;
  const int64_t now = absl::ToUnixMillis(absl::Now());
  for (int i = 0; i < 6; ++i) id[i] = static_cast<char>(now >> (8 * (5 - i)));
  id[6] = static_cast<char>(0x70 | (id[6] & 0x0f));
  return id;
}

std::string BytesOf(absl::string_view uuid) {
  return absl::HexStringToBytes(absl::StrReplaceAll(uuid, {{"-", ""}}));
}

std::string TextOf(const std::string& id) {
  std::string text = absl::BytesToHexString(id);
  for (const size_t dash : {8, 13, 18, 23}) text.insert(dash, 1, '-');
  return text;
}

// The values of one transaction: ids replaced, the same by the same.
class FreshIds {
 public:
  std::string Of(const std::string& old) {
    if (old.size() == 16) return Id(old);
    const size_t slash = old.rfind('/') + 1;
    return old.substr(0, slash) + TextOf(Id(BytesOf(absl::string_view(old).substr(slash))));
  }

 private:
  const std::string& Id(const std::string& old) {
    std::string& id = ids_[old];
    if (id.empty()) id = NewIdLike(old);
    return id;
  }
  std::map<std::string, std::string> ids_;
};

// A connection of one worker.
class Database {
 public:
  explicit Database(const Script& script) : script_(script) {
    sql::ConnectOptionsMap options;
    options["hostName"] = sql::SQLString(absl::GetFlag(FLAGS_mysql_endpoint));
    options["userName"] = sql::SQLString(absl::GetFlag(FLAGS_mysql_user));
    options["password"] = sql::SQLString(
        std::string(absl::StripAsciiWhitespace(Content(absl::GetFlag(FLAGS_mysql_password_file)))));
    options["schema"] = sql::SQLString(absl::GetFlag(FLAGS_mysql_schema));
    options["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
    connection_.reset(sql::mysql::get_driver_instance()->connect(options));
    text_.reset(connection_->createStatement());
    text_->execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
  }

  std::string Query(const std::string& id) {
    sql::PreparedStatement& statement =
        Prepared("SELECT id, version, body, sealed FROM `opinion` WHERE id = ?");
    statement.setString(1, id);
    const std::unique_ptr<sql::ResultSet> rows(statement.executeQuery());
    if (!rows->next()) return "";
    return std::string(rows->getString(3)) + std::string(rows->getString(4));
  }

  void Submit() {
    FreshIds ids;
    text_->execute("START TRANSACTION");
    for (const Statement& statement : script_) Send(statement, ids);
    text_->execute("COMMIT");
  }

  void Single(const std::string& body) {
    sql::PreparedStatement& statement = Prepared("INSERT INTO bare_single (id, body) VALUES (?, ?)");
    statement.setString(1, NewIdLike(std::string(16, '\x70')));
    statement.setString(2, body);
    statement.executeUpdate();
  }

 private:
  sql::PreparedStatement& Prepared(const std::string& sql) {
    auto& statement = prepared_[sql];
    if (statement == nullptr) statement.reset(connection_->prepareStatement(sql));
    return *statement;
  }

  void Send(const Statement& statement, FreshIds& ids) {
    sql::PreparedStatement& prepared = Prepared(statement.sql);
    unsigned int position = 0;
    for (const ScriptValue& value : statement.values) {
      ++position;
      if (value.kind == ScriptValue::Kind::kNull) {
        prepared.setNull(position, 0);
      } else if (value.kind == ScriptValue::Kind::kNumber) {
        prepared.setInt64(position, std::stoll(value.text));
      } else {
        prepared.setString(position, value.fresh ? ids.Of(value.text) : value.text);
      }
    }
    if (absl::StartsWith(statement.sql, "SELECT")) {
      const std::unique_ptr<sql::ResultSet> rows(prepared.executeQuery());
      while (rows->next()) {
      }
    } else {
      prepared.executeUpdate();
    }
  }

  const Script& script_;
  std::unique_ptr<sql::Connection> connection_;
  std::unique_ptr<sql::Statement> text_;
  std::map<std::string, std::unique_ptr<sql::PreparedStatement>> prepared_;
};

// Threads with a connection each.
class Workers {
 public:
  using Job = std::function<void(Database&)>;

  Workers(int count, const Script& script) : script_(script) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this] { Work(); });
  }

  void Post(Job job) {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    available_.notify_one();
  }

 private:
  [[noreturn]] void Work() {
    Database database(script_);
    while (true) {
      std::unique_lock lock(mutex_);
      available_.wait(lock, [this] { return !jobs_.empty(); });
      const Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job(database);
    }
  }

  const Script& script_;
  std::mutex mutex_;
  std::condition_variable available_;
  std::deque<Job> jobs_;
  std::vector<std::thread> threads_;
};

class BareService final : public Bare::CallbackService {
 public:
  explicit BareService(Workers* workers)
      : workers_(workers),
        get_reply_(absl::GetFlag(FLAGS_get_reply_bytes), 'g'),
        submit_reply_(absl::GetFlag(FLAGS_submit_reply_bytes), 's') {}

  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const BareRequest*,
                                 BareReply* reply) override {
    reply->set_body(get_reply_);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerUnaryReactor* Query(grpc::CallbackServerContext* context, const BareRequest* request,
                                  BareReply* reply) override {
    return InWorker(context, [this, request, reply](Database& database) {
      std::string row = database.Query(BytesOf(request->name().substr(request->name().find('/') + 1)));
      if (row.empty()) throw std::runtime_error("no such row");
      row.resize(get_reply_.size());
      reply->set_body(std::move(row));
    });
  }

  grpc::ServerUnaryReactor* Submit(grpc::CallbackServerContext* context, const BareRequest*,
                                   BareReply* reply) override {
    return InWorker(context, [this, reply](Database& database) {
      database.Submit();
      reply->set_body(submit_reply_);
    });
  }

  grpc::ServerUnaryReactor* Single(grpc::CallbackServerContext* context, const BareRequest* request,
                                   BareReply* reply) override {
    return InWorker(context, [this, request, reply](Database& database) {
      database.Single(request->body());
      reply->set_body(submit_reply_);
    });
  }

 private:
  template <typename Work>
  grpc::ServerUnaryReactor* InWorker(grpc::CallbackServerContext* context, Work work) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    workers_->Post([reactor, work](Database& database) {
      try {
        work(database);
        reactor->Finish(grpc::Status::OK);
      } catch (const std::exception& exception) {
        reactor->Finish(grpc::Status(grpc::StatusCode::INTERNAL, exception.what()));
      }
    });
    return reactor;
  }

  Workers* workers_;
  const std::string get_reply_;
  const std::string submit_reply_;
};

std::shared_ptr<grpc::ServerCredentials> Credentials() {
  if (absl::GetFlag(FLAGS_tls_cert_file).empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back(
      {Content(absl::GetFlag(FLAGS_tls_key_file)), Content(absl::GetFlag(FLAGS_tls_cert_file))});
  return grpc::SslServerCredentials(options);
}

int Main() {
  Script script;
  if (!absl::GetFlag(FLAGS_script_file).empty()) script = FromJson(Content(absl::GetFlag(FLAGS_script_file)));
  std::unique_ptr<Workers> workers;
  if (!absl::GetFlag(FLAGS_mysql_endpoint).empty()) {
    sql::mysql::get_driver_instance();
    workers = std::make_unique<Workers>(absl::GetFlag(FLAGS_workers), script);
  }
  BareService service(workers.get());
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::GetFlag(FLAGS_listen), Credentials());
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    std::cerr << "bare_server: cannot listen on " << absl::GetFlag(FLAGS_listen) << "\n";
    return 1;
  }
  server->Wait();
  return 0;
}

}  // namespace
}  // namespace firstfloor::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return firstfloor::bench::Main();
}
