// What a component of k8s/ needs to run on this machine: addresses in the place of a cluster's names, and
// its own files with these in them.
#ifndef FIRSTFLOOR_TESTS_OPERATIONS_COMPONENT_H_
#define FIRSTFLOOR_TESTS_OPERATIONS_COMPONENT_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/testing/place.h"

namespace firstfloor::testing {

// Loopback addresses that no other test uses meanwhile, so that each node has the ports that it has in a
// cluster.
class Addresses {
 public:
  // `host`: 1 to 254.
  std::string At(int host) const;

 private:
  ReservedPort port_;  // as unique as the block of addresses that it stands for
};

// Writes to `target` what the file of k8s/components holds, with every first of a pair replaced by its
// second. Dies if the file does not hold one: it has changed, and is no longer what is tested.
void WriteComponentFile(const std::string& file, const std::string& target,
                        const std::vector<std::pair<std::string, std::string>>& replacements);

// A program that is found before others in the folder.
void WriteScript(const std::string& path, const std::string& text);

// `argv` with variables of the environment, and with `folder` before the others where programs are looked
// for.
std::vector<std::string> WithEnvironment(const std::string& folder, std::vector<std::string> variables,
                                         const std::vector<std::string>& argv);

// Waits until it holds; dies, printing the end of the file `log`, if that takes longer than `patience`.
void MustBecome(const std::string& what, absl::Duration patience, const std::string& log,
                const std::function<bool()>& holds);

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_OPERATIONS_COMPONENT_H_
