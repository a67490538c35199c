#include "services/gateway/fuzz/targets.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/util/message_differencer.h"
#include "mapping.pb.h"
#include "services/gateway/json.h"
#include "services/gateway/path_template.h"
#include "services/gateway/query.h"

namespace firstfloor::gateway::fuzz {
namespace {

using mapping::v1::Everything;

void Must(bool kept, const char* promise) {
  if (kept) return;
  std::fprintf(stderr, "broken: %s\n", promise);
  std::abort();
}

}  // namespace

void Path(absl::string_view input) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(input, absl::MaxSplits('\n', 1));
  const auto pattern = PathTemplate::Parse(parts.first);
  const auto target = ParseTarget(parts.second);
  if (!pattern.ok() || !target.ok()) return;
  const auto bindings = pattern->Match(target->path);
  if (!bindings) return;
  Must(bindings->size() == pattern->variables().size(), "every variable is bound");
  for (size_t i = 0; i < bindings->size(); ++i) {
    const PathTemplate::Variable& variable = pattern->variables()[i];
    const bool literal_first = pattern->segments()[variable.begin].kind == PathTemplate::Kind::kLiteral;
    const std::string& first = pattern->segments()[variable.begin].literal;
    Must(!literal_first || variable.end - variable.begin == 1 || !(*bindings)[i].second.empty(),
         "a variable that begins with text is not empty");
    Must(!literal_first || first.find('%') != std::string::npos || first.find('/') != std::string::npos ||
             (*bindings)[i].second.substr(0, first.size()) == first,
         "a variable begins with its text");
  }
}

void Query(absl::string_view input) {
  const auto target = ParseTarget(absl::StrCat("/?", input));
  if (!target.ok()) return;
  Everything message;
  if (!ApplyQuery(target->query, {}, message).ok()) return;
  Everything copy;
  Must(copy.ParseFromString(message.SerializeAsString()), "what is accepted can be sent");
}

void Body(absl::string_view input) {
  Everything message;
  if (!FromJson(input, nullptr, message).ok()) return;
  const auto written = ToJson(message);
  if (!written.ok()) return;  // values that JSON has no form for, which the service refuses as well
  Everything again;
  Must(FromJson(*written, nullptr, again).ok(), "what is written can be read");
  google::protobuf::util::DefaultFieldComparator comparator;
  comparator.set_treat_nan_as_equal(true);
  google::protobuf::util::MessageDifferencer differencer;
  differencer.set_field_comparator(&comparator);
  // protobuf reads masks of what are no names of fields, which it cannot write back; services refuse them.
  differencer.IgnoreField(Everything::descriptor()->FindFieldByName("mask"));
  Must(differencer.Compare(message, again), "what is written means the same");
}

}  // namespace firstfloor::gateway::fuzz
