// One service's log is restored while another has read further: `resync` loses nothing that was dispatched
// since.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/db/connection.h"
#include "common/resource/table.h"
#include "common/testing/eventually.h"
#include "firstfloor/deliberation/v1/order_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "tests/operations/calls.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using testing::Eventually;
using ::testing::HasSubstr;

class RestoredLog : public ::testing::Test {
 protected:
  RestoredLog() {
    for (const char* name : {"opinion", "deliberation"}) programs_.Start(name);
    for (const char* name : {"opinion", "deliberation"}) programs_.WaitUntilReady(name);
    staff_ = testing::StaffToken(programs_);
  }

  template <typename Request>
  void Change(const std::string& method, Request request, const std::string& name) {
    request.set_name(name);
    request.set_request_id(resource::NewUuid());
    opinion::v1::Opinion changed;
    const absl::Status status = programs_.client("opinion").Ask(
        absl::StrCat("firstfloor.opinion.v1.OpinionService.", method), request, changed, testing::As(staff_));
    ASSERT_TRUE(status.ok()) << status;
  }

  void SubmitAndDispatch() {
    last_ = testing::Submit(programs_.client("opinion"), staff_).name();
    opinion::v1::TriageOpinionRequest triage;
    triage.set_category("ENVIRONMENT.GREENING");
    Change("TriageOpinion", triage, last_);
    Change("DispatchOpinion", opinion::v1::DispatchOpinionRequest(), last_);
  }

  int Orders() {
    deliberation::v1::ListOrdersRequest request;
    request.set_area(testing::kCommunity);
    deliberation::v1::ListOrdersResponse response;
    const absl::Status status = programs_.client("deliberation")
                                    .Ask("firstfloor.deliberation.v1.OrderService.ListOrders", request,
                                         response, testing::As(staff_));
    EXPECT_TRUE(status.ok()) << status;
    return response.orders_size();
  }

  // The number that `sql` answers in the program's schema.
  int64_t Ask(const std::string& program, const std::string& sql) {
    db::Connection connection(programs_.database(program));
    return connection.Query(sql, {}).value()[0].Int(0);
  }
  int64_t Head() { return Ask("opinion", "SELECT COALESCE(MAX(seq), 0) FROM event_log"); }
  int64_t Cursor() {
    return Ask("deliberation", "SELECT seq FROM log_position WHERE name = 'reader/deliberation/opinion'");
  }

  // As a backup that ended at `seq` leaves the log.
  void Restore(int64_t seq) {
    ASSERT_EQ(programs_.Terminate("opinion"), 0);
    db::Connection connection(programs_.database("opinion"));
    const db::Value place[] = {seq};
    ASSERT_TRUE(connection.Execute("DELETE FROM event_log WHERE seq > ?", place).ok());
    ASSERT_TRUE(
        connection
            .ExecuteText("UPDATE log_position SET seq = (SELECT MAX(seq) FROM event_log), hash = "
                         "(SELECT hash FROM event_log ORDER BY seq DESC LIMIT 1) WHERE name = 'log_head'")
            .ok());
    programs_.Start("opinion");
    programs_.WaitUntilReady("opinion");
    // The client connects anew in its own time.
    ASSERT_TRUE(Eventually([&] { return testing::Get(programs_.client("opinion"), last_, staff_).ok(); }));
  }

  int Resync(const std::vector<std::string>& flags) {
    std::vector<std::string> words = {"--reader=deliberation/opinion"};
    words.insert(words.end(), flags.begin(), flags.end());
    return programs_.Run("deliberation", "resync", words, output_);
  }
  std::string LogOfDeliberation() { return testing::Content(programs_.log_file("deliberation")); }

  testing::Programs programs_;
  std::string staff_;
  std::string last_;  // opinion that was dispatched
  const std::string output_ = programs_.folder() + "/resync.txt";
};

TEST_F(RestoredLog, IsReadOnFromItsBackupsEnd) {
  SubmitAndDispatch();
  ASSERT_TRUE(Eventually([&] { return Orders() == 1 && Cursor() == Head(); }));
  const int64_t backups_end = Head();
  testing::Submit(programs_.client("opinion"), staff_);
  ASSERT_TRUE(Eventually([&] { return Head() > backups_end && Cursor() == Head(); }));

  Restore(backups_end);
  SubmitAndDispatch();
  ASSERT_TRUE(Eventually([&] { return absl::StrContains(LogOfDeliberation(), "log diverged"); }));

  EXPECT_EQ(Resync({}), 1);
  EXPECT_THAT(testing::Content(output_), HasSubstr("firstfloor.events.v1.OpinionDispatched"));
  EXPECT_EQ(Orders(), 1) << "nothing has moved";

  EXPECT_EQ(Resync({absl::StrCat("--after_seq=", backups_end)}), 0) << testing::Content(output_);
  EXPECT_TRUE(Eventually([&] { return Orders() == 2; })) << "what was dispatched since became an order";
  EXPECT_EQ(Cursor(), Head());
}

}  // namespace
}  // namespace firstfloor
