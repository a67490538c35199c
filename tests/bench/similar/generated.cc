#include "tests/bench/similar/generated.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/text/lexicon.h"
#include "tests/bench/similar/scattered.h"

namespace firstfloor::bench {
namespace {

constexpr uint64_t kCharacters = 3000;  // that most texts are written with
constexpr uint64_t kWords = 60'000;
constexpr uint64_t kMessagesAPlace = 20;
constexpr int kWordsAMessage = 60;

// A stream of numbers of one message.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(Scattered(seed)) {}
  uint64_t Below(uint64_t end) { return (state_ = Scattered(state_)) % end; }
  // Rank r of `end` with a chance that falls as 1/r (Zipf's law).
  uint64_t Ranked(uint64_t end) {
    const double even = static_cast<double>(Below(1u << 30)) / (1u << 30);
    return std::min(end - 1, static_cast<uint64_t>(std::pow(static_cast<double>(end) + 1, even)) - 1);
  }

 private:
  uint64_t state_;
};

void AppendCharacter(uint64_t rank, std::string& text) {
  const uint32_t c = 0x4E00 + rank * 6;  // spread over the block of Han characters
  text.push_back(static_cast<char>(0xE0 | c >> 12));
  text.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
  text.push_back(static_cast<char>(0x80 | (c & 0x3F)));
}

// The same characters for the same number of the same kind.
std::string Characters(uint64_t kind, uint64_t number, int count) {
  Dice dice(Scattered(kind) ^ number);
  std::string characters;
  for (int i = 0; i < count; ++i) AppendCharacter(dice.Ranked(kCharacters), characters);
  return characters;
}

std::string Word(uint64_t rank) { return Characters(1, rank, 2); }
std::string Place(uint64_t number) { return absl::StrCat(Characters(2, number, 4), "小区"); }

}  // namespace

Generator::Generator() : matters_(text::Lexicon::BuiltIn().matters()) {}

GeneratedMessage Generator::Make(uint64_t number) const {
  Dice dice(number);
  GeneratedMessage message;
  const std::string place = Place(dice.Below(number / kMessagesAPlace + 1));
  const std::string& matter = matters_[dice.Ranked(matters_.size())];
  message.headline = absl::StrCat(place, Word(dice.Ranked(kWords)), matter, Word(dice.Ranked(kWords)));
  message.body = absl::StrCat("尊敬的领导，我是", place, "的居民，");
  for (int i = 0; i < kWordsAMessage; ++i) {
    absl::StrAppend(&message.body, Word(dice.Ranked(kWords)), i % 6 == 5 ? "，" : "");
    if (i % 20 == 10) message.body += matter;
  }
  message.time = absl::UnixEpoch() + absl::Hours(number);
  message.reporter = 1 + dice.Below(number + 1);
  return message;
}

}  // namespace firstfloor::bench
