// The taxonomy of opinions: two-level category codes with the working days in which each is to be answered. A
// community's own is a flag of the program, read at a start; taxonomy.csv is built in.
#ifndef FIRSTFLOOR_SERVICES_OPINION_TAXONOMY_H_
#define FIRSTFLOOR_SERVICES_OPINION_TAXONOMY_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firstfloor::opinion {

class Taxonomy {
 public:
  // CSV text "category,workdays,name": a code of one level ("SAFETY") or two ("SAFETY.FIRE"), whose first
  // stands there too; working days from 1 to 90; what people call it. 1 to 1,000 lines. INVALID_ARGUMENT
  // naming the line that cannot be used.
  static absl::StatusOr<Taxonomy> Parse(absl::string_view csv);
  static const Taxonomy& BuiltIn();

  bool Knows(absl::string_view category) const { return terms_.contains(category); }
  // Working days to answer an opinion of `category`; 5 for an empty or unknown one.
  int WorkdaysToAnswer(absl::string_view category) const;
  // The category of a first and a second level (which may be empty), each by its code or by its name:
  // {"安全", "消防"},
  // {"SAFETY", "FIRE"}. "" if there is none, or the name is that of several.
  std::string CategoryOf(absl::string_view first, absl::string_view second) const;

 private:
  struct Term {
    int workdays;
    std::string name;
  };
  absl::flat_hash_map<std::string, Term> terms_;
};

namespace taxonomy {

// Names of the flags: --taxonomy_file.
std::vector<const char*> Flags();
// As it was set; INVALID_ARGUMENT in one clear line if it is no good.
absl::StatusOr<Taxonomy> FromFlags();
// What holds in this process from its first use on. The flag was checked before.
const Taxonomy& InForce();

// Of the one in force.
bool Knows(absl::string_view category);
int WorkdaysToAnswer(absl::string_view category);

}  // namespace taxonomy
}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_TAXONOMY_H_
