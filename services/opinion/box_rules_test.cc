#include "services/opinion/box_rules.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"

namespace firstfloor::opinion::box_rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

absl::Time At(const char* text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, calendar::Shanghai(), &time, nullptr));
  return time;
}

const absl::Time kNow = At("2023-03-01 10:00");
constexpr char kOpening[] = "boxOpenings/01900000-0000-7000-8000-000000000002";

Box InState(BoxState state) {
  Box box;
  box.set_name("boxes/01900000-0000-7000-8000-000000000001");
  box.set_area("340111400001");
  box.set_place("光荣之家大厅");
  box.mutable_custodian()->set_subject("custodian");
  box.set_opening_interval_days(7);
  box.set_state(state);
  *box.mutable_create_time() = ToProto(kNow);
  *box.mutable_due_time() = ToProto(At("2023-03-09 00:00"));
  return box;
}

BoxWitness Witness(const std::string& subject, int slips) {
  BoxWitness witness;
  witness.mutable_person()->set_subject(subject);
  witness.set_slips(slips);
  return witness;
}

OpenBoxRequest Opening(int first = 3, int second = 3) {
  OpenBoxRequest request;
  *request.add_witnesses() = Witness("resident", first);
  *request.add_witnesses() = Witness("steward", second);
  return request;
}

BoxOpening OpeningIn(BoxOpeningState state, int first = 3, int second = 3, int entered = 0) {
  BoxOpening opening;
  opening.set_name(kOpening);
  opening.set_state(state);
  opening.set_slips_entered(entered);
  *opening.mutable_witnesses() = Opening(first, second).witnesses();
  return opening;
}

std::string ReasonOf(const absl::Status& status) { return error::ReasonOf(status); }

// ---- every state and every move ----

TEST(BoxStates, EveryMoveIsDoneOrRefusedInEveryState) {
  const std::map<Act, std::function<absl::StatusOr<Box>(const Box&)>> functions = {
      {Act::kUpdate,
       [](const Box& box) {
         UpdateBoxRequest request;
         request.mutable_update_mask()->add_paths("place");
         request.set_place("二楼");
         return Update(box, request);
       }},
      {Act::kOpen,
       [](const Box& box) -> absl::StatusOr<Box> {
         const auto opened = Open(box, Opening(), kOpening, kNow);
         if (!opened.ok()) return opened.status();
         return opened->box;
       }},
      {Act::kRemind,
       [](const Box& box) -> absl::StatusOr<Box> {
         const auto reminded = Remind(box, At("2023-03-09 00:00"));
         if (!reminded) return error::Precondition("BOX_WRONG_STATE", "");
         return *reminded;
       }},
      {Act::kRetire, [](const Box& box) { return Retire(box); }},
  };
  // As the design has it: it hangs until it is taken down.
  const std::set<std::pair<BoxState, BoxState>> design = {{BOX_STATE_IN_USE, BOX_STATE_IN_USE},
                                                          {BOX_STATE_IN_USE, BOX_STATE_RETIRED}};
  std::set<std::pair<BoxState, BoxState>> done;
  for (const auto& [act, function] : functions) {
    for (int number = BoxState_MIN; number <= BoxState_MAX; ++number) {
      const Box box = InState(static_cast<BoxState>(number));
      const absl::StatusOr<Box> moved = function(box);
      if (moved.ok()) {
        done.emplace(box.state(), moved->state());
      } else {
        EXPECT_EQ(ReasonOf(moved.status()), "BOX_WRONG_STATE");
      }
    }
  }
  EXPECT_EQ(done, design);
}

TEST(BoxOpeningStates, EveryMoveIsDoneOrRefusedInEveryState) {
  const std::map<OpeningAct, std::function<absl::StatusOr<BoxOpening>(const BoxOpening&)>> functions = {
      {OpeningAct::kEnterSlip, [](const BoxOpening& opening) { return EnterSlip(opening); }},
      {OpeningAct::kRecount, [](const BoxOpening& opening) { return Recount(opening, 0, 5); }},
      {OpeningAct::kComplete,
       [](const BoxOpening& opening) -> absl::StatusOr<BoxOpening> {
         BoxOpening entered = opening;
         entered.set_slips_entered(3);
         const auto emptied = Complete(InState(BOX_STATE_IN_USE), entered, kNow);
         if (!emptied.ok()) return emptied.status();
         return emptied->opening;
       }},
  };
  const std::set<std::pair<BoxOpeningState, BoxOpeningState>> design = {
      {BOX_OPENING_STATE_OPEN, BOX_OPENING_STATE_OPEN}, {BOX_OPENING_STATE_OPEN, BOX_OPENING_STATE_COMPLETE}};
  std::set<std::pair<BoxOpeningState, BoxOpeningState>> done;
  for (const auto& [act, function] : functions) {
    for (int number = BoxOpeningState_MIN; number <= BoxOpeningState_MAX; ++number) {
      const BoxOpening opening = OpeningIn(static_cast<BoxOpeningState>(number));
      const absl::StatusOr<BoxOpening> moved = function(opening);
      if (moved.ok()) {
        done.emplace(opening.state(), moved->state());
      } else {
        EXPECT_EQ(ReasonOf(moved.status()), "BOX_OPENING_WRONG_STATE");
      }
    }
  }
  EXPECT_EQ(done, design);
}

// ---- the opening rhythm ----

TEST(OpeningRhythm, IsDueAtTheEndOfTheLastDay) {
  const Box box = *Hang(InState(BOX_STATE_UNSPECIFIED), At("2023-03-01 23:59"));
  EXPECT_EQ(FromProto(box.due_time()), At("2023-03-09 00:00"));
  EXPECT_EQ(FromProto(Hang(box, At("2023-03-02 00:00"))->due_time()), At("2023-03-10 00:00"));
}

TEST(OpeningRhythm, StartsAnewWithEveryOpening) {
  const Emptied opened = *Open(InState(BOX_STATE_IN_USE), Opening(), kOpening, At("2023-03-05 09:00"));
  EXPECT_EQ(FromProto(opened.box.due_time()), At("2023-03-13 00:00"));
  EXPECT_EQ(FromProto(opened.box.last_opening_time()), At("2023-03-05 09:00"));
}

TEST(OpeningRhythm, FollowsAnotherIntervalFromTheLastOpening) {
  UpdateBoxRequest request;
  request.mutable_update_mask()->add_paths("opening_interval_days");
  request.set_opening_interval_days(30);
  const Box opened = Open(InState(BOX_STATE_IN_USE), Opening(0, 0), kOpening, At("2023-03-05 09:00"))->box;
  EXPECT_EQ(FromProto(Update(opened, request)->due_time()), At("2023-04-05 00:00"));
  request.clear_opening_interval_days();
  EXPECT_EQ(ReasonOf(Update(opened, request).status()), "INVALID_FIELD");
}

TEST(OverdueOpenings, AreRemindedOfAtOnceAndEverySevenDaysForAYear) {
  Box box = InState(BOX_STATE_IN_USE);
  EXPECT_FALSE(Remind(box, At("2023-03-08 23:59")).has_value());
  box = *Remind(box, At("2023-03-09 00:00"));
  EXPECT_EQ(box.reminders(), 1);
  EXPECT_EQ(ReminderTime(box), At("2023-03-16 00:00"));
  EXPECT_FALSE(Remind(box, At("2023-03-15 23:59")).has_value());
  while (ReminderTime(box) != absl::InfiniteFuture()) box = *Remind(box, ReminderTime(box));
  EXPECT_EQ(box.reminders(), 52);
}

TEST(OverdueOpenings, AreForgottenOnceTheBoxIsOpened) {
  const Box reminded = *Remind(InState(BOX_STATE_IN_USE), At("2023-03-09 00:00"));
  const Box opened = Open(reminded, Opening(), kOpening, At("2023-03-10 09:00"))->box;
  EXPECT_EQ(opened.reminders(), 0);
  EXPECT_FALSE(Remind(opened, At("2023-03-16 00:00")).has_value());
}

// ---- two witnesses ----

TEST(Witnesses, AreTwo) {
  OpenBoxRequest request = Opening();
  request.mutable_witnesses()->RemoveLast();
  EXPECT_EQ(ReasonOf(Open(InState(BOX_STATE_IN_USE), request, kOpening, kNow).status()), "INVALID_FIELD");
}

TEST(Witnesses, AreDifferentPeople) {
  OpenBoxRequest request = Opening();
  request.mutable_witnesses(1)->mutable_person()->set_subject("resident");
  EXPECT_EQ(ReasonOf(Open(InState(BOX_STATE_IN_USE), request, kOpening, kNow).status()), "INVALID_FIELD");
}

TEST(Witnesses, WithoutAccountsAreToldApartByNameAndTelephone) {
  OpenBoxRequest request = Opening();
  for (BoxWitness& witness : *request.mutable_witnesses()) {
    witness.mutable_person()->clear_subject();
    witness.mutable_person()->set_display_name("赵虚安");
  }
  EXPECT_EQ(ReasonOf(Open(InState(BOX_STATE_IN_USE), request, kOpening, kNow).status()), "INVALID_FIELD");
  request.mutable_witnesses(1)->mutable_person()->set_phone("+8619900001234");
  EXPECT_TRUE(Open(InState(BOX_STATE_IN_USE), request, kOpening, kNow).ok()) << "two of one name";
  request.mutable_witnesses(1)->mutable_person()->Clear();
  EXPECT_EQ(ReasonOf(Open(InState(BOX_STATE_IN_USE), request, kOpening, kNow).status()), "INVALID_FIELD");
}

TEST(Witnesses, AreNotWhoeverKeepsTheKey) {
  for (const int witness : {0, 1}) {
    OpenBoxRequest request = Opening();
    request.mutable_witnesses(witness)->mutable_person()->set_subject("custodian");
    EXPECT_EQ(ReasonOf(Open(InState(BOX_STATE_IN_USE), request, kOpening, kNow).status()), "INVALID_FIELD");
  }
}

TEST(Boxes, AreEmptiedOneOpeningAtATime) {
  const Box opened = Open(InState(BOX_STATE_IN_USE), Opening(), kOpening, kNow)->box;
  EXPECT_EQ(ReasonOf(Open(opened, Opening(), kOpening, kNow).status()), "BOX_BEING_EMPTIED");
  EXPECT_EQ(ReasonOf(Retire(opened).status()), "BOX_BEING_EMPTIED");
}

// ---- counts must agree before it is complete ----

TEST(Counts, MustAgreeBeforeAnOpeningIsComplete) {
  const Box box = InState(BOX_STATE_IN_USE);
  for (int first = 0; first <= 3; ++first) {
    for (int second = 0; second <= 3; ++second) {
      for (int entered = 0; entered <= 3; ++entered) {
        const auto emptied = Complete(box, OpeningIn(BOX_OPENING_STATE_OPEN, first, second, entered), kNow);
        EXPECT_EQ(emptied.ok(), first == second && second == entered);
        if (!emptied.ok()) {
          EXPECT_EQ(ReasonOf(emptied.status()), "COUNTS_DISAGREE");
        }
      }
    }
  }
}

TEST(Counts, LetAnEmptyBoxBeCompleteAtOnce) {
  const Emptied opened = *Open(InState(BOX_STATE_IN_USE), Opening(0, 0), kOpening, kNow);
  const Emptied emptied = *Complete(opened.box, opened.opening, kNow);
  EXPECT_EQ(emptied.box.opening(), "");
  EXPECT_EQ(emptied.opening.state(), BOX_OPENING_STATE_COMPLETE);
}

TEST(Slips, BecomeNoMoreOpinionsThanEitherWitnessCounted) {
  BoxOpening opening = OpeningIn(BOX_OPENING_STATE_OPEN, 3, 2);
  opening = *EnterSlip(opening);
  opening = *EnterSlip(opening);
  EXPECT_EQ(opening.slips_entered(), 2);
  EXPECT_EQ(ReasonOf(EnterSlip(opening).status()), "SLIPS_ALL_ENTERED");
  opening = *Recount(opening, 1, 3);
  EXPECT_EQ(EnterSlip(opening)->slips_entered(), 3);
}

TEST(Slips, AreCountedByEachWitnessAloneAndByStaffForOneWithoutAnAccount) {
  BoxOpening opening = OpeningIn(BOX_OPENING_STATE_OPEN, 3, 3, 2);
  opening.set_area("340111400001");
  opening.mutable_witnesses(0)->mutable_person()->Clear();
  opening.mutable_witnesses(0)->mutable_person()->set_display_name("周奶奶");
  opening.mutable_witnesses(1)->mutable_person()->set_subject("second");
  const auto person = [&](const char* subject, api::v1::Role role) {
    auth::Identity identity;
    identity.kind = auth::Identity::Kind::kPerson;
    identity.subject = subject;
    identity.roles.push_back({role, opening.area()});
    return identity;
  };
  const auth::Identity second = person("second", api::v1::ROLE_STEWARD);
  const auth::Identity steward = person("steward", api::v1::ROLE_STEWARD);
  const auth::Identity resident = person("resident", api::v1::ROLE_RESIDENT);
  EXPECT_TRUE(CheckCountedBy(opening, 1, second).ok());
  EXPECT_TRUE(CheckCountedBy(opening, 0, steward).ok());
  // Neither does one hand write both counts, nor anybody that of somebody who can do it themself.
  EXPECT_EQ(ReasonOf(CheckCountedBy(opening, 0, second)), "COUNT_OF_ANOTHER");
  EXPECT_EQ(ReasonOf(CheckCountedBy(opening, 1, steward)), "COUNT_OF_ANOTHER");
  EXPECT_EQ(ReasonOf(CheckCountedBy(opening, 0, resident)), "COUNT_OF_ANOTHER");
}

TEST(Slips, CannotBeCountedAwayOnceTheyAreOpinions) {
  const BoxOpening opening = OpeningIn(BOX_OPENING_STATE_OPEN, 3, 3, 2);
  EXPECT_EQ(ReasonOf(Recount(opening, 0, 1).status()), "SLIPS_ENTERED");
  EXPECT_EQ(Recount(opening, 0, 2)->witnesses(0).slips(), 2);
  EXPECT_EQ(Recount(opening, 0, 2)->witnesses(1).slips(), 3);
}

}  // namespace
}  // namespace firstfloor::opinion::box_rules
