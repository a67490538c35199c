#include "tests/integration/canary.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/testing/place.h"
#include "tests/support/requests.h"

namespace firstfloor::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kNumber = 4;
constexpr size_t kWord = 12;

std::string RandomDigits(size_t count) {
  std::string digits;
  for (const char c : RandomWord().substr(0, count)) digits.push_back(static_cast<char>('0' + c % 10));
  return digits;
}

}  // namespace

// Letters g to v: no hexadecimal number holds it by chance.
Canaries::Canaries()
    : word_([] {
        std::string word;
        for (const char c : RandomWord().substr(0, kWord)) {
          word.push_back(static_cast<char>('g' + (absl::ascii_isdigit(c) ? c - '0' : c - 'a' + 10)));
        }
        return word;
      }()),
      digits_("199" + RandomDigits(4)) {}

std::string Canaries::Number(const std::string& where) {
  const std::string number = absl::StrFormat("%04d", places_.size());
  places_[number] = where;
  return number;
}

std::string Canaries::Text(const std::string& where) { return word_ + Number(where); }

std::string Canaries::Shaped(const FieldDescriptor& field) {
  const auto& option = OptionsOf(field);
  const std::string& where = field.full_name();
  const bool fits = option.max_len() == 0 || option.max_len() >= static_cast<int>(kWord + kNumber);
  switch (option.pattern()) {
    case api::v1::PATTERN_E164:
      return absl::StrCat("+86", digits_, Number(where));
    case api::v1::PATTERN_URI:
      return absl::StrCat("https://files.invalid/", Text(where));
    case api::v1::PATTERN_RECEIPT:
      return Text(where);
    case api::v1::PATTERN_UNSPECIFIED:
    case api::v1::PATTERN_LINE:
      return fits ? Text(where) : "";
    default:
      return "";
  }
}

void Canaries::PlantIn(Message& message, bool personal) {
  if (IsWellKnown(message.GetDescriptor())) return;
  const Reflection* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool inside = personal || OptionsOf(*field).personal();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_map()) {
      const int size = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
      for (int i = 0; i < size; ++i) {
        PlantIn(field->is_repeated() ? *reflection->MutableRepeatedMessage(&message, field, i)
                                     : *reflection->MutableMessage(&message, field),
                inside);
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && inside) {
      const std::string canary = Shaped(*field);
      if (canary.empty()) continue;
      if (field->is_repeated()) {
        reflection->SetRepeatedString(&message, field, 0, canary);
      } else {
        reflection->SetString(&message, field, canary);
      }
    }
  }
}

void Canaries::Plant(Message& message) { PlantIn(message, false); }

std::vector<std::string> Canaries::FoundIn(absl::string_view text) const {
  std::set<std::string> found;
  for (const std::string& mark : {word_, absl::AsciiStrToUpper(word_), digits_}) {
    for (size_t at = text.find(mark); at != absl::string_view::npos; at = text.find(mark, at + 1)) {
      const auto place = places_.find(std::string(text.substr(at + mark.size(), kNumber)));
      found.insert(place == places_.end() ? "a part of a canary" : place->second);
    }
  }
  for (const auto& [watched, where] : watched_) {
    if (absl::StrContains(text, watched)) found.insert(where);
  }
  return {found.begin(), found.end()};
}

std::vector<std::string> Canaries::FoundInFile(const std::string& path) const {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return FoundIn(text.str());
}

std::vector<std::string> Canaries::FoundBelow(const std::string& folder) const {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    for (const std::string& place : FoundInFile(entry.path().string())) {
      found.push_back(absl::StrCat(entry.path().filename().string(), ": ", place));
    }
  }
  return found;
}

}  // namespace firstfloor::testing
