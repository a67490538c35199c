// gzip for answers.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_COMPRESS_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_COMPRESS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace firstfloor::gateway {

// The text as one gzip member, made for speed rather than size.
std::string Gzip(absl::string_view text);

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_COMPRESS_H_
