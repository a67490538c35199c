// k8s/components/galera on this machine: three MariaDB nodes that hold the same data, behind HAProxy, with
// the component's own settings and scripts. What a kubelet does there a thread a node does here.
#ifndef FIRSTFLOOR_TESTS_OPERATIONS_GALERA_H_
#define FIRSTFLOOR_TESTS_OPERATIONS_GALERA_H_

#include <memory>

#include "common/db/connection.h"

namespace firstfloor::testing {

class Galera {
 public:
  static constexpr int kNodes = 3;

  // Starts one node after the other, as a StatefulSet does, and the endpoint. Dies with a clear message if
  // that fails.
  Galera();
  ~Galera();

  void Kill(int node);   // kill -9
  void Start(int node);  // on the data that it has; ready() tells when it is in step
  bool ready(int node) const;
  // Waits until it is in step with the others.
  void WaitUntilReady(int node) const;

  // Root's account at the endpoint, and at one of the nodes.
  db::Config Root() const;
  db::Config RootAt(int node, const std::string& schema) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_OPERATIONS_GALERA_H_
