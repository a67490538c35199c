#include "deploy/demo/cast.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/error/macros.h"

namespace firstfloor::demo {

type::v1::Person Player::person() const {
  type::v1::Person person;
  person.set_subject(subject);
  person.set_display_name(display_name);
  return person;
}

absl::StatusOr<std::unique_ptr<Cast>> Cast::Assemble(const Year& year, const std::string& signing_key_file,
                                                     const std::string& issuer) {
  ASSIGN_OR_RETURN(std::unique_ptr<auth::Issuer> made,
                   auth::Issuer::Create(signing_key_file, issuer, "firstfloor"));
  return std::unique_ptr<Cast>(new Cast(year, std::move(made)));
}

Player Cast::Make(const std::string& kind, int number, api::v1::Role role, const std::string& area) const {
  const auto at = static_cast<size_t>(number);
  const std::string& surname = year_.surnames[at % year_.surnames.size()];
  const std::string& given = year_.given[at / year_.surnames.size() % year_.given.size()];
  return {absl::StrCat("demo-", kind, "-", number), surname + given, role, area};
}

Player Cast::Resident(int number, const std::string& area) const {
  return Make("resident", number, api::v1::ROLE_RESIDENT, area);
}
Player Cast::Volunteer(int number) const {
  return Make("volunteer", number, api::v1::ROLE_VOLUNTEER, year_.community);
}
Player Cast::Steward(int number) const {
  return Make("steward", number, api::v1::ROLE_STEWARD, year_.community);
}
Player Cast::Secretary(int number) const {
  return Make("secretary", number, api::v1::ROLE_BRANCH_SECRETARY, year_.community);
}
Player Cast::Property() const { return Make("property", 0, api::v1::ROLE_PROPERTY, year_.community); }
Player Cast::Staff(int number) const {
  return Make("staff", number, api::v1::ROLE_COMMUNITY_STAFF, year_.community);
}

std::string Cast::TokenFor(const Player& player) {
  const std::lock_guard lock(mutex_);
  std::string& token = tokens_[absl::StrCat(player.subject, "@", player.area)];
  if (token.empty()) {
    auth::Identity identity;
    identity.kind = auth::Identity::Kind::kPerson;
    identity.subject = player.subject;
    identity.roles = {{player.role, player.area}};
    identity.may_date_back = true;
    const absl::Time now = absl::Now();
    absl::StatusOr<std::string> issued = issuer_->Issue(identity, now, now + absl::Hours(23));
    if (issued.ok()) token = *std::move(issued);
  }
  return token;
}

}  // namespace firstfloor::demo
