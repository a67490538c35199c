#include "services/gateway/compress.h"

#include <zlib.h>

#include <cstdio>
#include <cstdlib>

namespace firstfloor::gateway {
namespace {

constexpr int kFast = 1;
constexpr int kGzipWindow = 15 + 16;  // the greatest window, in gzip's wrapping
constexpr int kMemoryLevel = 8;

}  // namespace

std::string Gzip(absl::string_view text) {
  z_stream stream = {};
  if (deflateInit2(&stream, kFast, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
    std::fprintf(stderr, "gateway: no memory to compress\n");
    std::abort();
  }
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace firstfloor::gateway
