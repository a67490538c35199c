// Makes the keys and tokens of one machine: for local installations, tests and demonstrations.
#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/auth/issuer.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"

ABSL_FLAG(std::string, folder, "", "keygen: where signing.jwk and jwks.json are written");
ABSL_FLAG(std::string, key_id, "", "keygen, privacy-key: the new key's id");
ABSL_FLAG(std::string, key, "", "issue: signing.jwk");
ABSL_FLAG(std::string, issuer, "firstfloor-local", "issue: the token's iss");
ABSL_FLAG(std::string, audience, "firstfloor", "issue: the token's aud");
ABSL_FLAG(std::string, subject, "local", "issue: the token's sub");
ABSL_FLAG(std::vector<std::string>, role, {}, "issue: STEWARD, …; one --area each");
ABSL_FLAG(std::vector<std::string>, area, {}, "issue: the area of the --role at the same place");
ABSL_FLAG(std::vector<std::string>, grant, {}, "issue: ROLE@AREA");
ABSL_FLAG(bool, as_of, false, "issue: the token allows work dated back");
ABSL_FLAG(absl::Duration, ttl, absl::Hours(12), "issue: how long the token is good, at most 24h");
ABSL_FLAG(std::string, file, "", "privacy-key: the keyring to write");

namespace firstfloor {
namespace {

constexpr char kUsage[] =
    "firstfloor-token keygen --folder=DIR --key_id=ID | "
    "issue --key=FILE --grant=ROLE@AREA,… [--issuer=I] [--audience=A] [--subject=S] [--as_of] [--ttl=12h] | "
    "privacy-key --file=FILE --key_id=ID";

using Arguments = std::vector<std::string>;

absl::Status Mistake(absl::string_view what) { return absl::InvalidArgumentError(what); }

absl::StatusOr<absl::CommandLineFlag*> FindFlag(absl::string_view name) {
  static const std::set<std::string, std::less<>> kOurs = {"folder",   "key_id",  "key",  "issuer",
                                                           "audience", "subject", "role", "area",
                                                           "grant",    "as_of",   "ttl",  "file"};
  absl::CommandLineFlag* flag = kOurs.contains(name) ? absl::FindCommandLineFlag(name) : nullptr;
  if (flag == nullptr) return Mistake(absl::StrCat("unknown flag --", name));
  return flag;
}

// Lists may be given in one flag, with commas, or in several.
absl::Status SetFlag(absl::CommandLineFlag& flag, std::string value) {
  if (flag.IsOfType<std::vector<std::string>>() && !flag.CurrentValue().empty()) {
    value = absl::StrCat(flag.CurrentValue(), ",", value);
  }
  std::string why;
  if (!flag.ParseFrom(value, &why))
    return Mistake(absl::StrCat("--", flag.Name(), ": bad value \"", value, "\""));
  return absl::OkStatus();
}

// Sets the flags and returns what is not a flag. Not absl::ParseCommandLine, which keeps only the last of
// a repeated flag.
absl::StatusOr<Arguments> ReadFlags(const Arguments& arguments) {
  Arguments rest;
  for (size_t i = 0; i < arguments.size(); ++i) {
    absl::string_view argument = arguments[i];
    if (!absl::ConsumePrefix(&argument, "--")) {
      rest.push_back(arguments[i]);
      continue;
    }
    const std::pair<std::string, std::string> parts = absl::StrSplit(argument, absl::MaxSplits('=', 1));
    ASSIGN_OR_RETURN(absl::CommandLineFlag * flag, FindFlag(parts.first));
    std::string value = parts.second;
    if (argument.find('=') == absl::string_view::npos) {
      if (flag->IsOfType<bool>()) {
        value = "true";
      } else if (++i < arguments.size()) {
        value = arguments[i];
      } else {
        return Mistake(absl::StrCat("--", parts.first, " needs a value"));
      }
    }
    RETURN_IF_ERROR(SetFlag(*flag, std::move(value)));
  }
  return rest;
}

absl::Status MustBeSet(const absl::Flag<std::string>& flag, absl::string_view name) {
  return absl::GetFlag(flag).empty() ? Mistake(absl::StrCat("--", name, " is required")) : absl::OkStatus();
}

absl::StatusOr<auth::RoleInArea> ParseGrant(absl::string_view role, absl::string_view area) {
  auth::RoleInArea grant;
  grant.area = std::string(area);
  if (!api::v1::Role_Parse(absl::StrCat("ROLE_", role), &grant.role) ||
      grant.role == api::v1::ROLE_UNSPECIFIED) {
    return Mistake(absl::StrCat("unknown role \"", role, "\""));
  }
  return grant;
}

absl::StatusOr<std::vector<auth::RoleInArea>> GrantsFromFlags() {
  const Arguments roles = absl::GetFlag(FLAGS_role);
  const Arguments areas = absl::GetFlag(FLAGS_area);
  if (roles.size() != areas.size()) return Mistake("give one --area for each --role");
  std::vector<auth::RoleInArea> grants;
  for (size_t i = 0; i < roles.size(); ++i) {
    ASSIGN_OR_RETURN(auth::RoleInArea grant, ParseGrant(roles[i], areas[i]));
    grants.push_back(std::move(grant));
  }
  for (const std::string& text : absl::GetFlag(FLAGS_grant)) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('@', 1));
    ASSIGN_OR_RETURN(auth::RoleInArea grant, ParseGrant(parts.first, parts.second));
    grants.push_back(std::move(grant));
  }
  if (grants.empty()) return Mistake("give at least one --grant=ROLE@AREA");
  return grants;
}

absl::Status Keygen() {
  RETURN_IF_ERROR(MustBeSet(FLAGS_folder, "folder"));
  RETURN_IF_ERROR(MustBeSet(FLAGS_key_id, "key_id"));
  return auth::GenerateKeys(absl::GetFlag(FLAGS_folder), absl::GetFlag(FLAGS_key_id));
}

absl::Status Issue() {
  RETURN_IF_ERROR(MustBeSet(FLAGS_key, "key"));
  auth::Identity identity;
  identity.kind = auth::Identity::Kind::kPerson;
  identity.subject = absl::GetFlag(FLAGS_subject);
  identity.may_date_back = absl::GetFlag(FLAGS_as_of);
  ASSIGN_OR_RETURN(identity.roles, GrantsFromFlags());
  ASSIGN_OR_RETURN(const auto issuer,
                   auth::Issuer::Create(absl::GetFlag(FLAGS_key), absl::GetFlag(FLAGS_issuer),
                                        absl::GetFlag(FLAGS_audience)));
  const absl::Time now = absl::Now();
  ASSIGN_OR_RETURN(const std::string token, issuer->Issue(identity, now, now + absl::GetFlag(FLAGS_ttl)));
  std::cout << token << "\n";
  return absl::OkStatus();
}

absl::Status PrivacyKey() {
  RETURN_IF_ERROR(MustBeSet(FLAGS_file, "file"));
  RETURN_IF_ERROR(MustBeSet(FLAGS_key_id, "key_id"));
  return privacy::Keyring::Generate(absl::GetFlag(FLAGS_file), absl::GetFlag(FLAGS_key_id));
}

absl::Status Run(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const Arguments commands, ReadFlags(arguments));
  if (commands.size() != 1) return Mistake(absl::StrCat("usage: ", kUsage));
  if (commands[0] == "keygen") return Keygen();
  if (commands[0] == "issue") return Issue();
  if (commands[0] == "privacy-key") return PrivacyKey();
  return Mistake(absl::StrCat("unknown command \"", commands[0], "\"; usage: ", kUsage));
}

}  // namespace
}  // namespace firstfloor

int main(int argc, char** argv) {
  const firstfloor::Arguments arguments(argv + 1, argv + argc);
  if (arguments == firstfloor::Arguments{"--help"}) {
    std::cout << firstfloor::kUsage << "\n";
    return 0;
  }
  const absl::Status status = firstfloor::Run(arguments);
  if (status.ok()) return 0;
  std::cerr << "firstfloor-token: " << status.message() << "\n";
  return 2;
}
