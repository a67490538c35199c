#include "services/opinion/receipt.h"

#include "absl/strings/ascii.h"
#include "common/privacy/cipher.h"
#include "common/privacy/keyring.h"

namespace firstfloor::opinion::receipt {
namespace {

// Characters that are not confused with each other when read aloud or written.
constexpr char kAlphabet[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr int kLength = 14;

}  // namespace

std::string NewCode() {
  // Bytes that would favour some characters are drawn again.
  constexpr int kUsed = sizeof(kAlphabet) - 1;
  std::string code;
  int drawn = 0;
  while (drawn < kLength) {
    char random = 0;
    privacy::FillWithRandom(&random, 1);
    const auto byte = static_cast<unsigned char>(random);
    if (byte >= 256 / kUsed * kUsed) continue;
    if (drawn > 0 && drawn % 4 == 0) code.push_back('-');
    code.push_back(kAlphabet[byte % kUsed]);
    ++drawn;
  }
  return code;
}

std::string IndexOf(absl::string_view code, const privacy::Keyring& keyring) {
  std::string plain;
  for (const char c : code) {
    if (absl::ascii_isalnum(c)) plain.push_back(absl::ascii_toupper(c));
  }
  return keyring.BlindIndex("receipt", plain);
}

}  // namespace firstfloor::opinion::receipt
