// A certificate authority of a test and the certificates that it gives.
#ifndef FIRSTFLOOR_TESTS_SUPPORT_CERTIFICATES_H_
#define FIRSTFLOOR_TESTS_SUPPORT_CERTIFICATES_H_

#include <string>

namespace firstfloor::testing {

// Makes everything with the openssl program, in `folder`. Dies with a clear message if that fails.
class Authority {
 public:
  explicit Authority(std::string folder);

  // Gives a certificate for localhost to the identity "spiffe://firstfloor.local/<path>", for example
  // "service/opinion"; the files are `name`.crt and `name`.key.
  void Certify(const std::string& name, const std::string& path) const { Certify(name, path, {}); }
  // The same with something else than usual about it.
  struct Terms {
    std::string names = "DNS:localhost,IP:127.0.0.1";
    std::string trust_domain = "firstfloor.local";
    int days = 2;  // -1: expired
  };
  void Certify(const std::string& name, const std::string& path, const Terms& terms) const;

  std::string certificate() const { return folder_ + "/ca.crt"; }
  std::string certificate(const std::string& name) const { return folder_ + "/" + name + ".crt"; }
  std::string key(const std::string& name) const { return folder_ + "/" + name + ".key"; }

 private:
  const std::string folder_;
};

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_SUPPORT_CERTIFICATES_H_
