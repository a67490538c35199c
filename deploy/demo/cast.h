// Who plays: invented people with real tokens.
#ifndef FIRSTFLOOR_DEPLOY_DEMO_CAST_H_
#define FIRSTFLOOR_DEPLOY_DEMO_CAST_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "common/auth/issuer.h"
#include "deploy/demo/year.h"
#include "firstfloor/type/v1/type.pb.h"

namespace firstfloor::demo {

struct Player {
  std::string subject;
  std::string display_name;
  api::v1::Role role = api::v1::ROLE_UNSPECIFIED;
  std::string area;

  // As a resource names a person.
  type::v1::Person person() const;
};

// Thread-safe.
class Cast {
 public:
  static absl::StatusOr<std::unique_ptr<Cast>> Assemble(const Year& year, const std::string& signing_key_file,
                                                        const std::string& issuer);

  // The same number and role give the same invented person.
  Player Resident(int number, const std::string& area) const;
  Player Volunteer(int number) const;
  Player Steward(int number) const;
  Player Secretary(int number) const;
  Player Property() const;
  Player Staff(int number = 0) const;

  // A token for the player, good for a day; the same one each time.
  std::string TokenFor(const Player& player);

 private:
  Cast(const Year& year, std::unique_ptr<auth::Issuer> issuer) : year_(year), issuer_(std::move(issuer)) {}
  Player Make(const std::string& kind, int number, api::v1::Role role, const std::string& area) const;

  const Year& year_;
  const std::unique_ptr<auth::Issuer> issuer_;
  std::mutex mutex_;
  std::map<std::string, std::string> tokens_;
};

}  // namespace firstfloor::demo

#endif  // FIRSTFLOOR_DEPLOY_DEMO_CAST_H_
