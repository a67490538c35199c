#include "tests/scenario/demo.h"

#include "absl/strings/str_cat.h"
#include "common/events/log.h"

namespace firstfloor::testing {

std::vector<std::string> DemoCommand(Programs& programs) {
  std::vector<std::string> command = {FIRSTFLOOR_BINARY_DIR "/deploy/firstfloor-demo",
                                      "--year_file=" FIRSTFLOOR_SOURCE_DIR "/deploy/demo/year.json",
                                      "--areas_file=" FIRSTFLOOR_SOURCE_DIR "/deploy/data/areas.csv",
                                      absl::StrCat("--signing_key_file=", programs.folder(), "/signing.jwk"),
                                      absl::StrCat("--token_issuer=", Programs::IssuerName()),
                                      absl::StrCat("--tls_ca_file=", programs.ca_file())};
  for (const std::string& name : Programs::Names()) {
    command.push_back(absl::StrCat("--", name, "=127.0.0.1:", programs.port(name)));
  }
  return command;
}

std::map<std::string, int64_t> Heads(Programs& programs) {
  std::map<std::string, int64_t> heads;
  for (const std::string& name : Programs::Names()) {
    db::Connection connection(programs.database(name));
    const auto head = events::ReadHead(connection);
    heads[name] = head.ok() ? head->seq : -1;
  }
  return heads;
}

}  // namespace firstfloor::testing
