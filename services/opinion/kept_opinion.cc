#include "services/opinion/kept_opinion.h"

namespace firstfloor::opinion {

std::shared_ptr<const std::string> KeptOpinion::Reply(view::Audience audience) const {
  Made& made = replies_[static_cast<size_t>(audience)];
  std::call_once(made.once, [&] {
    made.bytes = std::make_shared<const std::string>(view::For(opinion_, audience).SerializeAsString());
  });
  return made.bytes;
}

}  // namespace firstfloor::opinion
