// The deliberation service as it runs, on a real database.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/db/schema/migrations.h"
#include "common/error/error.h"
#include "common/resource/table.h"
#include "common/testing/suite.h"
#include "firstfloor/deliberation/v1/case_service.pb.h"
#include "firstfloor/deliberation/v1/operations_service.pb.h"
#include "firstfloor/deliberation/v1/order_service.pb.h"
#include "firstfloor/deliberation/v1/statistics_service.pb.h"
#include "firstfloor/opinion/v1/opinion.pb.h"
#include "services/deliberation/case_rules.h"
#include "services/deliberation/cases.h"
#include "services/deliberation/consultation_rules.h"
#include "services/deliberation/flows.h"
#include "services/deliberation/furnish.h"
#include "services/deliberation/orders.h"

namespace firstfloor::deliberation {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this one service
using calendar::FromProto;
using calendar::ToProto;
using ::firstfloor::testing::As;
using ::firstfloor::testing::RequestId;

constexpr char kOrders[] = "firstfloor.deliberation.v1.OrderService.";
constexpr char kCases[] = "firstfloor.deliberation.v1.CaseService.";
constexpr char kCommunity[] = "340111400";
constexpr char kBuilding[] = "340111400001-CJ-07";

absl::Time At(int month, int day, int hour, int minute = 0) {
  return absl::FromCivil(absl::CivilMinute(2023, month, day, hour, minute), calendar::Shanghai());
}

class Deliberation : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    suite_ = new ::firstfloor::testing::Suite;
    suite_->Start({.name = "deliberation", .migrations = schema::Migrations(), .furnish = Furnish});
  }
  static void TearDownTestSuite() {
    delete suite_;
    suite_ = nullptr;
  }

  static As Person(api::v1::Role role, const std::string& subject, absl::Time as_of = absl::InfinitePast()) {
    return {.role = role,
            .area = kCommunity,
            .subject = subject,
            .as_of = as_of,
            .strong = false,
            .timeout = absl::Seconds(60)};
  }
  static As Resident(absl::Time as_of = absl::InfinitePast()) {
    return Person(api::v1::ROLE_RESIDENT, "resident-1", as_of);
  }
  static As Steward(absl::Time as_of = absl::InfinitePast()) {
    return Person(api::v1::ROLE_STEWARD, "steward-1", as_of);
  }
  static As Branch(absl::Time as_of = absl::InfinitePast()) {
    return Person(api::v1::ROLE_BRANCH_SECRETARY, "secretary-1", as_of);
  }
  static As Property(absl::Time as_of = absl::InfinitePast()) {
    return Person(api::v1::ROLE_PROPERTY, "property-1", as_of);
  }

  template <typename Request>
  static absl::StatusOr<Order> OnOrder(const std::string& method, Request request, const std::string& name,
                                       const As& as) {
    request.set_name(name);
    if (request.request_id().empty()) request.set_request_id(RequestId());
    return suite_->Call<Order>(kOrders + method, request, as);
  }
  template <typename Request>
  static absl::StatusOr<Case> OnCase(const std::string& method, Request request, const std::string& name,
                                     const As& as) {
    request.set_name(name);
    request.set_request_id(RequestId());
    return suite_->Call<Case>(kCases + method, request, as);
  }
  static absl::StatusOr<Order> GetOrder(const std::string& name, const As& as, bool unmask = false) {
    GetOrderRequest request;
    request.set_name(name);
    request.set_unmask(unmask);
    return suite_->Call<Order>(absl::StrCat(kOrders, "GetOrder"), request, as);
  }
  static absl::StatusOr<Case> GetCase(const std::string& name, const As& as) {
    GetCaseRequest request;
    request.set_name(name);
    return suite_->Call<Case>(absl::StrCat(kCases, "GetCase"), request, as);
  }

  static std::string PlaceOrder(const As& as) {
    PlaceOrderRequest request;
    request.set_request_id(RequestId());
    request.mutable_order()->set_area(kBuilding);
    request.mutable_order()->set_need("REPAIR");
    request.mutable_order()->set_text("The lamp on the stairs is broken.");
    const auto order = suite_->Call<Order>(absl::StrCat(kOrders, "PlaceOrder"), request, as);
    EXPECT_TRUE(order.ok()) << order.status();
    return order.ok() ? order->name() : "";
  }
  static std::string DoneOrder(absl::Time at) {
    const std::string name = PlaceOrder(Resident(at));
    EXPECT_TRUE(OnOrder("AcceptOrder", AcceptOrderRequest(), name, Steward(at)).ok());
    EXPECT_TRUE(OnOrder("SettleOrder", SettleOrderRequest(), name, Steward(at)).ok());
    EXPECT_TRUE(OnOrder("CompleteOrder", Evident(), name, Steward(at)).ok());
    return name;
  }
  static CompleteOrderRequest Evident() {
    CompleteOrderRequest request;
    request.set_report("A new lamp.");
    request.add_evidence()->set_uri("https://photos.example/1.jpg");
    request.mutable_evidence(0)->set_sha256(std::string(64, 'a'));
    return request;
  }
  static int64_t Advance(absl::Time as_of) {
    AdvanceTimersRequest request;
    request.set_area(kCommunity);
    *request.mutable_as_of_time() = ToProto(as_of);
    const auto response =
        suite_->Call<AdvanceTimersResponse>("firstfloor.deliberation.v1.OperationsService.AdvanceTimers",
                                            request, Person(api::v1::ROLE_COMMUNITY_STAFF, "staff-1"));
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->fired() : -1;
  }

  // Figures by "key" and "key dimension=value …".
  static std::map<std::string, int64_t> Figures(const std::vector<StatisticsDimension>& groups) {
    GetDeliberationStatisticsRequest request;
    request.set_area(kCommunity);
    request.set_start_date("2023-01-01");
    request.set_end_date("2100-01-01");
    for (const StatisticsDimension group : groups) request.add_group_by(group);
    As as = Branch();
    as.strong = true;
    const auto statistics = suite_->Call<DeliberationStatistics>(
        "firstfloor.deliberation.v1.StatisticsService.GetDeliberationStatistics", request, as);
    EXPECT_TRUE(statistics.ok()) << statistics.status();
    std::map<std::string, int64_t> figures;
    if (!statistics.ok()) return figures;
    for (const type::v1::Figure& figure : statistics->figures()) {
      std::string key = figure.key();
      const std::map<std::string, std::string> dimensions(figure.dimensions().begin(),
                                                          figure.dimensions().end());
      for (const auto& [name, value] : dimensions) absl::StrAppend(&key, " ", name, "=", value);
      figures[key] = figure.value();
    }
    return figures;
  }

  static std::string OpenDispute(absl::Time at, const std::string& topic = "E_BIKE") {
    OpenCaseRequest request;
    request.set_request_id(RequestId());
    Case& matter = *request.mutable_case_();
    matter.set_area(kBuilding);
    matter.set_kind(CASE_KIND_DISPUTE);
    matter.set_topic(topic);
    matter.set_text("Batteries are charged on the stairs.");
    matter.add_sides();
    matter.add_sides()->mutable_representative()->set_subject("neighbour-1");
    const auto opened = suite_->Call<Case>(absl::StrCat(kCases, "OpenCase"), request, Resident(at));
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? opened->name() : "";
  }
  static void Follow(const std::string& name, absl::Time at) {
    EXPECT_TRUE(OnCase("StartFollowUp", StartFollowUpRequest(), name, Steward(at)).ok());
    RecordVisitRequest visit;
    visit.set_kept(true);
    const auto closed = OnCase("RecordVisit", visit, name, Steward(at));
    ASSERT_TRUE(closed.ok()) << closed.status();
    EXPECT_EQ(closed->state(), CASE_STATE_CLOSED);
  }
  static CaseStep StepOf(const Case& matter, const std::string& what) {
    for (const CaseStep& step : matter.timeline()) {
      if (step.what() == what) return step;
    }
    return CaseStep();
  }
  static void Mediate(const std::string& name, absl::Time at) {
    EXPECT_TRUE(OnCase("StartMediation", StartMediationRequest(), name, Steward(at)).ok());
    for (const int side : {0, 1}) {
      AcceptMediatorRequest accept;
      accept.set_side(side);
      accept.set_answer(MEDIATOR_ANSWER_ACCEPTED);
      EXPECT_TRUE(OnCase("AcceptMediator", accept, name, Steward(at)).ok());
    }
    RecordAgreementRequest agreement;
    agreement.mutable_agreement()->set_form(AGREEMENT_FORM_WRITTEN);
    agreement.mutable_agreement()->add_terms()->set_text("In the shed from now on.");
    agreement.add_acknowledged_sides(0);
    agreement.add_acknowledged_sides(1);
    const auto agreed = OnCase("RecordAgreement", agreement, name, Steward(at));
    ASSERT_TRUE(agreed.ok()) << agreed.status();
  }

  static ::firstfloor::testing::Suite* suite_;
};

::firstfloor::testing::Suite* Deliberation::suite_ = nullptr;

TEST_F(Deliberation, OfAHundredStewardsAtOnceExactlyOneHasTheOrder) {
  const std::string name = PlaceOrder(Resident());
  constexpr int kStewards = 100;
  std::vector<As> stewards;
  for (int i = 0; i < kStewards; ++i) {
    stewards.push_back(Person(api::v1::ROLE_STEWARD, absl::StrCat("steward-of-100-", i)));
    suite_->Token(stewards.back());  // tokens are made one at a time
  }
  std::atomic<int> accepted = 0;
  std::atomic<int> taken = 0;
  std::vector<std::thread> threads;
  for (const As& steward : stewards) {
    AcceptOrderRequest request;
    request.set_name(name);
    request.set_request_id(RequestId());
    const rpc::CallOptions options = suite_->Options(steward);
    threads.emplace_back([&, request, options] {
      Order order;
      const absl::Status status =
          suite_->client("deliberation").Ask(absl::StrCat(kOrders, "AcceptOrder"), request, order, options);
      if (status.ok()) ++accepted;
      if (error::ReasonOf(status) == "ORDER_TAKEN") ++taken;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, 1);
  EXPECT_EQ(taken, kStewards - 1);
}

TEST_F(Deliberation, TheSameRequestAgainAnswersTheSame) {
  const std::string name = PlaceOrder(Resident());
  AcceptOrderRequest request;
  request.set_request_id(RequestId());
  const auto first = OnOrder("AcceptOrder", request, name, Steward());
  const auto again = OnOrder("AcceptOrder", request, name, Steward());
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(first->SerializeAsString(), again->SerializeAsString());
  request.set_etag("1");
  EXPECT_TRUE(absl::IsFailedPrecondition(OnOrder("AcceptOrder", request, name, Steward()).status()));
}

TEST_F(Deliberation, AnOldVersionIsRefused) {
  const std::string name = PlaceOrder(Resident());
  AcceptOrderRequest request;
  request.set_etag("7");
  EXPECT_EQ(error::ReasonOf(OnOrder("AcceptOrder", request, name, Steward()).status()), "ETAG_MISMATCH");
}

TEST_F(Deliberation, AnOrderGoesItsWayWithItsThreeClocks) {
  const std::string name = PlaceOrder(Resident(At(5, 15, 9)));
  Advance(At(5, 15, 14, 59));
  EXPECT_EQ(GetOrder(name, Branch())->lapses_size(), 0);
  Advance(At(5, 15, 15));
  EXPECT_EQ(GetOrder(name, Branch())->level(), ORDER_LEVEL_BRANCH);
  Advance(At(5, 16, 10));
  EXPECT_EQ(GetOrder(name, Branch())->level(), ORDER_LEVEL_COMMUNITY);

  ASSERT_TRUE(OnOrder("AcceptOrder", AcceptOrderRequest(), name, Steward(At(5, 16, 11))).ok());
  DispatchOrderRequest dispatch;
  dispatch.set_assignee(ORDER_ASSIGNEE_PROPERTY);
  EXPECT_TRUE(absl::IsPermissionDenied(OnOrder("DispatchOrder", dispatch, name, Steward()).status()));
  ASSERT_TRUE(OnOrder("DispatchOrder", dispatch, name, Branch(At(5, 16, 14))).ok());
  ASSERT_TRUE(OnOrder("StartOrder", StartOrderRequest(), name, Property(At(5, 16, 15))).ok());
  Advance(At(5, 19, 0));
  EXPECT_EQ(GetOrder(name, Branch())->lapses_size(), 3) << "done by the end of the third working day";
  ASSERT_TRUE(OnOrder("CompleteOrder", Evident(), name, Property(At(5, 19, 9))).ok());
  Advance(At(5, 26, 8, 59));
  EXPECT_EQ(GetOrder(name, Resident())->state(), ORDER_STATE_DONE);
  Advance(At(5, 26, 9));
  const auto closed = GetOrder(name, Resident());
  ASSERT_TRUE(closed.ok());
  EXPECT_EQ(closed->state(), ORDER_STATE_CLOSED);
  EXPECT_TRUE(closed->unconfirmed());
  EXPECT_EQ(Advance(At(12, 1, 9)), 0) << "a closed order has no clock";
}

TEST_F(Deliberation, AnObjectionIsDecidedByTheBranch) {
  const std::string name = DoneOrder(At(6, 5, 9));
  ObjectOrderRequest objection;
  objection.set_objection("It flickers.");
  EXPECT_TRUE(absl::IsPermissionDenied(OnOrder("ObjectOrder", objection, name, Steward()).status()));
  ASSERT_TRUE(OnOrder("ObjectOrder", objection, name, Resident(At(6, 5, 10))).ok());
  DecideObjectionRequest decision;
  decision.set_again(true);
  decision.set_decision("Do it again.");
  const auto again = OnOrder("DecideObjection", decision, name, Branch(At(6, 5, 11)));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->state(), ORDER_STATE_DISPATCHED);
  ASSERT_TRUE(OnOrder("StartOrder", StartOrderRequest(), name, Steward(At(6, 5, 14))).ok());
  ASSERT_TRUE(OnOrder("CompleteOrder", Evident(), name, Steward(At(6, 5, 15))).ok());
  ConfirmOrderRequest confirm;
  confirm.set_rating(5);
  const auto closed = OnOrder("ConfirmOrder", confirm, name, Resident(At(6, 5, 16)));
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->state(), ORDER_STATE_CLOSED);
  EXPECT_EQ(closed->rating(), 5);
}

TEST_F(Deliberation, OthersSeeAnOrderMaskedOrNotAtAll) {
  const std::string name = PlaceOrder(Resident());
  EXPECT_EQ(GetOrder(name, Resident())->text(), "The lamp on the stairs is broken.");
  EXPECT_NE(GetOrder(name, Steward())->text(), "The lamp on the stairs is broken.");
  EXPECT_EQ(GetOrder(name, Steward(), true)->text(), "The lamp on the stairs is broken.");
  EXPECT_TRUE(absl::IsPermissionDenied(GetOrder(name, Person(api::v1::ROLE_RESIDENT, "stranger")).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(GetOrder(name, Property()).status()));
  EXPECT_TRUE(
      absl::IsPermissionDenied(GetOrder("orders/0190a000-0000-7000-8000-000000000001", Steward()).status()));
  EXPECT_EQ(GetOrder(name, Steward())->responsible().role(), "STEWARD");
}

TEST_F(Deliberation, AResidentListsTheirOwnPageByPage) {
  const As as = Person(api::v1::ROLE_RESIDENT, "lister");
  std::vector<std::string> placed;
  for (int i = 0; i < 3; ++i) placed.insert(placed.begin(), PlaceOrder(as));
  ListOrdersRequest request;
  request.set_mine(true);
  request.set_page_size(2);
  std::vector<std::string> listed;
  do {
    const auto page = suite_->Call<ListOrdersResponse>(absl::StrCat(kOrders, "ListOrders"), request, as);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const Order& order : page->orders()) listed.push_back(order.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, placed);
  request.Clear();
  request.set_area(kCommunity);
  EXPECT_TRUE(absl::IsPermissionDenied(
      suite_->Call<ListOrdersResponse>(absl::StrCat(kOrders, "ListOrders"), request, as).status()));
}

TEST_F(Deliberation, AnOrderBecomesACaseAndComesBackDone) {
  const absl::Time at = At(6, 12, 9);
  const std::string name = PlaceOrder(Resident(at));
  ASSERT_TRUE(OnOrder("AcceptOrder", AcceptOrderRequest(), name, Steward(at)).ok());
  DispatchOrderRequest dispatch;
  dispatch.set_assignee(ORDER_ASSIGNEE_MEDIATION);
  dispatch.set_topic("RENOVATION_NOISE");
  dispatch.mutable_other_side()->set_subject("neighbour-1");
  const auto dispatched = OnOrder("DispatchOrder", dispatch, name, Branch(at));
  ASSERT_TRUE(dispatched.ok()) << dispatched.status();
  const std::string matter = dispatched->case_();
  EXPECT_EQ(GetCase(matter, Resident())->order(), name);
  Mediate(matter, at);
  Follow(matter, at);
  const auto done = GetOrder(name, Resident());
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->state(), ORDER_STATE_DONE);
}

TEST_F(Deliberation, AWithdrawnCaseGivesItsOrderBackToTheBranch) {
  const absl::Time at = At(6, 13, 9);
  const std::string name = PlaceOrder(Resident(at));
  ASSERT_TRUE(OnOrder("AcceptOrder", AcceptOrderRequest(), name, Steward(at)).ok());
  DispatchOrderRequest dispatch;
  dispatch.set_assignee(ORDER_ASSIGNEE_CONSULTATION);
  const auto dispatched = OnOrder("DispatchOrder", dispatch, name, Branch(at));
  ASSERT_TRUE(dispatched.ok()) << dispatched.status();
  const As stranger = Person(api::v1::ROLE_RESIDENT, "stranger", at);
  EXPECT_TRUE(absl::IsPermissionDenied(
      OnCase("WithdrawCase", WithdrawCaseRequest(), dispatched->case_(), stranger).status()));
  ASSERT_TRUE(OnCase("WithdrawCase", WithdrawCaseRequest(), dispatched->case_(), Resident(at)).ok());
  const auto returned = GetOrder(name, Resident());
  ASSERT_TRUE(returned.ok());
  EXPECT_EQ(returned->state(), ORDER_STATE_ACCEPTED);
  EXPECT_EQ(returned->return_reason(), RETURN_REASON_CASE_WITHDRAWN);
}

TEST_F(Deliberation, FivePartiesResolveADispute) {
  const absl::Time at = At(7, 3, 9);
  const std::string name = OpenDispute(at);
  EscalateCaseRequest escalate;
  escalate.set_reason_code("SAFETY");
  escalate.add_sides()->set_seat(SEAT_KIND_PROPERTY);
  ASSERT_TRUE(OnCase("EscalateCase", escalate, name, Steward(at)).ok());
  ConveneConsultationRequest convene;
  *convene.mutable_meeting_time() = ToProto(at + absl::Hours(30));
  for (const SeatKind kind : rules::StandingSeats()) {
    SeatNomination* seat = convene.add_seats();
    seat->set_kind(kind);
    seat->set_notified(true);
    seat->mutable_representative()->set_subject(absl::StrCat("seat-", kind));
  }
  EXPECT_EQ(error::ReasonOf(OnCase("ConveneConsultation", convene, name, Branch(at)).status()),
            "SEAT_MUST_RECUSE");
  convene.mutable_seats(4)->set_body(SEAT_BODY_OWNERS_COMMITTEE);
  ASSERT_TRUE(OnCase("ConveneConsultation", convene, name, Branch(at)).ok());
  OpenConsultationRequest open;
  for (const SeatKind kind : rules::StandingSeats()) open.add_present(kind);
  const absl::Time meeting = at + absl::Hours(30);
  ASSERT_TRUE(OnCase("OpenConsultation", open, name, Branch(meeting)).ok());
  for (const SeatKind kind : rules::StandingSeats()) {
    RecordPositionRequest position;
    position.set_seat(kind);
    position.set_position(POSITION_AGREE);
    const As seat = Person(api::v1::ROLE_VOLUNTEER, absl::StrCat("seat-", kind), meeting);
    ASSERT_TRUE(OnCase("RecordPosition", position, name, seat).ok());
    EXPECT_TRUE(absl::IsPermissionDenied(
        OnCase("RecordPosition", position, name, Person(api::v1::ROLE_VOLUNTEER, "stranger", meeting))
            .status()));
  }
  As neighbouring_steward = Person(api::v1::ROLE_STEWARD, absl::StrCat("seat-", SEAT_KIND_RED_STEWARD));
  neighbouring_steward.area = "340104400001-SL-01";
  EXPECT_TRUE(GetCase(name, neighbouring_steward).ok()) << "whoever sits there reads what it is about";
  ConcludeConsultationRequest conclude;
  conclude.mutable_resolution()->set_text("A shed is built.");
  conclude.mutable_resolution()->set_responsible_party("COMMUNITY");
  *conclude.mutable_resolution()->mutable_deadline() = ToProto(meeting + absl::Hours(24 * 30));
  *conclude.mutable_resolution()->mutable_review_time() = ToProto(meeting + absl::Hours(24 * 10));
  const auto resolved = OnCase("ConcludeConsultation", conclude, name, Branch(meeting));
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->state(), CASE_STATE_RESOLVED);

  ASSERT_TRUE(OnCase("PublishResolution", PublishResolutionRequest(), name, Branch(meeting)).ok());
  ObjectToResolutionRequest objection;
  objection.set_name(name);
  objection.set_request_id(RequestId());
  objection.set_text("Not in front of my window.");
  const auto objected =
      suite_->Call<ObjectToResolutionResponse>(absl::StrCat(kCases, "ObjectToResolution"), objection,
                                               Person(api::v1::ROLE_RESIDENT, "stranger", meeting));
  ASSERT_TRUE(objected.ok()) << objected.status();
  const absl::Time due = FromProto(objected->due_time());
  const absl::Time review = meeting + absl::Hours(24 * 10);
  Advance(review);
  const auto late = GetCase(name, Branch());
  ASSERT_TRUE(late.ok());
  EXPECT_EQ(FromProto(StepOf(*late, "OBJECTION_OVERDUE").step_time()), due);
  EXPECT_EQ(FromProto(StepOf(*late, "REVIEW_DUE").step_time()), review);
  EXPECT_EQ(error::ReasonOf(OnCase("StartFollowUp", StartFollowUpRequest(), name, Steward(review)).status()),
            "RESOLUTION_SUSPENDED");
  AnswerObjectionRequest answer;
  answer.set_answer("It stands elsewhere.");
  ASSERT_TRUE(OnCase("AnswerObjection", answer, name, Branch(review)).ok());
  EXPECT_EQ(Advance(At(12, 2, 9)), 0) << "what has been told is not told again";

  Follow(name, review);
  EXPECT_GE(Figures({STATISTICS_DIMENSION_TOPIC})["disputes.resolved_by_consultation topic=E_BIKE"], 1);
}

TEST_F(Deliberation, AReviewIsDueAlsoWhenSomethingElseHappenedSince) {
  const absl::Time at = At(7, 5, 9);
  const std::string name = OpenDispute(at);
  EscalateCaseRequest escalate;
  escalate.set_reason_code("SAFETY");
  ASSERT_TRUE(OnCase("EscalateCase", escalate, name, Steward(at)).ok());
  ConveneConsultationRequest convene;
  const absl::Time meeting = at + absl::Hours(2);
  *convene.mutable_meeting_time() = ToProto(meeting);
  convene.set_urgent(true);
  OpenConsultationRequest open;
  for (const SeatKind kind : rules::StandingSeats()) {
    convene.add_seats()->set_kind(kind);
    convene.mutable_seats()->rbegin()->mutable_representative()->set_subject(absl::StrCat("seat-", kind));
    open.add_present(kind);
  }
  ASSERT_TRUE(OnCase("ConveneConsultation", convene, name, Branch(at)).ok());
  ASSERT_TRUE(OnCase("OpenConsultation", open, name, Branch(meeting)).ok());
  for (const SeatKind kind : rules::StandingSeats()) {
    RecordPositionRequest position;
    position.set_seat(kind);
    position.set_position(POSITION_AGREE);
    ASSERT_TRUE(OnCase("RecordPosition", position, name, Branch(meeting)).ok());
  }
  const absl::Time review = at + absl::Hours(24);
  ConcludeConsultationRequest conclude;
  conclude.mutable_resolution()->set_text("A shed is built.");
  conclude.mutable_resolution()->set_responsible_party("COMMUNITY");
  *conclude.mutable_resolution()->mutable_deadline() = ToProto(at + absl::Hours(48));
  *conclude.mutable_resolution()->mutable_review_time() = ToProto(review);
  ASSERT_TRUE(OnCase("ConcludeConsultation", conclude, name, Branch(meeting)).ok());

  const absl::Time after = review + absl::Hours(1);
  ASSERT_TRUE(OnCase("PublishResolution", PublishResolutionRequest(), name, Branch(after)).ok());
  Advance(after + absl::Hours(1));
  const auto told = GetCase(name, Branch());
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(FromProto(StepOf(*told, "REVIEW_DUE").step_time()), after) << told->DebugString();
  ASSERT_TRUE(OnCase("StartFollowUp", StartFollowUpRequest(), name, Steward(after + absl::Hours(2))).ok());
  EXPECT_EQ(Advance(after + absl::Hours(3)), 0) << "and once only";
}

TEST_F(Deliberation, AClockThatIsAdvancedLateLapsesAllTheSame) {
  const std::string name = PlaceOrder(Resident(At(5, 22, 9)));
  ASSERT_TRUE(OnOrder("AcceptOrder", AcceptOrderRequest(), name, Steward(At(5, 22, 10))).ok());
  ExtendOrderRequest extend;
  extend.set_reason_code("PARTS_ORDERED");
  *extend.mutable_due_time() = ToProto(At(6, 30, 12));
  // To be dispatched within eight duty hours; extended when these have passed, which touches that clock not.
  ASSERT_TRUE(OnOrder("ExtendOrder", extend, name, Branch(At(5, 24, 9))).ok());
  Advance(At(5, 24, 10));
  const auto late = GetOrder(name, Branch());
  ASSERT_TRUE(late.ok());
  ASSERT_EQ(late->lapses_size(), 1);
  EXPECT_EQ(late->lapses(0).clock(), ORDER_CLOCK_DISPATCH);
  EXPECT_EQ(FromProto(late->lapses(0).lapse_time()), At(5, 24, 9));
}

TEST_F(Deliberation, APropertyFirmFindsItsOwnCaseAndWithdrawsIt) {
  OpenCaseRequest request;
  request.set_request_id(RequestId());
  request.mutable_case_()->set_area(kBuilding);
  request.mutable_case_()->set_kind(CASE_KIND_MATTER);
  request.mutable_case_()->set_topic("CORRIDOR_CLUTTER");
  request.mutable_case_()->set_text("The corridor cannot be cleaned.");
  const auto opened = suite_->Call<Case>(absl::StrCat(kCases, "OpenCase"), request, Property());
  ASSERT_TRUE(opened.ok()) << opened.status();
  ListCasesRequest mine;
  mine.set_mine(true);
  const auto own = suite_->Call<ListCasesResponse>(absl::StrCat(kCases, "ListCases"), mine, Property());
  ASSERT_TRUE(own.ok()) << own.status();
  ASSERT_EQ(own->cases_size(), 1);
  EXPECT_EQ(own->cases(0).name(), opened->name());
  EXPECT_TRUE(OnCase("WithdrawCase", WithdrawCaseRequest(), opened->name(), Property()).ok());
}

TEST_F(Deliberation, ASideFindsItsCaseAndAStrangerDoesNot) {
  const std::string name = OpenDispute(At(7, 10, 9));
  const As neighbour = Person(api::v1::ROLE_RESIDENT, "neighbour-1");
  ListCasesRequest request;
  request.set_mine(true);
  const auto own = suite_->Call<ListCasesResponse>(absl::StrCat(kCases, "ListCases"), request, neighbour);
  ASSERT_TRUE(own.ok()) << own.status();
  ASSERT_GT(own->cases_size(), 0);
  EXPECT_EQ(own->cases(0).name(), name);
  EXPECT_TRUE(GetCase(name, neighbour).ok());
  const As stranger = Person(api::v1::ROLE_RESIDENT, "stranger");
  EXPECT_TRUE(absl::IsPermissionDenied(GetCase(name, stranger).status()));
}

TEST_F(Deliberation, OpinionsAndTasksMoveOrders) {
  program::House& house = suite_->house("deliberation");
  const Orders orders(house);
  const Cases cases(house, orders);
  db::Connection connection(suite_->database("deliberation"));
  const auto run = [&](const std::function<absl::Status(db::Transaction&)>& body) {
    const absl::Status status = db::Run(connection, absl::Now() + absl::Seconds(10), body);
    EXPECT_TRUE(status.ok()) << status;
  };
  opinion::v1::Opinion opinion;
  opinion.set_name(resource::NewName("opinions", absl::Now()));
  opinion.set_area(kBuilding);
  opinion.set_category("SAFETY.EARTH_WIRE");
  opinion.set_text("No earth wire.");
  opinion.mutable_reporter()->set_subject("resident-1");
  events::v1::Event event;
  event.set_subject(opinion.name());
  event.set_area(kBuilding);
  event.set_back_dated(true);
  *event.mutable_occur_time() = ToProto(At(8, 7, 9));
  const std::string order = resource::NewName("orders", absl::Now());
  event.mutable_opinion()->mutable_dispatched()->set_order(order);
  run([&](db::Transaction& tx) {
    return FollowOpinion(orders, cases, tx, event, opinion.SerializeAsString());
  });
  const std::string matter = resource::NewName("cases", absl::Now());
  event.mutable_opinion()->mutable_escalated()->set_case_(matter);
  event.mutable_opinion()->mutable_escalated()->set_case_kind("DISPUTE");
  run([&](db::Transaction& tx) {
    return FollowOpinion(orders, cases, tx, event, opinion.SerializeAsString());
  });
  EXPECT_EQ(GetCase(matter, Resident())->topic(), "EARTH_WIRE");
  EXPECT_EQ(GetOrder(order, Resident())->opinion(), opinion.name());

  ASSERT_TRUE(OnOrder("AcceptOrder", AcceptOrderRequest(), order, Steward(At(8, 7, 10))).ok());
  DispatchOrderRequest dispatch;
  dispatch.set_assignee(ORDER_ASSIGNEE_VOLUNTEERS);
  const auto dispatched = OnOrder("DispatchOrder", dispatch, order, Branch(At(8, 7, 11)));
  ASSERT_TRUE(dispatched.ok()) << dispatched.status();
  events::v1::Event closed;
  *closed.mutable_occur_time() = ToProto(At(8, 8, 9));
  closed.set_back_dated(true);
  closed.set_subject(resource::NewName("tasks", absl::Now()));
  closed.mutable_volunteer()->mutable_task_closed()->set_order(order);
  closed.mutable_volunteer()->mutable_task_closed()->set_done(true);
  run([&](db::Transaction& tx) { return FollowVolunteer(orders, tx, closed); });
  EXPECT_EQ(GetOrder(order, Resident())->state(), ORDER_STATE_DISPATCHED) << "another task's end";
  closed.set_subject(dispatched->task());
  // The order has changed since the task ended, which is known here only now.
  ExtendOrderRequest extend;
  extend.set_reason_code("RESIDENT_AWAY");
  *extend.mutable_due_time() = ToProto(At(8, 31, 9));
  ASSERT_TRUE(OnOrder("ExtendOrder", extend, order, Branch(At(8, 8, 10))).ok());
  run([&](db::Transaction& tx) { return FollowVolunteer(orders, tx, closed); });
  EXPECT_EQ(GetOrder(order, Resident())->state(), ORDER_STATE_DONE);
  run([&](db::Transaction& tx) { return FollowVolunteer(orders, tx, closed); });
  EXPECT_EQ(GetOrder(order, Resident())->state(), ORDER_STATE_DONE) << "it has moved on";
}

TEST_F(Deliberation, WhatOnlyFewMayReadIsTakenBack) {
  program::House& house = suite_->house("deliberation");
  const Orders orders(house);
  const Cases cases(house, orders);
  db::Connection connection(suite_->database("deliberation"));
  opinion::v1::Opinion opinion;
  opinion.set_name(resource::NewName("opinions", absl::Now()));
  opinion.set_area(kBuilding);
  opinion.set_category("SAFETY.EARTH_WIRE");
  opinion.set_text("He threatened me.");
  opinion.mutable_reporter()->set_subject("resident-1");
  events::v1::Event event;
  event.set_subject(opinion.name());
  event.set_area(kBuilding);
  event.set_back_dated(true);
  *event.mutable_occur_time() = ToProto(At(8, 7, 9));
  const auto follow = [&](const std::string& known) {
    const absl::Status status =
        db::Run(connection, absl::Now() + absl::Seconds(10),
                [&](db::Transaction& tx) { return FollowOpinion(orders, cases, tx, event, known); });
    EXPECT_TRUE(status.ok()) << status;
  };
  // An order, one that became a case, and one that is done; a case, and one that never was one.
  std::vector<std::string> placed;
  for (int i = 0; i < 3; ++i) {
    placed.push_back(resource::NewName("orders", absl::Now()));
    event.mutable_opinion()->mutable_dispatched()->set_order(placed.back());
    follow(opinion.SerializeAsString());
  }
  for (const std::string& name : {placed[1], placed[2]}) {
    ASSERT_TRUE(OnOrder("AcceptOrder", AcceptOrderRequest(), name, Steward(At(8, 7, 10))).ok());
  }
  DispatchOrderRequest dispatch;
  dispatch.set_assignee(ORDER_ASSIGNEE_MEDIATION);
  dispatch.mutable_other_side()->set_subject("resident-2");
  const auto mediated = OnOrder("DispatchOrder", dispatch, placed[1], Branch(At(8, 7, 11)));
  ASSERT_TRUE(mediated.ok()) << mediated.status();
  ASSERT_TRUE(OnOrder("SettleOrder", SettleOrderRequest(), placed[2], Steward(At(8, 7, 11))).ok());
  ASSERT_TRUE(OnOrder("CompleteOrder", Evident(), placed[2], Steward(At(8, 7, 12))).ok());
  const std::string matter = resource::NewName("cases", absl::Now());
  event.mutable_opinion()->mutable_escalated()->set_case_(matter);
  event.mutable_opinion()->mutable_escalated()->set_case_kind("DISPUTE");
  follow(opinion.SerializeAsString());
  EXPECT_EQ(GetCase(matter, Resident())->text(), "He threatened me.");
  const std::string never = resource::NewName("cases", absl::Now());
  event.mutable_opinion()->mutable_escalated()->set_case_(never);
  follow("");
  EXPECT_TRUE(absl::IsPermissionDenied(GetCase(never, Branch()).status()));

  *event.mutable_occur_time() = ToProto(At(8, 8, 9));
  for (const std::string& name : {matter, never}) {
    event.mutable_opinion()->mutable_recalled()->set_case_(name);
    follow("");
  }
  event.mutable_opinion()->mutable_recalled()->clear_case_();
  for (const std::string& name : placed) {
    event.mutable_opinion()->mutable_recalled()->set_order(name);
    follow("");
  }
  for (const std::string& name : {matter, mediated->case_()}) {
    const auto recalled = GetCase(name, Branch());
    ASSERT_TRUE(recalled.ok()) << recalled.status();
    EXPECT_EQ(recalled->state(), CASE_STATE_WITHDRAWN);
    EXPECT_EQ(recalled->text(), "");
    EXPECT_FALSE(recalled->sides(0).has_representative());
    // Nor does whoever said it find it by their name there.
    EXPECT_TRUE(absl::IsPermissionDenied(GetCase(name, Resident()).status()));
  }
  const OrderState states[] = {ORDER_STATE_CANCELLED, ORDER_STATE_CANCELLED, ORDER_STATE_DONE};
  for (size_t i = 0; i < placed.size(); ++i) {
    const auto recalled = GetOrder(placed[i], Branch(), true);
    ASSERT_TRUE(recalled.ok()) << recalled.status();
    EXPECT_EQ(recalled->state(), states[i]) << i;
    EXPECT_EQ(recalled->text(), "");
    EXPECT_FALSE(recalled->has_resident());
  }
}

TEST_F(Deliberation, PostsSayWhoIsResponsible) {
  program::House& house = suite_->house("deliberation");
  const Orders orders(house);
  db::Connection connection(suite_->database("deliberation"));
  events::v1::Event event;
  event.set_subject("posts/0190a000-0000-7000-8000-000000000001");
  event.set_area("340111400001-CJ-08");
  event.mutable_volunteer()->mutable_post_changed()->set_role("STEWARD");
  event.mutable_volunteer()->mutable_post_changed()->set_vacant(true);
  const auto tell = [&] {
    return db::Run(connection, absl::Now() + absl::Seconds(10),
                   [&](db::Transaction& tx) { return FollowVolunteer(orders, tx, event); });
  };
  ASSERT_TRUE(tell().ok());
  PlaceOrderRequest request;
  request.set_request_id(RequestId());
  request.mutable_order()->set_area("340111400001-CJ-08");
  request.mutable_order()->set_need("ERRAND");
  request.mutable_order()->set_text("Rice.");
  const auto order = suite_->Call<Order>(absl::StrCat(kOrders, "PlaceOrder"), request, Resident());
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(GetOrder(order->name(), Resident())->responsible().role(), "BRANCH_SECRETARY");
  event.mutable_volunteer()->mutable_post_changed()->set_vacant(false);
  ASSERT_TRUE(tell().ok());
  EXPECT_EQ(GetOrder(order->name(), Resident())->responsible().post(), event.subject());
}

TEST_F(Deliberation, AWatchTellsOfOnesOwnOrdersAndGoesOnWhereItStopped) {
  const As as = Person(api::v1::ROLE_RESIDENT, "watcher");
  WatchOrdersRequest request;
  request.set_mine(true);
  WatchOrdersResponse change;
  std::vector<std::string> seen;
  std::string own;
  std::thread others([] {
    for (int i = 0; i < 3; ++i) PlaceOrder(Resident());
  });
  const absl::Status status = suite_->client("deliberation")
                                  .Watch(
                                      absl::StrCat(kOrders, "WatchOrders"), request, change,
                                      [&] {
                                        if (own.empty()) own = PlaceOrder(as);
                                        if (!change.name().empty()) seen.push_back(change.name());
                                        return seen.empty();
                                      },
                                      suite_->Options(as));
  others.join();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(seen, std::vector<std::string>{own});
  EXPECT_EQ(change.what(), "OrderPlaced");
  EXPECT_EQ(change.state(), ORDER_STATE_PLACED);

  // What happens while nobody watches is told afterwards.
  const std::string missed = PlaceOrder(as);
  request.set_cursor(change.cursor());
  seen.clear();
  const auto watch_again = [&] {
    return suite_->client("deliberation")
        .Watch(
            absl::StrCat(kOrders, "WatchOrders"), request, change,
            [&] {
              if (!change.name().empty()) seen.push_back(change.name());
              return seen.empty();
            },
            suite_->Options(as));
  };
  const absl::Status resumed = watch_again();
  ASSERT_TRUE(resumed.ok()) << resumed;
  EXPECT_EQ(seen, std::vector<std::string>{missed});
  request.set_cursor("1-00");
  EXPECT_EQ(error::ReasonOf(watch_again()), "LOG_DIVERGED");
  request.set_cursor("1.00");
  EXPECT_EQ(error::ReasonOf(watch_again()), "INVALID_FIELD");
}

// Last in the file, so that there is something to count.
TEST_F(Deliberation, StatisticsEqualARecountOfTheRows) {
  const std::string reconciled = OpenDispute(At(9, 4, 9), "CORRIDOR_CLUTTER");
  Mediate(reconciled, At(9, 5, 9));
  Follow(reconciled, At(9, 11, 9));
  db::Connection connection(suite_->database("deliberation"));
  std::map<std::string, int64_t> figures = Figures({STATISTICS_DIMENSION_STATE});
  int64_t orders = 0;
  const auto order_rows = connection.Query("SELECT state, COUNT(*) FROM service_order GROUP BY state");
  ASSERT_TRUE(order_rows.ok());
  for (const db::Row& row : *order_rows) {
    const std::string state = OrderState_Name(static_cast<OrderState>(row.Int(0))).substr(12);
    EXPECT_EQ(figures["orders.stock state=" + state], row.Int(1)) << state;
    orders += row.Int(1);
  }
  EXPECT_EQ(figures["orders.placed"], orders);
  const auto case_rows = connection.Query("SELECT state, COUNT(*) FROM deliberation_case GROUP BY state");
  ASSERT_TRUE(case_rows.ok());
  int64_t cases = 0;
  for (const db::Row& row : *case_rows) {
    const std::string state = CaseState_Name(static_cast<CaseState>(row.Int(0))).substr(11);
    EXPECT_EQ(figures["cases.stock state=" + state], row.Int(1)) << state;
    cases += row.Int(1);
  }
  EXPECT_EQ(figures["cases.opened"], cases);

  std::map<std::string, int64_t> closed = Figures({STATISTICS_DIMENSION_TOPIC, STATISTICS_DIMENSION_WAY});
  EXPECT_EQ(closed["cases.closed topic=CORRIDOR_CLUTTER way=MEDIATION"], 1);
  EXPECT_EQ(closed["disputes.reconciled topic=CORRIDOR_CLUTTER"], 1);
  EXPECT_EQ(closed["cases.settled_on_the_spot topic=CORRIDOR_CLUTTER"], 1);
  EXPECT_GT(closed["cases.settle_seconds_median"], 0);
  std::map<std::string, int64_t> months =
      Figures({STATISTICS_DIMENSION_MONTH, STATISTICS_DIMENSION_KIND, STATISTICS_DIMENSION_TOPIC});
  EXPECT_EQ(months["cases.closed kind=DISPUTE month=2023-09 topic=CORRIDOR_CLUTTER"], 1);
}

}  // namespace
}  // namespace firstfloor::deliberation
