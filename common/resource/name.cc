#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/error/error.h"
#include "common/resource/table.h"

namespace firstfloor::resource {
namespace {

constexpr size_t kBytes = 16;
constexpr absl::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
constexpr absl::string_view kDigits = "0123456789abcdef";

std::string RandomBytes() {
  std::string bytes(kBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), kBytes) != 1) {
    std::fprintf(stderr, "the system gives no random numbers\n");
    std::abort();
  }
  return bytes;
}

std::string WithVersion(std::string bytes, int version) {
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | (version << 4));
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  return bytes;
}

// Milliseconds and, in the lowest 12 bits, 4096ths of one: what a UUIDv7 begins with. Never twice the same
// in a process, and never less than before.
int64_t NextTick(absl::Time time) {
  static std::atomic<int64_t> last{0};
  const int64_t micros = std::max<int64_t>(absl::ToUnixMicros(time), 0);
  const int64_t tick = (micros / 1000) << 12 | (micros % 1000) * 4096 / 1000;
  int64_t before = last.load(std::memory_order_relaxed);
  int64_t next = 0;
  do {
    next = std::max(tick, before + 1);
  } while (!last.compare_exchange_weak(before, next, std::memory_order_relaxed));
  return next;
}

std::string TimeOrderedBytes(absl::Time time) {
  const int64_t tick = NextTick(time);
  std::string bytes = RandomBytes();
  const int64_t millis = tick >> 12;
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<char>(millis >> (40 - 8 * i));
  bytes[6] = static_cast<char>((tick >> 8) & 0x0f);
  bytes[7] = static_cast<char>(tick & 0xff);
  return WithVersion(std::move(bytes), 7);
}

}  // namespace

std::string UuidText(absl::string_view bytes) {
  if (bytes.size() != kBytes) return "";
  std::string text(kForm);
  size_t nibble = 0;
  for (char& c : text) {
    if (c == '-') continue;
    const auto byte = static_cast<unsigned char>(bytes[nibble / 2]);
    c = kDigits[nibble % 2 == 0 ? byte >> 4 : byte & 0x0f];
    ++nibble;
  }
  return text;
}

std::string UuidBytes(absl::string_view text) {
  if (text.size() != kForm.size()) return "";
  std::string bytes;
  int half = -1;
  for (size_t i = 0; i < text.size(); ++i) {
    if (kForm[i] == '-') {
      if (text[i] != '-') return "";
      continue;
    }
    const size_t digit = kDigits.find(text[i]);
    if (digit == absl::string_view::npos) return "";
    if (half < 0) {
      half = static_cast<int>(digit);
    } else {
      bytes.push_back(static_cast<char>(half << 4 | static_cast<int>(digit)));
      half = -1;
    }
  }
  return bytes;
}

std::string NewUuid() { return UuidText(WithVersion(RandomBytes(), 4)); }

std::string NameOf(absl::string_view collection, absl::string_view id) {
  return absl::StrCat(collection, "/", UuidText(id));
}

std::string NewName(absl::string_view collection, absl::Time time) {
  return NameOf(collection, TimeOrderedBytes(time));
}

std::string DerivedName(absl::string_view collection, absl::string_view seed) {
  const std::string text = absl::StrCat(collection, "/", seed);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  const absl::string_view bytes(reinterpret_cast<const char*>(digest.data()), kBytes);
  return NameOf(collection, WithVersion(std::string(bytes), 8));
}

absl::StatusOr<std::string> IdOf(absl::string_view collection, absl::string_view name) {
  absl::string_view rest = name;
  if (absl::ConsumePrefix(&rest, collection) && absl::ConsumePrefix(&rest, "/")) {
    if (std::string id = UuidBytes(rest); !id.empty()) return id;
  }
  return error::InvalidField("name", absl::StrCat("must be ", collection, "/{uuid} in lower case"));
}

absl::StatusOr<int64_t> VersionOf(absl::string_view etag) {
  int64_t version = 0;
  const auto [end, problem] = std::from_chars(etag.data(), etag.data() + etag.size(), version);
  const bool whole = problem == std::errc() && end == etag.data() + etag.size();
  if (whole && version > 0 && etag.front() != '0') return version;
  return error::InvalidField("etag", "must be the etag of a resource as it was read");
}

}  // namespace firstfloor::resource
