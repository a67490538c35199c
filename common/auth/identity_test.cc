#include "common/auth/identity.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "common/auth/authenticator.h"

namespace firstfloor::auth {
namespace {

using api::v1::Access;
using api::v1::Relation;
using api::v1::Role;
using Kind = Identity::Kind;

constexpr char kStreet[] = "340111400";
constexpr char kCommittee[] = "340111400001";
constexpr char kElsewhere[] = "340111401";

Identity Person(std::initializer_list<RoleInArea> roles) {
  Identity identity;
  identity.kind = Kind::kPerson;
  identity.subject = "p1";
  identity.roles = roles;
  return identity;
}

Identity Certified(Kind kind, std::string subject) {
  Identity identity;
  identity.kind = kind;
  identity.subject = std::move(subject);
  return identity;
}

Access Granting(Relation relation, std::initializer_list<Role> roles) {
  Access access;
  auto* grant = access.add_grants();
  grant->set_relation(relation);
  for (const Role role : roles) grant->add_roles(role);
  return access;
}

Access ForService(const std::string& name) {
  Access access;
  access.add_services(name);
  return access;
}

Access ForEverybody() {
  Access access;
  access.set_anonymous(true);
  return access;
}

Access StewardsOrOwners() {
  Access access = Granting(api::v1::RELATION_ANY, {api::v1::ROLE_STEWARD});
  *access.add_grants() = Granting(api::v1::RELATION_OWNER, {api::v1::ROLE_RESIDENT}).grants(0);
  return access;
}

struct Decision {
  const char* what;
  Access access;
  Identity identity;
  std::string area;
  Standing standing;
  bool allows;
  bool may_allow;
};

TEST(Access, IsDecidedAsTheContractSays) {
  constexpr Standing kStranger;
  constexpr Standing kOwner{.owner = true};
  constexpr Standing kParticipant{.participant = true};
  const Identity nobody;
  const Identity steward = Person({{api::v1::ROLE_STEWARD, kStreet}});
  const Identity resident = Person({{api::v1::ROLE_RESIDENT, kCommittee}});
  const Identity nameless = Certified(Kind::kService, "");
  const Identity opinion = Certified(Kind::kService, "opinion");
  const Identity district = Certified(Kind::kDistrict, "340111");
  Identity anonymous_with_role = steward;
  anonymous_with_role.kind = Kind::kAnonymous;
  Identity service_with_role = steward;
  service_with_role.kind = Kind::kService;
  const Access any_steward = Granting(api::v1::RELATION_ANY, {api::v1::ROLE_STEWARD});
  const Access either = Granting(api::v1::RELATION_ANY, {api::v1::ROLE_AUDITOR, api::v1::ROLE_STEWARD});
  const Access owner = Granting(api::v1::RELATION_OWNER, {api::v1::ROLE_RESIDENT});
  const Access participant = Granting(api::v1::RELATION_PARTICIPANT, {api::v1::ROLE_RESIDENT});
  const Access no_relation = Granting(api::v1::RELATION_UNSPECIFIED, {api::v1::ROLE_STEWARD});
  const Access no_role = Granting(api::v1::RELATION_ANY, {});
  const Access unspecified_role = Granting(api::v1::RELATION_ANY, {api::v1::ROLE_UNSPECIFIED});
  const Identity holds_unspecified = Person({{api::v1::ROLE_UNSPECIFIED, kStreet}});

  const Decision decisions[] = {
      {"empty rule, person", Access(), steward, kStreet, kOwner, false, false},
      {"empty rule, service", Access(), opinion, kStreet, kOwner, false, false},
      {"empty rule, nobody", Access(), nobody, kStreet, kOwner, false, false},
      {"anonymous rule, nobody", ForEverybody(), nobody, "", kStranger, true, true},
      {"anonymous rule, person", ForEverybody(), resident, "", kStranger, true, true},
      {"anonymous rule, district", ForEverybody(), district, "", kStranger, true, true},
      {"any, same area", any_steward, steward, kStreet, kStranger, true, true},
      {"any, area below", any_steward, steward, "340111400001-CJ-07", kStranger, true, true},
      {"any, area above", any_steward, steward, "340111", kStranger, false, true},
      {"any, area elsewhere", any_steward, steward, kElsewhere, kStranger, false, true},
      {"any, elsewhere but owner", any_steward, steward, kElsewhere, kOwner, false, true},
      {"any, empty area", any_steward, steward, "", kStranger, false, true},
      {"any, other role", any_steward, resident, kCommittee, kStranger, false, false},
      {"any, second role of the grant", either, steward, kStreet, kStranger, true, true},
      {"any, nobody", any_steward, nobody, kStreet, kStranger, false, false},
      {"any, roles of nobody do not count", any_steward, anonymous_with_role, kStreet, kStranger, false,
       false},
      {"any, roles of a service do not count", any_steward, service_with_role, kStreet, kStranger, false,
       false},
      {"owner, standing so", owner, resident, kElsewhere, kOwner, true, true},
      {"owner, with an empty area", owner, resident, "", kOwner, true, true},
      {"owner, a stranger", owner, resident, kCommittee, kStranger, false, true},
      {"owner, only participant", owner, resident, kCommittee, kParticipant, false, true},
      {"owner, without the role", owner, steward, kStreet, kOwner, false, false},
      {"participant, standing so", participant, resident, kElsewhere, kParticipant, true, true},
      {"participant, only owner", participant, resident, kCommittee, kOwner, false, true},
      {"participant, without the role", participant, steward, kStreet, kParticipant, false, false},
      {"second grant", StewardsOrOwners(), resident, kElsewhere, kOwner, true, true},
      {"second grant, a stranger", StewardsOrOwners(), resident, kCommittee, kStranger, false, true},
      {"no relation", no_relation, steward, kStreet, kOwner, false, false},
      {"no role", no_role, steward, kStreet, kOwner, false, false},
      {"unspecified role", unspecified_role, holds_unspecified, kStreet, kOwner, false, false},
      {"listed service", ForService("opinion"), opinion, "", kStranger, true, true},
      {"unlisted service", ForService("volunteer"), opinion, kStreet, kOwner, false, false},
      {"service without a name", ForService(""), nameless, kStreet, kOwner, false, false},
      {"person named like a service", ForService("p1"), steward, kStreet, kOwner, false, false},
      {"grants are not for services", any_steward, opinion, kStreet, kOwner, false, false},
      {"district", any_steward, district, kStreet, kOwner, false, false},
      {"district named like a service", ForService("340111"), district, kStreet, kOwner, false, false},
  };
  for (const Decision& decision : decisions) {
    EXPECT_EQ(Allows(decision.access, decision.identity, decision.area, decision.standing), decision.allows)
        << decision.what;
    EXPECT_EQ(MayAllow(decision.access, decision.identity), decision.may_allow) << decision.what;
  }
}

TEST(Identity, HoldsARoleInItsAreaOnly) {
  const Identity identity = Person({{api::v1::ROLE_STEWARD, kCommittee},
                                    {api::v1::ROLE_GRID_WORKER, kStreet},
                                    {api::v1::ROLE_AUDITOR, ""}});
  EXPECT_TRUE(identity.Has(api::v1::ROLE_STEWARD, "340111400001-CJ"));
  EXPECT_FALSE(identity.Has(api::v1::ROLE_STEWARD, kStreet));
  EXPECT_TRUE(identity.Has(api::v1::ROLE_GRID_WORKER, kStreet));
  EXPECT_FALSE(identity.Has(api::v1::ROLE_AUDITOR, kStreet));
  EXPECT_FALSE(identity.Has(api::v1::ROLE_AUDITOR, ""));
  EXPECT_TRUE(identity.HasAnywhere(api::v1::ROLE_STEWARD));
  EXPECT_FALSE(identity.HasAnywhere(api::v1::ROLE_RESIDENT));
}

TEST(Certificate, NamesAServiceOrADistrict) {
  const Identity service =
      FromCertificate({"https://example.test", "spiffe://ff.test/service/opinion"}, "ff.test");
  EXPECT_EQ(service.kind, Kind::kService);
  EXPECT_EQ(service.subject, "opinion");
  EXPECT_EQ(service.expires, absl::InfiniteFuture());
  const Identity district = FromCertificate({"spiffe://ff.test/district/340111"}, "ff.test");
  EXPECT_EQ(district.kind, Kind::kDistrict);
  EXPECT_EQ(district.subject, "340111");
}

TEST(Certificate, IsAnonymousIfItSaysNothingThatWeKnow) {
  const std::vector<std::vector<std::string>> unknown = {
      {},
      {""},
      {"spiffe://other.test/service/opinion"},
      {"spiffe://ff.test.evil/service/opinion"},
      {"spiffe://ff.test/service/"},
      {"spiffe://ff.test/service/Opinion"},
      {"spiffe://ff.test/service/opinion/extra"},
      {"spiffe://ff.test/person/opinion"},
      {"spiffe://ff.test/district/"},
      {"spiffe://ff.test/district/34"},
      {"spiffe://ff.test/district/340111400"},
      {"http://ff.test/service/opinion"},
      {"spiffe://ff.test/service/opinion", "spiffe://ff.test/service/volunteer"},
  };
  for (const auto& uris : unknown) {
    EXPECT_EQ(FromCertificate(uris, "ff.test").kind, Kind::kAnonymous) << (uris.empty() ? "" : uris[0]);
  }
  EXPECT_EQ(FromCertificate({"spiffe:///service/opinion"}, "").kind, Kind::kAnonymous);
}

}  // namespace
}  // namespace firstfloor::auth
