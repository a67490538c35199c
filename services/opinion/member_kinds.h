// Kinds of organisation whose people sit at stalls, as a community sets them: a flag of the program.
#ifndef FIRSTFLOOR_SERVICES_OPINION_MEMBER_KINDS_H_
#define FIRSTFLOOR_SERVICES_OPINION_MEMBER_KINDS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/error/error.h"
#include "firstfloor/opinion/v1/stall.pb.h"

namespace firstfloor::opinion {

class MemberKinds {
 public:
  struct Kind {
    std::string code;
    std::string display_name;
  };

  // "STEWARD_TEAM=小管家队伍,POLICE=民警": codes, once each, and what people call them; 1 to 50.
  // INVALID_ARGUMENT otherwise.
  static absl::StatusOr<MemberKinds> Parse(absl::string_view text);

  absl::Span<const Kind> all() const { return kinds_; }
  // Adds a violation for each of `members`, the elements of `field`, whose kind is none of these.
  void Check(const google::protobuf::RepeatedPtrField<v1::TeamMember>& members, absl::string_view field,
             error::Violations& violations) const;

 private:
  std::vector<Kind> kinds_;
};

// Names of the flags: --member_kinds.
std::vector<const char*> MemberKindsFlags();
// As it was set; INVALID_ARGUMENT in one clear line if it is no good.
absl::StatusOr<MemberKinds> MemberKindsFromFlags();

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_MEMBER_KINDS_H_
