#include "common/program/flags.h"

#include <cstdlib>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace firstfloor::program {

std::vector<std::string> WithEnvironment(absl::Span<const char* const> flags, int argc, char** argv) {
  std::vector<std::string> arguments = {argv[0]};
  for (const char* flag : flags) {
    const char* value = std::getenv(absl::StrCat("FIRSTFLOOR_", absl::AsciiStrToUpper(flag)).c_str());
    if (value != nullptr) arguments.push_back(absl::StrCat("--", flag, "=", value));
  }
  for (int i = 1; i < argc; ++i) arguments.emplace_back(argv[i]);
  return arguments;
}

absl::Status WrongFlag(absl::string_view flag, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("--", flag, ": ", why));
}

absl::Status MustBeReadable(absl::string_view flag, const std::string& file) {
  if (file.empty()) return WrongFlag(flag, "is required");
  if (!std::ifstream(file)) return WrongFlag(flag, absl::StrCat("cannot read ", file));
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, std::string>> ParsePeers(const std::string& text) {
  std::map<std::string, std::string> peers;
  for (const absl::string_view part : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    const std::pair<std::string, std::string> entry = absl::StrSplit(part, absl::MaxSplits('=', 1));
    if (entry.first.empty() || entry.second.empty()) return WrongFlag("peers", "must be name=host:port,…");
    peers.insert(entry);
  }
  return peers;
}

}  // namespace firstfloor::program
