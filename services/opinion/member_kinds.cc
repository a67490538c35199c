#include "services/opinion/member_kinds.h"

#include <algorithm>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/program/flags.h"

ABSL_FLAG(std::string, member_kinds,
          "STEWARD_TEAM=小管家队伍,PARTY_VOLUNTEERS=党员志愿者,YOUNG_PIONEERS=少先队员,POLICE=民警,"
          "PARTNER=共建单位,OTHER=其他",
          "kinds of organisation whose people sit at stalls: CODE=name, with commas between them");

namespace firstfloor::opinion {
namespace {

constexpr size_t kMostKinds = 50;
constexpr size_t kLongestCode = 64;
constexpr size_t kLongestName = 100;

bool IsCode(absl::string_view text) {
  return !text.empty() && text.size() <= kLongestCode && absl::ascii_isupper(text.front()) &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isupper(c) || absl::ascii_isdigit(c) || c == '_';
         });
}

}  // namespace

absl::StatusOr<MemberKinds> MemberKinds::Parse(absl::string_view text) {
  MemberKinds kinds;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    std::pair<std::string, std::string> kind = absl::StrSplit(part, absl::MaxSplits('=', 1));
    absl::StripAsciiWhitespace(&kind.first);
    absl::StripAsciiWhitespace(&kind.second);
    if (!IsCode(kind.first) || kind.second.empty() || kind.second.size() > kLongestName) {
      return absl::InvalidArgumentError("must be CODE=name, with commas between them");
    }
    const bool twice = std::any_of(kinds.kinds_.begin(), kinds.kinds_.end(),
                                   [&](const Kind& known) { return known.code == kind.first; });
    if (twice) return absl::InvalidArgumentError(absl::StrCat("names ", kind.first, " twice"));
    kinds.kinds_.push_back({std::move(kind.first), std::move(kind.second)});
  }
  if (kinds.kinds_.size() > kMostKinds) return absl::InvalidArgumentError("may name 50 kinds at most");
  return kinds;
}

void MemberKinds::Check(const google::protobuf::RepeatedPtrField<v1::TeamMember>& members,
                        absl::string_view field, error::Violations& violations) const {
  for (int i = 0; i < members.size(); ++i) {
    const bool known = std::any_of(kinds_.begin(), kinds_.end(), [&](const Kind& kind) {
      return kind.code == members.Get(i).organisation();
    });
    if (known) continue;
    violations.Add(absl::StrCat(field, "[", i, "].organisation"),
                   "is none of the kinds that the community has set");
  }
}

std::vector<const char*> MemberKindsFlags() { return {"member_kinds"}; }

absl::StatusOr<MemberKinds> MemberKindsFromFlags() {
  absl::StatusOr<MemberKinds> kinds = MemberKinds::Parse(absl::GetFlag(FLAGS_member_kinds));
  if (!kinds.ok()) return program::WrongFlag("member_kinds", kinds.status().message());
  return kinds;
}

}  // namespace firstfloor::opinion
