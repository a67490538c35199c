// An opinion kept in the process, with its replies: what a hot Get sends is made once per audience.
#ifndef FIRSTFLOOR_SERVICES_OPINION_KEPT_OPINION_H_
#define FIRSTFLOOR_SERVICES_OPINION_KEPT_OPINION_H_

#include <array>
#include <memory>
#include <mutex>
#include <string>

#include "firstfloor/opinion/v1/opinion.pb.h"
#include "services/opinion/opinion_view.h"

namespace firstfloor::opinion {

// Thread-safe.
class KeptOpinion {
 public:
  explicit KeptOpinion(v1::Opinion opinion) : opinion_(std::move(opinion)) {}

  const v1::Opinion& opinion() const { return opinion_; }
  // The opinion as `audience` may see it, serialized.
  std::shared_ptr<const std::string> Reply(view::Audience audience) const;

 private:
  struct Made {
    std::once_flag once;
    std::shared_ptr<const std::string> bytes;
  };
  const v1::Opinion opinion_;
  mutable std::array<Made, view::kAudiences> replies_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_KEPT_OPINION_H_
