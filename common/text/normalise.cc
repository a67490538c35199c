#include "common/text/normalise.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <cstdlib>

#include "common/text/simplified.h"

namespace firstfloor::text {
namespace {

bool IsHan(UChar32 c) { return u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC); }

bool IsLetterOrDigit(UChar32 c) { return u_isalnum(c); }

// ICU has its data compiled in: without it nothing here can be done.
void MustSucceed(UErrorCode error) {
  if (U_FAILURE(error)) std::abort();
}

UChar32 Simplify(UChar32 c) {
  const auto point = static_cast<char32_t>(c);
  return point < kFirstHan || point > kLastHan ? c : UChar32{kSimplified[point - kFirstHan]};
}

void AppendUtf8(UChar32 c, std::string& text) { icu::UnicodeString(c).toUTF8String(text); }

icu::UnicodeString Folded(absl::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const folding = icu::Normalizer2::getNFKCCasefoldInstance(error);
  MustSucceed(error);
  const icu::StringPiece piece(text.data(), static_cast<int32_t>(text.size()));
  icu::UnicodeString folded = folding->normalize(icu::UnicodeString::fromUTF8(piece), error);
  MustSucceed(error);
  return folded;
}

}  // namespace

std::vector<Run> Normalise(absl::string_view text) {
  const icu::UnicodeString folded = Folded(text.substr(0, kLongestText));
  std::vector<Run> runs;
  Run run;
  std::string row;  // of letters and digits, while it lasts
  const auto end_row = [&] {
    if (!row.empty()) run.push_back(std::move(row));
    row.clear();
  };
  const auto end_run = [&] {
    end_row();
    if (!run.empty()) runs.push_back(std::move(run));
    run.clear();
  };
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    const UChar32 c = folded.char32At(i);
    if (IsHan(c)) {
      end_row();
      AppendUtf8(Simplify(c), run.emplace_back());
    } else if (IsLetterOrDigit(c)) {
      if (row.size() < kLongestElement) AppendUtf8(c, row);
    } else {
      end_run();
    }
  }
  end_run();
  return runs;
}

}  // namespace firstfloor::text
