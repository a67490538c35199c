// Query parameters into a request message.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_QUERY_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_QUERY_H_

#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "services/gateway/field_value.h"
#include "services/gateway/url.h"

namespace firstfloor::gateway {

// Sets what the parameters name: fields by path, lists by repetition. `taken` are the fields that path and
// body bind, which no parameter may name. INVALID_ARGUMENT, reason INVALID_FIELD, with every violation.
absl::Status ApplyQuery(const QueryPairs& query, const std::vector<FieldPath>& taken,
                        google::protobuf::Message& message);

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_QUERY_H_
