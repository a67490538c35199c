#include "common/text/keyed_hash.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstdlib>

namespace firstfloor::text {
namespace {

// Only a broken OpenSSL, or a key of another size, fails here; neither leaves anything to hash with.
void Must(bool succeeded) {
  if (!succeeded) std::abort();
}

EVP_MAC* SipHash() {
  static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
  Must(mac != nullptr);
  return mac;
}

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

void KeyedHash::Free::operator()(evp_mac_ctx_st* context) const { EVP_MAC_CTX_free(context); }

KeyedHash::KeyedHash(absl::string_view key) : key_(key), context_(EVP_MAC_CTX_new(SipHash())) {
  Must(key.size() == kKeyBytes && context_ != nullptr);
  // Set once: setting it anew for every piece would take as long as hashing it.
  size_t size = sizeof(uint64_t);
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                                   OSSL_PARAM_construct_end()};
  Must(EVP_MAC_CTX_set_params(context_.get(), parameters) == 1);
}

uint64_t KeyedHash::operator()(char kind, absl::string_view piece) {
  unsigned char digest[sizeof(uint64_t)];
  size_t written = 0;
  Must(EVP_MAC_init(context_.get(), Bytes(key_), key_.size(), nullptr) == 1 &&
       EVP_MAC_update(context_.get(), Bytes(absl::string_view(&kind, 1)), 1) == 1 &&
       EVP_MAC_update(context_.get(), Bytes(piece), piece.size()) == 1 &&
       EVP_MAC_final(context_.get(), digest, &written, sizeof(digest)) == 1 && written == sizeof(digest));
  uint64_t hash = 0;
  for (size_t i = 0; i < sizeof(digest); ++i) hash |= uint64_t{digest[i]} << (8 * i);
  return hash;
}

}  // namespace firstfloor::text
