// Erasing somebody from the deliberation service, on a real database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/db/schema/migrations.h"
#include "common/erasure/erasures.h"
#include "common/error/error.h"
#include "common/events/log.h"
#include "common/resource/table.h"
#include "common/testing/erasing.h"
#include "common/testing/eventually.h"
#include "firstfloor/deliberation/v1/case_service.pb.h"
#include "firstfloor/deliberation/v1/order_service.pb.h"
#include "firstfloor/events/v1/event.pb.h"
#include "services/deliberation/furnish.h"

namespace firstfloor::deliberation {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this one service
using ::firstfloor::testing::As;
using ::firstfloor::testing::ErasureOf;
using ::firstfloor::testing::FiguresOf;
using ::firstfloor::testing::RequestId;
using ::firstfloor::testing::TracesIn;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using type::v1::Erasure;

constexpr char kOrders[] = "firstfloor.deliberation.v1.OrderService.";
constexpr char kCases[] = "firstfloor.deliberation.v1.CaseService.";
constexpr char kCommunity[] = "340111400";
constexpr char kBuilding[] = "340111400001-CJ-07";
// Invented, and found nowhere else.
constexpr char kName[] = "东方虚构";
constexpr char kPhone[] = "+8619900003456";
constexpr char kWord[] = "krtvqulj";
const std::vector<std::string>& Words() {
  static const auto* const words = new std::vector<std::string>{kName, kPhone, "19900003456", kWord};
  return *words;
}

class DeliberationErasure : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    suite_ = new ::firstfloor::testing::Suite;
    suite_->Start({.name = "deliberation", .migrations = schema::Migrations(), .furnish = Furnish});
  }
  static void TearDownTestSuite() {
    delete suite_;
    suite_ = nullptr;
  }

  static As By(api::v1::Role role, const std::string& subject) {
    return {.role = role, .area = kCommunity, .subject = subject};
  }
  static As Resident(const std::string& subject) { return By(api::v1::ROLE_RESIDENT, subject); }
  static As Steward(const std::string& subject = "steward-1") { return By(api::v1::ROLE_STEWARD, subject); }
  static As Branch() { return By(api::v1::ROLE_BRANCH_SECRETARY, "secretary-1"); }

  static type::v1::Person Person(const std::string& subject) {
    type::v1::Person person;
    person.set_subject(subject);
    person.set_display_name(kName);
    person.set_phone(kPhone);
    return person;
  }

  template <typename Request>
  static Order OnOrder(const std::string& method, Request request, const std::string& name, const As& as) {
    request.set_name(name);
    request.set_request_id(RequestId());
    const auto order = suite_->Call<Order>(kOrders + method, request, as);
    EXPECT_TRUE(order.ok()) << method << ": " << order.status();
    return order.value_or(Order());
  }
  template <typename Request>
  static Case OnCase(const std::string& method, Request request, const std::string& name, const As& as) {
    request.set_name(name);
    request.set_request_id(RequestId());
    const auto matter = suite_->Call<Case>(kCases + method, request, as);
    EXPECT_TRUE(matter.ok()) << method << ": " << matter.status();
    return matter.value_or(Case());
  }
  static Order GetOrder(const std::string& name, const As& as) {
    GetOrderRequest request;
    request.set_name(name);
    request.set_unmask(as.role != api::v1::ROLE_RESIDENT);
    const auto order = suite_->Call<Order>(absl::StrCat(kOrders, "GetOrder"), request, as);
    EXPECT_TRUE(order.ok()) << order.status();
    return order.value_or(Order());
  }
  static Case GetCase(const std::string& name, const As& as) {
    GetCaseRequest request;
    request.set_name(name);
    request.set_unmask(as.role != api::v1::ROLE_RESIDENT);
    const auto matter = suite_->Call<Case>(absl::StrCat(kCases, "GetCase"), request, as);
    EXPECT_TRUE(matter.ok()) << matter.status();
    return matter.value_or(Case());
  }

  // Placed by a steward for the resident, who gives their name.
  static std::string Placed(const std::string& subject) {
    PlaceOrderRequest request;
    request.set_request_id(RequestId());
    request.mutable_order()->set_area(kBuilding);
    request.mutable_order()->set_need("REPAIR");
    request.mutable_order()->set_text(absl::StrCat(kWord, ": the lamp on the stairs is broken."));
    *request.mutable_on_behalf_of()->mutable_person() = Person(subject);
    request.mutable_on_behalf_of()->set_channel(type::v1::PROXY_CHANNEL_PHONE);
    request.mutable_on_behalf_of()->set_reason(absl::StrCat(kWord, " has no phone"));
    const auto order = suite_->Call<Order>(absl::StrCat(kOrders, "PlaceOrder"), request, Branch());
    EXPECT_TRUE(order.ok()) << order.status();
    return order.ok() ? order->name() : "";
  }
  // Done by a steward, confirmed and rated.
  static std::string Settled(const std::string& subject, const std::string& steward = "steward-1") {
    const std::string name = Placed(subject);
    OnOrder("AcceptOrder", AcceptOrderRequest(), name, Steward(steward));
    OnOrder("SettleOrder", SettleOrderRequest(), name, Steward(steward));
    CompleteOrderRequest complete;
    complete.set_report(absl::StrCat(kName, " was at home. ", kWord));
    complete.add_evidence()->set_uri("https://files.invalid/krtvqulj.jpg");
    complete.mutable_evidence(0)->set_sha256(std::string(64, 'a'));
    OnOrder("CompleteOrder", complete, name, Steward(steward));
    ConfirmOrderRequest confirm;
    confirm.set_rating(5);
    confirm.set_text(kWord);
    OnOrder("ConfirmOrder", confirm, name, Resident(subject));
    return name;
  }
  // Between the one who asks and a neighbour; mediated, agreed and kept.
  static std::string Reconciled(const std::string& subject, const std::string& mediator) {
    OpenCaseRequest open;
    open.set_request_id(RequestId());
    Case& opened = *open.mutable_case_();
    opened.set_area(kBuilding);
    opened.set_kind(CASE_KIND_DISPUTE);
    opened.set_topic("E_BIKE");
    opened.set_text(absl::StrCat(kWord, ": batteries are charged on the stairs."));
    *opened.add_sides()->mutable_representative() = Person(subject);
    opened.mutable_sides(0)->set_description(absl::StrCat(kWord, " downstairs"));
    opened.add_sides()->mutable_representative()->set_subject("neighbour-1");
    opened.mutable_sides(1)->mutable_representative()->set_display_name("西门虚构");
    opened.mutable_sides(1)->set_description("upstairs");
    const auto matter = suite_->Call<Case>(absl::StrCat(kCases, "OpenCase"), open, Resident(subject));
    EXPECT_TRUE(matter.ok()) << matter.status();
    if (!matter.ok()) return "";
    StartMediationRequest start;
    start.mutable_mediator()->set_subject(mediator);
    start.mutable_mediator()->set_display_name("南宫虚构 " + mediator);
    OnCase("StartMediation", start, matter->name(), Steward(mediator));
    for (const int side : {0, 1}) {
      AcceptMediatorRequest accept;
      accept.set_side(side);
      accept.set_answer(MEDIATOR_ANSWER_ACCEPTED);
      OnCase("AcceptMediator", accept, matter->name(), Steward(mediator));
    }
    RecordAgreementRequest agree;
    agree.set_record(absl::StrCat(kName, " (19900003456) and the neighbour met."));
    agree.mutable_agreement()->set_form(AGREEMENT_FORM_WRITTEN);
    agree.mutable_agreement()->add_terms()->set_text(
        absl::StrCat("Not on the stairs; ", kName, " may ring."));
    agree.add_acknowledged_sides(0);
    agree.add_acknowledged_sides(1);
    OnCase("RecordAgreement", agree, matter->name(), Steward(mediator));
    OnCase("StartFollowUp", StartFollowUpRequest(), matter->name(), Steward(mediator));
    RecordVisitRequest visit;
    visit.set_kept(true);
    EXPECT_EQ(OnCase("RecordVisit", visit, matter->name(), Steward(mediator)).state(), CASE_STATE_CLOSED);
    return matter->name();
  }

  static Erasure Erased(const std::string& subject, bool force = false) {
    type::v1::EraseSubjectRequest request = ErasureOf(subject);
    request.set_force(force);
    const auto begun = ::firstfloor::testing::Erase(*suite_, "deliberation", request);
    EXPECT_TRUE(begun.ok()) << begun.status();
    return begun.ok() ? ::firstfloor::testing::Done(*suite_, "deliberation", *begun) : Erasure();
  }
  static std::vector<std::string> Traces(const std::string& subject,
                                         const std::vector<std::string>& words = Words()) {
    return TracesIn(*suite_, "deliberation", subject, words);
  }
  static std::vector<std::string> MyCases(const std::string& subject) {
    ListCasesRequest request;
    request.set_mine(true);
    const auto list =
        suite_->Call<ListCasesResponse>(absl::StrCat(kCases, "ListCases"), request, Resident(subject));
    EXPECT_TRUE(list.ok()) << list.status();
    std::vector<std::string> names;
    if (!list.ok()) return names;
    for (const Case& matter : list->cases()) names.push_back(matter.name());
    return names;
  }

  static ::firstfloor::testing::Suite* suite_;
};

::firstfloor::testing::Suite* DeliberationErasure::suite_ = nullptr;

TEST_F(DeliberationErasure, TakesTheResidentAndLeavesTheStewardAndTheNeighbour) {
  const std::string subject = "resident-who-goes";
  const std::string order = Settled(subject);
  const std::string dispute = Reconciled(subject, "steward-1");
  EXPECT_THAT(MyCases(subject), ElementsAre(dispute));
  const std::string figures = FiguresOf(*suite_, "deliberation");
  ASSERT_THAT(Traces(subject), Not(IsEmpty()));

  EXPECT_EQ(Erased(subject).resources(), 2);
  EXPECT_THAT(Traces(subject), IsEmpty());
  EXPECT_EQ(FiguresOf(*suite_, "deliberation"), figures);
  EXPECT_THAT(MyCases(subject), IsEmpty());

  const Order left = GetOrder(order, Branch());
  EXPECT_EQ(left.state(), ORDER_STATE_CLOSED);
  EXPECT_EQ(left.rating(), 5);
  EXPECT_EQ(left.steward().subject(), "steward-1");
  EXPECT_TRUE(left.has_erase_time());
  EXPECT_THAT(MyCases("neighbour-1"), ElementsAre(dispute));
  const Case kept = GetCase(dispute, Resident("neighbour-1"));
  EXPECT_EQ(kept.agreement().terms(0).text(), "Not on the stairs; *** may ring.");
  EXPECT_EQ(kept.sides(1).representative().display_name(), "西门虚构");
  EXPECT_EQ(kept.sides(1).description(), "upstairs");
  EXPECT_EQ(GetCase(dispute, Branch()).mediation().record(), "*** (***) and the neighbour met.");
  EXPECT_EQ(GetCase(dispute, Branch()).mediation().mediator().subject(), "steward-1");

  db::Connection connection(suite_->database("deliberation"));
  EXPECT_TRUE(events::AwaitCaughtUp(connection, "", absl::Now() + absl::Seconds(10)).ok());
  EXPECT_TRUE(events::Verify(connection).ok());
}

TEST_F(DeliberationErasure, TakesAStewardsNameAloneFromWhatIsOthers) {
  const std::string order = Settled("resident-who-stays", "steward-who-goes");
  const std::string dispute = Reconciled("resident-who-stays", "steward-who-goes");
  EXPECT_EQ(Erased("steward-who-goes").resources(), 2);
  EXPECT_THAT(Traces("steward-who-goes", {"南宫虚构 steward-who-goes"}), IsEmpty());
  const Order left = GetOrder(order, Resident("resident-who-stays"));
  EXPECT_FALSE(left.has_steward());
  EXPECT_THAT(left.text(), HasSubstr(kWord));
  EXPECT_EQ(left.resident().display_name(), kName);
  const Case matter = GetCase(dispute, Branch());
  EXPECT_FALSE(matter.mediation().has_mediator());
  EXPECT_EQ(matter.sides(0).representative().display_name(), kName);
  EXPECT_THAT(matter.text(), HasSubstr(kWord));
}

TEST_F(DeliberationErasure, LetsStaffFinishWhatIsOpenOnlyWhenForced) {
  const std::string subject = "resident-in-the-middle";
  const std::string name = Placed(subject);
  OnOrder("AcceptOrder", AcceptOrderRequest(), name, Steward());
  OnOrder("SettleOrder", SettleOrderRequest(), name, Steward());
  const auto refused = ::firstfloor::testing::Erase(*suite_, "deliberation", ErasureOf(subject));
  EXPECT_EQ(error::ReasonOf(refused.status()), "SUBJECT_HAS_OPEN_MATTERS") << refused.status();

  EXPECT_EQ(Erased(subject, true).resources(), 1);
  EXPECT_THAT(Traces(subject, {}), IsEmpty());
  CompleteOrderRequest complete;
  complete.set_report("done");
  complete.add_evidence()->set_uri("https://files.invalid/1.jpg");
  complete.mutable_evidence(0)->set_sha256(std::string(64, 'a'));
  OnOrder("CompleteOrder", complete, name, Steward());
  ConfirmOrderRequest confirm;
  confirm.set_rating(4);
  EXPECT_EQ(OnOrder("ConfirmOrder", confirm, name, Branch()).state(), ORDER_STATE_CLOSED);
}

// What the opinion service tells when it has erased an opinion of which this is a copy.
TEST_F(DeliberationErasure, FollowsWhatWasErasedInAnotherService) {
  const std::string subject = "reporter-of-an-opinion";
  const std::string order = Placed(subject);
  const std::string dispute = Reconciled(subject, "steward-1");
  events::v1::Event told;
  told.set_event_id(RequestId());
  told.set_subject(resource::NewName("opinions", absl::Now()));
  told.set_area(kBuilding);
  auto* erased = told.mutable_access()->mutable_personal_data_erased();
  for (const std::string& copy :
       {order, dispute, resource::NewName("orders", absl::Now()), resource::NewName("tasks", absl::Now())}) {
    erased->add_copies(copy);
  }
  const events::Effect effect =
      suite_->house("deliberation")
          .erasures()
          .Following({
              .concerns = [](const events::v1::Event&) { return false; },
              .apply = [](db::Transaction&, const events::v1::Event&,
                          const std::string&) { return absl::InternalError("not for this one"); },
              .payloads = {"opinion"},
          });
  EXPECT_THAT(effect.payloads, ElementsAre("opinion", "access"));
  ASSERT_TRUE(effect.concerns(told));
  db::Connection connection(suite_->database("deliberation"));
  const auto apply = [&] {
    return db::Run(connection, absl::Now() + absl::Seconds(10),
                   [&](db::Transaction& tx) { return effect.apply(tx, told, ""); });
  };
  ASSERT_TRUE(apply().ok());
  const Order left = GetOrder(order, Branch());
  EXPECT_EQ(left.text(), "");
  EXPECT_TRUE(left.has_erase_time());
  const Case kept = GetCase(dispute, Branch());
  EXPECT_EQ(kept.text(), "");
  EXPECT_FALSE(kept.sides(0).has_representative());
  EXPECT_EQ(kept.sides(1).description(), "upstairs") << "the other side's is no copy";

  // Replies that name them go too, in time.
  EXPECT_TRUE(firstfloor::testing::Eventually(
      [&] { return connection.Query("SELECT 1 FROM erasure WHERE complete_time IS NULL")->empty(); }));
  EXPECT_THAT(Traces(subject, {}), Not(::testing::Contains(HasSubstr("a reply to"))));

  const std::string etag = left.etag();
  ASSERT_TRUE(apply().ok());
  EXPECT_EQ(GetOrder(order, Branch()).etag(), etag) << "once is enough";
}

}  // namespace
}  // namespace firstfloor::deliberation
