// Clients that keep book: what they sent, what they were told, and so what must be there afterwards.
#ifndef FIRSTFLOOR_TESTS_FAULT_LEDGER_H_
#define FIRSTFLOOR_TESTS_FAULT_LEDGER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/db/connection.h"
#include "common/rpc/client.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"

namespace firstfloor::testing {

// One opinion that was sent, perhaps many times under one request id.
struct Entry {
  enum class Outcome { kUnknown, kAcknowledged, kRefused };

  opinion::v1::SubmitOpinionRequest request;
  Outcome outcome = Outcome::kUnknown;
  std::string name;      // if acknowledged
  absl::Status refusal;  // if refused
  bool must_be_refused = false;
  bool was_unknown = false;  // an attempt ended without an answer

  // Unique: no other entry has it.
  const std::string& tag() const { return request.opinion().external_number(); }
};

// True if the status leaves open whether the change was made.
bool LeavesItOpen(const absl::Status& status);

// Threads that submit opinions until they are told to stop.
class Ledger {
 public:
  // `token` gives the token of a thread.
  Ledger(rpc::Client& client, std::function<std::string(int)> token, int threads);
  ~Ledger();

  // Ends the threads. The entries are to be had afterwards.
  void Stop();
  // Sends every entry again whose outcome is open, while the program runs; the last answer if one stays open.
  absl::Status Settle();
  std::vector<Entry> entries() const;
  int64_t attempts() const { return attempts_; }
  // Answers "something went wrong on our side".
  int64_t internal_errors() const { return internal_errors_; }

 private:
  struct Book {
    std::string token;
    std::vector<Entry> entries;
    std::mt19937 random;
  };

  void Work(int number);
  Entry NewEntry(int number, Book& book);
  absl::Status Attempt(Entry& entry, const std::string& token);

  rpc::Client& client_;
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> attempts_{0};
  std::atomic<int64_t> internal_errors_{0};
  std::vector<Book> books_;  // one a thread
  std::vector<std::thread> threads_;
};

// Where the database of `opinion` says otherwise than the entries, a sentence each: an acknowledged opinion
// is there once under its name, one that was refused is not, and each was received once in the log's words.
// What others have submitted is not looked at.
std::vector<std::string> Discrepancies(const std::vector<Entry>& entries, db::Connection& connection);

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_FAULT_LEDGER_H_
