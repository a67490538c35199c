#include "common/events/chain.h"

#include <openssl/evp.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/error/error.h"

namespace firstfloor::events {
namespace {

constexpr absl::string_view kDiverged = "LOG_DIVERGED";

std::array<unsigned char, 8> BigEndian(int64_t number) {
  std::array<unsigned char, 8> bytes;
  auto rest = static_cast<uint64_t>(number);
  for (size_t i = bytes.size(); i-- > 0; rest >>= 8) bytes[i] = static_cast<unsigned char>(rest);
  return bytes;
}

}  // namespace

std::string ChainHash(absl::string_view previous, int64_t seq, absl::string_view body) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const auto place = BigEndian(seq);
  std::string hash(32, '\0');
  const bool done =
      context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1 &&
      EVP_DigestUpdate(context.get(), previous.data(), previous.size()) == 1 &&
      EVP_DigestUpdate(context.get(), place.data(), place.size()) == 1 &&
      EVP_DigestUpdate(context.get(), body.data(), body.size()) == 1 &&
      EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(hash.data()), nullptr) == 1;
  if (!done) std::abort();  // out of memory
  return hash;
}

absl::Status ChainBroken(int64_t seq, absl::string_view how) {
  return error::Make(absl::StatusCode::kDataLoss, "CHAIN_BROKEN", absl::StrCat("event ", seq, ": ", how),
                     {{"seq", absl::StrCat(seq)}});
}

absl::Status LogDiverged(int64_t seq) {
  return error::Precondition(kDiverged, absl::StrCat("the cursor at ", seq, " is not of this log"),
                             {{"seq", absl::StrCat(seq)}});
}

bool IsLogDiverged(const absl::Status& status) {
  return status.code() == absl::StatusCode::kFailedPrecondition && error::ReasonOf(status) == kDiverged;
}

}  // namespace firstfloor::events
