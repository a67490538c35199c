#include "tests/operations/component.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "tests/operations/calls.h"

namespace firstfloor::testing {

// Ports are below 32768: the second number is at most 127, and never 0, where everybody else is.
std::string Addresses::At(int host) const {
  return absl::StrCat("127.", port_.number() / 256, ".", port_.number() % 256, ".", host);
}

void WriteComponentFile(const std::string& file, const std::string& target,
                        const std::vector<std::pair<std::string, std::string>>& replacements) {
  const std::string text = Content(FIRSTFLOOR_SOURCE_DIR "/k8s/components/" + file);
  for (const auto& [before, after] : replacements) {
    if (absl::StrContains(text, before)) continue;
    std::fprintf(stderr, "k8s/components/%s does not hold \"%s\"\n", file.c_str(), before.c_str());
    std::abort();
  }
  std::ofstream(target) << absl::StrReplaceAll(text, replacements);
}

void WriteScript(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

std::vector<std::string> WithEnvironment(const std::string& folder, std::vector<std::string> variables,
                                         const std::vector<std::string>& argv) {
  const char* path = std::getenv("PATH");
  std::vector<std::string> all = {
      "env", absl::StrCat("PATH=", folder, ":", path == nullptr ? "" : path, ":/usr/sbin:/usr/bin")};
  all.insert(all.end(), variables.begin(), variables.end());
  all.insert(all.end(), argv.begin(), argv.end());
  return all;
}

void MustBecome(const std::string& what, absl::Duration patience, const std::string& log,
                const std::function<bool()>& holds) {
  const absl::Time deadline = absl::Now() + patience;
  while (!holds()) {
    if (absl::Now() > deadline) {
      const std::string text = Content(log);
      std::fprintf(stderr, "%s: not within %s\n%s\n", what.c_str(), absl::FormatDuration(patience).c_str(),
                   text.substr(text.size() < 4000 ? 0 : text.size() - 4000).c_str());
      std::abort();
    }
    absl::SleepFor(absl::Milliseconds(50));
  }
}

}  // namespace firstfloor::testing
