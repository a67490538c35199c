// Tasks as they follow from orders, from clocks and from what becomes of volunteers.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_TASK_FLOW_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_TASK_FLOW_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/events/reader.h"
#include "common/timers/timers.h"
#include "services/volunteer/books.h"

namespace firstfloor::rpc {
class Peers;
}

namespace firstfloor::volunteer {

// Timer: an offer that nobody answered ends.
inline constexpr char kOfferExpires[] = "OFFER_EXPIRES";

// Saves a task that has moved and sets or clears its timer.
absl::Status SaveTask(const Books& books, db::Transaction& tx, const events::Origin& origin, v1::Task& task,
                      v1::TaskState from);

// The volunteer has left or is suspended: what was offered is open again, what they had is returned with
// `reason_code`.
absl::Status GiveUpAllTasks(const Books& books, db::Transaction& tx, const events::Origin& origin,
                            absl::string_view volunteer, absl::string_view reason_code);

// What the reader "volunteer/deliberation" does: an order dispatched to volunteers opens its task; one that
// is cancelled (ORDER_CANCELLED), given to others or taken back (ORDER_TAKEN_BACK) returns it.
class OrderEffects {
 public:
  OrderEffects(const Books& books, rpc::Peers* peers) : books_(books), peers_(peers) {}

  events::Effect Effect() const;

  // The order behind the event, serialized, or "" where it is not needed. Blocks.
  absl::StatusOr<std::string> Fetch(const events::v1::Event& event) const;
  absl::Status Apply(db::Transaction& tx, const events::v1::Event& event, const std::string& order) const;

 private:
  absl::Status Open(db::Transaction& tx, const events::v1::Event& event, const std::string& order) const;
  absl::Status Return(db::Transaction& tx, const events::v1::Event& event) const;

  const Books& books_;
  rpc::Peers* const peers_;
};

// What happens when a deadline of a task passes.
absl::Status FireTaskTimer(const Books& books, db::Transaction& tx, const timers::Timer& timer,
                           const events::Origin& origin);

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_TASK_FLOW_H_
