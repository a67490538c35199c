// Opinions as the stories told on the running service make and follow them.
#ifndef FIRSTFLOOR_SERVICES_OPINION_OPINION_FIXTURE_H_
#define FIRSTFLOOR_SERVICES_OPINION_OPINION_FIXTURE_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/error/error.h"
#include "firstfloor/opinion/v1/follow_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "services/opinion/stall_fixture.h"

namespace firstfloor::opinion {

constexpr char kNextBuilding[] = "340111400001-CJ-08";
constexpr char kElsewhere[] = "340104400001-SL-01";

// "2023-03-01 10:00", as the clocks in China show it.
absl::Time At(const char* text);

testing::As Resident(const std::string& subject, const std::string& area = kBuilding);
testing::As Steward(const std::string& area = "340111400001-CJ");
testing::As OfTheCommunity(const std::string& subject = "of-the-community");
testing::As Secretary();
testing::As OfTheDistrict();

class OpinionStories : public StallTest {
 protected:
  static v1::SubmitOpinionRequest Submission(const std::string& area = kBuilding);
  static absl::StatusOr<v1::SubmitOpinionResponse> Submit(const v1::SubmitOpinionRequest& request,
                                                          const testing::As& as);
  static v1::SubmitOpinionResponse Submitted(const v1::SubmitOpinionRequest& request, const testing::As& as);
  static std::string Said(const testing::As& as);

  // A change of one opinion: "TriageOpinion", "FollowService.FollowOpinion".
  template <typename Request>
  static absl::StatusOr<v1::Opinion> Do(const std::string& method, const std::string& name, Request request,
                                        const testing::As& as) {
    request.set_name(name);
    request.set_request_id(testing::RequestId());
    return Ask<v1::Opinion>(absl::StrContains(method, '.') ? method : absl::StrCat("OpinionService.", method),
                            request, as);
  }
  // It is done.
  template <typename Request>
  static v1::Opinion Done(const std::string& method, const std::string& name, Request request,
                          const testing::As& as) {
    const auto done = Do(method, name, request, as);
    EXPECT_TRUE(done.ok()) << method << ": " << done.status();
    return done.ok() ? *done : v1::Opinion();
  }
  // Why it is not.
  template <typename Request>
  static std::string Refused(const std::string& method, const std::string& name, Request request,
                             const testing::As& as) {
    return error::ReasonOf(Do(method, name, request, as).status());
  }
  static v1::Opinion Triaged(const std::string& name, const testing::As& as);
  static v1::AnswerOpinionRequest Answer();

  // A stall of the campaign THURSDAY_TALK, of two hours, with these people.
  static v1::Stall PlannedStall(absl::Time start, const std::vector<std::string>& subjects,
                                const testing::As& as, const std::string& area = kBuilding);
  template <typename Request>
  static absl::StatusOr<v1::Stall> DoStall(const std::string& method, const std::string& name,
                                           Request request, const testing::As& as) {
    request.set_name(name);
    request.set_request_id(testing::RequestId());
    return Ask<v1::Stall>(absl::StrCat("StallService.", method), request, as);
  }

  static absl::StatusOr<v1::Opinion> Get(const std::string& name, const testing::As& as, bool unmask = false);
  static absl::StatusOr<v1::OpinionProgress> ByReceipt(const std::string& code);
  static absl::StatusOr<v1::Timeline> TimelineOf(const std::string& name, const testing::As& as);
  static std::vector<std::string> FollowedBy(const testing::As& as);
  static std::vector<std::string> ListedFor(const testing::As& as);
  // "opinions/…: DUTY", the earliest first.
  static std::vector<std::string> DueFor(const testing::As& as, const std::string& area,
                                         const std::string& day = "");
  // What a watch tells until `enough`, from the cursor on; moves the cursor.
  static std::vector<std::string> Told(v1::WatchOpinionsRequest& watch, const testing::As& as,
                                       const std::function<bool(const std::vector<std::string>&)>& enough);
  static bool AtOnce(const std::vector<std::string>&) { return true; }
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_OPINION_FIXTURE_H_
