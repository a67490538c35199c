#include "tests/support/certificates.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/testing/place.h"
#include "common/testing/process.h"

namespace firstfloor::testing {
namespace {

void OpenSsl(const std::string& folder, std::vector<std::string> arguments) {
  const std::string log = folder + "/openssl.log";
  arguments.insert(arguments.begin(), "openssl");
  if (RunToEnd(std::move(arguments), {.output = log}) == 0) return;
  std::stringstream said;
  said << std::ifstream(log).rdbuf();
  std::fprintf(stderr, "openssl failed:\n%s\n", said.str().c_str());
  std::abort();
}

void NewKey(const std::string& folder, const std::string& file) {
  OpenSsl(folder, {"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file});
}

}  // namespace

Authority::Authority(std::string folder) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
  NewKey(folder_, key("ca"));
  OpenSsl(folder_, {"req", "-x509", "-new", "-key", key("ca"), "-sha256", "-days", "2", "-subj",
                    "/O=FirstFloor/CN=Test CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out",
                    certificate()});
}

void Authority::Certify(const std::string& name, const std::string& path, const Terms& terms) const {
  const std::string request = absl::StrCat(folder_, "/", name, ".request");
  const std::string extensions = absl::StrCat(folder_, "/", name, ".extensions");
  std::ofstream(extensions) << "basicConstraints=critical,CA:FALSE\n"
                               "keyUsage=critical,digitalSignature\n"
                               "extendedKeyUsage=serverAuth,clientAuth\n"
                               "subjectAltName="
                            << terms.names << ",URI:spiffe://" << terms.trust_domain << "/" << path << "\n";
  NewKey(folder_, key(name));
  OpenSsl(folder_, {"req", "-new", "-key", key(name), "-sha256", "-subj",
                    absl::StrCat("/O=FirstFloor/CN=", name), "-out", request});
  OpenSsl(folder_, {"x509", "-req", "-in", request, "-CA", certificate(), "-CAkey", key("ca"), "-sha256",
                    "-days", absl::StrCat(terms.days), "-extfile", extensions, "-set_serial",
                    absl::StrCat("0x1", RandomWord()), "-out", certificate(name)});
}

}  // namespace firstfloor::testing
