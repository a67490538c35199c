// What phones collected without a network, uploaded to a real database.
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "firstfloor/outreach/v1/check_in_service.pb.h"
#include "services/outreach/outreach_fixture.h"

namespace firstfloor::outreach {
namespace {

using testing::RequestId;

constexpr int kPhones = 4;
constexpr int kSessions = 5;
constexpr int kCheckIns = 10'000;
constexpr int kBatch = 250;

class OutreachUpload : public OutreachTest {
 protected:
  static absl::StatusOr<v1::UploadCheckInsResponse> Upload(const std::string& session,
                                                           const std::vector<v1::OfflineCheckIn>& check_ins,
                                                           absl::Time as_of) {
    v1::UploadCheckInsRequest request;
    request.set_request_id(RequestId());
    request.set_session(session);
    request.mutable_check_ins()->Assign(check_ins.begin(), check_ins.end());
    testing::As as = Staff(as_of);
    as.timeout = absl::Seconds(30);
    return Ask<v1::UploadCheckInsResponse>("CheckInService.UploadCheckIns", request, as);
  }

  static v1::OfflineCheckIn WalkedIn(int heads, absl::Time time) {
    v1::OfflineCheckIn check_in;
    check_in.set_nonce(RequestId());
    check_in.set_identity(v1::IDENTITY_MASSES);
    check_in.set_heads(heads);
    *check_in.mutable_device_time() = calendar::ToProto(time);
    return check_in;
  }

  static int WalkInsOf(const std::string& session) {
    int heads = 0;
    const v1::Session current = Current(session);
    for (const v1::IdentityHeads& walk_in : current.walk_ins()) heads += walk_in.heads();
    return heads;
  }
};

TEST_F(OutreachUpload, ANonceCountsOnceHoweverOftenAndWhoeverUploadsIt) {
  struct Item {
    int session;
    v1::OfflineCheckIn check_in;
  };
  std::vector<std::string> sessions;
  for (int i = 0; i < kSessions; ++i) {
    sessions.push_back(NewScheduled(100, May(8 + i, 9)).name());
    ASSERT_TRUE(Start(sessions.back(), May(8 + i, 9)).ok());
  }
  std::vector<Item> items;
  items.reserve(2 * kCheckIns);  // inserted into itself below
  std::vector<int> expected(kSessions, 0);
  for (int i = 0; i < kCheckIns; ++i) {
    const int session = i % kSessions;
    const int heads = 1 + i % 3;
    items.push_back({session, WalkedIn(heads, May(8 + session, 9, i % 60))});
    expected[static_cast<size_t>(session)] += heads;
  }
  items.insert(items.end(), items.begin(), items.begin() + kCheckIns);
  std::mt19937 random(7);
  std::shuffle(items.begin(), items.end(), random);

  std::atomic<int> counted{0};
  std::atomic<int> repeated{0};
  std::mutex mutex;
  std::map<std::string, std::string> outcomes;  // nonce → what was said of it
  const auto upload = [&](int session, std::vector<v1::OfflineCheckIn>& batch) {
    const auto response = Upload(sessions[static_cast<size_t>(session)], batch, May(13, 20));
    ASSERT_TRUE(response.ok()) << response.status();
    ASSERT_EQ(response->outcomes_size(), static_cast<int>(batch.size()));
    batch.clear();
    const std::lock_guard lock(mutex);
    for (v1::CheckInOutcome outcome : response->outcomes()) {
      (outcome.repeated_upload() ? repeated : counted)++;
      outcome.clear_repeated_upload();
      const auto [known, added] = outcomes.try_emplace(outcome.nonce(), outcome.SerializeAsString());
      EXPECT_EQ(known->second, outcome.SerializeAsString());  // the same answer to everybody
    }
  };
  std::vector<std::thread> phones;
  for (int phone = 0; phone < kPhones; ++phone) {
    phones.emplace_back([&, phone] {
      std::vector<std::vector<v1::OfflineCheckIn>> batches(kSessions);
      for (size_t i = static_cast<size_t>(phone); i < items.size(); i += kPhones) {
        std::vector<v1::OfflineCheckIn>& batch = batches[static_cast<size_t>(items[i].session)];
        batch.push_back(items[i].check_in);
        if (batch.size() == kBatch) upload(items[i].session, batch);
      }
      for (int session = 0; session < kSessions; ++session) {
        if (!batches[static_cast<size_t>(session)].empty())
          upload(session, batches[static_cast<size_t>(session)]);
      }
    });
  }
  for (std::thread& phone : phones) phone.join();
  EXPECT_EQ(counted, kCheckIns);
  EXPECT_EQ(repeated, kCheckIns);
  for (int i = 0; i < kSessions; ++i) {
    EXPECT_EQ(WalkInsOf(sessions[static_cast<size_t>(i)]), expected[static_cast<size_t>(i)]);
  }
}

TEST_F(OutreachUpload, ANonceThatAnotherSessionHasCountedDoesNotCountAgain) {
  const std::string one = NewScheduled(10, May(13, 9)).name();
  const std::string other = NewScheduled(10, May(13, 9)).name();
  const std::vector<v1::OfflineCheckIn> check_ins = {WalkedIn(2, May(13, 9))};
  ASSERT_TRUE(Upload(one, check_ins, May(13, 10)).ok());
  const auto again = Upload(other, check_ins, May(13, 10));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->outcomes(0).repeated_upload());
  EXPECT_EQ(WalkInsOf(one), 2);
  EXPECT_EQ(WalkInsOf(other), 0);
}

TEST_F(OutreachUpload, WhoIsLateOrDoesNotFitTookPartAndIsFlaggedAndTheReportStays) {
  const std::string session = NewScheduled(10, May(13, 9)).name();
  const absl::StatusOr<v1::Enrolment> enrolment = Enrol(session, "late-comer", 2, May(2, 9));
  ASSERT_TRUE(enrolment.ok()) << enrolment.status();
  ASSERT_TRUE(Start(session, May(13, 9)).ok());
  ASSERT_TRUE(WalkIn(session, 8, May(13, 9)).ok());
  ASSERT_TRUE(Complete(session, 8, false, May(13, 10)).ok());

  v1::OfflineCheckIn of_party = WalkedIn(0, May(13, 9, 5));
  of_party.clear_identity();
  of_party.set_enrolment(enrolment->name());
  const auto response = Upload(session, {of_party, WalkedIn(3, May(13, 9, 6))}, May(14, 9));
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->outcomes(0).flags_size(), 1);
  EXPECT_EQ(response->outcomes(0).flags(0), v1::CHECK_IN_FLAG_LATE);
  EXPECT_EQ(response->outcomes(1).flags_size(), 2);
  const v1::Session current = Current(session);
  EXPECT_EQ(current.participants(), 13);
  EXPECT_EQ(current.report().heads(0).heads(), 8);
  EXPECT_EQ(current.late_heads(), 5);
  EXPECT_EQ(current.over_capacity_heads(), 3);
  EXPECT_EQ(current.checked_in_heads(), 2);
  EXPECT_EQ(EnrolmentsOf(session).at(0).state(), v1::ENROLMENT_STATE_ATTENDED);
}

TEST_F(OutreachUpload, IsForThoseWhoStandAtTheDoor) {
  const std::string session = NewScheduled(10, May(13, 9)).name();
  v1::UploadCheckInsRequest request;
  request.set_request_id(RequestId());
  request.set_session(session);
  *request.add_check_ins() = WalkedIn(1, May(13, 9));
  EXPECT_EQ(Ask<v1::UploadCheckInsResponse>("CheckInService.UploadCheckIns", request,
                                            Resident("somebody", May(13, 9)))
                .status()
                .code(),
            absl::StatusCode::kPermissionDenied);
  request.mutable_check_ins(0)->clear_identity();
  EXPECT_EQ(Ask<v1::UploadCheckInsResponse>("CheckInService.UploadCheckIns", request, Staff(May(13, 9)))
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace firstfloor::outreach
