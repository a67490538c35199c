// The service on a real database under many callers at once: what must hold at every moment.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "services/outreach/outreach_fixture.h"

namespace firstfloor::outreach {
namespace {

using testing::RequestId;

constexpr int kClients = 8;
constexpr int kMixClients = 16;

// How long the mix goes on: FIRSTFLOOR_MIX_SECONDS, for longer runs by hand.
absl::Duration MixTime() {
  int seconds = 0;
  const char* asked = std::getenv("FIRSTFLOOR_MIX_SECONDS");
  return absl::Seconds(asked != nullptr && absl::SimpleAtoi(asked, &seconds) && seconds > 0 ? seconds : 10);
}

// Runs `work(i)` on one thread for each i and waits for all.
void AtOnce(int threads, const std::function<void(int)>& work) {
  std::atomic<bool> go{false};
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      while (!go) std::this_thread::yield();
      work(i);
    });
  }
  go = true;
  for (std::thread& thread : running) thread.join();
}

class OutreachUnderLoad : public OutreachTest {
 protected:
  // Exactly one of the drafts gets the slot.
  static void ExpectOneWinner(const std::vector<v1::Session>& drafts) {
    std::vector<absl::Status> results(drafts.size());
    AtOnce(static_cast<int>(drafts.size()), [&](int i) {
      results[static_cast<size_t>(i)] = Schedule(drafts[static_cast<size_t>(i)]).status();
    });
    int won = 0;
    for (const absl::Status& result : results) {
      won += result.ok();
      if (!result.ok()) {
        EXPECT_EQ(error::ReasonOf(result), "SLOT_TAKEN") << result;
      }
    }
    EXPECT_EQ(won, 1);
  }

  // Counts and order, from the rows themselves. To be called while nobody changes anything.
  static void ExpectInOrder(const std::string& name) {
    const v1::Session session = Current(name);
    int enrolled = 0;
    int waitlisted = 0;
    int64_t last_enrolled = 0;
    int64_t first_waiting = INT64_MAX;
    int first_waiting_heads = 0;
    std::set<int64_t> numbers;
    for (const v1::Enrolment& enrolment : EnrolmentsOf(name)) {
      EXPECT_TRUE(numbers.insert(enrolment.queue_number()).second);
      if (enrolment.state() == v1::ENROLMENT_STATE_ENROLLED) {
        enrolled += enrolment.heads();
        last_enrolled = std::max(last_enrolled, enrolment.queue_number());
      } else if (enrolment.state() == v1::ENROLMENT_STATE_WAITLISTED) {
        waitlisted += enrolment.heads();
        if (enrolment.queue_number() < first_waiting) {
          first_waiting = enrolment.queue_number();
          first_waiting_heads = enrolment.heads();
        }
      }
    }
    EXPECT_EQ(enrolled, session.enrolled_heads());
    EXPECT_EQ(waitlisted, session.waitlisted_heads());
    EXPECT_LE(enrolled, session.capacity());
    EXPECT_LT(last_enrolled, first_waiting);  // nobody overtook
    if (waitlisted > 0) {
      EXPECT_GT(enrolled + first_waiting_heads, session.capacity());
    }
    EXPECT_EQ(static_cast<int64_t>(numbers.size()), session.last_queue_number());
  }
};

TEST_F(OutreachUnderLoad, TwoHundredEnrolForThirtyPlaces) {
  const v1::Session session = NewScheduled(30, May(12, 10));
  std::atomic<int> enrolled{0};
  std::atomic<int> waitlisted{0};
  AtOnce(200, [&](int number) {
    const absl::StatusOr<v1::Enrolment> enrolment =
        Enrol(session.name(), absl::StrCat("resident-", number), 1, May(2, 9));
    ASSERT_TRUE(enrolment.ok()) << enrolment.status();
    (enrolment->state() == v1::ENROLMENT_STATE_ENROLLED ? enrolled : waitlisted)++;
    // What the caller was told is its place in the order of arrival.
    EXPECT_EQ(enrolment->queue_number() <= 30, enrolment->state() == v1::ENROLMENT_STATE_ENROLLED);
  });
  EXPECT_EQ(enrolled, 30);
  EXPECT_EQ(waitlisted, 170);
  ExpectInOrder(session.name());
}

TEST_F(OutreachUnderLoad, OneOfManyGetsAVenue) {
  for (int round = 0; round < 8; ++round) {
    const v1::Venue venue = NewVenue(30);
    std::vector<v1::Session> drafts;
    for (int i = 0; i < kClients; ++i) {
      drafts.push_back(NewDraft(venue, NewLecturer(), 20, May(10, 9, 5 * i)));
    }
    ExpectOneWinner(drafts);
  }
}

TEST_F(OutreachUnderLoad, OneOfManyGetsALecturer) {
  for (int round = 0; round < 8; ++round) {
    const std::string lecturer = NewLecturer();
    std::vector<v1::Session> drafts;
    for (int i = 0; i < kClients; ++i) {
      drafts.push_back(NewDraft(NewVenue(30), lecturer, 20, May(10, 9, 5 * i)));
    }
    ExpectOneWinner(drafts);
  }
}

TEST_F(OutreachUnderLoad, ThePlacesAndTheQueueHoldUnderAnyMix) {
  const v1::Session session = NewScheduled(20, May(12, 10));  // the venue holds 40
  const absl::Time end = absl::Now() + MixTime();
  std::atomic<bool> over{false};
  std::thread witness([&] {
    while (!over) {
      const v1::Session seen = Current(session.name());
      EXPECT_LE(seen.enrolled_heads(), seen.capacity());
      EXPECT_GE(seen.enrolled_heads(), 0);
      EXPECT_GE(seen.waitlisted_heads(), 0);
    }
  });
  std::atomic<int> changes{0};
  AtOnce(kMixClients, [&](int client) {
    std::mt19937 random(static_cast<unsigned>(client));
    std::map<std::string, std::string> live;  // subject → enrolment
    int number = 0;
    while (absl::Now() < end) {
      const unsigned dice = random() % 10;
      if (dice < 5) {
        const std::string subject = absl::StrCat("mix-", client, "-", number++);
        const int heads = 1 + static_cast<int>(random() % 5);
        const absl::StatusOr<v1::Enrolment> enrolment = Enrol(session.name(), subject, heads, May(2, 9));
        ASSERT_TRUE(enrolment.ok()) << enrolment.status();
        live[subject] = enrolment->name();
      } else if (dice < 9 && !live.empty()) {
        const auto who = std::next(live.begin(), static_cast<int64_t>(random() % live.size()));
        v1::WithdrawEnrolmentRequest request;
        request.set_request_id(RequestId());
        request.set_name(who->second);
        const auto withdrawn = Ask<v1::Enrolment>("EnrolmentService.WithdrawEnrolment", request,
                                                  Resident(who->first, May(2, 9)));
        ASSERT_TRUE(withdrawn.ok()) << withdrawn.status();
        live.erase(who);
      } else {
        v1::UpdateSessionRequest request;
        request.set_request_id(RequestId());
        request.set_name(session.name());
        request.mutable_update_mask()->add_paths("capacity");
        request.set_capacity(10 + static_cast<int>(random() % 31));
        const auto changed = Ask<v1::Session>("SessionService.UpdateSession", request, Staff(May(2, 9)));
        if (!changed.ok()) {
          ASSERT_EQ(error::ReasonOf(changed.status()), "CAPACITY_BELOW_ENROLLED") << changed.status();
        }
      }
      ++changes;
    }
  });
  over = true;
  witness.join();
  EXPECT_GT(changes, 200);
  ExpectInOrder(session.name());
}

}  // namespace
}  // namespace firstfloor::outreach
