// Brings what people type into one form, so that the same words are the same bytes.
#ifndef FIRSTFLOOR_COMMON_TEXT_NORMALISE_H_
#define FIRSTFLOOR_COMMON_TEXT_NORMALISE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace firstfloor::text {

// A stretch of text that no punctuation, space or other sign breaks. Each element is, in UTF-8, one Han
// character or one unbroken row of other letters and digits ("12345", "ktv").
using Run = std::vector<std::string>;

// What is read of a text; what follows is not looked at.
inline constexpr size_t kLongestText = 64 * 1024;
// A longer row of letters and digits (an address of the web, a key held down) is read up to here.
inline constexpr size_t kLongestElement = 32;

// The runs of `text`, in order: full-width and compatibility forms folded (NFKC), lower case, traditional
// characters as simplified ones. Bytes that are not UTF-8 break a run. Thread-safe; the first call takes some
// 50 ms more.
std::vector<Run> Normalise(absl::string_view text);

}  // namespace firstfloor::text

#endif  // FIRSTFLOOR_COMMON_TEXT_NORMALISE_H_
