// Watches of opinions on the running service.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "services/opinion/opinion_fixture.h"

namespace firstfloor::opinion {
namespace {

using testing::As;
using ::testing::ElementsAre;
using ::testing::Pair;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

constexpr char kWatch[] = "firstfloor.opinion.v1.OpinionService.WatchOpinions";

TEST_F(OpinionStories, NobodyWhoWatchesAnAreaIsToldOfWhatIsAboutStaff) {
  WatchOpinionsRequest watch;
  watch.set_area("340111400");
  WatchOpinionsResponse message;
  const auto until = [&](const std::function<bool()>& enough) {
    const absl::Status status = suite().client("opinion").Watch(
        kWatch, watch, message, [&] { return !enough(); }, suite().Options(OfTheCommunity()));
    EXPECT_TRUE(status.ok()) << status;
  };
  until([] { return true; });
  watch.set_cursor(message.cursor());
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_about_staff(true);
  const std::string hidden = Submitted(request, Resident("r8")).opinion().name();
  Triaged(hidden, OfTheCommunity());
  const std::string seen = Said(Resident("r8"));
  until([&] {
    EXPECT_NE(message.name(), hidden);
    return message.name() == seen;
  });
}

TEST_F(OpinionStories, WhoeverEnteredItForAnotherIsNotTakenForItsReporter) {
  const As steward = Steward();
  WatchOpinionsRequest watch;
  watch.set_mine(true);
  Told(watch, steward, AtOnce);
  // Somebody without an account said it at the steward's desk, and somebody with one.
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_channel(OPINION_CHANNEL_STEWARD_DESK);
  request.mutable_opinion()->mutable_reporter()->set_display_name("孙奶奶");
  const std::string without_account = Submitted(request, steward).opinion().name();
  request = Submission();
  request.mutable_on_behalf_of()->mutable_person()->set_subject("with-account");
  request.mutable_on_behalf_of()->set_channel(type::v1::PROXY_CHANNEL_PHONE);
  request.mutable_on_behalf_of()->set_reason("她不用手机");
  const std::string with_account = Submitted(request, steward).opinion().name();
  const std::string own = Said(steward);
  ConfineOpinionRequest confine;
  confine.set_about_staff(true);
  confine.set_reason_code("ABOUT_THE_STEWARD");
  Done("ConfineOpinion", without_account, confine, OfTheCommunity());
  EXPECT_THAT(Told(watch, steward, [](const auto& names) { return !names.empty(); }), ElementsAre(own));
  Triaged(with_account, OfTheCommunity());
  Triaged(own, OfTheCommunity());
  EXPECT_THAT(Told(watch, steward, [](const auto& names) { return !names.empty(); }), ElementsAre(own));
}

TEST_F(OpinionStories, WhatIsReassignedOutOfAWatchedAreaIsToldALastTime) {
  const As steward = Steward("340111400001-CJ");
  WatchOpinionsRequest watch;
  watch.set_area("340111400001-CJ");
  Told(watch, steward, AtOnce);
  const std::string name = Said(Resident("mover"));
  Triaged(name, steward);
  ReassignOpinionRequest reassign;
  reassign.set_area("340111400002-HY");
  Done("ReassignOpinion", name, reassign, OfTheCommunity());
  Done("StartOpinion", name, StartOpinionRequest(), OfTheCommunity());
  const std::string after = Said(Resident("stayer"));
  std::vector<std::pair<std::string, bool>> told;
  WatchOpinionsResponse message;
  const absl::Status status = suite().client("opinion").Watch(
      kWatch, watch, message,
      [&] {
        if (!message.name().empty()) told.emplace_back(message.name(), message.left_area());
        return told.empty() || told.back().first != after;
      },
      suite().Options(steward));
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(told, ElementsAre(Pair(name, false), Pair(name, false), Pair(name, true), Pair(after, false)));
}

TEST_F(OpinionStories, WhoeverWatchesIsToldAndGoesOnWhereItEnded) {
  struct Watcher {
    std::mutex mutex;
    std::vector<std::pair<std::string, OpinionState>> seen;
    std::string cursor;
    bool heard = false;
  };
  const auto watch = [](Watcher& watcher, WatchOpinionsRequest request, const As& as, size_t until) {
    return std::thread([&watcher, request, as, until] {
      WatchOpinionsResponse message;
      const absl::Status status = suite().client("opinion").Watch(
          kWatch, request, message,
          [&] {
            const std::lock_guard lock(watcher.mutex);
            watcher.heard = true;
            watcher.cursor = message.cursor();
            if (!message.name().empty()) watcher.seen.emplace_back(message.name(), message.state());
            return watcher.seen.size() < until;
          },
          suite().Options(as));
      EXPECT_TRUE(status.ok()) << status;
    });
  };
  const auto await_heard = [](Watcher& watcher) {
    for (int i = 0; i < 1000; ++i) {
      {
        const std::lock_guard lock(watcher.mutex);
        if (watcher.heard) return;
      }
      absl::SleepFor(absl::Milliseconds(10));
    }
    ADD_FAILURE() << "the watch was not opened";
  };

  const std::string area = "340111400001-CJ-09";
  const std::string older = Said(Resident("w1", area));
  EventsOf("");  // all that was said has its place in the log: a watch from now on does not tell of it
  Watcher staff;
  WatchOpinionsRequest of_area;
  of_area.set_area("340111400001-CJ");
  of_area.add_states(OPINION_STATE_TRIAGED);
  std::thread staff_thread = watch(staff, of_area, Steward(), 1);
  Watcher own;
  WatchOpinionsRequest mine;
  mine.set_mine(true);
  std::thread own_thread = watch(own, mine, Resident("w1", area), 3);
  await_heard(staff);
  await_heard(own);

  SubmitOpinionRequest hidden = Submission(area);
  hidden.mutable_opinion()->set_about_staff(true);
  const std::string about_staff = Submitted(hidden, Resident("w2", area)).opinion().name();
  Triaged(about_staff, OfTheCommunity());
  const std::string other = Said(Resident("w2", area));
  const std::string newer = Said(Resident("w1", area));
  Triaged(older, Steward());
  Done("StartOpinion", older, StartOpinionRequest(), Steward());
  staff_thread.join();
  own_thread.join();
  EXPECT_THAT(staff.seen, ElementsAre(Pair(older, OPINION_STATE_TRIAGED)));
  EXPECT_THAT(own.seen, ElementsAre(Pair(newer, OPINION_STATE_RECEIVED), Pair(older, OPINION_STATE_TRIAGED),
                                    Pair(older, OPINION_STATE_IN_PROGRESS)));

  // From where the first watch ended there is more.
  Watcher further;
  mine.set_cursor(own.cursor);
  ReturnOpinionRequest not_ours;
  not_ours.set_reason_code("NOT_OURS");
  Done("ReturnOpinion", older, not_ours, Steward());
  watch(further, mine, Resident("w1", area), 1).join();
  EXPECT_THAT(further.seen, ElementsAre(Pair(older, OPINION_STATE_TRIAGED)));
  EXPECT_NE(other, newer);
}

}  // namespace
}  // namespace firstfloor::opinion
