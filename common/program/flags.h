// What the flags of every program have in common.
#ifndef FIRSTFLOOR_COMMON_PROGRAM_FLAGS_H_
#define FIRSTFLOOR_COMMON_PROGRAM_FLAGS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace firstfloor::program {

// The command line, with what the environment gives (FIRSTFLOOR_<FLAG>) for these flags put before it.
std::vector<std::string> WithEnvironment(absl::Span<const char* const> flags, int argc, char** argv);

// INVALID_ARGUMENT in one clear line.
absl::Status WrongFlag(absl::string_view flag, absl::string_view why);

// An error unless the flag names a file that can be read.
absl::Status MustBeReadable(absl::string_view flag, const std::string& file);

// "name=host:port,…".
absl::StatusOr<std::map<std::string, std::string>> ParsePeers(const std::string& text);

}  // namespace firstfloor::program

#endif  // FIRSTFLOOR_COMMON_PROGRAM_FLAGS_H_
