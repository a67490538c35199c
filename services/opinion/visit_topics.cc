#include "services/opinion/visit_topics.h"

#include <algorithm>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/program/flags.h"

ABSL_FLAG(std::string, visit_topics, "LIVELIHOOD,HEALTH,EMPLOYMENT,SAFETY,NEIGHBOURS,WISHES",
          "codes of what home visits may be about, separated by commas");

namespace firstfloor::opinion {
namespace {

constexpr size_t kLongestCode = 64;

bool IsCode(const std::string& text) {
  if (text.empty() || text.size() > kLongestCode || !absl::ascii_isupper(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isupper(c) || absl::ascii_isdigit(c) || c == '_'; });
}

}  // namespace

std::vector<const char*> VisitFlags() { return {"visit_topics"}; }

absl::StatusOr<std::set<std::string>> VisitTopicsFromFlags() {
  std::set<std::string> topics;
  for (const std::string& topic :
       std::vector<std::string>(absl::StrSplit(absl::GetFlag(FLAGS_visit_topics), ','))) {
    if (!IsCode(topic)) {
      return program::WrongFlag("visit_topics", absl::StrCat("\"", topic, "\" is no code such as HEALTH"));
    }
    topics.insert(topic);
  }
  return topics;
}

}  // namespace firstfloor::opinion
