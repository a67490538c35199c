// The OpenAPI 3.1 document of the routes.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_OPENAPI_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_OPENAPI_H_

#include <string>

#include "services/gateway/routes.h"

namespace firstfloor::gateway {

// As JSON. Deterministic.
std::string OpenApiDocument(const Routes& routes, const std::string& version);

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_OPENAPI_H_
