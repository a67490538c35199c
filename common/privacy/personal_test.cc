#include "common/privacy/personal.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "resident.pb.h"

namespace firstfloor::privacy {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using testdata::Building;
using testdata::Contact;
using testdata::Family;
using testdata::Home;
using testdata::Resident;
using testdata::Tree;

template <typename Type>
Type Parse(const std::string& text) {
  Type message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// Everything that is personal says SECRET, 77 or 78; nothing else does.
Resident FullResident() {
  return Parse<Resident>(R"(
    name: "residents/1" display_name: "SECRET" alias: "" birth_month: 77 income: 0 score: 77.5
    identity: IDENTITY_CADRE photo: "SECRET" birth_time { seconds: 77 }
    home { area: "SECRET" door: "SECRET" floor: 77 since {} building { code: "SECRET" } notes { key: "SECRET" value: "SECRET" } }
    contact { relation: "son" phone: "SECRET" nickname: "" }
    relatives { relation: "son" phone: "SECRET" } relatives { relation: "aunt" } relatives {}
    doctors { key: "a" value { relation: "doctor" phone: "SECRET" } } doctors { key: "b" value {} }
    hobbies: "SECRET" hobbies: "" hobbies: "SECRET" lucky_numbers: 0 lucky_numbers: 77
    accounts { key: "SECRET" value: "SECRET" } former_homes { door: "SECRET" } former_homes {}
    email: "SECRET" building { code: "b" tags: "t" } buildings { code: "c" } buildings {}
    family { area: "a" surname: "SECRET" parent { area: "p" parent { surname: "SECRET" } }
             branches { area: "x" surname: "SECRET" } }
    create_time { seconds: 5 } remark: "")");
}

bool HoldsSecret(const google::protobuf::Message& message) {
  const std::string text = message.DebugString();
  return text.find("SECRET") != std::string::npos || text.find("77") != std::string::npos ||
         text.find("CADRE") != std::string::npos;
}

void ExpectSplitAndRestored(const Resident& original) {
  Resident whole = original;
  Resident personal;
  Split(whole, personal);
  EXPECT_FALSE(HoldsSecret(whole)) << whole.DebugString();
  Resident restored = whole;
  MergeBack(restored, personal);
  EXPECT_TRUE(MessageDifferencer::Equals(restored, original)) << restored.DebugString() << "instead of\n"
                                                              << original.DebugString();
}

Resident MaskedCopy(Resident resident) {
  Mask(resident);
  return resident;
}

Resident Named(const std::string& name) {
  Resident resident;
  resident.set_display_name(name);
  return resident;
}

TEST(HasPersonal, LooksAtAnyDepth) {
  EXPECT_TRUE(HasPersonal(Resident::descriptor()));
  EXPECT_TRUE(HasPersonal(Contact::descriptor()));
  EXPECT_FALSE(HasPersonal(Building::descriptor()));
  EXPECT_FALSE(HasPersonal(Home::descriptor())) << "personal only where a field says so";
}

TEST(HasPersonal, EndsForTypesThatReachThemselves) {
  EXPECT_TRUE(HasPersonal(Family::descriptor()));
  EXPECT_FALSE(HasPersonal(Tree::descriptor()));
}

TEST(Split, LeavesNothingPersonalAndIsUndoneByMergeBack) { ExpectSplitAndRestored(FullResident()); }

TEST(Split, MovesPersonalFieldsAndNothingElse) {
  Resident whole = FullResident();
  Resident personal;
  Split(whole, personal);
  EXPECT_TRUE(MessageDifferencer::Equals(whole, Parse<Resident>(R"(
      name: "residents/1" contact { relation: "son" } building { code: "b" tags: "t" }
      buildings { code: "c" } buildings {} family { area: "a" parent { area: "p" parent {} } }
      create_time { seconds: 5 } remark: "")")))
      << whole.DebugString();
  EXPECT_EQ(personal.name(), "");
  EXPECT_EQ(personal.contact().relation(), "");
  EXPECT_FALSE(personal.has_building());
  EXPECT_EQ(personal.contact().phone(), "SECRET");
  EXPECT_EQ(personal.relatives_size(), 3);
  EXPECT_EQ(personal.doctors_size(), 2);
}

TEST(Split, KeepsThePresenceOfEmptyOptionalFields) {
  Resident whole = Parse<Resident>(R"(alias: "" income: 0 home {} birth_time {} contact { nickname: "" })");
  const Resident original = whole;
  Resident personal;
  Split(whole, personal);
  EXPECT_FALSE(whole.has_alias() || whole.has_income() || whole.has_home() || whole.has_birth_time());
  EXPECT_FALSE(whole.contact().has_nickname());
  MergeBack(whole, personal);
  EXPECT_TRUE(whole.has_alias() && whole.has_income() && whole.has_home() && whole.has_birth_time());
  EXPECT_TRUE(whole.contact().has_nickname());
  EXPECT_TRUE(MessageDifferencer::Equals(whole, original));
}

TEST(Split, RestoresEveryMemberOfAOneof) {
  for (const char* text :
       {R"(email: "SECRET")", R"(email: "")", R"(public_channel: "open")", R"(public_channel: "")",
        R"(reach_contact { relation: "son" phone: "SECRET" })", R"(reach_contact { relation: "son" })",
        "reach_contact {}", R"(reach_home { door: "SECRET" })", "reach_home {}", "reach_number: 77",
        "reach_number: 0", ""}) {
    ExpectSplitAndRestored(Parse<Resident>(text));
  }
}

TEST(Split, LeavesTheOtherMembersOfAOneofAlone) {
  Resident whole = Parse<Resident>(R"(public_channel: "open")");
  Resident personal;
  Split(whole, personal);
  EXPECT_EQ(whole.public_channel(), "open");
  EXPECT_EQ(personal.ByteSizeLong(), 0u);
}

TEST(Split, OfAMessageWithoutPersonalContentMovesNothing) {
  Resident whole =
      Parse<Resident>(R"(name: "n" contact { relation: "son" } family { parent { area: "a" } })");
  const Resident original = whole;
  Resident personal;
  Split(whole, personal);
  EXPECT_TRUE(MessageDifferencer::Equals(whole, original));
  EXPECT_EQ(personal.ByteSizeLong(), 0u);
}

TEST(Split, DropsWhatPersonalHeldBefore) {
  Resident whole = Named("SECRET");
  Resident personal = Parse<Resident>(R"(alias: "stale" name: "stale")");
  Split(whole, personal);
  EXPECT_TRUE(MessageDifferencer::Equals(personal, Named("SECRET")));
}

TEST(Split, WorksAcrossArenas) {
  google::protobuf::Arena arena;
  auto* whole = google::protobuf::Arena::CreateMessage<Resident>(&arena);
  *whole = FullResident();
  Resident personal;
  Split(*whole, personal);
  EXPECT_FALSE(HoldsSecret(*whole));
  MergeBack(*whole, personal);
  EXPECT_TRUE(MessageDifferencer::Equals(*whole, FullResident()));
}

TEST(Split, SurvivesTheWayThroughBytes) {
  Resident whole = FullResident();
  Resident personal;
  Split(whole, personal);
  Resident restored, read;
  ASSERT_TRUE(restored.ParseFromString(whole.SerializeAsString()));
  ASSERT_TRUE(read.ParseFromString(personal.SerializeAsString()));
  MergeBack(restored, read);
  EXPECT_TRUE(MessageDifferencer::Equals(restored, FullResident()));
}

TEST(Mask, KeepsTheFirstCodePointOfAString) {
  EXPECT_EQ(MaskedCopy(Named("张三")).display_name(), "张*");
  EXPECT_EQ(MaskedCopy(Named("欧阳修文")).display_name(), "欧*");
  EXPECT_EQ(MaskedCopy(Named("𠮷田")).display_name(), "𠮷*");
  EXPECT_EQ(MaskedCopy(Named("Al")).display_name(), "A*");
  EXPECT_EQ(MaskedCopy(Named("张")).display_name(), "*");
  EXPECT_EQ(MaskedCopy(Named("")).display_name(), "");
}

TEST(Mask, ClearsLongTexts) {
  EXPECT_EQ(MaskedCopy(Named(std::string(32, 'x'))).display_name(), "x*");
  EXPECT_EQ(MaskedCopy(Named(std::string(33, 'x'))).display_name(), "");
  std::string chinese;
  for (int i = 0; i < 32; ++i) absl::StrAppend(&chinese, "好");
  EXPECT_EQ(MaskedCopy(Named(chinese)).display_name(), "好*");
  EXPECT_EQ(MaskedCopy(Named(chinese + "好")).display_name(), "");
}

TEST(Mask, KeepsTheEndsOfATelephoneNumber) {
  EXPECT_EQ(MaskedCopy(Named("+8613812345678")).display_name(), "+86138******78");
  EXPECT_EQ(MaskedCopy(Named("13812345678")).display_name(), "138******78");
  EXPECT_EQ(MaskedCopy(Named("+442071234567")).display_name(), "+442*******67");
}

TEST(Mask, DoesNotTakeOtherNumbersForTelephoneNumbers) {
  EXPECT_EQ(MaskedCopy(Named("340111195001011234")).display_name(), "3*");
  EXPECT_EQ(MaskedCopy(Named("23812345678")).display_name(), "2*");
  EXPECT_EQ(MaskedCopy(Named("+86138abc5678")).display_name(), "+*");
}

TEST(Mask, ClearsBytesNumbersEnumsTimesAndMaps) {
  const Resident masked = MaskedCopy(FullResident());
  EXPECT_FALSE(HoldsSecret(masked)) << masked.DebugString();
  EXPECT_FALSE(masked.has_birth_time());
  EXPECT_FALSE(masked.has_income());
  EXPECT_EQ(masked.photo(), "");
  EXPECT_EQ(masked.lucky_numbers_size(), 0);
  EXPECT_EQ(masked.accounts_size(), 0);
}

TEST(Mask, GoesIntoListsMapsAndMessages) {
  const Resident masked = MaskedCopy(FullResident());
  EXPECT_EQ(masked.contact().phone(), "S*");
  EXPECT_EQ(masked.contact().relation(), "son");
  EXPECT_EQ(masked.relatives(0).phone(), "S*");
  EXPECT_EQ(masked.relatives(0).relation(), "son");
  EXPECT_EQ(masked.relatives_size(), 3);
  EXPECT_EQ(masked.doctors().at("a").phone(), "S*");
  EXPECT_EQ(masked.doctors().at("a").relation(), "doctor");
  EXPECT_EQ(masked.hobbies(0), "S*");
  EXPECT_EQ(masked.hobbies_size(), 3);
  EXPECT_EQ(masked.email(), "S*");
  EXPECT_EQ(masked.family().branches(0).surname(), "S*");
  EXPECT_EQ(masked.family().branches(0).area(), "x");
  EXPECT_EQ(masked.family().parent().parent().surname(), "S*");
}

TEST(Mask, MasksPersonalMessagesFieldByField) {
  Resident resident = Parse<Resident>(R"(
    home { area: "340111400" door: "1802" floor: 18 plan: "x" occupants: "张三" since { seconds: 1 }
           building { code: "CJ" tags: "new" } notes { key: "a" value: "b" }
           extra { fields { key: "a" value { string_value: "b" } } } identity: IDENTITY_CADRE })");
  Mask(resident);
  EXPECT_TRUE(MessageDifferencer::Equals(resident, Parse<Resident>(R"(
    home { area: "3*" door: "1*" occupants: "张*" building { code: "C*" tags: "n*" } })")))
      << resident.DebugString();
}

TEST(Mask, DropsUnknownFieldsOfPersonalMessages) {
  Resident resident = FullResident();
  resident.mutable_home()->GetReflection()->MutableUnknownFields(resident.mutable_home())->AddVarint(99, 77);
  EXPECT_TRUE(HoldsSecret(resident));
  Mask(resident);
  EXPECT_FALSE(HoldsSecret(resident));
}

TEST(Mask, LeavesTheRestAsItIs) {
  const Resident masked = MaskedCopy(FullResident());
  EXPECT_EQ(masked.name(), "residents/1");
  EXPECT_EQ(masked.building().tags(0), "t");
  EXPECT_EQ(masked.buildings_size(), 2);
  EXPECT_EQ(masked.create_time().seconds(), 5);
  EXPECT_TRUE(masked.has_remark());
}

TEST(Strip, ClearsEveryPersonalFieldAndNothingElse) {
  Resident stripped = FullResident();
  Strip(stripped);
  EXPECT_TRUE(MessageDifferencer::Equals(stripped, Parse<Resident>(R"(
      name: "residents/1" contact { relation: "son" }
      relatives { relation: "son" } relatives { relation: "aunt" } relatives {}
      doctors { key: "a" value { relation: "doctor" } } doctors { key: "b" value {} }
      building { code: "b" tags: "t" } buildings { code: "c" } buildings {}
      family { area: "a" parent { area: "p" parent {} } branches { area: "x" } }
      create_time { seconds: 5 } remark: "")")))
      << stripped.DebugString();
}

TEST(Strip, OfAMapHoldsAfterTheWayThroughBytes) {
  Resident stripped = FullResident();
  EXPECT_EQ(stripped.doctors().at("a").phone(), "SECRET");
  Strip(stripped);
  Resident read;
  ASSERT_TRUE(read.ParseFromString(stripped.SerializeAsString()));
  EXPECT_EQ(read.doctors_size(), 2);
  EXPECT_EQ(read.doctors().at("a").phone(), "");
}

TEST(Plans, AreMadeOnceByManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([] {
      for (int round = 0; round < 50; ++round) ExpectSplitAndRestored(FullResident());
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace firstfloor::privacy
