// k8s/components/sentinel on this machine: three Redis nodes, each with its Sentinel, behind HAProxy, with
// the component's own settings and scripts.
#ifndef FIRSTFLOOR_TESTS_OPERATIONS_SENTINEL_H_
#define FIRSTFLOOR_TESTS_OPERATIONS_SENTINEL_H_

#include <memory>

#include "common/redis/client.h"

namespace firstfloor::testing {

class SentinelRedis {
 public:
  static constexpr int kNodes = 3;

  // Starts all and waits until the endpoint leads to a primary that has its replicas. Dies with a clear
  // message if that fails.
  SentinelRedis();
  ~SentinelRedis();

  // The node that says it is the primary and has replicas; -1 if there is none.
  int Primary() const;
  // True if the node follows another.
  bool IsReplica(int node) const;
  void Kill(int node);  // kill -9, its Sentinel too
  void Start(int node);

  // At the endpoint.
  redis::Config config() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_OPERATIONS_SENTINEL_H_
