// Area codes: where they cover each other, and which exist.
#ifndef FIRSTFLOOR_COMMON_AREA_REGISTRY_H_
#define FIRSTFLOOR_COMMON_AREA_REGISTRY_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firstfloor::area {

// Levels of the code: province 34, city 3401, district 340111, street 340111400, committee 340111400001,
// then "-compound", "-building", "-unit".
enum class Level { kProvince, kCity, kDistrict, kStreet, kCommittee, kCompound, kBuilding, kUnit };

// Level of a well-formed code; nullopt if the code is malformed.
std::optional<Level> LevelOf(absl::string_view code);

// True if `outer` is `inner` or one of its ancestors, on level boundaries. False for malformed codes.
bool Covers(absl::string_view outer, absl::string_view inner);

// The code and its ancestors, the longest first: {"340111400001-CJ", "340111400001", "340111400", …, "34"}.
std::vector<std::string> SelfAndAncestors(absl::string_view code);

// [from, to): in binary order (ascii_bin) it holds, of all well-formed codes, exactly those that `code`
// covers. Digits continue with digits, so `to` ends in ":" (the byte after "9"); from the committee
// downwards codes continue with "-", so `to` ends in "." (the byte after "-"), which keeps "…-CJ2" out of
// the range of "…-CJ". Empty for malformed codes.
std::pair<std::string, std::string> CoverRange(absl::string_view code);

// What Distance answers where there is no common ancestor, or a code is malformed.
inline constexpr int kUnrelated = 1000;

// Steps up the tree, from whichever of the two is further away, to the nearest common ancestor: 0 same
// code, 1 same parent (or one is the other's parent), …; kUnrelated if there is none.
int Distance(absl::string_view a, absl::string_view b);

struct Area {
  std::string code;
  std::string name;        // Chinese name, as shown
  std::string level_name;  // "小区", "楼栋", …
  int households = 0;
  std::string successor;  // code that this one was merged into; "" if in force
};

// The registry of a district: a CSV (code,name,level_name,households,successor; header line; lines that
// begin with '#' are comments) that every service loads and reads again when it changes. Thread-safe;
// look-ups take no lock that a reload holds for long.
class Registry {
 public:
  // INVALID_ARGUMENT, reason AREA_REGISTRY_INVALID, naming the line if the file cannot be used. Every
  // ancestor from district level downwards must be present, and every successor.
  static absl::StatusOr<std::unique_ptr<Registry>> Load(const std::string& file);
  ~Registry();

  bool Knows(absl::string_view code) const;
  std::optional<Area> Find(absl::string_view code) const;
  // All areas covered by `code` at `level`, in code order.
  std::vector<Area> Below(absl::string_view code, Level level) const;
  // How many areas there are, all levels together.
  size_t size() const;
  // Reads the file again if it changed (time, size or inode); keeps the old content if the new is no good and
  // returns why.
  absl::Status Reload();

 private:
  struct Impl;
  explicit Registry(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::area

#endif  // FIRSTFLOOR_COMMON_AREA_REGISTRY_H_
