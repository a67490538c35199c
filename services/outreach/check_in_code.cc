#include "services/outreach/check_in_code.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/privacy/keyring.h"

namespace firstfloor::outreach::check_in_code {
namespace {

constexpr absl::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kLength = 8;
constexpr int64_t kRemembered = 20;  // steps

int64_t StepOf(absl::Time now) { return absl::ToUnixSeconds(now) / absl::ToInt64Seconds(kStep); }

std::string OfStep(const privacy::Keyring& keyring, absl::string_view session, int64_t step) {
  const std::string mac = keyring.BlindIndex("check-in code", absl::StrCat(session, "/", step));
  uint64_t bits = 0;
  for (size_t i = 0; i < 5; ++i) bits = bits << 8 | static_cast<unsigned char>(mac[i]);
  std::string code;
  for (size_t i = 0; i < kLength; ++i, bits >>= 5) code.push_back(kAlphabet[bits & 31]);
  return code;
}

// Looks at every character whatever it finds.
bool SameCode(absl::string_view a, absl::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < kLength; ++i) {
    difference |= static_cast<unsigned char>(i < a.size() ? a[i] : 0) ^
                  static_cast<unsigned char>(i < b.size() ? b[i] : 0);
  }
  return difference == 0;
}

}  // namespace

std::string At(const privacy::Keyring& keyring, absl::string_view session, absl::Time now) {
  return OfStep(keyring, session, StepOf(now));
}

absl::Time ChangesAt(absl::Time now) { return absl::UnixEpoch() + kStep * (StepOf(now) + 1); }

absl::Status Check(const privacy::Keyring& keyring, absl::string_view session, absl::string_view code,
                   absl::Time now) {
  const std::string given = absl::AsciiStrToUpper(code);
  const int64_t current = StepOf(now);
  bool accepted = false;
  bool expired = false;
  for (int64_t step = current - kRemembered; step <= current + 1; ++step) {
    const bool same = SameCode(given, OfStep(keyring, session, step));
    (step >= current - 1 ? accepted : expired) |= same;
  }
  if (accepted) return absl::OkStatus();
  if (expired) return error::Precondition("CODE_EXPIRED", "the code was shown too long ago");
  return error::Precondition("CODE_WRONG", "this is not the session's code");
}

}  // namespace firstfloor::outreach::check_in_code
