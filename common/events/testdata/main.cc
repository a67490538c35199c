// The test program; as `<program> sequence <endpoint> <user> <password> <schema>` a replica that sequences
// until it is killed, as `<program> read <endpoint> <user> <password> <schema> <reader> <batch>` one that
// reads.
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "common/events/log.h"
#include "common/events/reader.h"
#include "common/events/testdata/trial.h"
#include "gtest/gtest.h"

namespace firstfloor::events {
namespace {

db::Config ConfigIn(char** argv) {
  db::Config config;
  config.endpoint = argv[2];
  config.user = argv[3];
  config.password = argv[4];
  config.schema = argv[5];
  return config;
}

[[noreturn]] void SequenceUntilKilled(char** argv) {
  const Sequencer sequencer(ConfigIn(argv), nullptr);
  while (true) pause();
}

[[noreturn]] void ReadUntilKilled(char** argv) {
  const std::string name = argv[6];
  Effect effect = trial::Taking(name);
  effect.batch = std::atoi(argv[7]);
  const Reader reader(name, ConfigIn(argv), OwnLog(ConfigIn(argv)), effect);
  while (true) pause();
}

}  // namespace
}  // namespace firstfloor::events

int main(int argc, char** argv) {
  firstfloor::db::InitDriver();
  const std::string role = argc > 1 ? argv[1] : "";
  if (role == "sequence" && argc == 6) firstfloor::events::SequenceUntilKilled(argv);
  if (role == "read" && argc == 8) firstfloor::events::ReadUntilKilled(argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
