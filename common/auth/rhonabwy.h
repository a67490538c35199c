// Ownership for rhonabwy's handles. Included by common/auth/*.cc only.
#ifndef FIRSTFLOOR_COMMON_AUTH_RHONABWY_H_
#define FIRSTFLOOR_COMMON_AUTH_RHONABWY_H_

#include <rhonabwy.h>

#include <memory>
#include <string>

namespace firstfloor::auth {

struct FreeJwk {
  void operator()(jwk_t* jwk) const { r_jwk_free(jwk); }
};
struct FreeJwt {
  void operator()(jwt_t* jwt) const { r_jwt_free(jwt); }
};
struct FreeText {
  void operator()(char* text) const { r_free(text); }
};
using JwkPtr = std::unique_ptr<jwk_t, FreeJwk>;
using JwtPtr = std::unique_ptr<jwt_t, FreeJwt>;
using TextPtr = std::unique_ptr<char, FreeText>;

// Before anything else of rhonabwy, once a process.
inline void InitializeRhonabwy() {
  static const int initialized = r_global_init();
  (void)initialized;
}

// Null if out of memory.
inline JwkPtr NewJwk() {
  jwk_t* jwk = nullptr;
  return JwkPtr(r_jwk_init(&jwk) == RHN_OK ? jwk : nullptr);
}

inline JwtPtr NewJwt() {
  jwt_t* jwt = nullptr;
  return JwtPtr(r_jwt_init(&jwt) == RHN_OK ? jwt : nullptr);
}

// Null if `json` is not a key.
inline JwkPtr JwkFromJson(const std::string& json) {
  JwkPtr jwk = NewJwk();
  if (jwk == nullptr || r_jwk_import_from_json_str(jwk.get(), json.c_str()) != RHN_OK) return nullptr;
  return jwk;
}

}  // namespace firstfloor::auth

#endif  // FIRSTFLOOR_COMMON_AUTH_RHONABWY_H_
