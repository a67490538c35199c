// Writing a change down: the row and its event, in one transaction.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_BOOKS_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_BOOKS_H_

#include "absl/status/status.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/resource/table.h"
#include "firstfloor/events/v1/event.pb.h"
#include "services/volunteer/changes.h"
#include "services/volunteer/stores.h"

namespace firstfloor::volunteer {

struct Books {
  const Stores& stores;
  events::Log& log;

  // `before` is what Changed() wants to know of the state before.
  template <typename R, typename... Before>
  absl::Status Add(db::Transaction& tx, const events::Origin& origin, const resource::Table<R>& table, R& row,
                   const Before&... before) const {
    RETURN_IF_ERROR(table.Insert(tx, row, origin));
    return log.Append(tx, origin, Changed(row, before...));
  }
  template <typename R, typename... Before>
  absl::Status Save(db::Transaction& tx, const events::Origin& origin, const resource::Table<R>& table,
                    R& row, const Before&... before) const {
    RETURN_IF_ERROR(table.Save(tx, row, origin));
    return log.Append(tx, origin, Changed(row, before...));
  }
};

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_BOOKS_H_
