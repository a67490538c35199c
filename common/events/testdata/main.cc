// The test program; as `<program> sequence <endpoint> <user> <password> <schema>` a replica that sequences
// until it is killed.
#include <unistd.h>

#include <string>

#include "common/events/log.h"
#include "gtest/gtest.h"

namespace {

int SequenceUntilKilled(char** argv) {
  firstfloor::db::Config config;
  config.endpoint = argv[2];
  config.user = argv[3];
  config.password = argv[4];
  config.schema = argv[5];
  const firstfloor::events::Sequencer sequencer(config, nullptr);
  while (true) pause();
}

}  // namespace

int main(int argc, char** argv) {
  firstfloor::db::InitDriver();
  if (argc == 6 && std::string(argv[1]) == "sequence") return SequenceUntilKilled(argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
