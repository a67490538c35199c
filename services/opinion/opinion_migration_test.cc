// The schema that the first release left, with opinions in it, under this release.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/db/migrate.h"
#include "common/db/schema/migrations.h"
#include "common/db/transaction.h"
#include "common/privacy/keyring.h"
#include "common/resource/table.h"
#include "common/testing/suite.h"
#include "firstfloor/opinion/v1/follow_service.pb.h"
#include "firstfloor/opinion/v1/ledger_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "services/opinion/furnish.h"
#include "services/opinion/receipt.h"

namespace firstfloor::opinion {
namespace {

using google::protobuf::Message;
using testing::As;
using ::testing::ElementsAre;
using testing::RequestId;
using testing::Suite;
using v1::Opinion;

constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr char kCode[] = "K7PM-3QXA-9FTR-V2";

absl::Time At(const char* text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, calendar::Shanghai(), &time, nullptr));
  return time;
}

const Opinion& OpinionIn(const Message& message) { return static_cast<const Opinion&>(message); }

// How the first release stored an opinion.
resource::Spec FirstSpec(const privacy::Keyring& keyring) {
  return {.table = "opinion",
          .collection = "opinions",
          .type = "Opinion",
          .prototype = nullptr,
          .columns = {
              {"area", [](const Message& m) { return db::Value(OpinionIn(m).area()); }},
              {"state", [](const Message& m) { return db::Value(OpinionIn(m).state()); }},
              {"channel", [](const Message& m) { return db::Value(OpinionIn(m).channel()); }},
              {"category", [](const Message& m) { return db::Value(OpinionIn(m).category()); }},
              {"about_staff", [](const Message& m) { return db::Value(OpinionIn(m).about_staff()); }},
              {"stall", [](const Message& m) { return db::Value(OpinionIn(m).stall()); }},
              {"reporter",
               [&keyring](const Message& m) {
                 return db::Value(keyring.BlindIndex("subject", OpinionIn(m).reporter().subject()));
               }},
              {"due_time",
               [](const Message& m) { return db::Value(calendar::FromProto(OpinionIn(m).due_time())); }},
          }};
}

Opinion Left(int number, v1::OpinionState state, bool about_staff) {
  Opinion opinion;
  opinion.set_name(absl::StrCat("opinions/01900000-0000-7000-8000-00000000000", number));
  opinion.set_area(kBuilding);
  opinion.set_channel(v1::OPINION_CHANNEL_APP);
  opinion.set_kind(v1::OPINION_KIND_PROBLEM);
  opinion.set_category("SAFETY.FIRE");
  opinion.set_text("楼道里堆满了纸箱");
  opinion.mutable_reporter()->set_subject("reporter");
  opinion.set_public_summary("楼道堆物");
  opinion.set_about_staff(about_staff);
  opinion.set_state(state);
  opinion.set_working_days(2);
  opinion.set_supports(1);
  *opinion.mutable_receive_time() = calendar::ToProto(At("2023-03-01 10:00"));
  *opinion.mutable_due_time() = calendar::ToProto(At("2023-03-04 00:00"));
  if (state == v1::OPINION_STATE_CLOSED) {
    *opinion.mutable_resolve_time() = calendar::ToProto(At("2023-03-02 10:00"));
  }
  v1::TimelineStep* step = opinion.add_timeline();
  step->set_state(v1::OPINION_STATE_RECEIVED);
  step->set_what("RECEIVED");
  return opinion;
}

class OpinionMigration : public ::testing::Test {
 protected:
  OpinionMigration() {
    auto keyring = privacy::Keyring::Load(suite_.folder() + "/privacy.json");
    EXPECT_TRUE(keyring.ok()) << keyring.status();
    keyring_ = *std::move(keyring);
  }

  // What the first release wrote when these were submitted, triaged and supported.
  void Leave(db::Connection& connection, std::vector<Opinion> opinions) {
    const resource::Table<Opinion> table(FirstSpec(*keyring_), *keyring_);
    const events::Origin origin = {.subject = "reporter",
                                   .by_service = false,
                                   .on_behalf_of = "",
                                   .occur_time = At("2023-03-01 10:00"),
                                   .record_time = At("2023-03-01 10:00"),
                                   .back_dated = true,
                                   .traceparent = ""};
    const absl::Status left =
        db::RunInTransaction(connection, absl::InfiniteFuture(), [&](db::Transaction& tx) -> absl::Status {
          for (Opinion& opinion : opinions) {
            if (const absl::Status inserted = table.Insert(tx, opinion, origin); !inserted.ok())
              return inserted;
            const std::string id = *resource::IdOf("opinions", opinion.name());
            const std::string supporter = keyring_->BlindIndex("subject", "supporter");
            if (auto s = tx.Execute("INSERT INTO opinion_support (opinion, supporter) VALUES (?, ?)",
                                    {id, supporter});
                !s.ok()) {
              return s.status();
            }
          }
          const std::string code = receipt::IndexOf(kCode, *keyring_);
          const std::string first = *resource::IdOf("opinions", opinions.front().name());
          return tx.Execute("INSERT INTO receipt (code, opinion) VALUES (?, ?)", {code, first}).status();
        });
    ASSERT_TRUE(left.ok()) << left;
  }

  template <typename Reply, typename Request>
  Reply Must(const std::string& method, Request request, const As& as) {
    if constexpr (requires { request.set_request_id(""); }) request.set_request_id(RequestId());
    auto reply = suite_.Call<Reply>("firstfloor.opinion.v1." + method, request, as);
    EXPECT_TRUE(reply.ok()) << method << ": " << reply.status();
    return reply.ok() ? *std::move(reply) : Reply();
  }

  Suite suite_;
  std::unique_ptr<privacy::Keyring> keyring_;
};

TEST_F(OpinionMigration, OpinionsOfTheFirstReleaseGoOnUnderThisOne) {
  const absl::Span<const db::Migration> all = schema::Migrations();
  const Opinion open = Left(1, v1::OPINION_STATE_TRIAGED, false);
  const Opinion closed = Left(2, v1::OPINION_STATE_CLOSED, false);
  const Opinion hidden = Left(3, v1::OPINION_STATE_TRIAGED, true);
  {
    db::Connection connection(suite_.SettingsFor("opinion").database);
    ASSERT_TRUE(db::Migrate(connection, all.subspan(0, 1)).ok());
    Leave(connection, {open, closed, hidden});
  }
  suite_.Start({.name = "opinion", .migrations = all, .furnish = Furnish});

  const As reporter = {.role = api::v1::ROLE_RESIDENT, .area = kBuilding, .subject = "reporter"};
  const As neighbour = {.role = api::v1::ROLE_RESIDENT, .area = kBuilding, .subject = "neighbour"};
  const As steward = {.role = api::v1::ROLE_STEWARD, .area = kBuilding, .subject = "steward"};
  const As community = {.role = api::v1::ROLE_COMMUNITY_STAFF, .area = "340111400", .subject = "staff"};

  // What was said is read, found by its code, and listed.
  v1::GetOpinionRequest get;
  get.set_name(open.name());
  EXPECT_EQ(Must<Opinion>("OpinionService.GetOpinion", get, reporter).text(), open.text());
  v1::GetOpinionByReceiptRequest by_receipt;
  by_receipt.set_receipt_code(kCode);
  EXPECT_EQ(Must<v1::OpinionProgress>("OpinionService.GetOpinionByReceipt", by_receipt, As()).name(),
            open.name());
  v1::ListOpinionsRequest list;
  list.set_area(kBuilding);
  EXPECT_EQ(Must<v1::ListOpinionsResponse>("OpinionService.ListOpinions", list, steward).opinions_size(), 2);
  EXPECT_EQ(Must<v1::ListOpinionsResponse>("OpinionService.ListOpinions", list, community).opinions_size(),
            3);

  // What is open is due, and only to those who may see it.
  v1::ListDueRequest due;
  due.set_area(kBuilding);
  const auto of_the_steward = Must<v1::ListDueResponse>("LedgerService.ListDue", due, steward);
  ASSERT_EQ(of_the_steward.items_size(), 1);
  EXPECT_EQ(of_the_steward.items(0).opinion(), open.name());
  EXPECT_EQ(Must<v1::ListDueResponse>("LedgerService.ListDue", due, community).items_size(), 2);

  // It can be followed and goes on, and a support given before still counts once.
  v1::FollowOpinionRequest follow;
  follow.set_name(open.name());
  EXPECT_EQ(Must<Opinion>("FollowService.FollowOpinion", follow, neighbour).followers(), 1);
  v1::SupportOpinionRequest support;
  support.set_name(open.name());
  As supporter = neighbour;
  supporter.subject = "supporter";
  EXPECT_EQ(Must<Opinion>("OpinionService.SupportOpinion", support, supporter).supports(), 1);
  v1::StartOpinionRequest start;
  start.set_name(open.name());
  Must<Opinion>("OpinionService.StartOpinion", start, steward);
  v1::ResolveOpinionRequest resolve;
  resolve.set_name(open.name());
  resolve.set_outcome(v1::OPINION_OUTCOME_FIXED);
  resolve.set_answer("已清理");
  Must<Opinion>("OpinionService.ResolveOpinion", resolve, steward);
  EXPECT_EQ(Must<v1::ListDueResponse>("LedgerService.ListDue", due, steward).items_size(), 0);
  v1::GetTimelineRequest timeline;
  timeline.set_name(open.name());
  const auto way = Must<v1::Timeline>("FollowService.GetTimeline", timeline, neighbour);
  std::vector<std::string> steps;
  for (const v1::TimelineStep& step : way.steps()) steps.push_back(step.what());
  EXPECT_THAT(steps, ElementsAre("RECEIVED", "STARTED", "RESOLVED"));
}

}  // namespace
}  // namespace firstfloor::opinion
