#include <cstddef>
#include <cstdint>

#include "services/gateway/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  firstfloor::gateway::fuzz::Body({reinterpret_cast<const char*>(data), size});
  return 0;
}
