// Simplified forms of Han characters. Made by the build (make_simplified.cc).
#ifndef FIRSTFLOOR_COMMON_TEXT_SIMPLIFIED_H_
#define FIRSTFLOOR_COMMON_TEXT_SIMPLIFIED_H_

namespace firstfloor::text {

inline constexpr char32_t kFirstHan = 0x4E00, kLastHan = 0x9FFF;

// By code point, from kFirstHan on; what is simplified stands for itself.
extern const char16_t kSimplified[kLastHan - kFirstHan + 1];

}  // namespace firstfloor::text

#endif  // FIRSTFLOOR_COMMON_TEXT_SIMPLIFIED_H_
