// How the client and the bell come to a connection. Only for common/redis.
#ifndef FIRSTFLOOR_COMMON_REDIS_CONNECT_H_
#define FIRSTFLOOR_COMMON_REDIS_CONNECT_H_

#include <memory>

#include "common/redis/client.h"

struct redisContext;

namespace firstfloor::redis {

struct FreeContext {
  void operator()(redisContext* context) const;
};
using Context = std::unique_ptr<redisContext, FreeContext>;

// Connected and authenticated within the timeout of `config` (looking up a host's name not counted), with
// that timeout set for reading and writing; null if that can't be done.
Context Connect(const Config& config);

}  // namespace firstfloor::redis

#endif  // FIRSTFLOOR_COMMON_REDIS_CONNECT_H_
