#include "services/opinion/finding.h"

#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "common/db/transaction.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/telemetry/log.h"
#include "firstfloor/events/v1/event.pb.h"
#include "services/opinion/opinion_view.h"

namespace firstfloor::opinion {
namespace {

constexpr int kPage = 500;
constexpr size_t kMostSimilar = 5;
constexpr absl::Duration kPatience = absl::Seconds(10);

absl::Status NotReady() {
  return error::RetryAfter(absl::StatusCode::kUnavailable, "FINDING_NOT_READY",
                           "what is stored is still being read", absl::Seconds(5));
}

}  // namespace

events::Memory Finding::Memory() {
  return {.load = [this](db::Connection& connection,
                         const std::function<bool()>& ending) { return Load(connection, ending); },
          .apply = [this](db::Connection& connection,
                          absl::Span<const events::v1::Event> events) { return Follow(connection, events); },
          .passed =
              [this](int64_t seq) {
                const absl::MutexLock lock(&mutex_);
                passed_ = seq;
              }};
}

absl::StatusOr<Listing> Finding::ListingOf(db::Connection& connection, FindingStore::Row row) const {
  Listing listing{std::move(row.opinion), row.reporter, {}};
  if (row.text.has_value()) {
    listing.text = *std::move(row.text);
    return listing;
  }
  // Under the row's lock: its text may be erased at this very moment.
  ASSIGN_OR_RETURN(
      listing.text,
      db::Run(connection, absl::Now() + kPatience, [&](db::Transaction& tx) -> absl::StatusOr<Extract> {
        ASSIGN_OR_RETURN(const v1::Opinion opinion, opinions_.table().Lock(tx, listing.opinion.name()));
        Extract text = extractor().OfText(opinion.text());
        RETURN_IF_ERROR(extracts_.KeepUnlessKept(tx, opinion, text));
        return text;
      }));
  return listing;
}

absl::Status Finding::Load(db::Connection& connection, const std::function<bool()>& ending) {
  const absl::Time begin = absl::Now();
  auto fresh = std::make_unique<Catalogue>(extractor(), begin - rules::kLongestTopicSpan);
  std::string last;
  while (true) {
    if (ending()) return absl::CancelledError("ended before everything was read");
    ASSIGN_OR_RETURN(std::vector<FindingStore::Row> rows, extracts_.Page(connection, last, kPage));
    if (rows.empty()) break;
    last = rows.back().opinion.name();
    for (FindingStore::Row& row : rows) {
      ASSIGN_OR_RETURN(const Listing listing, ListingOf(connection, std::move(row)));
      fresh->Put(listing);
    }
  }
  telemetry::Log(telemetry::Severity::kInfo, "opinions can be found",
                 {{"opinions", static_cast<int64_t>(fresh->size())},
                  {"milliseconds", absl::ToInt64Milliseconds(absl::Now() - begin)}});
  const absl::MutexLock lock(&mutex_);
  catalogue_ = std::move(fresh);
  return absl::OkStatus();
}

absl::Status Finding::Follow(db::Connection& connection, absl::Span<const events::v1::Event> events) {
  std::set<std::string> names;  // in the order of creation
  for (const events::v1::Event& event : events) {
    if (absl::StartsWith(event.subject(), "opinions/")) names.insert(event.subject());
  }
  ASSIGN_OR_RETURN(std::vector<FindingStore::Row> rows,
                   extracts_.Several(connection, {names.begin(), names.end()}));
  for (FindingStore::Row& row : rows) {
    ASSIGN_OR_RETURN(const Listing listing, ListingOf(connection, std::move(row)));
    names.erase(listing.opinion.name());
    const absl::MutexLock lock(&mutex_);
    catalogue_->Put(listing);
  }
  // Nothing stays of what was taken out of others' sight.
  const absl::MutexLock lock(&mutex_);
  for (const std::string& name : names) catalogue_->Remove(MessageIdOf(name));
  return absl::OkStatus();
}

std::vector<v1::SimilarOpinion> Finding::SimilarTo(const Catalogue::Likeness& wanted,
                                                   const auth::Identity& caller,
                                                   const Catalogue::InState& in_state) const {
  Catalogue::InArea by_text = nullptr;
  if (view::HandlesAnything(caller)) {
    by_text = [&caller](const std::string& area) { return view::HandlesArea(caller, area); };
  }
  return Ask([&](const Catalogue& catalogue) {
    return catalogue.SimilarTo(wanted, kMostSimilar, by_text, in_state);
  });
}

absl::Status Finding::Await(rpc::Call& call) const {
  int64_t wanted = 0;
  if (call.strong()) {
    RETURN_IF_ERROR(events::AwaitCaughtUp(call.db(), "", call.deadline()));
    ASSIGN_OR_RETURN(const events::LogHead head, events::ReadHead(call.db()));
    wanted = head.seq;
  }
  const absl::MutexLock lock(&mutex_);
  const auto there = [this, wanted]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return catalogue_ != nullptr && passed_ >= wanted;
  };
  const bool in_time =
      mutex_.AwaitWithDeadline(absl::Condition(&there), wanted > 0 ? call.deadline() : absl::Now());
  return in_time ? absl::OkStatus() : NotReady();
}

}  // namespace firstfloor::opinion
