#include "tests/fault/ledger.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/resource/table.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::testing {
namespace {

using opinion::v1::Opinion;
using opinion::v1::SubmitOpinionResponse;

constexpr char kSubmit[] = "firstfloor.opinion.v1.OpinionService.SubmitOpinion";
constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr char kElsewhere[] = "340104400001-SL-01";
constexpr int kMostAttempts = 40;

// What is in the database, by name; asked without the program.
absl::StatusOr<std::map<std::string, std::string>> TagsByName(db::Connection& connection) {
  std::map<std::string, std::string> tags;
  ASSIGN_OR_RETURN(const db::Rows rows, connection.Query("SELECT id, body FROM opinion"));
  for (const db::Row& row : rows) {
    opinion::v1::Opinion opinion;
    if (!opinion.ParseFromString(row.Text(1))) return absl::DataLossError("an opinion cannot be read");
    tags[resource::NameOf("opinions", row.Text(0))] = opinion.external_number();
  }
  return tags;
}

// How often each opinion was said to have been received.
absl::StatusOr<std::map<std::string, int>> ReceivedByName(db::Connection& connection) {
  std::map<std::string, int> received;
  ASSIGN_OR_RETURN(const db::Rows rows, connection.Query("SELECT body FROM event_log"));
  for (const db::Row& row : rows) {
    events::v1::Event event;
    if (!event.ParseFromString(row.Text(0))) return absl::DataLossError("an event cannot be read");
    if (event.opinion().has_received()) ++received[event.subject()];
  }
  return received;
}

}  // namespace

bool LeavesItOpen(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kResourceExhausted:
      return true;
    default:
      return false;
  }
}

Ledger::Ledger(rpc::Client& client, std::function<std::string(int)> token, int threads) : client_(client) {
  std::random_device seed;
  for (int i = 0; i < threads; ++i) books_.push_back({token(i), {}, std::mt19937(seed())});
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this, i] { Work(i); });
}

Ledger::~Ledger() { Stop(); }

void Ledger::Stop() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

Entry Ledger::NewEntry(int number, Book& book) {
  Entry entry;
  entry.request.set_request_id(resource::NewUuid());
  Opinion& opinion = *entry.request.mutable_opinion();
  opinion.set_area(kBuilding);
  opinion.set_channel(opinion::v1::OPINION_CHANNEL_HOTLINE);
  opinion.set_kind(opinion::v1::OPINION_KIND_PROBLEM);
  opinion.set_text("The light in the stairwell is broken.");
  opinion.set_external_number(absl::StrCat("T", number, "-", book.entries.size()));
  // Some that must never be there.
  switch (book.random() % 12) {
    case 0:
      opinion.clear_text();
      entry.must_be_refused = true;
      break;
    case 1:
      opinion.set_area(kElsewhere);
      entry.must_be_refused = true;
      break;
    case 2:
      // The id of a request that was carried out, with other content.
      if (book.entries.empty() || book.entries.back().outcome != Entry::Outcome::kAcknowledged) break;
      entry.request.set_request_id(book.entries.back().request.request_id());
      entry.must_be_refused = true;
      break;
    default:
      break;
  }
  return entry;
}

void Ledger::Work(int number) {
  Book& book = books_[number];
  while (!stopping_) {
    Entry entry = NewEntry(number, book);
    // Some clients give up at once, and ask again much later.
    const int attempts = book.random() % 8 == 0 ? 1 : kMostAttempts;
    for (int i = 0; i < attempts && !stopping_ && entry.outcome == Entry::Outcome::kUnknown; ++i) {
      Attempt(entry, book.token).IgnoreError();
    }
    book.entries.push_back(std::move(entry));
  }
}

absl::Status Ledger::Attempt(Entry& entry, const std::string& token) {
  rpc::CallOptions options;
  options.deadline = absl::Now() + absl::Seconds(3);
  options.token = token;
  SubmitOpinionResponse reply;
  ++attempts_;
  const absl::Status status = client_.Ask(kSubmit, entry.request, reply, options);
  if (status.ok()) {
    entry.outcome = Entry::Outcome::kAcknowledged;
    entry.name = reply.opinion().name();
  } else if (LeavesItOpen(status)) {
    entry.was_unknown = true;
    if (error::ReasonOf(status) == "INTERNAL") ++internal_errors_;
    absl::SleepFor(absl::Milliseconds(20));
  } else {
    entry.outcome = Entry::Outcome::kRefused;
    entry.refusal = status;
  }
  return status;
}

absl::Status Ledger::Settle() {
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  for (Book& book : books_) {
    for (Entry& entry : book.entries) {
      absl::Status answer;
      while (entry.outcome == Entry::Outcome::kUnknown) {
        if (absl::Now() > deadline) return answer;
        answer = Attempt(entry, book.token);
      }
    }
  }
  return absl::OkStatus();
}

std::vector<Entry> Ledger::entries() const {
  std::vector<Entry> all;
  for (const Book& book : books_) all.insert(all.end(), book.entries.begin(), book.entries.end());
  return all;
}

std::vector<std::string> Discrepancies(const std::vector<Entry>& entries, db::Connection& connection) {
  const absl::StatusOr<std::map<std::string, std::string>> kept = TagsByName(connection);
  const absl::StatusOr<std::map<std::string, int>> received = ReceivedByName(connection);
  if (!kept.ok()) return {kept.status().ToString()};
  if (!received.ok()) return {received.status().ToString()};
  std::map<std::string, int> times;
  for (const auto& [name, tag] : *kept) ++times[tag];
  std::vector<std::string> found;
  for (const Entry& entry : entries) {
    const bool acknowledged = entry.outcome == Entry::Outcome::kAcknowledged;
    if (acknowledged == entry.must_be_refused) {
      found.push_back(absl::StrCat(
          entry.tag(), acknowledged ? " was carried out" : " was refused: ", entry.refusal.message()));
    }
    if (times[entry.tag()] != (acknowledged ? 1 : 0)) {
      found.push_back(absl::StrCat(entry.tag(), acknowledged ? " was acknowledged" : " was refused",
                                   " and is there ", times[entry.tag()], " times"));
    }
    if (!acknowledged) continue;
    const auto opinion = kept->find(entry.name);
    if (opinion == kept->end() || opinion->second != entry.tag()) {
      found.push_back(absl::StrCat(entry.tag(), " is not ", entry.name));
    }
    const auto said = received->find(entry.name);
    if (said == received->end() || said->second != 1) {
      found.push_back(absl::StrCat(entry.name, " was not received once"));
    }
  }
  return found;
}

}  // namespace firstfloor::testing
