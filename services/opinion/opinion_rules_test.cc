#include "services/opinion/opinion_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "services/opinion/opinion_clock.h"
#include "services/opinion/taxonomy.h"

namespace firstfloor::opinion::rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr char kArea[] = "340111400001-CJ-07";

absl::Time At(const char* text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, calendar::Shanghai(), &time, nullptr));
  return time;
}

const absl::Time kNow = At("2023-03-01 10:00");  // a Wednesday

Opinion InState(OpinionState state) {
  Opinion opinion;
  opinion.set_name("opinions/01900000-0000-7000-8000-000000000001");
  opinion.set_area(kArea);
  opinion.set_kind(OPINION_KIND_PROBLEM);
  opinion.set_channel(OPINION_CHANNEL_APP);
  opinion.set_category("SAFETY.FIRE");
  opinion.set_urgency(OPINION_URGENCY_NORMAL);
  opinion.set_state(state);
  opinion.mutable_reporter()->set_subject("reporter");
  opinion.set_working_days(5);
  *opinion.mutable_receive_time() = ToProto(kNow);
  *opinion.mutable_due_time() = ToProto(At("2023-03-09 00:00"));
  return opinion;
}

auth::Identity Person(api::v1::Role role, const std::string& area = kArea) {
  auth::Identity identity;
  identity.kind = auth::Identity::Kind::kPerson;
  identity.subject = "caller";
  identity.roles = {{role, area}};
  return identity;
}

SubmitOpinionRequest Request() {
  SubmitOpinionRequest request;
  Opinion& opinion = *request.mutable_opinion();
  opinion.set_area(kArea);
  opinion.set_channel(OPINION_CHANNEL_APP);
  opinion.set_kind(OPINION_KIND_PROBLEM);
  opinion.set_category("SAFETY.FIRE");
  opinion.set_text("楼道里堆满了纸箱");
  return request;
}

std::string ReasonOf(const absl::StatusOr<Change>& change) { return error::ReasonOf(change.status()); }

// Every act by the function that carries it out; none of them needs anything but the state here.
const std::map<Act, std::function<absl::StatusOr<Change>(const Opinion&)>>& Functions() {
  static const auto* const functions =
      new std::map<Act, std::function<absl::StatusOr<Change>(const Opinion&)>>{
          {Act::kTriage,
           [](const Opinion& o) {
             TriageOpinionRequest request;
             request.set_category("SAFETY.FIRE");
             return Triage(o, request, kNow);
           }},
          {Act::kAnswer, [](const Opinion& o) { return Answer(o, {}, kNow); }},
          {Act::kReject,
           [](const Opinion& o) {
             RejectOpinionRequest request;
             request.set_reason(REJECT_REASON_SPAM);
             return Reject(o, request, kNow);
           }},
          {Act::kWithdraw, [](const Opinion& o) { return Withdraw(o, kNow); }},
          {Act::kStart, [](const Opinion& o) { return Start(o, kNow); }},
          {Act::kEscalate, [](const Opinion& o) { return Escalate(o, {}, "cases/1", kNow); }},
          {Act::kDispatch, [](const Opinion& o) { return Dispatch(o, {}, "orders/1", kNow); }},
          {Act::kRefer, [](const Opinion& o) { return Refer(o, {}, kNow); }},
          {Act::kTransfer, [](const Opinion& o) { return Transfer(o, "340104", kNow); }},
          {Act::kResolve,
           [](const Opinion& o) {
             return Resolve(o, OPINION_OUTCOME_FIXED, {"已清理", "", ""}, kNow);
           }},
          {Act::kReturn, [](const Opinion& o) { return Return(o, "NOT_OURS", kNow); }},
          {Act::kClose, [](const Opinion& o) { return Close(o, "DONE", kNow); }},
          {Act::kObject,
           [](const Opinion& o) { return GiveFeedback(o, SATISFACTION_UNSATISFIED, "", kNow); }},
          {Act::kReopen,
           [](const Opinion& o) {
             DecideReopenRequest request;
             request.set_accept(true);
             return DecideReopen(o, request, false, kNow);
           }},
          {Act::kRefuseReopening,
           [](const Opinion& o) { return DecideReopen(o, DecideReopenRequest(), false, kNow); }},
          {Act::kMerge,
           [](const Opinion& o) -> absl::StatusOr<Change> {
             Opinion into = InState(OPINION_STATE_TRIAGED);
             into.set_name("opinions/01900000-0000-7000-8000-000000000002");
             absl::StatusOr<Pair> pair = Merge(o, into, kNow);
             if (!pair.ok()) return pair.status();
             return pair->merged;
           }},
          {Act::kUnmerge,
           [](const Opinion& o) -> absl::StatusOr<Change> {
             absl::StatusOr<Pair> pair = Unmerge(o, InState(OPINION_STATE_TRIAGED), kNow);
             if (!pair.ok()) return pair.status();
             return pair->merged;
           }},
      };
  return *functions;
}

TEST(OpinionStates, EveryActIsAllowedExactlyWhereTheTableSaysSo) {
  // The design's table, written down a second time.
  const std::map<OpinionState, std::set<OpinionState>> design = {
      {OPINION_STATE_RECEIVED,
       {OPINION_STATE_TRIAGED, OPINION_STATE_ANSWERED, OPINION_STATE_DUPLICATE, OPINION_STATE_REJECTED,
        OPINION_STATE_WITHDRAWN}},
      {OPINION_STATE_TRIAGED,
       {OPINION_STATE_IN_PROGRESS, OPINION_STATE_ESCALATED, OPINION_STATE_DISPATCHED,
        OPINION_STATE_REFERRED_OUT, OPINION_STATE_TRANSFERRING, OPINION_STATE_REJECTED,
        OPINION_STATE_WITHDRAWN}},
      {OPINION_STATE_IN_PROGRESS, {OPINION_STATE_RESOLVED, OPINION_STATE_TRIAGED}},
      {OPINION_STATE_ESCALATED, {OPINION_STATE_RESOLVED, OPINION_STATE_TRIAGED}},
      {OPINION_STATE_DISPATCHED, {OPINION_STATE_RESOLVED, OPINION_STATE_TRIAGED}},
      {OPINION_STATE_TRANSFERRING, {OPINION_STATE_TRANSFERRED, OPINION_STATE_TRIAGED}},
      {OPINION_STATE_ANSWERED, {OPINION_STATE_CLOSED, OPINION_STATE_REOPEN_REQUESTED}},
      {OPINION_STATE_RESOLVED, {OPINION_STATE_CLOSED, OPINION_STATE_REOPEN_REQUESTED}},
      {OPINION_STATE_REOPEN_REQUESTED, {OPINION_STATE_TRIAGED, OPINION_STATE_CLOSED}},
      {OPINION_STATE_DUPLICATE, {OPINION_STATE_RECEIVED}},
  };
  for (int number = OpinionState_MIN; number <= OpinionState_MAX; ++number) {
    const auto state = static_cast<OpinionState>(number);
    const auto wanted = design.find(state);
    const std::vector<OpinionState> allowed = AllowedMoves(state);
    EXPECT_EQ(std::set<OpinionState>(allowed.begin(), allowed.end()),
              wanted == design.end() ? std::set<OpinionState>() : wanted->second)
        << NameOf(state);
  }
}

TEST(OpinionStates, EveryMoveIsDoneOrRefusedInEveryState) {
  for (const auto& [act, function] : Functions()) {
    for (int number = OpinionState_MIN; number <= OpinionState_MAX; ++number) {
      const Opinion opinion = InState(static_cast<OpinionState>(number));
      const auto* row = std::find_if(Moves().begin(), Moves().end(), [&, act = act](const Move& row) {
        return row.move == act && row.from == opinion.state();
      });
      const absl::StatusOr<Change> change = function(opinion);
      SCOPED_TRACE(testing::Message()
                   << "act " << static_cast<int>(act) << " in " << NameOf(opinion.state()));
      if (row == Moves().end()) {
        EXPECT_EQ(change.status().code(), absl::StatusCode::kFailedPrecondition);
        EXPECT_EQ(ReasonOf(change), "OPINION_WRONG_STATE");
        continue;
      }
      ASSERT_TRUE(change.ok()) << change.status();
      EXPECT_EQ(change->opinion.state(), row->to);
      EXPECT_EQ(change->opinion.timeline_size(), opinion.timeline_size() + 1);
      ASSERT_FALSE(change->steps.empty());
      EXPECT_EQ(change->steps.front().from(), NameOf(opinion.state()));
      EXPECT_EQ(change->steps.back().to(), NameOf(row->to));
    }
  }
}

TEST(OpinionStates, EveryActOfTheTableButTheHandOverHasItsFunction) {
  std::set<Act> acts;
  for (const Move& row : Moves()) acts.insert(row.move);
  acts.erase(Act::kHandOver);  // done by the exchange between districts
  for (const Act act : acts) EXPECT_EQ(Functions().count(act), 1u) << static_cast<int>(act);
}

TEST(TakingIn, GivesTheCategorysWorkingDays) {
  const absl::StatusOr<Change> change = Receive(Request(), Person(api::v1::ROLE_RESIDENT), kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->opinion.state(), OPINION_STATE_RECEIVED);
  EXPECT_EQ(change->opinion.working_days(), taxonomy::WorkdaysToAnswer("SAFETY.FIRE"));
  EXPECT_EQ(FromProto(change->opinion.due_time()), At("2023-03-04 00:00"));  // end of Friday
  EXPECT_EQ(change->opinion.reporter().subject(), "caller");
  EXPECT_FALSE(change->opinion.has_entered_by());
  ASSERT_EQ(change->steps.size(), 1u);
  EXPECT_TRUE(change->steps[0].has_received());
}

TEST(TakingIn, HalvesTheDaysOfWhatIsUrgentAndLeavesNoneToAnEmergency) {
  SubmitOpinionRequest request = Request();
  request.mutable_opinion()->set_category("TRAFFIC.ROAD");
  request.mutable_opinion()->set_urgency(OPINION_URGENCY_URGENT);
  EXPECT_EQ(Receive(request, Person(api::v1::ROLE_RESIDENT), kNow)->opinion.working_days(), 5);
  request.mutable_opinion()->set_urgency(OPINION_URGENCY_EMERGENCY);
  const Opinion emergency = Receive(request, Person(api::v1::ROLE_RESIDENT), kNow)->opinion;
  EXPECT_EQ(emergency.working_days(), 0);
  EXPECT_EQ(FromProto(emergency.emergency_time()), kNow);
  EXPECT_EQ(FromProto(emergency.due_time()), At("2023-03-02 00:00"));
  EXPECT_THAT(EmergencyNumbers(),
              ElementsAre(testing::StrEq("110"), testing::StrEq("119"), testing::StrEq("120")));
}

TEST(TakingIn, RecordsNobodyWhenAnonymous) {
  SubmitOpinionRequest request = Request();
  request.mutable_opinion()->set_anonymous(true);
  request.mutable_opinion()->mutable_reporter()->set_display_name("张三");
  const Opinion opinion = Receive(request, Person(api::v1::ROLE_RESIDENT), kNow)->opinion;
  EXPECT_FALSE(opinion.has_reporter());
  EXPECT_FALSE(opinion.has_entered_by());
}

TEST(TakingIn, RecordsBothWhoSpeaksAndForWhom) {
  SubmitOpinionRequest request = Request();
  request.mutable_on_behalf_of()->mutable_person()->set_subject("grandmother");
  const Opinion opinion = Receive(request, Person(api::v1::ROLE_RESIDENT), kNow)->opinion;
  EXPECT_EQ(opinion.reporter().subject(), "grandmother");
  EXPECT_EQ(opinion.entered_by().subject(), "caller");
}

TEST(TakingIn, LetsResidentsSpeakThroughTheAppOnly) {
  SubmitOpinionRequest request = Request();
  request.mutable_opinion()->set_channel(OPINION_CHANNEL_HOTLINE);
  const absl::StatusOr<Change> refused = Receive(request, Person(api::v1::ROLE_RESIDENT), kNow);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(Receive(request, Person(api::v1::ROLE_STEWARD), kNow).ok());
}

TEST(TakingIn, RefusesFieldsThatContradictEachOther) {
  const auto refuses = [](const std::function<void(Opinion&)>& change) {
    SubmitOpinionRequest request = Request();
    change(*request.mutable_opinion());
    return ReasonOf(Receive(request, Person(api::v1::ROLE_STEWARD), kNow)) == "INVALID_FIELD";
  };
  EXPECT_TRUE(refuses([](Opinion& o) { o.set_kind(OPINION_KIND_PETITION); }));
  EXPECT_TRUE(refuses([](Opinion& o) { o.set_petition_type(PETITION_TYPE_CLAIM); }));
  EXPECT_TRUE(refuses([](Opinion& o) { o.set_claimed_supporters(3); }));
  EXPECT_TRUE(refuses([](Opinion& o) { o.set_channel(OPINION_CHANNEL_STALL); }));
  EXPECT_TRUE(refuses([](Opinion& o) { o.set_category("NOT.THERE"); }));
  EXPECT_TRUE(refuses([](Opinion& o) { o.set_forwarded_by("区信访局"); }));
  EXPECT_TRUE(refuses([](Opinion& o) { o.add_representatives()->set_display_name("张三"); }));
  EXPECT_TRUE(refuses([](Opinion& o) { o.mutable_concerned()->mutable_person()->set_subject("somebody"); }));
  EXPECT_TRUE(refuses([](Opinion& o) {
    o.set_anonymous(true);
    o.set_contact_preference(CONTACT_PREFERENCE_PHONE);
  }));
}

TEST(TakingIn, QuotesAWechatGroupOnlyWithTheConsentOfWhoeverWroteIt) {
  SubmitOpinionRequest request = Request();
  request.mutable_opinion()->set_channel(OPINION_CHANNEL_WECHAT_GROUP);
  request.mutable_opinion()->set_claimed_supporters(12);
  EXPECT_EQ(ReasonOf(Receive(request, Person(api::v1::ROLE_STEWARD), kNow)), "INVALID_FIELD");
  request.mutable_opinion()->set_excerpt_consent(true);
  const absl::StatusOr<Change> change = Receive(request, Person(api::v1::ROLE_STEWARD), kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  // What is claimed is shown apart; each person may confirm for themself.
  EXPECT_EQ(change->opinion.claimed_supporters(), 12);
  EXPECT_EQ(change->opinion.supports(), 0);
  EXPECT_EQ(Support(change->opinion, "neighbour")->opinion.supports(), 1);
}

TEST(TakingIn, KnowsTheFormOfALanguage) {
  SubmitOpinionRequest request = Request();
  for (const char* tag : {"zh", "zh-Hans-CN", "wuu", "yue-HK", ""}) {
    request.mutable_opinion()->set_language(tag);
    EXPECT_TRUE(Receive(request, Person(api::v1::ROLE_RESIDENT), kNow).ok()) << tag;
  }
  for (const char* tag : {"安徽话", "zh_CN", "zh-", "-zh", "1zh", "zh-Hans China", "a-verylonglonglong"}) {
    request.mutable_opinion()->set_language(tag);
    EXPECT_EQ(ReasonOf(Receive(request, Person(api::v1::ROLE_RESIDENT), kNow)), "INVALID_FIELD") << tag;
  }
}

TEST(TakingIn, LetsNobodySpeakForThemself) {
  SubmitOpinionRequest request = Request();
  request.mutable_on_behalf_of()->mutable_person()->set_subject("caller");
  EXPECT_EQ(ReasonOf(Receive(request, Person(api::v1::ROLE_STEWARD), kNow)), "INVALID_FIELD");
}

TEST(Timelines, KeepHowItBeganAndWhatHappenedLast) {
  Opinion opinion = InState(OPINION_STATE_TRIAGED);
  AddStep(opinion, "RECEIVED", "", kNow);
  for (int i = 1; i <= 1000; ++i) AddStep(opinion, "STEP", std::to_string(i), kNow);
  ASSERT_EQ(opinion.timeline_size(), 200);
  EXPECT_EQ(opinion.timeline(0).what(), "RECEIVED");
  EXPECT_EQ(opinion.timeline(1).reason_code(), "802");
  EXPECT_EQ(opinion.timeline(199).reason_code(), "1000");
  EXPECT_EQ(opinion.steps_omitted(), 801);
}

TEST(Following, IsOfOthersMatters) {
  const Opinion opinion = InState(OPINION_STATE_TRIAGED);
  EXPECT_TRUE(CheckFollow(opinion, "neighbour").ok());
  EXPECT_EQ(error::ReasonOf(CheckFollow(opinion, "reporter")), "OWN_OPINION");
  const Change followed = Followed(opinion, true, 3);
  EXPECT_EQ(followed.opinion.followers(), 3);
  ASSERT_EQ(followed.steps.size(), 1u);
  EXPECT_TRUE(followed.steps[0].followed().follows());
}

TEST(Repeats, LinkToTheOldAnswerWhenThereIsOneInTheSameCommunity) {
  const Opinion again = InState(OPINION_STATE_TRIAGED);
  Opinion earlier = InState(OPINION_STATE_IN_PROGRESS);
  EXPECT_EQ(error::ReasonOf(CheckEarlier(again, earlier)), "EARLIER_NOT_ANSWERED");
  earlier = Resolve(earlier, OPINION_OUTCOME_NOT_POSSIBLE, {"管网不在小区内", "", ""}, kNow)->opinion;
  EXPECT_TRUE(CheckEarlier(again, earlier).ok());
  earlier.set_area("340104400001-SL-01");
  EXPECT_EQ(error::ReasonOf(CheckEarlier(again, earlier)), "OTHER_COMMUNITY");
}

TEST(Updates, LetNobodyBeContactedWhoIsAnonymous) {
  Opinion opinion = InState(OPINION_STATE_TRIAGED);
  opinion.set_anonymous(true);
  UpdateOpinionRequest request;
  request.mutable_update_mask()->add_paths("contact_preference");
  request.set_contact_preference(CONTACT_PREFERENCE_PHONE);
  EXPECT_EQ(ReasonOf(Update(opinion, request)), "INVALID_FIELD");
  request.set_contact_preference(CONTACT_PREFERENCE_NONE);
  EXPECT_TRUE(Update(opinion, request).ok());
}

outreach::v1::Question ClassQuestion() {
  outreach::v1::Question question;
  question.set_name("questions/01900000-0000-7000-8000-00000000000a");
  question.set_area(kArea);
  question.set_text("地线怎么接？");
  question.mutable_asker()->set_subject("asker");
  return question;
}

TEST(TakingIn, MakesAQuestionOfAClassTheOpinionOfItsAsker) {
  events::v1::QuestionReferred referred;
  referred.set_opinion("opinions/01900000-0000-7000-8000-00000000000b");
  referred.set_kind("GOLDEN_IDEA");
  const absl::StatusOr<Change> change = FromQuestion(ClassQuestion(), referred, kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  const Opinion& opinion = change->opinion;
  EXPECT_EQ(opinion.name(), referred.opinion());
  EXPECT_EQ(opinion.class_question(), ClassQuestion().name());
  EXPECT_EQ(opinion.area(), kArea);
  EXPECT_EQ(opinion.channel(), OPINION_CHANNEL_CLASS);
  EXPECT_EQ(opinion.kind(), OPINION_KIND_GOLDEN_IDEA);
  EXPECT_EQ(opinion.text(), "地线怎么接？");
  EXPECT_EQ(opinion.reporter().subject(), "asker");
  EXPECT_FALSE(opinion.anonymous());
  EXPECT_EQ(opinion.state(), OPINION_STATE_RECEIVED);
  EXPECT_EQ(FromProto(opinion.receive_time()), kNow);
  EXPECT_EQ(FromProto(opinion.due_time()), At("2023-03-09 00:00"));
  ASSERT_EQ(change->steps.size(), 1u);
  EXPECT_TRUE(change->steps[0].has_received());
}

TEST(TakingIn, MakesAQuestionThatNobodyIsKnownToHaveAskedAnonymous) {
  outreach::v1::Question question = ClassQuestion();
  question.clear_asker();
  const absl::StatusOr<Change> change = FromQuestion(question, {}, kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_TRUE(change->opinion.anonymous());
  EXPECT_FALSE(change->opinion.has_reporter());
  EXPECT_EQ(change->opinion.kind(), OPINION_KIND_PROBLEM);
}

TEST(TakingIn, DoesNotGuessWhatAQuestionWasHandedOnAs) {
  events::v1::QuestionReferred referred;
  referred.set_kind("SOMETHING_NEWER");
  EXPECT_EQ(ReasonOf(FromQuestion(ClassQuestion(), referred, kNow)), "OPINION_KIND_UNKNOWN");
}

TEST(Triage, TakesOnlyCategoriesOfTheTaxonomy) {
  TriageOpinionRequest request;
  request.set_category("NOT.THERE");
  EXPECT_EQ(ReasonOf(Triage(InState(OPINION_STATE_RECEIVED), request, kNow)), "INVALID_FIELD");
  request.set_category("TRAFFIC.PARKING");
  const absl::StatusOr<Change> change = Triage(InState(OPINION_STATE_RECEIVED), request, kNow);
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(change->opinion.category(), "TRAFFIC.PARKING");
  EXPECT_EQ(change->steps[0].triaged().from_category(), "SAFETY.FIRE");
  // Frozen at creation.
  EXPECT_EQ(FromProto(change->opinion.due_time()), At("2023-03-09 00:00"));
}

Opinion WithoutCategory(OpinionUrgency urgency = OPINION_URGENCY_NORMAL, const char* wanted = nullptr) {
  SubmitOpinionRequest request = Request();
  request.mutable_opinion()->clear_category();
  request.mutable_opinion()->set_urgency(urgency);
  if (wanted != nullptr) *request.mutable_opinion()->mutable_external_due_time() = ToProto(At(wanted));
  return Receive(request, Person(api::v1::ROLE_STEWARD), kNow)->opinion;
}

absl::Time DueOnceTriaged(const Opinion& opinion, const std::string& category, absl::Time when = kNow) {
  TriageOpinionRequest request;
  request.set_category(category);
  return FromProto(Triage(opinion, request, when)->opinion.due_time());
}

TEST(TheFirstCategory, GivesItsWorkingDaysToWhatCameWithoutOne) {
  EXPECT_EQ(FromProto(WithoutCategory().due_time()), At("2023-03-09 00:00"));
  EXPECT_EQ(DueOnceTriaged(WithoutCategory(), "SAFETY.FIRE"), At("2023-03-04 00:00"));
  EXPECT_EQ(DueOnceTriaged(WithoutCategory(), "TRAFFIC.ROAD"), At("2023-03-16 00:00"));
  // From the receipt on, whenever it is triaged.
  EXPECT_EQ(DueOnceTriaged(WithoutCategory(), "SAFETY.FIRE", At("2023-03-07 09:00")), At("2023-03-04 00:00"));
  EXPECT_EQ(DueOnceTriaged(WithoutCategory(OPINION_URGENCY_URGENT), "TRAFFIC.ROAD"), At("2023-03-09 00:00"));
  EXPECT_EQ(DueOnceTriaged(WithoutCategory(OPINION_URGENCY_EMERGENCY), "TRAFFIC.ROAD"),
            At("2023-03-02 00:00"));
  // Whoever passed it on still wants it then.
  EXPECT_EQ(DueOnceTriaged(WithoutCategory(OPINION_URGENCY_NORMAL, "2023-03-10 17:00"), "TRAFFIC.ROAD"),
            At("2023-03-10 17:00"));
}

TEST(TheFirstCategory, LeavesTheDeadlineMovedByWhatHasMovedItBefore) {
  ExtendDeadlineRequest extension;
  extension.set_working_days(3);
  const Opinion extended = ExtendDeadline(WithoutCategory(), extension, false, kNow)->opinion;
  EXPECT_EQ(DueOnceTriaged(extended, "SAFETY.FIRE"), At("2023-03-09 00:00"));
  const Opinion asked = AskReporter(WithoutCategory(), "几楼？", kNow)->opinion;
  const Opinion replied = ReplyToQuestion(asked, "七楼", At("2023-03-06 12:00"))->opinion;
  EXPECT_EQ(DueOnceTriaged(replied, "SAFETY.FIRE"), At("2023-03-09 00:00"));
}

TEST(TheFirstCategory, FreezesForGood) {
  TriageOpinionRequest triage;
  triage.set_category("SAFETY.FIRE");
  const Opinion triaged = Triage(WithoutCategory(), triage, kNow)->opinion;
  EXPECT_EQ(triaged.working_days(), 2);
  UpdateOpinionRequest update;
  update.set_category("TRAFFIC.ROAD");
  update.mutable_update_mask()->add_paths("category");
  EXPECT_EQ(FromProto(Update(triaged, update)->opinion.due_time()), At("2023-03-04 00:00"));
  AnswerOpinionRequest late;
  late.set_category("SAFETY.FIRE");
  EXPECT_FALSE(Answer(WithoutCategory(), late, At("2023-03-06 09:00"))->steps.back().resolved().on_time());
}

TEST(Answers, AreOnTimeUntilTheDeadlineAndLateAfterIt) {
  const Opinion opinion = InState(OPINION_STATE_IN_PROGRESS);
  const absl::Time due = FromProto(opinion.due_time());
  EXPECT_TRUE(Resolve(opinion, OPINION_OUTCOME_FIXED, {"a", "", ""}, due)->steps[0].resolved().on_time());
  EXPECT_FALSE(Resolve(opinion, OPINION_OUTCOME_FIXED, {"a", "", ""}, due + absl::Seconds(1))
                   ->steps[0]
                   .resolved()
                   .on_time());
}

TEST(Answers, OnTheSpotMayNameTheCategoryToo) {
  AnswerOpinionRequest request;
  request.set_category("SAFETY.EBIKE");
  const absl::StatusOr<Change> change = Answer(InState(OPINION_STATE_RECEIVED), request, kNow);
  ASSERT_TRUE(change.ok());
  ASSERT_EQ(change->steps.size(), 2u);
  // The first step moves nothing, so that the move is counted once.
  EXPECT_EQ(change->steps[0].to(), "RECEIVED");
  EXPECT_EQ(change->steps[0].amended().from_category(), "SAFETY.FIRE");
  EXPECT_EQ(change->steps[1].from(), "RECEIVED");
  EXPECT_EQ(change->steps[1].to(), "ANSWERED");
}

TEST(Answers, StayWhereWhatCameAfterThemSaysNothing) {
  DecideReopenRequest accept;
  accept.set_accept(true);
  Opinion opinion =
      Resolve(InState(OPINION_STATE_IN_PROGRESS), OPINION_OUTCOME_FIXED, {"已修好", "", ""}, kNow)->opinion;
  opinion = GiveFeedback(opinion, SATISFACTION_UNSATISFIED, "", kNow)->opinion;
  opinion = DecideReopen(opinion, accept, false, kNow)->opinion;
  opinion = Escalate(opinion, {}, "cases/1", kNow)->opinion;
  EXPECT_EQ(Resolve(opinion, OPINION_OUTCOME_FIXED, {}, kNow)->opinion.answer(), "已修好");
  EXPECT_EQ(Resolve(opinion, OPINION_OUTCOME_FIXED, {"已协商", "", ""}, kNow)->opinion.answer(), "已协商");
}

TEST(Answers, AreAddedToWhatACaseOrAnOrderResolved) {
  UpdateOpinionRequest request;
  request.set_answer("各方同意加装充电桩");
  request.mutable_update_mask()->add_paths("answer");
  const Opinion resolved =
      Resolve(InState(OPINION_STATE_ESCALATED), OPINION_OUTCOME_FIXED, {}, kNow)->opinion;
  const absl::StatusOr<Change> added = Update(resolved, request);
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_EQ(added->opinion.answer(), "各方同意加装充电桩");
  EXPECT_EQ(added->opinion.state(), OPINION_STATE_RESOLVED);
  EXPECT_THAT(added->steps[0].amended().fields(), ElementsAre("answer"));
  for (const OpinionState state : {OPINION_STATE_TRIAGED, OPINION_STATE_ESCALATED, OPINION_STATE_CLOSED}) {
    EXPECT_EQ(ReasonOf(Update(InState(state), request)), "OPINION_WRONG_STATE") << NameOf(state);
  }
  request.clear_answer();
  EXPECT_EQ(ReasonOf(Update(added->opinion, request)), "INVALID_FIELD");
}

TEST(Merging, LinksBothWaysAndCanBeUndone) {
  const Opinion opinion = InState(OPINION_STATE_RECEIVED);
  Opinion into = InState(OPINION_STATE_IN_PROGRESS);
  into.set_name("opinions/01900000-0000-7000-8000-000000000002");
  into.set_supports(4);
  Opinion supported = opinion;
  supported.set_supports(3);
  const absl::StatusOr<Pair> pair = Merge(supported, into, kNow);
  ASSERT_TRUE(pair.ok()) << pair.status();
  EXPECT_EQ(pair->merged.opinion.merged_into(), into.name());
  EXPECT_THAT(pair->stays.opinion.merged_from(), ElementsAre(opinion.name()));
  EXPECT_EQ(pair->merged.opinion.supports(), 3);  // supports are not moved
  EXPECT_EQ(pair->stays.opinion.supports(), 4);
  const absl::StatusOr<Pair> undone = Unmerge(pair->merged.opinion, pair->stays.opinion, kNow);
  ASSERT_TRUE(undone.ok());
  EXPECT_EQ(undone->merged.opinion.state(), OPINION_STATE_RECEIVED);
  EXPECT_EQ(undone->merged.opinion.merged_into(), "");
  EXPECT_EQ(undone->stays.opinion.merged_from_size(), 0);
  // Both ways are told.
  EXPECT_EQ(undone->merged.opinion.timeline(1).what(), "UNMERGED");
  EXPECT_EQ(undone->stays.opinion.timeline(0).what(), "MERGED_FROM");
  EXPECT_EQ(undone->stays.opinion.timeline(1).what(), "UNMERGED_FROM");
}

TEST(Merging, IsRefusedAcrossCommunitiesWithItselfAndIntoWhatIsNotFollowed) {
  const Opinion opinion = InState(OPINION_STATE_RECEIVED);
  Opinion into = InState(OPINION_STATE_TRIAGED);
  EXPECT_EQ(error::ReasonOf(Merge(opinion, into, kNow).status()), "INVALID_FIELD");
  into.set_name("opinions/01900000-0000-7000-8000-000000000002");
  into.set_area("340104400001-SL-01");
  EXPECT_EQ(error::ReasonOf(Merge(opinion, into, kNow).status()), "OTHER_COMMUNITY");
  into.set_area("340111400002-HY");
  EXPECT_TRUE(Merge(opinion, into, kNow).ok());
  into.set_about_staff(true);
  EXPECT_EQ(error::ReasonOf(Merge(opinion, into, kNow).status()), "ABOUT_STAFF");
  into.set_about_staff(false);
  into.set_restriction(RESTRICTION_THREAT);
  EXPECT_EQ(error::ReasonOf(Merge(opinion, into, kNow).status()), "RESTRICTED");
  into.clear_restriction();
  for (int i = 0; i < 500; ++i) into.add_merged_from("opinions/01900000-0000-7000-8000-0000000000aa");
  EXPECT_EQ(error::ReasonOf(Merge(opinion, into, kNow).status()), "MERGE_TARGET_FULL");
  into.clear_merged_from();
  // What is over is followed by nobody: the same matter again is a new one.
  for (const OpinionState state :
       {OPINION_STATE_DUPLICATE, OPINION_STATE_REJECTED, OPINION_STATE_WITHDRAWN, OPINION_STATE_CLOSED,
        OPINION_STATE_REFERRED_OUT, OPINION_STATE_TRANSFERRED}) {
    into.set_state(state);
    EXPECT_EQ(error::ReasonOf(Merge(opinion, into, kNow).status()), "MERGE_TARGET_NOT_FOLLOWED")
        << NameOf(state);
  }
}

TEST(Merging, KeepsWhatOthersWereMergedIntoInTheirCommunity) {
  Opinion into = InState(OPINION_STATE_TRIAGED);
  into.set_name("opinions/01900000-0000-7000-8000-000000000002");
  const Opinion merged_into = Merge(InState(OPINION_STATE_RECEIVED), into, kNow)->stays.opinion;
  EXPECT_EQ(ReasonOf(Reassign(merged_into, "340111401001-HY", "WRONG_PLACE", kNow)), "OTHER_COMMUNITY");
  EXPECT_TRUE(Reassign(merged_into, "340111400002-HY", "WRONG_PLACE", kNow).ok());
  EXPECT_TRUE(Reassign(into, "340111401001-HY", "WRONG_PLACE", kNow).ok());
}

TEST(Supports, CountOthersWhileTheMatterIsOpen) {
  const Opinion opinion = InState(OPINION_STATE_TRIAGED);
  EXPECT_EQ(Support(opinion, "neighbour")->opinion.supports(), 1);
  EXPECT_EQ(ReasonOf(Support(opinion, "reporter")), "OWN_OPINION");
  EXPECT_EQ(ReasonOf(Support(InState(OPINION_STATE_CLOSED), "neighbour")), "OPINION_WRONG_STATE");
  EXPECT_EQ(ReasonOf(Support(InState(OPINION_STATE_DUPLICATE), "neighbour")), "OPINION_WRONG_STATE");
}

TEST(Feedback, ClosesWhenSatisfiedAndAsksForReopeningWhenNot) {
  for (const Satisfaction satisfaction : {SATISFACTION_SATISFIED, SATISFACTION_PARTLY}) {
    const absl::StatusOr<Change> change =
        GiveFeedback(InState(OPINION_STATE_RESOLVED), satisfaction, "谢谢", kNow);
    ASSERT_TRUE(change.ok());
    EXPECT_EQ(change->opinion.state(), OPINION_STATE_CLOSED);
    ASSERT_EQ(change->steps.size(), 2u);
    EXPECT_EQ(change->steps[0].rated().rating(), NameOf(satisfaction));
    EXPECT_EQ(change->steps[1].closed().rating(), NameOf(satisfaction));
    EXPECT_EQ(change->steps[1].from(), change->steps[1].to());
  }
  const absl::StatusOr<Change> objected =
      GiveFeedback(InState(OPINION_STATE_ANSWERED), SATISFACTION_UNSATISFIED, "", kNow);
  EXPECT_EQ(objected->opinion.state(), OPINION_STATE_REOPEN_REQUESTED);
  // Nobody is asked twice.
  EXPECT_FALSE(GiveFeedback(objected->opinion, SATISFACTION_SATISFIED, "", kNow).ok());
}

TEST(Reopening, StartsANewClockAndTheThirdOneIsTheSecretarys) {
  Opinion opinion = InState(OPINION_STATE_REOPEN_REQUESTED);
  opinion.add_lapsed_deadlines("DUE");
  opinion.set_extended(true);
  DecideReopenRequest accept;
  accept.set_accept(true);
  accept.set_reason_code("NEW_FACTS");
  const absl::Time later = At("2023-04-03 09:00");  // Monday before 清明, which is the 5th
  const absl::StatusOr<Change> change = DecideReopen(opinion, accept, false, later);
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(change->opinion.reopen_count(), 1);
  EXPECT_EQ(FromProto(change->opinion.due_time()), At("2023-04-12 00:00"));
  EXPECT_EQ(change->opinion.lapsed_deadlines_size(), 0);
  EXPECT_FALSE(change->opinion.extended());

  opinion.set_reopen_count(2);
  EXPECT_EQ(ReasonOf(DecideReopen(opinion, accept, false, later)), "REOPEN_NEEDS_SECRETARY");
  EXPECT_TRUE(DecideReopen(opinion, accept, true, later).ok());
}

TEST(Calls, AreOwedToWhoeverAskedForOneBeforeTheEnd) {
  Opinion opinion = InState(OPINION_STATE_IN_PROGRESS);
  opinion.set_contact_preference(CONTACT_PREFERENCE_PHONE);
  EXPECT_EQ(ReasonOf(RecordCall(opinion, kNow)), "OPINION_WRONG_STATE");
  const Opinion resolved = Resolve(opinion, OPINION_OUTCOME_PLANNED, {"a", "", ""}, kNow)->opinion;
  EXPECT_EQ(ReasonOf(Close(resolved, "DONE", kNow)), "REPORTER_NOT_CALLED");
  const Opinion called = RecordCall(resolved, kNow + absl::Hours(1))->opinion;
  EXPECT_TRUE(Close(called, "DONE", kNow + absl::Hours(2)).ok());
}

Opinion AnsweredToWhoeverWantsACall() {
  Opinion opinion = InState(OPINION_STATE_IN_PROGRESS);
  opinion.set_contact_preference(CONTACT_PREFERENCE_PHONE);
  return Resolve(opinion, OPINION_OUTCOME_FIXED, {"已修好", "", ""}, kNow)->opinion;
}

TEST(Calls, ComeBeforeTheEndAlsoForWhoeverIsSatisfiedAlready) {
  const absl::StatusOr<Change> rated =
      GiveFeedback(AnsweredToWhoeverWantsACall(), SATISFACTION_SATISFIED, "谢谢", kNow + absl::Hours(1));
  ASSERT_TRUE(rated.ok()) << rated.status();
  EXPECT_EQ(rated->opinion.state(), OPINION_STATE_RESOLVED);
  EXPECT_EQ(rated->opinion.feedback().satisfaction(), SATISFACTION_SATISFIED);
  ASSERT_EQ(rated->steps.size(), 1u);
  EXPECT_EQ(rated->steps[0].rated().rating(), "SATISFIED");
  EXPECT_EQ(clock::EarliestDuty(rated->opinion)->kind, "CALL");
  // Nobody is asked twice.
  EXPECT_EQ(ReasonOf(GiveFeedback(rated->opinion, SATISFACTION_PARTLY, "", kNow + absl::Hours(2))),
            "FEEDBACK_GIVEN");
  const absl::StatusOr<Change> called = RecordCall(rated->opinion, kNow + absl::Hours(3));
  ASSERT_TRUE(called.ok()) << called.status();
  EXPECT_EQ(called->opinion.state(), OPINION_STATE_CLOSED);
  EXPECT_EQ(called->steps.back().closed().rating(), "SATISFIED");
  EXPECT_EQ(FromProto(called->opinion.close_time()), kNow + absl::Hours(3));
}

TEST(Calls, CloseNothingThatNobodyHasRatedOrThatIsObjectedTo) {
  const Opinion resolved = AnsweredToWhoeverWantsACall();
  EXPECT_EQ(RecordCall(resolved, kNow + absl::Hours(1))->opinion.state(), OPINION_STATE_RESOLVED);
  const Opinion objected =
      GiveFeedback(resolved, SATISFACTION_UNSATISFIED, "", kNow + absl::Hours(1))->opinion;
  EXPECT_EQ(objected.state(), OPINION_STATE_REOPEN_REQUESTED);
  EXPECT_EQ(RecordCall(objected, kNow + absl::Hours(2))->opinion.state(), OPINION_STATE_REOPEN_REQUESTED);
}

TEST(Calls, AreOfTheAnswerThatStandsAndSoIsItsRating) {
  DecideReopenRequest accept;
  accept.set_accept(true);
  Opinion opinion = AnsweredToWhoeverWantsACall();
  opinion = GiveFeedback(opinion, SATISFACTION_UNSATISFIED, "", kNow + absl::Hours(1))->opinion;
  opinion = DecideReopen(opinion, accept, false, kNow + absl::Hours(2))->opinion;
  opinion = Start(opinion, kNow + absl::Hours(3))->opinion;
  opinion = Resolve(opinion, OPINION_OUTCOME_FIXED, {"已重修", "", ""}, kNow + absl::Hours(4))->opinion;
  EXPECT_EQ(RatingOf(opinion), "");
  EXPECT_EQ(RecordCall(opinion, kNow + absl::Hours(5))->opinion.state(), OPINION_STATE_RESOLVED);
}

TEST(Returning, ForgetsTheCaseAndTheOrder) {
  Opinion opinion = InState(OPINION_STATE_ESCALATED);
  opinion.set_case_("cases/1");
  EXPECT_EQ(Return(opinion, "NOT_OURS", kNow)->opinion.case_(), "");
  Opinion dispatched = InState(OPINION_STATE_DISPATCHED);
  dispatched.set_order("orders/1");
  EXPECT_EQ(Return(dispatched, "NOT_OURS", kNow)->opinion.order(), "");
}

TEST(Reassigning, StaysTriagedInsideTheDistrict) {
  const Opinion opinion = InState(OPINION_STATE_TRIAGED);
  const absl::StatusOr<Change> change = Reassign(opinion, "340111400002-HY", "WRONG_PLACE", kNow);
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(change->opinion.area(), "340111400002-HY");
  EXPECT_EQ(change->opinion.state(), OPINION_STATE_TRIAGED);
  EXPECT_EQ(change->steps[0].reassigned().from_area(), kArea);
  EXPECT_EQ(ReasonOf(Reassign(opinion, "340104400001-SL", "", kNow)), "OTHER_DISTRICT");
  EXPECT_EQ(ReasonOf(Reassign(InState(OPINION_STATE_RECEIVED), "340111400002-HY", "", kNow)),
            "OPINION_WRONG_STATE");
}

TEST(Transferring, GoesToAnotherDistrict) {
  EXPECT_EQ(ReasonOf(Transfer(InState(OPINION_STATE_TRIAGED), "340111", kNow)), "INVALID_FIELD");
  EXPECT_EQ(ReasonOf(Transfer(InState(OPINION_STATE_TRIAGED), "3401", kNow)), "INVALID_FIELD");
}

TEST(Emergencies, AreAcknowledgedOnceAndHandedOff) {
  Opinion opinion = InState(OPINION_STATE_RECEIVED);
  EXPECT_EQ(ReasonOf(Acknowledge(opinion, kNow)), "NOT_AN_EMERGENCY");
  opinion.set_urgency(OPINION_URGENCY_EMERGENCY);
  const Opinion acknowledged = Acknowledge(opinion, kNow)->opinion;
  EXPECT_EQ(ReasonOf(Acknowledge(acknowledged, kNow)), "ALREADY_ACKNOWLEDGED");
  v1::HandOff hand_off;
  hand_off.set_body("119");
  const Opinion handed = HandOff(opinion, hand_off, kNow + absl::Minutes(3))->opinion;
  EXPECT_EQ(FromProto(handed.acknowledge_time()), kNow + absl::Minutes(3));
  EXPECT_EQ(FromProto(handed.hand_offs(0).hand_off_time()), kNow + absl::Minutes(3));
}

Opinion Emergency(OpinionState state) {
  Opinion opinion = InState(state);
  DeclareEmergency(opinion, kNow);
  return opinion;
}

TEST(Emergencies, AreAcknowledgedByStaffWhoAnswerThemOrSendThemOn) {
  const absl::Time then = kNow + absl::Minutes(5);
  RejectOpinionRequest spam;
  spam.set_reason(REJECT_REASON_SPAM);
  Opinion into = Emergency(OPINION_STATE_TRIAGED);
  into.set_name("opinions/01900000-0000-7000-8000-000000000002");
  const Opinion received = Emergency(OPINION_STATE_RECEIVED);
  const Opinion triaged = Emergency(OPINION_STATE_TRIAGED);
  for (const absl::StatusOr<Change>& change :
       {Answer(received, {}, then), Reject(received, spam, then), Refer(triaged, {}, then),
        Transfer(triaged, "340104", then),
        Resolve(Emergency(OPINION_STATE_IN_PROGRESS), OPINION_OUTCOME_FIXED, {}, then)}) {
    ASSERT_TRUE(change.ok()) << change.status();
    EXPECT_EQ(FromProto(change->opinion.acknowledge_time()), then) << NameOf(change->opinion.state());
  }
  EXPECT_EQ(FromProto(Merge(received, into, then)->merged.opinion.acknowledge_time()), then);
  // To look at it is not yet to have it in hand.
  EXPECT_FALSE(Start(triaged, then)->opinion.has_acknowledge_time());
}

TEST(Emergencies, ThatAreTakenBackAreStillAcknowledged) {
  const Opinion withdrawn = Withdraw(Emergency(OPINION_STATE_RECEIVED), kNow + absl::Minutes(5))->opinion;
  ASSERT_TRUE(clock::EarliestDuty(withdrawn).has_value());
  EXPECT_EQ(clock::EarliestDuty(withdrawn)->kind, "ACKNOWLEDGE");
  EXPECT_TRUE(Lapse(withdrawn, "ACKNOWLEDGE", kNow + absl::Minutes(15)).has_value());
  EXPECT_FALSE(clock::EarliestDuty(Acknowledge(withdrawn, kNow + absl::Minutes(6))->opinion).has_value());
}

TEST(Emergencies, AreMergedIntoEmergenciesOnly) {
  Opinion into = InState(OPINION_STATE_TRIAGED);
  into.set_name("opinions/01900000-0000-7000-8000-000000000002");
  const Opinion emergency = Emergency(OPINION_STATE_RECEIVED);
  EXPECT_EQ(error::ReasonOf(Merge(emergency, into, kNow).status()), "EMERGENCY_NOT_MERGED");
  DeclareEmergency(into, kNow);
  const absl::StatusOr<Pair> pair = Merge(emergency, into, kNow);
  ASSERT_TRUE(pair.ok()) << pair.status();
  // The one that stays is still to be acknowledged.
  EXPECT_EQ(clock::EarliestDuty(pair->stays.opinion)->kind, "ACKNOWLEDGE");
  EXPECT_TRUE(Merge(InState(OPINION_STATE_RECEIVED), into, kNow).ok());
}

TEST(Updating, ChangesWhatTheMaskNames) {
  UpdateOpinionRequest request;
  request.set_category("SAFETY.EBIKE");
  request.set_public_summary("飞线充电");
  request.mutable_update_mask()->add_paths("public_summary");
  const absl::StatusOr<Change> summary = Update(InState(OPINION_STATE_IN_PROGRESS), request);
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->opinion.public_summary(), "飞线充电");
  EXPECT_EQ(summary->opinion.category(), "SAFETY.FIRE");
  EXPECT_THAT(summary->steps[0].amended().fields(), ElementsAre("public_summary"));

  request.mutable_update_mask()->add_paths("category");
  EXPECT_EQ(ReasonOf(Update(InState(OPINION_STATE_IN_PROGRESS), request)), "OPINION_WRONG_STATE");
  const absl::StatusOr<Change> both = Update(InState(OPINION_STATE_TRIAGED), request);
  EXPECT_THAT(both->steps[0].amended().fields(), UnorderedElementsAre("public_summary", "category"));
  EXPECT_EQ(both->steps[0].amended().from_category(), "SAFETY.FIRE");

  request.mutable_update_mask()->add_paths("text");
  EXPECT_EQ(ReasonOf(Update(InState(OPINION_STATE_TRIAGED), request)), "INVALID_FIELD");
}

TEST(Rejecting, LinksTheOldAnswerWhenItWasDecidedAlready) {
  RejectOpinionRequest request;
  request.set_reason(REJECT_REASON_ALREADY_DECIDED);
  EXPECT_EQ(ReasonOf(Reject(InState(OPINION_STATE_TRIAGED), request, kNow)), "INVALID_FIELD");
  request.set_earlier_opinion("opinions/01900000-0000-7000-8000-000000000009");
  EXPECT_EQ(Reject(InState(OPINION_STATE_TRIAGED), request, kNow)->opinion.earlier_opinion(),
            request.earlier_opinion());
  request.set_reason(REJECT_REASON_SPAM);
  EXPECT_EQ(ReasonOf(Reject(InState(OPINION_STATE_TRIAGED), request, kNow)), "INVALID_FIELD");
}

}  // namespace
}  // namespace firstfloor::opinion::rules
