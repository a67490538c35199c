#include "services/outreach/enrolment_rules.h"

#include <deque>
#include <map>
#include <random>
#include <vector>

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/outreach/session_rules.h"

namespace firstfloor::outreach::rules {
namespace {

using calendar::ToProto;
using v1::Enrolment;
using v1::Session;

const absl::Time kStart = absl::FromCivil(absl::CivilHour(2023, 5, 10, 18), calendar::Shanghai());

Session Scheduled(int capacity) {
  Session session;
  session.set_name("sessions/01900000-0000-7000-8000-000000000001");
  session.set_state(v1::SESSION_STATE_SCHEDULED);
  session.set_capacity(capacity);
  *session.mutable_window()->mutable_start_time() = ToProto(kStart);
  *session.mutable_window()->mutable_end_time() = ToProto(kStart + absl::Hours(1));
  return session;
}

v1::EnrolRequest Party(int heads, int children = 0) {
  v1::EnrolRequest request;
  request.set_heads(heads);
  request.set_child_heads(children);
  return request;
}

Enrolment In(v1::EnrolmentState state, int heads = 1) {
  Enrolment enrolment;
  enrolment.set_state(state);
  enrolment.set_heads(heads);
  return enrolment;
}

std::string ReasonOf(const absl::Status& status) { return error::ReasonOf(status); }

TEST(EnrolmentRules, EveryStateAllowsJustItsMoves) {
  using State = v1::EnrolmentState;
  using Move = EnrolmentMove;
  const std::map<std::pair<State, Move>, State> allowed = {
      {{v1::ENROLMENT_STATE_WAITLISTED, Move::kPromote}, v1::ENROLMENT_STATE_ENROLLED},
      {{v1::ENROLMENT_STATE_WAITLISTED, Move::kWithdraw}, v1::ENROLMENT_STATE_WITHDRAWN},
      {{v1::ENROLMENT_STATE_ENROLLED, Move::kWithdraw}, v1::ENROLMENT_STATE_WITHDRAWN},
      {{v1::ENROLMENT_STATE_ENROLLED, Move::kCheckIn}, v1::ENROLMENT_STATE_ATTENDED},
      {{v1::ENROLMENT_STATE_ENROLLED, Move::kMiss}, v1::ENROLMENT_STATE_NO_SHOW},
      {{v1::ENROLMENT_STATE_ENROLLED, Move::kUpload}, v1::ENROLMENT_STATE_ATTENDED},
      {{v1::ENROLMENT_STATE_NO_SHOW, Move::kUpload}, v1::ENROLMENT_STATE_ATTENDED},
  };
  for (int state = v1::EnrolmentState_MIN; state <= v1::EnrolmentState_MAX; ++state) {
    for (const Move move : {Move::kPromote, Move::kWithdraw, Move::kCheckIn, Move::kMiss, Move::kUpload}) {
      const absl::StatusOr<State> to = After(In(static_cast<State>(state)), move);
      const auto expected = allowed.find({static_cast<State>(state), move});
      if (expected != allowed.end()) {
        ASSERT_TRUE(to.ok()) << state << " " << static_cast<int>(move);
        EXPECT_EQ(*to, expected->second);
      } else {
        EXPECT_EQ(ReasonOf(to.status()), "ENROLMENT_WRONG_STATE") << state << " " << static_cast<int>(move);
      }
    }
  }
}

TEST(EnrolmentRules, EnrolmentIsOpenWhileScheduledUntilTheStart) {
  Session session = Scheduled(10);
  EXPECT_TRUE(MayEnrol(session, Party(1), kStart - absl::Seconds(1)).ok());
  EXPECT_EQ(ReasonOf(MayEnrol(session, Party(1), kStart)), "ENROLMENT_CLOSED");
  session.set_state(v1::SESSION_STATE_DRAFT);
  EXPECT_EQ(ReasonOf(MayEnrol(session, Party(1), kStart - absl::Hours(1))), "ENROLMENT_NOT_OPEN");
  for (const v1::SessionState over :
       {v1::SESSION_STATE_IN_PROGRESS, v1::SESSION_STATE_COMPLETED, v1::SESSION_STATE_CANCELLED}) {
    session.set_state(over);
    EXPECT_EQ(ReasonOf(MayEnrol(session, Party(1), kStart - absl::Hours(1))), "ENROLMENT_CLOSED");
  }
}

TEST(EnrolmentRules, EnrolmentKeepsItsOwnHours) {
  Session session = Scheduled(10);
  *session.mutable_enrol_open_time() = ToProto(kStart - absl::Hours(5));
  *session.mutable_enrol_close_time() = ToProto(kStart - absl::Hours(1));
  EXPECT_EQ(ReasonOf(MayEnrol(session, Party(1), kStart - absl::Hours(6))), "ENROLMENT_NOT_OPEN");
  EXPECT_TRUE(MayEnrol(session, Party(1), kStart - absl::Hours(5)).ok());
  EXPECT_EQ(ReasonOf(MayEnrol(session, Party(1), kStart - absl::Hours(1))), "ENROLMENT_CLOSED");
}

TEST(EnrolmentRules, APartyLargerThanTheSessionIsRefused) {
  EXPECT_EQ(ReasonOf(MayEnrol(Scheduled(4), Party(5), kStart - absl::Hours(1))), "PARTY_ABOVE_CAPACITY");
  EXPECT_TRUE(MayEnrol(Scheduled(4), Party(4), kStart - absl::Hours(1)).ok());
}

TEST(EnrolmentRules, ChildrenAreHeadcountsUnlessAGuardianAgreed) {
  const Session session = Scheduled(10);
  const absl::Time now = kStart - absl::Hours(1);
  v1::EnrolRequest request = Party(3, 2);
  EXPECT_TRUE(MayEnrol(session, request, now).ok());
  v1::Child* child = request.add_children();
  child->set_display_name("Xiaoming");
  EXPECT_EQ(ReasonOf(MayEnrol(session, request, now)), "CONSENT_MISSING");
  child->mutable_guardian()->set_display_name("Zhang");
  EXPECT_EQ(ReasonOf(MayEnrol(session, request, now)), "CONSENT_MISSING");
  *child->mutable_consent_time() = ToProto(now + absl::Seconds(1));
  EXPECT_EQ(ReasonOf(MayEnrol(session, request, now)), "CONSENT_MISSING");  // not yet
  *child->mutable_consent_time() = ToProto(now);
  EXPECT_TRUE(MayEnrol(session, request, now).ok());
  EXPECT_EQ(ReasonOf(MayEnrol(session, Party(2, 2), now)), "INVALID_FIELD");
}

TEST(EnrolmentRules, NobodyOvertakesTheWaitlist) {
  Session session = Scheduled(10);
  session.set_enrolled_heads(8);
  EXPECT_EQ(PlaceFor(session, 2), v1::ENROLMENT_STATE_ENROLLED);
  EXPECT_EQ(PlaceFor(session, 3), v1::ENROLMENT_STATE_WAITLISTED);
  session.set_waitlisted_heads(3);
  EXPECT_EQ(PlaceFor(session, 1), v1::ENROLMENT_STATE_WAITLISTED);
}

TEST(EnrolmentRules, WalkInsTakePlacesToo) {
  Session session = Scheduled(10);
  session.set_enrolled_heads(5);
  session.add_walk_ins()->set_heads(3);
  EXPECT_EQ(FreePlaces(session), 2);
}

TEST(EnrolmentRules, AWholePartyMovesUpOrNoneOfIt) {
  EXPECT_EQ(Promoted({3, 1, 1}, 2), 0u);
  EXPECT_EQ(Promoted({3, 1, 1}, 3), 1u);
  EXPECT_EQ(Promoted({3, 1, 1}, 4), 2u);
  EXPECT_EQ(Promoted({3, 1, 1}, 9), 3u);
  EXPECT_EQ(Promoted({}, 9), 0u);
}

// A model that says the same in other words: as long as the first of the queue fits, let it in.
size_t PromotedByModel(std::deque<int> queue, int free) {
  size_t parties = 0;
  while (!queue.empty()) {
    if (queue.front() > free) break;
    free -= queue.front();
    queue.pop_front();
    ++parties;
  }
  return parties;
}

TEST(EnrolmentRules, PromotionAgreesWithTheModelAndKeepsItsPromises) {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::vector<int> waiting(random() % 12);
    for (int& heads : waiting) heads = 1 + static_cast<int>(random() % 10);
    const int free = static_cast<int>(random() % 40);
    const size_t parties = Promoted(waiting, free);
    ASSERT_EQ(parties, PromotedByModel({waiting.begin(), waiting.end()}, free));
    int used = 0;
    for (size_t i = 0; i < parties; ++i) used += waiting[i];
    ASSERT_LE(used, free);
    if (parties < waiting.size()) {
      ASSERT_GT(used + waiting[parties], free);
    }
  }
}

// Random enrolments, withdrawals and changes of capacity, decided by the rules, against what must hold.
TEST(EnrolmentRules, TheHouseIsNeverOverfullAndTheQueueStaysInOrder) {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    Session session = Scheduled(5 + static_cast<int>(random() % 20));
    std::vector<Enrolment> all;
    const auto move_up = [&] {
      std::vector<int> heads;
      std::vector<Enrolment*> who;
      for (Enrolment& enrolment : all) {
        if (enrolment.state() != v1::ENROLMENT_STATE_WAITLISTED) continue;
        heads.push_back(enrolment.heads());
        who.push_back(&enrolment);
      }
      const size_t parties = Promoted(heads, FreePlaces(session));
      for (size_t i = 0; i < parties; ++i) {
        who[i]->set_state(v1::ENROLMENT_STATE_ENROLLED);
        session.set_enrolled_heads(session.enrolled_heads() + heads[i]);
        session.set_waitlisted_heads(session.waitlisted_heads() - heads[i]);
      }
    };
    for (int step = 0; step < 100; ++step) {
      const int dice = static_cast<int>(random() % 10);
      if (dice < 6) {
        const int heads = 1 + static_cast<int>(random() % 5);
        all.push_back(In(PlaceFor(session, heads), heads));
        if (all.back().state() == v1::ENROLMENT_STATE_ENROLLED) {
          session.set_enrolled_heads(session.enrolled_heads() + heads);
        } else {
          session.set_waitlisted_heads(session.waitlisted_heads() + heads);
        }
      } else if (dice < 9 && !all.empty()) {
        Enrolment& enrolment = all[random() % all.size()];
        if (!After(enrolment, EnrolmentMove::kWithdraw).ok()) continue;
        if (enrolment.state() == v1::ENROLMENT_STATE_ENROLLED) {
          session.set_enrolled_heads(session.enrolled_heads() - enrolment.heads());
        } else {
          session.set_waitlisted_heads(session.waitlisted_heads() - enrolment.heads());
        }
        enrolment.set_state(v1::ENROLMENT_STATE_WITHDRAWN);
        move_up();
      } else {
        session.set_capacity(session.capacity() + static_cast<int>(random() % 3));
        move_up();
      }
      int enrolled = 0;
      const Enrolment* first_waiting = nullptr;
      for (const Enrolment& enrolment : all) {
        if (enrolment.state() == v1::ENROLMENT_STATE_ENROLLED) enrolled += enrolment.heads();
        if (enrolment.state() == v1::ENROLMENT_STATE_WAITLISTED && first_waiting == nullptr) {
          first_waiting = &enrolment;
        }
      }
      ASSERT_EQ(enrolled, session.enrolled_heads());
      ASSERT_LE(enrolled, session.capacity());
      if (first_waiting != nullptr) {
        ASSERT_GT(first_waiting->heads(), FreePlaces(session));
      }
    }
  }
}

TEST(EnrolmentRules, PromotionAndWithdrawalStopAtTheStart) {
  Session session = Scheduled(10);
  EXPECT_TRUE(MayPromote(session, kStart - absl::Seconds(1)));
  EXPECT_FALSE(MayPromote(session, kStart));
  EXPECT_TRUE(MayWithdraw(session, kStart - absl::Seconds(1)).ok());
  EXPECT_EQ(ReasonOf(MayWithdraw(session, kStart)), "ENROLMENT_CLOSED");
  session.set_state(v1::SESSION_STATE_IN_PROGRESS);
  EXPECT_FALSE(MayPromote(session, kStart - absl::Minutes(10)));
}

TEST(EnrolmentRules, TheDoorOpensHalfAnHourBeforeTheStart) {
  Session session = Scheduled(10);
  EXPECT_EQ(ReasonOf(DoorIsOpen(session, kStart - absl::Minutes(30) - absl::Seconds(1))), "NOT_OPEN");
  EXPECT_TRUE(DoorIsOpen(session, kStart - absl::Minutes(30)).ok());
  session.set_state(v1::SESSION_STATE_DRAFT);
  EXPECT_EQ(ReasonOf(DoorIsOpen(session, kStart)), "NOT_OPEN");
  session.set_state(v1::SESSION_STATE_CANCELLED);
  EXPECT_EQ(ReasonOf(DoorIsOpen(session, kStart)), "CANCELLED");
  session.set_state(v1::SESSION_STATE_COMPLETED);
  EXPECT_EQ(ReasonOf(DoorIsOpen(session, kStart)), "ENDED");
  session.set_state(v1::SESSION_STATE_IN_PROGRESS);
  EXPECT_TRUE(DoorIsOpen(session, kStart + absl::Hours(3)).ok());
}

TEST(EnrolmentRules, RefusedCheckInsSayWhy) {
  const auto check_in = [](v1::EnrolmentState state) {
    Session session = Scheduled(10);
    const absl::Status status = CheckIn(In(state, 3), 0, v1::CHECK_IN_METHOD_STAFF, kStart, session).status();
    EXPECT_EQ(session.checked_in_heads(), 0);
    return ReasonOf(status);
  };
  EXPECT_EQ(check_in(v1::ENROLMENT_STATE_WAITLISTED), "WAITLISTED");
  EXPECT_EQ(check_in(v1::ENROLMENT_STATE_WITHDRAWN), "WITHDRAWN");
  EXPECT_EQ(check_in(v1::ENROLMENT_STATE_ATTENDED), "ALREADY_IN");
  EXPECT_EQ(check_in(v1::ENROLMENT_STATE_NO_SHOW), "ENDED");
}

TEST(EnrolmentRules, PartOfAPartyMayCome) {
  const Enrolment enrolment = In(v1::ENROLMENT_STATE_ENROLLED, 3);
  const auto came = [&](int heads) {
    Session session = Scheduled(10);
    session.set_checked_in_heads(1);
    const absl::StatusOr<Enrolment> in = CheckIn(enrolment, heads, v1::CHECK_IN_METHOD_CODE, kStart, session);
    EXPECT_EQ(ReasonOf(in.status()), in.ok() ? "" : "INVALID_FIELD");
    EXPECT_EQ(session.checked_in_heads(), 1 + (in.ok() ? in->checked_in_heads() : 0));
    return in.ok() ? in->checked_in_heads() : -1;
  };
  EXPECT_EQ(came(0), 3);
  EXPECT_EQ(came(2), 2);
  EXPECT_EQ(came(4), -1);
}

v1::CheckInWalkInRequest WalkInOf(int heads) {
  v1::CheckInWalkInRequest request;
  v1::IdentityHeads* masses = request.add_heads();
  masses->set_identity(v1::IDENTITY_MASSES);
  masses->set_heads(heads);
  return request;
}

TEST(EnrolmentRules, WalkInsYieldToTheEnrolledUntilTheStart) {
  Session session = Scheduled(10);
  session.set_enrolled_heads(8);
  session.set_checked_in_heads(4);
  EXPECT_EQ(ReasonOf(WalkIn(session, WalkInOf(3), kStart - absl::Minutes(1)).status()), "FULL");
  EXPECT_TRUE(WalkIn(session, WalkInOf(2), kStart - absl::Minutes(1)).ok());
  EXPECT_TRUE(WalkIn(session, WalkInOf(6), kStart).ok());
  EXPECT_EQ(ReasonOf(WalkIn(session, WalkInOf(7), kStart).status()), "FULL");
  EXPECT_EQ(ReasonOf(WalkIn(session, WalkInOf(0), kStart).status()), "INVALID_FIELD");
  // Also when it was started before its hour.
  session.set_state(v1::SESSION_STATE_IN_PROGRESS);
  EXPECT_EQ(ReasonOf(WalkIn(session, WalkInOf(3), kStart - absl::Minutes(1)).status()), "FULL");
}

TEST(EnrolmentRules, NobodyWalksInPastThoseWhoWait) {
  Session session = Scheduled(10);
  session.set_enrolled_heads(8);
  session.set_waitlisted_heads(3);  // a party that the two places left do not hold
  EXPECT_EQ(ReasonOf(WalkIn(session, WalkInOf(1), kStart - absl::Minutes(1)).status()), "FULL");
  EXPECT_TRUE(WalkIn(session, WalkInOf(1), kStart).ok());  // nobody moves up any more
  session.set_state(v1::SESSION_STATE_IN_PROGRESS);
  EXPECT_TRUE(WalkIn(session, WalkInOf(1), kStart - absl::Minutes(1)).ok());
}

TEST(EnrolmentRules, WhoComesAfterTheStartFindsThePlacesThatAreLeft) {
  Session session = Scheduled(10);
  session.set_enrolled_heads(10);
  session.set_state(v1::SESSION_STATE_IN_PROGRESS);
  session = *WalkIn(session, WalkInOf(8), kStart);
  const auto late = [&](int heads) {
    return CheckIn(In(v1::ENROLMENT_STATE_ENROLLED, heads), 0, v1::CHECK_IN_METHOD_STAFF, kStart, session)
        .status();
  };
  EXPECT_EQ(ReasonOf(late(3)), "FULL");
  EXPECT_TRUE(late(2).ok());
  EXPECT_EQ(ReasonOf(late(1)), "FULL");
  EXPECT_EQ(Came(session), 10);
}

// Whatever happens at the door, in any order: nobody is inside for whom there is no place, and until the hour
// of the start everybody who is enrolled keeps theirs.
TEST(EnrolmentRules, TheRoomIsNeverOverfull) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    Session session = Scheduled(5 + static_cast<int>(random() % 20));
    std::vector<Enrolment> enrolled;
    while (random() % 8 != 0) {
      enrolled.push_back(In(v1::ENROLMENT_STATE_ENROLLED, 1 + static_cast<int>(random() % 4)));
      if (PlaceFor(session, enrolled.back().heads()) == v1::ENROLMENT_STATE_ENROLLED) {
        session.set_enrolled_heads(session.enrolled_heads() + enrolled.back().heads());
      } else {
        session.set_waitlisted_heads(session.waitlisted_heads() + enrolled.back().heads());
        enrolled.pop_back();
      }
    }
    absl::Time now = kStart - absl::Minutes(30);
    for (int step = 0; step < 60; ++step, now += absl::Minutes(1)) {
      if (random() % 10 == 0 && session.state() == v1::SESSION_STATE_SCHEDULED)
        session = *Start(session, now);
      if (random() % 2 == 0) {
        const absl::StatusOr<Session> more =
            WalkIn(session, WalkInOf(1 + static_cast<int>(random() % 3)), now);
        if (more.ok()) session = *more;
      } else if (!enrolled.empty()) {
        Enrolment& one = enrolled[random() % enrolled.size()];
        const absl::StatusOr<Enrolment> in = CheckIn(one, 0, v1::CHECK_IN_METHOD_STAFF, now, session);
        const bool keeps_place = one.state() == v1::ENROLMENT_STATE_ENROLLED && now < kStart;
        EXPECT_TRUE(in.ok() || !keeps_place) << in.status();
        if (in.ok()) one = *in;
      }
      ASSERT_LE(Came(session), session.capacity());
    }
  }
}

TEST(EnrolmentRules, WalkInsAddUpByIdentity) {
  const Session once = *WalkIn(Scheduled(10), WalkInOf(2), kStart);
  const Session twice = *WalkIn(once, WalkInOf(3), kStart);
  ASSERT_EQ(twice.walk_ins_size(), 1);
  EXPECT_EQ(twice.walk_ins(0).heads(), 5);
}

}  // namespace
}  // namespace firstfloor::outreach::rules
