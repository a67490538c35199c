#include "tests/house/tree.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/match.h"

namespace firstfloor::house {
namespace {

namespace fs = std::filesystem;

bool IsText(const fs::path& path) {
  static const auto* const kinds = new std::set<std::string>{
      ".cc", ".h",   ".in", ".proto", ".sql", ".txt", ".cmake", ".sh",   ".md", ".json",
      ".js", ".mjs", ".ts", ".html",  ".css", ".py",  ".csv",   ".yaml", ".yml"};
  return kinds->count(path.extension().string()) > 0 || path.extension().empty();
}

// What is not the tree's own: results of builds and installations.
bool IsForeign(const std::string& name) {
  return absl::StartsWith(name, "build") || name == ".git" || name == ".local" || name == "node_modules";
}

}  // namespace

std::vector<File> Tree() {
  const fs::path root = FIRSTFLOOR_SOURCE_DIR;
  std::vector<File> files;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator(); ++it) {
    if (it->is_directory() && IsForeign(it->path().filename().string())) it.disable_recursion_pending();
    if (!it->is_regular_file() || !IsText(it->path())) continue;
    const std::string path = it->path().lexically_relative(root).string();
    files.push_back({path, TextOf(path)});
  }
  return files;
}

std::string TextOf(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(fs::path(FIRSTFLOOR_SOURCE_DIR) / path).rdbuf();
  return text.str();
}

}  // namespace firstfloor::house
