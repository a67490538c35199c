#include "common/privacy/erase.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "firstfloor/api/v1/field.pb.h"
#include "firstfloor/deliberation/v1/case.pb.h"
#include "firstfloor/deliberation/v1/order.pb.h"
#include "firstfloor/opinion/v1/opinion.pb.h"
#include "firstfloor/opinion/v1/stall.pb.h"
#include "firstfloor/outreach/v1/enrolment.pb.h"
#include "firstfloor/outreach/v1/venue.pb.h"
#include "firstfloor/volunteer/v1/post.pb.h"
#include "firstfloor/volunteer/v1/project.pb.h"
#include "firstfloor/volunteer/v1/sign_up.pb.h"
#include "firstfloor/volunteer/v1/volunteer.pb.h"
#include "google/protobuf/util/message_differencer.h"

namespace firstfloor::privacy {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kSomebody[] = "account-1";
constexpr char kOther[] = "account-2";

// Erases kSomebody, who is "volunteers/1" too.
bool IsSomebody(const FieldDescriptor& field, const std::string& value) {
  const api::v1::Field& options = field.options().GetExtension(api::v1::field);
  return options.subject() ? value == kSomebody : value == "volunteers/1";
}

type::v1::Person Person(const std::string& subject, const std::string& name) {
  type::v1::Person person;
  person.set_subject(subject);
  person.set_display_name(name);
  person.set_phone("+8613800000001");
  return person;
}

TEST(Erase, TakesEverythingPersonalFromWhatIsAboutThePerson) {
  opinion::v1::Opinion opinion;
  opinion.set_name("opinions/1");
  opinion.set_text("the lamp is broken");
  opinion.set_public_summary("a lamp");
  opinion.add_attachments()->set_uri("https://files.invalid/1");
  *opinion.mutable_reporter() = Person(kSomebody, "张三丰");
  *opinion.mutable_on_behalf_of()->mutable_person() = opinion.reporter();
  opinion.mutable_feedback()->set_text("thanks");
  opinion.mutable_feedback()->set_satisfaction(opinion::v1::SATISFACTION_PARTLY);
  const Erased erased = Erase(opinion, IsSomebody);
  EXPECT_TRUE(erased.any);
  EXPECT_TRUE(erased.owner);
  opinion::v1::Opinion left;
  left.set_name("opinions/1");
  left.set_public_summary("a lamp");
  left.mutable_feedback()->set_satisfaction(opinion::v1::SATISFACTION_PARTLY);
  EXPECT_TRUE(MessageDifferencer::Equals(opinion, left)) << opinion.DebugString();
}

TEST(Erase, LeavesThoseWhoAreNamedBesideThePerson) {
  deliberation::v1::Order order;
  order.set_text("carry the sofa");
  *order.mutable_resident() = Person(kSomebody, "张三丰");
  *order.mutable_steward() = Person(kOther, "李四光");
  EXPECT_TRUE(Erase(order, IsSomebody).owner);
  EXPECT_FALSE(order.has_resident());
  EXPECT_EQ(order.text(), "");
  EXPECT_EQ(order.steward().display_name(), "李四光");
}

TEST(Erase, TakesTheNamingAloneWhereTheMatterIsSomebodyElses) {
  deliberation::v1::Order order;
  order.set_text("ask 张三丰 (13800000001) for the key");
  *order.mutable_resident() = Person(kOther, "李四光");
  *order.mutable_steward() = Person(kSomebody, "张三丰");
  const Erased erased = Erase(order, IsSomebody);
  EXPECT_TRUE(erased.any);
  EXPECT_FALSE(erased.owner);
  EXPECT_FALSE(order.has_steward());
  EXPECT_EQ(order.resident().display_name(), "李四光");
  EXPECT_EQ(order.text(), "ask *** (***) for the key");
}

TEST(Erase, LooksIntoListsAndTouchesNobodyElseThere) {
  deliberation::v1::Case matter;
  matter.set_text("张三丰 drills at night");
  *matter.add_sides()->mutable_representative() = Person(kSomebody, "张三丰");
  matter.mutable_sides(0)->set_description("upstairs");
  matter.mutable_sides(0)->set_asked(true);
  *matter.add_sides()->mutable_representative() = Person(kOther, "李四光");
  matter.mutable_sides(1)->set_description("downstairs");
  *matter.mutable_mediation()->mutable_mediator() = Person(kSomebody, "张三丰");
  matter.mutable_mediation()->set_record("张三丰 agrees");
  deliberation::v1::ResolutionObjection* objection = matter.mutable_resolution()->add_objections();
  *objection->mutable_objector() = Person(kSomebody, "张三丰");
  objection->set_text("I do not");
  objection = matter.mutable_resolution()->add_objections();
  *objection->mutable_objector() = Person(kOther, "李四光");
  objection->set_text("I do");
  const Erased erased = Erase(matter, IsSomebody);
  EXPECT_TRUE(erased.any);
  EXPECT_FALSE(erased.owner);
  EXPECT_EQ(matter.text(), "*** drills at night");
  EXPECT_FALSE(matter.sides(0).has_representative());
  EXPECT_EQ(matter.sides(0).description(), "");
  EXPECT_TRUE(matter.sides(0).asked());
  EXPECT_EQ(matter.sides(1).representative().display_name(), "李四光");
  EXPECT_EQ(matter.sides(1).description(), "downstairs");
  EXPECT_FALSE(matter.mediation().has_mediator());
  EXPECT_EQ(matter.mediation().record(), "*** agrees");
  EXPECT_EQ(matter.resolution().objections(0).text(), "");
  EXPECT_EQ(matter.resolution().objections(1).text(), "I do");
}

TEST(Erase, LeavesANamesakeAlone) {
  opinion::v1::Stall stall;
  *stall.add_team()->mutable_person() = Person(kSomebody, "张三丰");
  *stall.add_team()->mutable_person() = Person(kOther, "张三丰");
  stall.set_note("张三丰 came late");
  EXPECT_TRUE(Erase(stall, IsSomebody).any);
  EXPECT_FALSE(stall.team(0).has_person());
  EXPECT_EQ(stall.team(1).person().display_name(), "张三丰");
  EXPECT_EQ(stall.note(), "*** came late") << "whose name it is cannot be told";
}

TEST(Erase, DoesNotBlankOutWhatIsTooShortToBeAName) {
  opinion::v1::Stall stall;
  *stall.add_team()->mutable_person() = Person(kSomebody, "张");
  stall.set_note("一张桌子");
  EXPECT_TRUE(Erase(stall, IsSomebody).any);
  EXPECT_EQ(stall.note(), "一张桌子");
}

TEST(Erase, TakesAChildWithTheGuardianWhoAgreed) {
  outreach::v1::Enrolment enrolment;
  *enrolment.mutable_person() = Person(kOther, "李四光");
  outreach::v1::Child* child = enrolment.add_children();
  child->set_display_name("小明");
  *child->mutable_guardian() = Person(kSomebody, "张三丰");
  EXPECT_TRUE(Erase(enrolment, IsSomebody).any);
  EXPECT_EQ(enrolment.children(0).display_name(), "");
  EXPECT_FALSE(enrolment.children(0).has_guardian());
  EXPECT_EQ(enrolment.person().display_name(), "李四光");
}

TEST(Erase, FindsThePersonByAPlainSubject) {
  volunteer::v1::Volunteer volunteer;
  volunteer.set_subject(kSomebody);
  volunteer.set_display_name("张三丰");
  volunteer.set_birth_month("2010-05");
  *volunteer.mutable_guardian_consent()->mutable_guardian() = Person(kOther, "张翠山");
  volunteer.add_kinds(volunteer::v1::VOLUNTEER_KIND_YOUTH);
  EXPECT_TRUE(Erase(volunteer, IsSomebody).owner);
  EXPECT_EQ(volunteer.subject() + volunteer.display_name() + volunteer.birth_month(), "");
  EXPECT_FALSE(volunteer.guardian_consent().has_guardian()) << "a guardian of nobody";
  EXPECT_EQ(volunteer.kinds_size(), 1);

  volunteer::v1::Project project;
  project.add_inspections()->set_inspector(kSomebody);
  project.mutable_inspections(0)->set_comment("clean");
  project.add_inspections()->set_inspector(kOther);
  EXPECT_TRUE(Erase(project, IsSomebody).any);
  EXPECT_EQ(project.inspections(0).inspector(), "");
  EXPECT_EQ(project.inspections(0).comment(), "clean");
  EXPECT_EQ(project.inspections(1).inspector(), kOther);
}

TEST(Erase, FindsThePersonByTheResourceThatIsAboutThem) {
  volunteer::v1::SignUp sign_up;
  sign_up.set_volunteer("volunteers/1");
  sign_up.set_no_show_comment("was ill");
  EXPECT_TRUE(Erase(sign_up, IsSomebody).owner);
  EXPECT_EQ(sign_up.volunteer(), "volunteers/1");
  EXPECT_EQ(sign_up.no_show_comment(), "");
  EXPECT_FALSE(Erase(sign_up, IsSomebody).any) << "there is nothing left to erase";
  sign_up.set_volunteer("volunteers/2");
  sign_up.set_no_show_comment("was ill");
  EXPECT_FALSE(Erase(sign_up, IsSomebody).any);
  EXPECT_EQ(sign_up.no_show_comment(), "was ill");
}

TEST(Erase, KeepsTheHolderWhenTheDeputyGoes) {
  volunteer::v1::Post post;
  *post.mutable_holder() = Person(kOther, "李四光");
  *post.mutable_deputy() = Person(kSomebody, "张三丰");
  EXPECT_TRUE(Erase(post, IsSomebody).any);
  EXPECT_FALSE(post.has_deputy());
  EXPECT_TRUE(post.has_holder());
}

TEST(Erase, ChangesNothingWhereThePersonIsNotNamed) {
  deliberation::v1::Case matter;
  matter.set_text("somebody drills at night");
  *matter.add_sides()->mutable_representative() = Person(kOther, "李四光");
  matter.add_sides()->set_description("nobody's account");
  const deliberation::v1::Case before = matter;
  EXPECT_FALSE(Names(matter, IsSomebody));
  EXPECT_FALSE(Erase(matter, IsSomebody).any);
  EXPECT_TRUE(MessageDifferencer::Equals(matter, before));
}

TEST(Erase, KnowsWhichTypesNamePeople) {
  EXPECT_TRUE(NamesPeople(opinion::v1::Stall::descriptor()));
  EXPECT_TRUE(NamesPeople(volunteer::v1::SignUp::descriptor()));
  EXPECT_FALSE(NamesPeople(outreach::v1::Venue::descriptor()));
  EXPECT_THAT(OwnerCollections(volunteer::v1::SignUp::descriptor()), ElementsAre("volunteers"));
  EXPECT_THAT(OwnerCollections(opinion::v1::Opinion::descriptor()), IsEmpty());
}

}  // namespace
}  // namespace firstfloor::privacy
