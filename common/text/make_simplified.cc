// Writes simplified.cc: the simplified form of every Han character of the first block, from ICU's
// transliterator. At build time, because the transliterator would cost each program megabytes that idles, and
// half a microsecond a character. A character whose simplified form hangs on its neighbours becomes the same
// one everywhere, which is all that comparing asks.
#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <cstdint>
#include <iostream>
#include <memory>

#include "common/text/simplified.h"

int main() {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<icu::Transliterator> transliterator(
      icu::Transliterator::createInstance("Traditional-Simplified", UTRANS_FORWARD, error));
  if (U_FAILURE(error)) {
    std::cerr << "make_simplified: ICU has no Traditional-Simplified: " << u_errorName(error) << "\n";
    return 1;
  }
  std::cout << "#include \"common/text/simplified.h\"\n\n"
            << "const char16_t firstfloor::text::kSimplified[] = {\n";
  for (char32_t c = firstfloor::text::kFirstHan; c <= firstfloor::text::kLastHan; ++c) {
    icu::UnicodeString form(static_cast<UChar32>(c));
    transliterator->transliterate(form);
    std::cout << (form.length() == 1 ? uint32_t{form[0]} : uint32_t{c}) << ",\n";
  }
  std::cout << "};\n";
  return std::cout.flush() ? 0 : 1;
}
