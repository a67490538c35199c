// Erasing somebody from the opinion service: real calls, MariaDB and Redis.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/db/schema/migrations.h"
#include "common/erasure/erasures.h"
#include "common/error/error.h"
#include "common/events/log.h"
#include "common/testing/breaking.h"
#include "common/testing/erasing.h"
#include "common/testing/suite.h"
#include "common/testing/traces.h"
#include "firstfloor/events/v1/event.pb.h"
#include "firstfloor/opinion/v1/box_service.pb.h"
#include "firstfloor/opinion/v1/home_visit_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/opinion/v1/stall_service.pb.h"
#include "google/rpc/status.pb.h"
#include "services/opinion/furnish.h"

namespace firstfloor::opinion {
namespace {

using firstfloor::testing::Administrator;
using firstfloor::testing::As;
using firstfloor::testing::CopySchema;
using firstfloor::testing::Done;
using firstfloor::testing::Erase;
using firstfloor::testing::ErasureOf;
using firstfloor::testing::FiguresOf;
using firstfloor::testing::RequestId;
using firstfloor::testing::Suite;
using firstfloor::testing::TracesIn;
using firstfloor::testing::TracesOf;
using firstfloor::testing::WhileConnectionsAreKilled;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using type::v1::Erasure;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr char kElsewhere[] = "340104400001-SL-01";
constexpr char kOpinions[] = "firstfloor.opinion.v1.OpinionService.";
constexpr char kStalls[] = "firstfloor.opinion.v1.StallService.";

// What the people of these tests are called and say; invented, and found nowhere else.
constexpr char kName[] = "欧阳虚构";
constexpr char kPhone[] = "+8619900001234";
constexpr char kText[] = "quiltrvs: the lamp on the stairs of number seven is broken";
const std::vector<std::string>& Words() {
  static const auto* const words = new std::vector<std::string>{kName, kPhone, "quiltrvs"};
  return *words;
}

As Resident(const std::string& subject, const std::string& area = kBuilding) {
  return {.role = api::v1::ROLE_RESIDENT, .area = area, .subject = subject};
}
As Staff(const std::string& area = "340111400") {
  return {.role = api::v1::ROLE_COMMUNITY_STAFF, .area = area, .subject = "staff"};
}

class OpinionErasure : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    suite_ = new Suite();
    suite_->Start(Program());
  }
  static void TearDownTestSuite() {
    delete suite_;
    suite_ = nullptr;
  }
  static program::Program Program() {
    return {.name = "opinion", .migrations = schema::Migrations(), .furnish = Furnish};
  }

  static type::v1::Person Person(const std::string& subject) {
    type::v1::Person person;
    person.set_subject(subject);
    person.set_display_name(kName);
    person.set_phone(kPhone);
    return person;
  }
  static SubmitOpinionRequest Submission(const std::string& subject, const std::string& area = kBuilding) {
    SubmitOpinionRequest request;
    request.set_request_id(RequestId());
    Opinion& opinion = *request.mutable_opinion();
    opinion.set_area(area);
    opinion.set_channel(OPINION_CHANNEL_APP);
    opinion.set_kind(OPINION_KIND_PROBLEM);
    opinion.set_text(kText);
    opinion.set_contact_preference(CONTACT_PREFERENCE_PHONE);
    *opinion.mutable_reporter() = Person(subject);
    opinion.mutable_attachments()->Add()->set_uri("https://files.invalid/quiltrvs.jpg");
    opinion.mutable_attachments(0)->set_media_type("image/jpeg");
    opinion.mutable_attachments(0)->set_sha256(std::string(64, 'a'));
    return request;
  }
  static absl::StatusOr<SubmitOpinionResponse> Submit(const SubmitOpinionRequest& request, const As& as) {
    return suite_->Call<SubmitOpinionResponse>(absl::StrCat(kOpinions, "SubmitOpinion"), request, as);
  }
  static Opinion Submitted(const std::string& subject, const std::string& area = kBuilding) {
    const auto response = Submit(Submission(subject, area), Resident(subject, area));
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->opinion() : Opinion();
  }
  template <typename Request>
  static absl::StatusOr<Opinion> Do(const std::string& method, const std::string& name, Request request,
                                    const As& as) {
    request.set_name(name);
    request.set_request_id(RequestId());
    return suite_->Call<Opinion>(absl::StrCat(kOpinions, method), request, as);
  }
  static Opinion Get(const std::string& name, const As& as, bool unmask = false) {
    GetOpinionRequest request;
    request.set_name(name);
    request.set_unmask(unmask);
    As strong = as;
    strong.strong = true;
    const auto opinion = suite_->Call<Opinion>(absl::StrCat(kOpinions, "GetOpinion"), request, strong);
    EXPECT_TRUE(opinion.ok()) << opinion.status();
    return opinion.ok() ? *opinion : Opinion();
  }
  // Triaged, answered and rated: over, with something personal in every step.
  static std::string Settled(const std::string& subject) {
    const std::string name = Submitted(subject).name();
    TriageOpinionRequest triage;
    triage.set_category("ENVIRONMENT.CORRIDOR");
    triage.set_public_summary("a lamp");
    EXPECT_TRUE(Do("TriageOpinion", name, triage, Staff()).ok());
    EXPECT_TRUE(Do("StartOpinion", name, StartOpinionRequest(), Staff()).ok());
    ResolveOpinionRequest resolve;
    resolve.set_outcome(OPINION_OUTCOME_FIXED);
    resolve.set_answer(absl::StrCat("Dear ", kName, ", it burns again. quiltrvs"));
    EXPECT_TRUE(Do("ResolveOpinion", name, resolve, Staff()).ok());
    EXPECT_TRUE(Do("RecordCall", name, RecordCallRequest(), Staff()).ok());
    GiveFeedbackRequest feedback;
    feedback.mutable_feedback()->set_satisfaction(SATISFACTION_SATISFIED);
    feedback.mutable_feedback()->set_text("quiltrvs thanks");
    const auto closed = Do("GiveFeedback", name, feedback, Resident(subject));
    EXPECT_TRUE(closed.ok()) << closed.status();
    return name;
  }
  // With the person and a colleague at the table.
  static std::string OpenStall(const std::string& subject) {
    PlanStallRequest plan;
    plan.set_request_id(RequestId());
    plan.mutable_stall()->set_area(kBuilding);
    type::v1::TimeWindow& window = *plan.mutable_stall()->mutable_window();
    *window.mutable_start_time() = calendar::ToProto(absl::Now());
    *window.mutable_end_time() = calendar::ToProto(absl::Now() + absl::Hours(2));
    for (type::v1::Person person : {Person(subject), Person("account-of-a-colleague")}) {
      TeamMember* member = plan.mutable_stall()->add_team();
      member->set_organisation("STEWARD_TEAM");
      if (person.subject() != subject) person.set_display_name("司马虚构");
      *member->mutable_person() = person;
    }
    const auto stall = suite_->Call<Stall>(absl::StrCat(kStalls, "PlanStall"), plan, Staff());
    EXPECT_TRUE(stall.ok()) << stall.status();
    if (!stall.ok()) return "";
    OpenStallRequest open;
    open.set_name(stall->name());
    open.set_area(kBuilding);
    open.set_request_id(RequestId());
    const auto opened = suite_->Call<Stall>(absl::StrCat(kStalls, "OpenStall"), open, Staff());
    EXPECT_TRUE(opened.ok()) << opened.status();
    return stall->name();
  }
  static Erasure Erased(const type::v1::EraseSubjectRequest& request) {
    const auto erasure = Erase(*suite_, "opinion", request);
    EXPECT_TRUE(erasure.ok()) << erasure.status();
    return erasure.ok() ? Done(*suite_, "opinion", *erasure) : Erasure();
  }
  // Open matters or not.
  static type::v1::EraseSubjectRequest Forced(const std::string& subject) {
    type::v1::EraseSubjectRequest request = ErasureOf(subject);
    request.set_force(true);
    return request;
  }
  static std::vector<std::string> Traces(const std::string& subject) {
    return TracesIn(*suite_, "opinion", subject, Words());
  }
  static int64_t Count(const std::string& what) {
    db::Connection connection(suite_->database("opinion"));
    const auto rows = connection.Query("SELECT COUNT(*) FROM " + what);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() ? rows->front().Int(0) : -1;
  }
  // The events of an erasure, by the resource from which something was erased.
  static std::map<std::string, int> EventsOf(const Erasure& erasure) {
    db::Connection connection(suite_->database("opinion"));
    std::map<std::string, int> events;
    const absl::StatusOr<db::Rows> rows = connection.Query("SELECT body FROM event_log");
    EXPECT_TRUE(rows.ok()) << rows.status();
    for (const db::Row& row : rows.value_or(db::Rows())) {
      events::v1::Event event;
      EXPECT_TRUE(event.ParseFromString(row.Text(0)));
      if (event.access().personal_data_erased().erasure() == erasure.name()) ++events[event.subject()];
    }
    return events;
  }
  static void ExpectTheChainIsUnbroken() {
    db::Connection connection(suite_->database("opinion"));
    EXPECT_TRUE(events::AwaitCaughtUp(connection, "", absl::Now() + absl::Seconds(10)).ok());
    const absl::StatusOr<int64_t> verified = events::Verify(connection);
    EXPECT_TRUE(verified.ok()) << verified.status();
  }

  static Suite* suite_;
};

Suite* OpinionErasure::suite_ = nullptr;

TEST_F(OpinionErasure, LeavesNothingOfThePersonAndEverythingOfOthers) {
  const std::string subject = "account-of-somebody";
  const SubmitOpinionRequest submission = Submission(subject);
  ASSERT_TRUE(Submit(submission, Resident(subject)).ok());
  const std::string settled = Settled(subject);
  const std::string others = Submitted("account-of-a-neighbour").name();
  TriageOpinionRequest triage;
  triage.set_category("ENVIRONMENT.CORRIDOR");
  triage.set_public_summary("another lamp");
  ASSERT_TRUE(Do("TriageOpinion", others, triage, Staff()).ok());
  for (const std::string& supporter : {subject, std::string("account-of-another")}) {
    const auto supported = Do("SupportOpinion", others, SupportOpinionRequest(), Resident(supporter));
    ASSERT_TRUE(supported.ok()) << supported.status();
  }
  const std::string stall = OpenStall(subject);

  // Of the neighbour's, the words that both use.
  const std::string neighbours = Get(others, Resident("account-of-a-neighbour")).SerializeAsString();
  ASSERT_THAT(neighbours, HasSubstr("quiltrvs"));
  const std::string figures = FiguresOf(*suite_, "opinion");
  const int64_t opinions = Count("opinion");
  const int64_t supports = Count("opinion_support");
  const int64_t replies = Count("request_log");
  ASSERT_THAT(Traces(subject), Not(IsEmpty())) << "the search finds nothing at all";

  const Erasure erasure = Erased(Forced(subject));
  EXPECT_EQ(erasure.resources(), 3) << "two opinions and a stall";
  EXPECT_GE(erasure.replies(), 8);
  EXPECT_EQ(EventsOf(erasure).size(), 3u);

  // The neighbour said the same words: they are left, and nobody else's.
  for (const std::string& trace : TracesIn(*suite_, "opinion", subject, {kName})) {
    EXPECT_THAT(trace, ::testing::AnyOf(HasSubstr(others), HasSubstr("a reply to"))) << trace;
  }
  EXPECT_EQ(Get(others, Resident("account-of-a-neighbour")).SerializeAsString(), neighbours);
  Opinion left = Get(settled, Staff(), true);
  EXPECT_EQ(left.state(), OPINION_STATE_CLOSED);
  EXPECT_EQ(left.public_summary(), "a lamp");
  EXPECT_EQ(left.feedback().satisfaction(), SATISFACTION_SATISFIED);
  EXPECT_TRUE(left.has_erase_time());
  EXPECT_EQ(left.text() + left.answer() + left.feedback().text(), "");
  EXPECT_FALSE(left.has_reporter());
  EXPECT_EQ(left.attachments_size(), 0);

  GetStallRequest get;
  get.set_name(stall);
  get.set_unmask(true);
  const auto team = suite_->Call<Stall>(absl::StrCat(kStalls, "GetStall"), get, Staff());
  ASSERT_TRUE(team.ok()) << team.status();
  EXPECT_FALSE(team->team(0).has_person());
  EXPECT_EQ(team->team(1).person().display_name(), "司马虚构");

  EXPECT_EQ(Count("opinion"), opinions);
  EXPECT_EQ(Count("opinion_support"), supports);
  EXPECT_EQ(Get(others, Staff()).supports(), supports);
  EXPECT_EQ(FiguresOf(*suite_, "opinion"), figures);
  ExpectTheChainIsUnbroken();

  // That a request was carried out is known without its reply: it does not happen again.
  const auto again = Submit(submission, Resident(subject));
  EXPECT_EQ(error::ReasonOf(again.status()), "REPLY_ERASED") << again.status();
  EXPECT_EQ(Count("opinion"), opinions);
  EXPECT_EQ(Count("request_log"), replies + 1) << "the erasure's own";
}

TEST_F(OpinionErasure, LeavesABoxItsOtherWitnessAndAVisitItsVisitors) {
  const std::string subject = "account-of-a-witness";
  const std::string colleague = "account-of-a-second-witness";
  const auto call = [&](auto request, const char* method, auto reply) {
    request.set_request_id(RequestId());
    const absl::Status status =
        suite_->Ask(absl::StrCat("firstfloor.opinion.v1.", method), request, reply, Staff());
    EXPECT_TRUE(status.ok()) << status;
    return reply;
  };
  CreateBoxRequest hang;
  hang.mutable_box()->set_area(kBuilding);
  hang.mutable_box()->set_place("the lobby");
  hang.mutable_box()->set_opening_interval_days(7);
  *hang.mutable_box()->mutable_custodian() = Person("account-of-a-custodian");
  hang.mutable_box()->mutable_custodian()->set_display_name("司马虚构");
  const Box box = call(hang, "BoxService.CreateBox", Box());
  OpenBoxRequest open;
  open.set_name(box.name());
  for (const std::string& witness : {subject, colleague}) {
    *open.add_witnesses()->mutable_person() = Person(witness);
    open.mutable_witnesses(open.witnesses_size() - 1)->set_slips(0);
  }
  open.mutable_witnesses(1)->mutable_person()->set_display_name("司马虚构");
  const BoxOpening opening = call(open, "BoxService.OpenBox", BoxOpening());

  PlanHomeVisitRequest plan;
  HomeVisit& draft = *plan.mutable_home_visit();
  draft.set_area(kBuilding);
  draft.mutable_household()->set_door("1-702");
  *draft.mutable_household()->mutable_contact() = Person(subject);
  Visitor* visitor = draft.add_visitors();
  visitor->set_organisation("STEWARD_TEAM");
  visitor->set_age(VISITOR_AGE_ADULT);
  *visitor->mutable_person() = Person(colleague);
  visitor->mutable_person()->set_display_name("司马虚构");
  const HomeVisit visit = call(plan, "HomeVisitService.PlanHomeVisit", HomeVisit());
  RecordHomeVisitRequest record;
  record.set_name(visit.name());
  record.set_outcome(HOME_VISIT_OUTCOME_MET);
  record.set_note("quiltrvs, and the neighbours are loud");
  call(record, "HomeVisitService.RecordHomeVisit", HomeVisit());

  const Erasure erasure = Erased(ErasureOf(subject));
  EXPECT_EQ(erasure.resources(), 2) << "an opening and a visit";
  EXPECT_THAT(TracesIn(*suite_, "opinion", subject, {"account-of-a-witness"}), IsEmpty());
  const auto get = [&](auto request, const char* method, auto reply) {
    const absl::Status status =
        suite_->Ask(absl::StrCat("firstfloor.opinion.v1.", method), request, reply, Staff());
    EXPECT_TRUE(status.ok()) << status;
    return reply;
  };
  GetBoxOpeningRequest get_opening;
  get_opening.set_name(opening.name());
  get_opening.set_unmask(true);
  const BoxOpening left = get(get_opening, "BoxService.GetBoxOpening", BoxOpening());
  EXPECT_FALSE(left.witnesses(0).has_person());
  EXPECT_EQ(left.witnesses(1).person().display_name(), "司马虚构");
  GetHomeVisitRequest get_visit;
  get_visit.set_name(visit.name());
  get_visit.set_unmask(true);
  const HomeVisit made = get(get_visit, "HomeVisitService.GetHomeVisit", HomeVisit());
  EXPECT_EQ(made.household().SerializeAsString(), "") << "who lives there, and what was noted of them";
  EXPECT_EQ(made.visitors(0).person().display_name(), "司马虚构");
  EXPECT_EQ(made.outcome(), HOME_VISIT_OUTCOME_MET);
  EXPECT_TRUE(made.has_erase_time());
}

TEST_F(OpinionErasure, FindsThePersonNowhereAfterwards) {
  const std::string subject = "account-of-somebody-alone";
  const std::string word = "vrqtglum";
  SubmitOpinionRequest submission = Submission(subject);
  submission.mutable_opinion()->set_text(word);
  submission.mutable_opinion()->mutable_reporter()->set_display_name("诸葛虚构");
  submission.mutable_opinion()->mutable_reporter()->set_phone("+8619900009999");
  const auto submitted = Submit(submission, Resident(subject));
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  ASSERT_TRUE(
      Do("WithdrawOpinion", submitted->opinion().name(), WithdrawOpinionRequest(), Resident(subject)).ok());
  const std::vector<std::string> words = {word, "诸葛虚构", "+8619900009999"};
  EXPECT_THAT(TracesIn(*suite_, "opinion", subject, words), Not(IsEmpty()));
  const Erasure erasure = Erased(ErasureOf(subject));
  EXPECT_EQ(erasure.resources(), 1);
  EXPECT_THAT(TracesIn(*suite_, "opinion", subject, words), IsEmpty());

  const Erasure nothing = Erased(ErasureOf(subject));
  EXPECT_EQ(nothing.resources(), 0) << "there is nothing left for another one";
}

TEST_F(OpinionErasure, WaitsUntilMattersAreOverUnlessForced) {
  const std::string subject = "account-of-somebody-waiting";
  const std::string name = Submitted(subject).name();
  const auto refused = Erase(*suite_, "opinion", ErasureOf(subject));
  EXPECT_EQ(error::ReasonOf(refused.status()), "SUBJECT_HAS_OPEN_MATTERS") << refused.status();
  EXPECT_THAT(error::ToProto(refused.status()).ShortDebugString(), HasSubstr(name));
  EXPECT_EQ(Get(name, Resident(subject)).text(), kText);

  EXPECT_EQ(Erased(Forced(subject)).resources(), 1);
  // It goes on, like one of somebody who did not say who they are.
  TriageOpinionRequest triage;
  triage.set_category("ENVIRONMENT.CORRIDOR");
  EXPECT_TRUE(Do("TriageOpinion", name, triage, Staff()).ok());
  EXPECT_TRUE(Do("StartOpinion", name, StartOpinionRequest(), Staff()).ok());
  ResolveOpinionRequest resolve;
  resolve.set_outcome(OPINION_OUTCOME_FIXED);
  resolve.set_answer("done");
  EXPECT_TRUE(Do("ResolveOpinion", name, resolve, Staff()).ok());
  CloseOpinionRequest close;
  close.set_reason_code("NOBODY_TO_ASK");
  const auto closed = Do("CloseOpinion", name, close, Staff());
  EXPECT_TRUE(closed.ok()) << "nobody is left to be called: " << closed.status();
}

TEST_F(OpinionErasure, IsForTheAdministratorOfTheDistrictAndStaysThere) {
  const std::string subject = "account-of-somebody-in-two-districts";
  const std::string here = Submitted(subject).name();
  const std::string there = Submitted(subject, kElsewhere).name();
  const type::v1::EraseSubjectRequest request = Forced(subject);
  const auto as = [&](const As& caller) {
    return suite_->Call<Erasure>("firstfloor.opinion.v1.OperationsService.EraseSubject", request, caller)
        .status();
  };
  EXPECT_TRUE(absl::IsPermissionDenied(as(Staff("340111"))));
  EXPECT_TRUE(absl::IsPermissionDenied(as(Administrator("340104"))));
  EXPECT_TRUE(absl::IsPermissionDenied(as(Administrator(kBuilding)))) << "of a part of the district";

  const Erasure erasure = Erased(request);
  EXPECT_EQ(erasure.resources(), 1);
  EXPECT_FALSE(Get(here, Staff()).has_reporter());
  EXPECT_EQ(Get(there, Resident(subject, kElsewhere)).text(), kText);
  type::v1::GetErasureRequest get;
  get.set_name(erasure.name());
  const auto seen = [&](const As& caller) {
    return suite_->Call<Erasure>("firstfloor.opinion.v1.OperationsService.GetErasure", get, caller).status();
  };
  EXPECT_TRUE(absl::IsPermissionDenied(seen(Administrator("340104"))));
  EXPECT_TRUE(seen({.role = api::v1::ROLE_AUDITOR, .area = "340111", .subject = "auditor"}).ok());
}

TEST_F(OpinionErasure, GoesOnAfterTheSameRequestAndHappensOnce) {
  const std::string subject = "account-of-somebody-impatient";
  Settled(subject);
  const type::v1::EraseSubjectRequest request = ErasureOf(subject);
  const auto first = Erase(*suite_, "opinion", request);
  const auto second = Erase(*suite_, "opinion", request);
  ASSERT_TRUE(first.ok() && second.ok()) << second.status();
  EXPECT_EQ(first->name(), second->name());
  EXPECT_EQ(Done(*suite_, "opinion", *first).resources(), 1);
}

// Everything that the person said before is erased; what they say while it runs is erased whole or stays
// whole.
TEST_F(OpinionErasure, IsSafeWhileThePersonGoesOnSpeaking) {
  const std::string subject = "account-of-somebody-talkative";
  std::vector<std::string> before;
  for (int i = 0; i < 20; ++i) before.push_back(Submitted(subject).name());
  std::atomic<bool> stop = false;
  std::vector<std::string> during;
  std::thread talks([&] {
    while (!stop) {
      const auto said = Submit(Submission(subject), Resident(subject));
      ASSERT_TRUE(said.ok()) << said.status();
      during.push_back(said->opinion().name());
    }
  });
  const Erasure erasure = Erased(Forced(subject));
  stop = true;
  talks.join();
  for (const std::string& name : before) {
    EXPECT_TRUE(Get(name, Staff()).has_erase_time()) << "what was acknowledged before is erased";
  }
  ASSERT_FALSE(during.empty());
  int64_t stayed = 0;
  for (const std::string& name : during) {
    const Opinion opinion = Get(name, Staff(), true);
    const bool erased = opinion.has_erase_time();
    EXPECT_EQ(opinion.text(), erased ? "" : kText);
    EXPECT_EQ(opinion.reporter().subject(), erased ? "" : subject);
    EXPECT_EQ(opinion.attachments_size(), erased ? 0 : 1);
    stayed += erased ? 0 : 1;
  }
  EXPECT_EQ(erasure.resources(), static_cast<int64_t>(before.size() + during.size()) - stayed);
  EXPECT_EQ(Erased(Forced(subject)).resources(), stayed) << "another one takes the rest";
  EXPECT_THAT(TracesIn(*suite_, "opinion", subject, {}), IsEmpty());
}

TEST_F(OpinionErasure, CompletesWithTwoReplicasWhoseConnectionsAreKilled) {
  const std::string subject = "account-of-somebody-who-said-much";
  constexpr int kOwn = 700;
  std::vector<std::thread> mouths;
  for (int mouth = 0; mouth < 7; ++mouth) {
    mouths.emplace_back([&] {
      for (int i = 0; i < kOwn / 7; ++i) {
        Submitted(subject);
        Submitted("account-of-a-listener");
      }
    });
  }
  for (std::thread& mouth : mouths) mouth.join();
  suite_->Start(Program());
  const auto begun = Erase(*suite_, "opinion", Forced(subject));
  ASSERT_TRUE(begun.ok()) << begun.status();
  EXPECT_GT(WhileConnectionsAreKilled(*suite_, "opinion", [] { absl::SleepFor(absl::Milliseconds(700)); }),
            5);
  const Erasure erasure = Done(*suite_, "opinion", *begun);
  EXPECT_EQ(erasure.resources(), kOwn);
  const std::map<std::string, int> events = EventsOf(erasure);
  EXPECT_EQ(events.size(), static_cast<size_t>(kOwn));
  for (const auto& [name, times] : events) EXPECT_EQ(times, 1) << name;
  EXPECT_THAT(TracesIn(*suite_, "opinion", subject, {}), IsEmpty());
  ExpectTheChainIsUnbroken();
}

TEST_F(OpinionErasure, IsReplayedOnARestoredBackup) {
  const std::string early = "account-of-somebody-erased-early";
  Settled(early);
  Erased(ErasureOf(early));
  const std::string subject = "account-of-somebody-in-the-backup";
  const std::string name = Settled(subject);
  const std::string others = Settled("account-of-a-stranger");
  const std::string backup = suite_->mariadb().NewSchema("backup").schema;
  CopySchema(suite_->mariadb(), suite_->database("opinion").schema, backup);
  Erased(ErasureOf(subject));
  // Whoever comes back after an erasure that the backup knows is not erased again.
  Settled(early);
  const absl::StatusOr<std::string> exported = suite_->house("opinion").ExportErasures();
  ASSERT_TRUE(exported.ok()) << exported.status();
  EXPECT_THAT(*exported, Not(HasSubstr("account")));

  const db::Config restored = suite_->mariadb().NewSchema("restored");
  CopySchema(suite_->mariadb(), backup, restored.schema);
  program::Settings settings = suite_->SettingsFor("opinion");
  settings.database = restored;
  const auto house = program::House::Build(settings, Program());
  ASSERT_TRUE(house.ok()) << house.status();
  db::Connection connection(restored);
  const auto traces = [&](const std::string& whose) {
    return TracesOf(connection, (*house)->erasures().plan(), *(*house)->environment().keyring, whose, {});
  };
  EXPECT_THAT(traces(subject), Not(IsEmpty()));
  const std::vector<std::string> of_others = traces("account-of-a-stranger");
  const auto replayed = (*house)->ReplayErasures(*exported);
  ASSERT_TRUE(replayed.ok()) << replayed.status();
  EXPECT_THAT(*replayed, HasSubstr("1 erasures replayed, 1 resources"));
  EXPECT_THAT(traces(subject), IsEmpty());
  EXPECT_EQ(traces("account-of-a-stranger").size(), of_others.size());
  EXPECT_THAT(*(*house)->ReplayErasures(*exported), HasSubstr("0 erasures replayed"));
}

}  // namespace
}  // namespace firstfloor::opinion
