#include "common/text/lexicon.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/text/built_in.h"

namespace firstfloor::text {
namespace {

constexpr size_t kLongestName = 64;

absl::Status Unusable(int line, absl::string_view why) {
  return error::Make(absl::StatusCode::kInvalidArgument, "LEXICON_INVALID",
                     absl::StrCat("lexicon line ", line, ": ", why));
}

}  // namespace

absl::StatusOr<Lexicon> Lexicon::Parse(absl::string_view lines) {
  Lexicon lexicon;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(lines, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#') continue;
    const size_t comma = line.find(',');
    if (comma == absl::string_view::npos) return Unusable(number, "has no comma");
    const absl::string_view name = line.substr(0, comma);
    if (name.size() > kLongestName) return Unusable(number, "the matter's name is too long");
    int matter = kFormula;
    if (!name.empty()) {
      matter = static_cast<int>(lexicon.matters_.size());
      lexicon.matters_.emplace_back(name);
    }
    const std::vector<absl::string_view> words =
        absl::StrSplit(line.substr(comma + 1), ' ', absl::SkipEmpty());
    if (words.empty()) return Unusable(number, "has no word");
    for (const absl::string_view word : words) {
      const std::vector<Run> runs = Normalise(word);
      if (runs.size() != 1) return Unusable(number, "a word is broken by a sign");
      if (!lexicon.words_.emplace(absl::StrJoin(runs[0], ""), matter).second) {
        return Unusable(number, absl::StrCat(word, " stands twice"));
      }
      if (lexicon.words_.size() > kMostWords) return Unusable(number, "there are too many words");
      size_t& longest = lexicon.longest_[runs[0][0]];
      longest = std::max(longest, runs[0].size());
    }
  }
  return lexicon;
}

const Lexicon& Lexicon::BuiltIn() {
  static const Lexicon& built_in = *[] {
    absl::StatusOr<Lexicon> parsed = Parse(kBuiltInLexicon);
    if (!parsed.ok()) std::abort();  // a test reads the same file
    return new Lexicon(*std::move(parsed));
  }();
  return built_in;
}

Lexicon::Word Lexicon::LongestAt(const Run& run, size_t at) const {
  Word found{0, kFormula};
  const auto longest = longest_.find(run[at]);
  if (longest == longest_.end()) return found;
  const size_t most = std::min(longest->second, run.size() - at);
  std::string joined;
  for (size_t length = 1; length <= most; ++length) {
    joined += run[at + length - 1];
    if (const auto word = words_.find(joined); word != words_.end()) found = {length, word->second};
  }
  return found;
}

}  // namespace firstfloor::text
