// The catalogue of what can be found, led on from the log: every replica has its own.
#ifndef FIRSTFLOOR_SERVICES_OPINION_FINDING_H_
#define FIRSTFLOOR_SERVICES_OPINION_FINDING_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/events/follower.h"
#include "common/rpc/call.h"
#include "services/opinion/finding_catalogue.h"
#include "services/opinion/finding_store.h"
#include "services/opinion/opinion_store.h"

namespace firstfloor::opinion {

// Thread-safe.
class Finding {
 public:
  Finding(const OpinionStore& opinions, const FindingStore& extracts)
      : opinions_(opinions), extracts_(extracts) {}

  // What makes the catalogue and leads it on; lives no longer than this.
  events::Memory Memory();

  const Extractor& extractor() const { return extracts_.extractor(); }

  // OK when the catalogue can be asked; for a strong read, when it has seen every change that was
  // acknowledged before. UNAVAILABLE, reason FINDING_NOT_READY, while what is stored is being read. Blocks.
  absl::Status Await(rpc::Call& call) const;

  // Up to five others about the same matter: by text those that `caller` handles, by public summary others.
  // None while there is no catalogue yet.
  std::vector<v1::SimilarOpinion> SimilarTo(const Catalogue::Likeness& wanted, const auth::Identity& caller,
                                            const Catalogue::InState& in_state = nullptr) const;

  // What `look` answers; a default value while there is no catalogue yet.
  template <typename Look>
  auto Ask(const Look& look) const {
    using Answer = decltype(look(std::declval<const Catalogue&>()));
    const absl::ReaderMutexLock lock(&mutex_);
    return catalogue_ == nullptr ? Answer() : look(*catalogue_);
  }

 private:
  absl::Status Load(db::Connection& connection, const std::function<bool()>& ending);
  absl::Status Follow(db::Connection& connection, absl::Span<const events::v1::Event> events);
  // As the catalogue takes it in. Makes what it is found by, and keeps it, where there is none: it was
  // written by an earlier release.
  absl::StatusOr<Listing> ListingOf(db::Connection& connection, FindingStore::Row row) const;

  const OpinionStore& opinions_;
  const FindingStore& extracts_;
  mutable absl::Mutex mutex_;
  std::unique_ptr<Catalogue> catalogue_ ABSL_GUARDED_BY(mutex_);
  int64_t passed_ ABSL_GUARDED_BY(mutex_) = 0;  // seq of the last event that is in it
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_FINDING_H_
