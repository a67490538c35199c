// Boxes and their openings in the database.
#ifndef FIRSTFLOOR_SERVICES_OPINION_BOX_STORE_H_
#define FIRSTFLOOR_SERVICES_OPINION_BOX_STORE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/resource/table.h"
#include "firstfloor/opinion/v1/box.pb.h"
#include "firstfloor/opinion/v1/box_service.pb.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::opinion {

class BoxStore {
 public:
  explicit BoxStore(program::House& house);

  const resource::Table<v1::Box>& boxes() const { return boxes_; }
  const resource::Table<v1::BoxOpening>& openings() const { return openings_; }

  // What a list request asks for, newest first. Block.
  absl::StatusOr<std::vector<v1::Box>> List(db::Connection& connection, const v1::ListBoxesRequest& request,
                                            absl::Time now, absl::string_view after, int limit) const;
  absl::StatusOr<std::vector<v1::BoxOpening>> List(db::Connection& connection,
                                                   const v1::ListBoxOpeningsRequest& request,
                                                   absl::string_view after, int limit) const;

 private:
  const resource::Table<v1::Box> boxes_;
  const resource::Table<v1::BoxOpening> openings_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_BOX_STORE_H_
