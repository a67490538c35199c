// The kept inputs, and a short walk around them; the long walks are libFuzzer's.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "services/gateway/fuzz/targets.h"

namespace firstfloor::gateway::fuzz {
namespace {

constexpr int kStepsPerInput = 2000;

std::vector<std::string> Corpus(const std::string& name) {
  std::vector<std::string> inputs;
  for (const auto& file : std::filesystem::directory_iterator(FIRSTFLOOR_FUZZ_CORPUS "/" + name)) {
    std::ifstream in(file.path());
    std::stringstream content;
    content << in.rdbuf();
    inputs.push_back(content.str());
  }
  return inputs;
}

std::string Changed(std::string input, std::mt19937& random) {
  static constexpr char kMarks[] = "/:*{}=.%&?+\"\\[],0aZ\n\xff\xe4\x00";
  const size_t at = random() % (input.size() + 1);
  const char mark = kMarks[random() % (sizeof(kMarks) - 1)];
  switch (random() % 4) {
    case 0:
      return input.insert(at, 1, mark);
    case 1:
      return input.erase(at, random() % 4);
    case 2:
      return input + input.substr(at);
    default:
      if (at < input.size()) input[at] = mark;
      return input;
  }
}

void Walk(const std::string& name, void (*target)(absl::string_view)) {
  std::mt19937 random(20230501);
  const std::vector<std::string> inputs = Corpus(name);
  ASSERT_FALSE(inputs.empty());
  for (const std::string& input : inputs) {
    target(input);
    std::string changed = input;
    for (int i = 0; i < kStepsPerInput; ++i) {
      changed = i % 8 == 0 ? input : Changed(std::move(changed), random);
      if (changed.size() > 4096) changed.resize(4096);
      target(changed);
    }
  }
}

TEST(Fuzz, PathsKeepTheirPromises) { Walk("path", Path); }
TEST(Fuzz, QueriesKeepTheirPromises) { Walk("query", Query); }
TEST(Fuzz, BodiesKeepTheirPromises) { Walk("body", Body); }

}  // namespace
}  // namespace firstfloor::gateway::fuzz
