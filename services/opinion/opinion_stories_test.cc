// Stories of opinions, each told through the calls of those who take part, with the attempts to get round
// what holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "services/opinion/opinion_fixture.h"

namespace firstfloor::opinion {
namespace {

using error::ReasonOf;
using testing::As;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

TEST_F(OpinionStories, AnEmergencyIsAnsweredWithNumbersPagedAcknowledgedAndHandedOff) {
  WatchOpinionsRequest page;
  page.set_area("340111400001-CJ");
  page.set_emergencies(true);
  Told(page, Steward(), AtOnce);

  Said(Resident("e0"));
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_urgency(OPINION_URGENCY_EMERGENCY);
  const SubmitOpinionResponse response = Submitted(request, Resident("e1"));
  EXPECT_THAT(response.emergency_numbers(), ElementsAre("110", "119", "120"));
  const std::string name = response.opinion().name();
  // The duty post is paged by it, and by nothing else.
  EXPECT_THAT(Told(page, Steward(), [](const auto& names) { return !names.empty(); }), ElementsAre(name));
  EXPECT_THAT(DueFor(Steward(), kBuilding), Contains(absl::StrCat(name, ": ACKNOWLEDGE")));

  // Neither the reporter nor the steward of another compound has it in hand.
  for (const As& other : {Resident("e1"), Resident("e2"), Steward("340111400002-HY")}) {
    EXPECT_EQ(Refused("AcknowledgeEmergency", name, AcknowledgeEmergencyRequest(), other), "DENIED");
  }
  Done("AcknowledgeEmergency", name, AcknowledgeEmergencyRequest(), Steward());
  EXPECT_EQ(Refused("AcknowledgeEmergency", name, AcknowledgeEmergencyRequest(), Steward()),
            "ALREADY_ACKNOWLEDGED");
  HandOffEmergencyRequest hand_off;
  EXPECT_EQ(Refused("HandOffEmergency", name, hand_off, Steward()), "INVALID_FIELD");
  hand_off.mutable_hand_off()->set_body("119");
  hand_off.mutable_hand_off()->set_number("20231103-0042");
  Done("HandOffEmergency", name, hand_off, Steward());
  const auto handed = Get(name, Steward());
  ASSERT_TRUE(handed.ok()) << handed.status();
  EXPECT_EQ(handed->hand_offs(0).body(), "119");
  EXPECT_EQ(handed->hand_offs(0).number(), "20231103-0042");
  EXPECT_TRUE(handed->hand_offs(0).has_hand_off_time());
  EXPECT_THAT(DueFor(Steward(), kBuilding), Not(Contains(absl::StrCat(name, ": ACKNOWLEDGE"))));
}

TEST_F(OpinionStories, AnEmergencyThatNobodyAcknowledgesIsToldOfAfter15MinutesOfANight) {
  SubmitOpinionRequest request = Submission("340111400003");
  request.mutable_opinion()->set_urgency(OPINION_URGENCY_EMERGENCY);
  const absl::Time night = At("2023-01-22 03:00");
  const std::string name = Submitted(request, Then(Resident("n1", "340111400003"), night)).opinion().name();
  EXPECT_EQ(Advance("340111400003", night + absl::Minutes(14)), 0);
  EXPECT_EQ(Advance("340111400003", night + absl::Minutes(15)), 1);
  std::vector<std::string> told;
  for (const events::v1::Event& event : EventsOf(name)) {
    if (event.opinion().has_deadline_passed()) told.push_back(event.opinion().deadline_passed().deadline());
  }
  EXPECT_THAT(told, ElementsAre("ACKNOWLEDGE"));
}

TEST_F(OpinionStories, SomebodySpeaksForTheirGrandmotherWhoIsCalledBeforeTheEnd) {
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_contact_preference(CONTACT_PREFERENCE_PHONE);
  request.mutable_opinion()->set_language("wuu");
  type::v1::OnBehalfOf& behalf = *request.mutable_on_behalf_of();
  behalf.mutable_person()->set_subject("grandchild");
  behalf.mutable_person()->set_phone("+8613800000000");
  behalf.set_channel(type::v1::PROXY_CHANNEL_PHONE);
  behalf.set_reason("她不用手机");
  // Nobody speaks for themself, and a resident speaks for others through the app alone.
  EXPECT_EQ(ReasonOf(Submit(request, Resident("grandchild")).status()), "INVALID_FIELD");
  behalf.mutable_person()->set_subject("grandmother");
  request.mutable_opinion()->set_channel(OPINION_CHANNEL_HOTLINE);
  EXPECT_EQ(ReasonOf(Submit(request, Resident("grandchild")).status()), "CHANNEL_NOT_ALLOWED");
  request.mutable_opinion()->set_channel(OPINION_CHANNEL_APP);
  const SubmitOpinionResponse response = Submitted(request, Resident("grandchild"));
  const std::string name = response.opinion().name();

  // Both are recorded, for those who may see them; it is the grandmother's.
  const auto plain = Get(name, OfTheCommunity(), true);
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->reporter().subject(), "grandmother");
  EXPECT_EQ(plain->entered_by().subject(), "grandchild");
  EXPECT_EQ(plain->on_behalf_of().channel(), type::v1::PROXY_CHANNEL_PHONE);
  EXPECT_EQ(plain->language(), "wuu");
  EXPECT_TRUE(Get(name, Resident("grandmother")).ok());
  EXPECT_EQ(ReasonOf(Get(name, Resident("grandchild")).status()), "DENIED");

  Done("AnswerOpinion", name, Answer(), Steward());
  EXPECT_THAT(DueFor(Steward(), kBuilding, "2100-01-01"), Contains(absl::StrCat(name, ": CALL")));
  CloseOpinionRequest close;
  close.set_reason_code("DONE");
  EXPECT_EQ(Refused("CloseOpinion", name, close, OfTheCommunity()), "REPORTER_NOT_CALLED");
  // To change how she wants to hear is not the same as to call her, but it is hers to say; it is told.
  EXPECT_EQ(Refused("RecordCall", name, RecordCallRequest(), Resident("grandchild")), "DENIED");
  Done("RecordCall", name, RecordCallRequest(), Steward());
  Done("CloseOpinion", name, close, OfTheCommunity());
}

TEST_F(OpinionStories, AReceiptCodeOpensOneOpinionAndNothingElse) {
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_anonymous(true);
  const SubmitOpinionResponse mine = Submitted(request, Resident("r1"));
  const std::string other = Said(Resident("r2"));
  // A code is nothing for another opinion, and a guess looks like any other refusal.
  WithdrawOpinionRequest withdraw;
  withdraw.set_receipt_code(mine.receipt_code());
  EXPECT_EQ(Refused("WithdrawOpinion", other, withdraw, As()), "DENIED");
  std::string guess = mine.receipt_code();
  guess.back() = guess.back() == '2' ? '3' : '2';
  EXPECT_EQ(ReasonOf(ByReceipt(guess).status()), "DENIED");
  withdraw.set_receipt_code(guess);
  EXPECT_EQ(Refused("WithdrawOpinion", mine.opinion().name(), withdraw, As()), "DENIED");

  // What was asked is seen and answered with the code alone.
  Triaged(mine.opinion().name(), Steward());
  AskReporterRequest ask;
  ask.set_question("几楼？");
  Done("AskReporter", mine.opinion().name(), ask, Steward());
  EXPECT_EQ(ByReceipt(mine.receipt_code())->question(), "几楼？");
  ReplyToQuestionRequest reply;
  reply.set_reply("七楼");
  reply.set_receipt_code(guess);
  EXPECT_EQ(Refused("ReplyToQuestion", mine.opinion().name(), reply, As()), "DENIED");
  reply.set_receipt_code(mine.receipt_code());
  Done("ReplyToQuestion", mine.opinion().name(), reply, As());
  const auto replied = Get(mine.opinion().name(), OfTheCommunity(), true);
  EXPECT_EQ(replied->reply(), "七楼");
  EXPECT_FALSE(replied->has_waiting_since_time());
  // Nothing of it says who.
  for (const events::v1::Event& event : EventsOf(mine.opinion().name())) {
    EXPECT_THAT(event.SerializeAsString(), Not(::testing::HasSubstr("七楼")));
  }
}

TEST_F(OpinionStories, FollowersSeeTheWayAndNeverTheWords) {
  const std::string name = Said(Resident("f1"));
  const As neighbour = Resident("f2", kNextBuilding);
  EXPECT_EQ(Refused("FollowService.FollowOpinion", name, FollowOpinionRequest(), neighbour), "DENIED");
  Triaged(name, Steward());
  EXPECT_EQ(ReasonOf(TimelineOf(name, neighbour).status()), "DENIED");
  EXPECT_EQ(Refused("FollowService.FollowOpinion", name, FollowOpinionRequest(), Resident("far", kElsewhere)),
            "DENIED");
  EXPECT_EQ(Refused("FollowService.FollowOpinion", name, FollowOpinionRequest(), Resident("f1")),
            "OWN_OPINION");

  WatchOpinionsRequest watch;
  watch.set_mine(true);
  watch.set_following(true);
  Told(watch, neighbour, AtOnce);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Done("FollowService.FollowOpinion", name, FollowOpinionRequest(), neighbour).followers(), 1);
  }
  Done("StartOpinion", name, StartOpinionRequest(), Steward());
  EXPECT_THAT(Told(watch, neighbour, [](const auto& names) { return names.size() == 2; }),
              ElementsAre(name, name));
  const auto timeline = TimelineOf(name, neighbour);
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  ASSERT_EQ(timeline->steps_size(), 3);
  EXPECT_EQ(timeline->steps(2).what(), "STARTED");
  EXPECT_EQ(TimelineOf(name, Resident("f1"))->steps_size(), 3);
  EXPECT_EQ(TimelineOf(name, Steward())->steps_size(), 3);
  EXPECT_EQ(Get(name, neighbour)->text(), "");
  EXPECT_THAT(FollowedBy(neighbour), ElementsAre(name));

  EXPECT_EQ(Done("FollowService.UnfollowOpinion", name, UnfollowOpinionRequest(), neighbour).followers(), 0);
  EXPECT_EQ(Done("FollowService.UnfollowOpinion", name, UnfollowOpinionRequest(), neighbour).followers(), 0);
  EXPECT_EQ(ReasonOf(TimelineOf(name, neighbour).status()), "DENIED");
  EXPECT_THAT(FollowedBy(neighbour), IsEmpty());
}

TEST_F(OpinionStories, MergingTellsEveryReporterAndUnmergingTakesItBack) {
  const std::string stays = Said(Resident("m1"));
  const std::string first = Said(Resident("m2"));
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_anonymous(true);
  const SubmitOpinionResponse unnamed = Submitted(request, Resident("m3"));
  const std::string second = Said(Resident("m4"));
  WatchOpinionsRequest watch;
  watch.set_mine(true);
  watch.set_following(true);
  Told(watch, Resident("m2"), AtOnce);

  MergeOpinionRequest into_first;
  into_first.set_into(first);
  Done("MergeOpinion", second, into_first, Steward());
  MergeOpinionRequest merge;
  merge.set_into(stays);
  Done("MergeOpinion", first, merge, Steward());
  Done("MergeOpinion", unnamed.opinion().name(), merge, Steward());
  // The reporters of both follow the one that stays, also the one whose own was merged before.
  EXPECT_THAT(FollowedBy(Resident("m2")), ElementsAre(stays));
  EXPECT_THAT(FollowedBy(Resident("m4")), ElementsAre(first, stays));
  EXPECT_EQ(Get(stays, Steward())->followers(), 2);
  Triaged(stays, Steward());
  EXPECT_THAT(
      Told(watch, Resident("m2"), [&](const auto& names) { return absl::c_count(names, stays) == 3; }),
      Contains(stays).Times(3));  // merged into twice, then triaged
  const auto timeline = TimelineOf(stays, Resident("m4"));
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  EXPECT_EQ(timeline->steps(timeline->steps_size() - 1).what(), "TRIAGED");
  // Whoever is anonymous sees by the code what is followed instead.
  const auto progress = ByReceipt(unnamed.receipt_code());
  ASSERT_TRUE(progress.ok()) << progress.status();
  EXPECT_EQ(progress->state(), OPINION_STATE_DUPLICATE);
  EXPECT_EQ(progress->followed_instead().name(), stays);
  EXPECT_EQ(progress->followed_instead().state(), OPINION_STATE_TRIAGED);
  EXPECT_EQ(progress->followed_instead().public_summary(), "楼道堆物");

  Done("UnmergeOpinion", first, UnmergeOpinionRequest(), Steward());
  EXPECT_THAT(FollowedBy(Resident("m2")), IsEmpty());
  EXPECT_THAT(FollowedBy(Resident("m4")), ElementsAre(first));
  EXPECT_EQ(ReasonOf(TimelineOf(stays, Resident("m2")).status()), "DENIED");
  EXPECT_EQ(Get(stays, Steward())->followers(), 0);
}

TEST_F(OpinionStories, WhatIsMergedOnAndOnLeadsToTheLastAndUnmergingFreesAllThatHungOnIt) {
  const SubmitOpinionResponse mine = Submitted(Submission(), Resident("chain1"));
  const std::string first = mine.opinion().name();
  const std::string second = Said(Resident("chain2"));
  const std::string third = Said(Resident("chain3"));
  const std::string last = Said(Resident("chain4"));
  WatchOpinionsRequest watch;
  watch.set_mine(true);
  watch.set_following(true);
  Told(watch, Resident("chain1"), AtOnce);
  const auto merge = [](const std::string& name, const std::string& into) {
    MergeOpinionRequest request;
    request.set_into(into);
    Done("MergeOpinion", name, request, Steward());
  };
  merge(first, second);
  merge(second, third);
  merge(third, last);
  Triaged(last, Steward());
  const auto progress = ByReceipt(mine.receipt_code());
  ASSERT_TRUE(progress.ok()) << progress.status();
  EXPECT_EQ(progress->followed_instead().name(), last);
  EXPECT_EQ(progress->followed_instead().state(), OPINION_STATE_TRIAGED);
  EXPECT_THAT(FollowedBy(Resident("chain1")), ElementsAre(last, third, second));
  EXPECT_EQ(Get(last, Steward())->followers(), 3);

  // The link of one is undone: they follow nothing any more of what the others still do.
  Done("UnmergeOpinion", first, UnmergeOpinionRequest(), Steward());
  EXPECT_THAT(FollowedBy(Resident("chain1")), IsEmpty());
  EXPECT_THAT(FollowedBy(Resident("chain2")), ElementsAre(last, third));
  EXPECT_THAT(FollowedBy(Resident("chain3")), ElementsAre(last));
  EXPECT_EQ(Get(third, Steward())->followers(), 1);
  EXPECT_EQ(Get(last, Steward())->followers(), 2);
  EXPECT_FALSE(ByReceipt(mine.receipt_code())->has_followed_instead());
  // The watch that was open all the time knows it too.
  Done("StartOpinion", last, StartOpinionRequest(), Steward());
  Triaged(first, Steward());
  const std::vector<std::string> told = Told(watch, Resident("chain1"), [&](const auto& names) {
    return absl::c_count(names, first) == 3;
  });  // merged, unmerged, triaged
  const auto unmerged = std::find(std::find(told.begin(), told.end(), first) + 1, told.end(), first);
  EXPECT_EQ(std::find(unmerged, told.end(), last), told.end());
}

TEST_F(OpinionStories, ResidentsSpeakOfAllOfTheirCommunityAndOfNoOther) {
  const As resident = Resident("speaker");
  const As next_door = Resident("who-lives-there", "340111400001-CJ-09");
  for (const char* about :
       {kBuilding, "340111400001-CJ-09", "340111400001-CJ", "340111400001", "340111400", "340111400002-HY"}) {
    const std::string name = Submitted(Submission(about), resident).opinion().name();
    EXPECT_EQ(Get(name, resident)->text(), Submission().opinion().text());
    EXPECT_EQ(ReasonOf(Get(name, next_door).status()), "DENIED");
  }
  for (const char* elsewhere : {"340104400001-SL-01", "340104400", "340111"}) {
    EXPECT_EQ(ReasonOf(Submit(Submission(elsewhere), resident).status()), "DENIED") << elsewhere;
  }
  // Being of the community opens no channel of those who work there, nor another house to its steward.
  SubmitOpinionRequest at_the_desk = Submission("340111400001-CJ-09");
  at_the_desk.mutable_opinion()->set_channel(OPINION_CHANNEL_STEWARD_DESK);
  EXPECT_EQ(ReasonOf(Submit(at_the_desk, resident).status()), "CHANNEL_NOT_ALLOWED");
  EXPECT_EQ(ReasonOf(Submit(at_the_desk, Steward(kBuilding)).status()), "DENIED");
}

TEST_F(OpinionStories, WhatIsTakenBackIsPublicNoMore) {
  const As neighbour = Resident("next-door", "340111400001-CJ-09");
  const auto nothing_is_left_of = [&](const std::string& name) {
    EXPECT_EQ(ReasonOf(Get(name, neighbour).status()), "DENIED");
    EXPECT_EQ(Refused("FollowService.FollowOpinion", name, FollowOpinionRequest(), Resident("t9")), "DENIED");
    EXPECT_EQ(Refused("SupportOpinion", name, SupportOpinionRequest(), neighbour), "DENIED");
  };
  const std::string withdrawn = Said(Resident("t1"));
  Triaged(withdrawn, Steward());
  Done("FollowService.FollowOpinion", withdrawn, FollowOpinionRequest(), neighbour);
  Done("WithdrawOpinion", withdrawn, WithdrawOpinionRequest(), Resident("t1"));
  nothing_is_left_of(withdrawn);
  // Whoever followed it learns how it ended, and reads nothing of it any more.
  ListMyFollowedOpinionsRequest list;
  const auto followed =
      Ask<ListMyFollowedOpinionsResponse>("FollowService.ListMyFollowedOpinions", list, neighbour);
  ASSERT_TRUE(followed.ok()) << followed.status();
  ASSERT_EQ(followed->opinions_size(), 1);
  EXPECT_EQ(followed->opinions(0).state(), OPINION_STATE_WITHDRAWN);
  EXPECT_EQ(followed->opinions(0).public_summary(), "");

  // A summary that was written before makes nothing public that was withdrawn before anybody took it up.
  const std::string early = Said(Resident("t2"));
  UpdateOpinionRequest summary;
  summary.mutable_update_mask()->add_paths("public_summary");
  summary.set_public_summary("楼道堆物");
  Done("UpdateOpinion", early, summary, Steward());
  Done("WithdrawOpinion", early, WithdrawOpinionRequest(), Resident("t2"));
  nothing_is_left_of(early);

  const std::string spam = Said(Resident("t3"));
  Triaged(spam, Steward());
  RejectOpinionRequest reject;
  reject.set_reason(REJECT_REASON_SPAM);
  Done("RejectOpinion", spam, reject, OfTheCommunity());
  nothing_is_left_of(spam);
  // What was refused for another reason stays: the answer is for everybody.
  const std::string refused = Said(Resident("t4"));
  Triaged(refused, Steward());
  reject.set_reason(REJECT_REASON_IN_LEGAL_PROCEDURE);
  Done("RejectOpinion", refused, reject, OfTheCommunity());
  EXPECT_EQ(Get(refused, neighbour)->public_summary(), "楼道堆物");
}

TEST_F(OpinionStories, FeedbackReopensThreeTimesAndTheThirdIsTheSecretarys) {
  const std::string name = Said(Resident("g1"));
  Done("AnswerOpinion", name, Answer(), Steward());
  GiveFeedbackRequest unsatisfied;
  unsatisfied.mutable_feedback()->set_satisfaction(SATISFACTION_UNSATISFIED);
  unsatisfied.mutable_feedback()->set_text("第二天又堆上了");
  DecideReopenRequest accept;
  accept.set_accept(true);
  accept.set_reason_code("NEW_FACTS");
  ResolveOpinionRequest resolve;
  resolve.set_outcome(OPINION_OUTCOME_FIXED);
  resolve.set_answer("又清理了一次");
  EXPECT_EQ(Refused("GiveFeedback", name, unsatisfied, Resident("g2")), "DENIED");
  for (int i = 0; i < 3; ++i) {
    Done("GiveFeedback", name, unsatisfied, Resident("g1"));
    EXPECT_EQ(Refused("DecideReopen", name, accept, Steward()), "DENIED");
    if (i == 2) {
      EXPECT_EQ(Refused("DecideReopen", name, accept, OfTheCommunity()), "REOPEN_NEEDS_SECRETARY");
    }
    EXPECT_EQ(Done("DecideReopen", name, accept, i == 2 ? Secretary() : OfTheCommunity()).reopen_count(),
              i + 1);
    Done("StartOpinion", name, StartOpinionRequest(), Steward());
    Done("ResolveOpinion", name, resolve, Steward());
  }
  GiveFeedbackRequest satisfied;
  satisfied.mutable_feedback()->set_satisfaction(SATISFACTION_SATISFIED);
  Done("GiveFeedback", name, satisfied, Resident("g1"));
  EXPECT_EQ(Refused("GiveFeedback", name, satisfied, Resident("g1")), "OPINION_WRONG_STATE");
}

}  // namespace
}  // namespace firstfloor::opinion
