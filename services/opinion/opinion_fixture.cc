#include "services/opinion/opinion_fixture.h"

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "firstfloor/opinion/v1/ledger_service.pb.h"

namespace firstfloor::opinion {

using testing::As;
using testing::RequestId;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

absl::Time At(const char* text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, calendar::Shanghai(), &time, nullptr));
  return time;
}

As Resident(const std::string& subject, const std::string& area) {
  return {.role = api::v1::ROLE_RESIDENT, .area = area, .subject = subject};
}
As Steward(const std::string& area) {
  return {.role = api::v1::ROLE_STEWARD, .area = area, .subject = "steward"};
}
As OfTheCommunity(const std::string& subject) {
  return {.role = api::v1::ROLE_COMMUNITY_STAFF, .area = "340111400", .subject = subject};
}
As Secretary() {
  return {.role = api::v1::ROLE_BRANCH_SECRETARY, .area = "340111400", .subject = "secretary"};
}
As OfTheDistrict() {
  return {.role = api::v1::ROLE_DISTRICT_ADMIN, .area = "340111", .subject = "of-the-district"};
}

SubmitOpinionRequest OpinionStories::Submission(const std::string& area) {
  SubmitOpinionRequest request;
  request.set_request_id(RequestId());
  Opinion& opinion = *request.mutable_opinion();
  opinion.set_area(area);
  opinion.set_channel(OPINION_CHANNEL_APP);
  opinion.set_kind(OPINION_KIND_PROBLEM);
  opinion.set_category("SAFETY.FIRE");
  opinion.set_text("楼道里堆满了纸箱，我家老人下不了楼");
  return request;
}

absl::StatusOr<SubmitOpinionResponse> OpinionStories::Submit(const SubmitOpinionRequest& request,
                                                             const As& as) {
  return Ask<SubmitOpinionResponse>("OpinionService.SubmitOpinion", request, as);
}

SubmitOpinionResponse OpinionStories::Submitted(const SubmitOpinionRequest& request, const As& as) {
  const auto response = Submit(request, as);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? *response : SubmitOpinionResponse();
}

std::string OpinionStories::Said(const As& as) { return Submitted(Submission(as.area), as).opinion().name(); }

Opinion OpinionStories::Triaged(const std::string& name, const As& as) {
  TriageOpinionRequest request;
  request.set_category("ENVIRONMENT.CORRIDOR");
  request.set_public_summary("楼道堆物");
  return Done("TriageOpinion", name, request, as);
}

AnswerOpinionRequest OpinionStories::Answer() {
  AnswerOpinionRequest request;
  request.set_answer("已请物业当天清理");
  request.set_public_answer("当天清理完毕");
  return request;
}

Stall OpinionStories::PlannedStall(absl::Time start, const std::vector<std::string>& subjects, const As& as,
                                   const std::string& area) {
  PlanStallRequest request;
  Stall& stall = *request.mutable_stall();
  stall.set_area(area);
  stall.set_campaign("THURSDAY_TALK");
  *stall.mutable_window()->mutable_start_time() = calendar::ToProto(start);
  *stall.mutable_window()->mutable_end_time() = calendar::ToProto(start + absl::Hours(2));
  for (const std::string& subject : subjects) {
    TeamMember* member = stall.add_team();
    member->set_organisation("STEWARD_TEAM");
    member->mutable_person()->set_subject(subject);
    member->mutable_person()->set_display_name("王小管");
  }
  return Must<Stall>("StallService.PlanStall", request, as);
}

absl::StatusOr<Opinion> OpinionStories::Get(const std::string& name, const As& as, bool unmask) {
  GetOpinionRequest request;
  request.set_name(name);
  request.set_unmask(unmask);
  return Ask<Opinion>("OpinionService.GetOpinion", request, Strong(as));
}

absl::StatusOr<OpinionProgress> OpinionStories::ByReceipt(const std::string& code) {
  GetOpinionByReceiptRequest request;
  request.set_receipt_code(code);
  return Ask<OpinionProgress>("OpinionService.GetOpinionByReceipt", request, As());
}

absl::StatusOr<Timeline> OpinionStories::TimelineOf(const std::string& name, const As& as) {
  GetTimelineRequest request;
  request.set_name(name);
  return Ask<Timeline>("FollowService.GetTimeline", request, as);
}

std::vector<std::string> OpinionStories::FollowedBy(const As& as) {
  const auto response = Ask<ListMyFollowedOpinionsResponse>("FollowService.ListMyFollowedOpinions",
                                                            ListMyFollowedOpinionsRequest(), as);
  EXPECT_TRUE(response.ok()) << response.status();
  std::vector<std::string> names;
  if (response.ok()) {
    for (const Opinion& opinion : response->opinions()) names.push_back(opinion.name());
  }
  return names;
}

std::vector<std::string> OpinionStories::ListedFor(const As& as) {
  ListOpinionsRequest request;
  request.set_area(kBuilding);
  request.set_page_size(1000);
  const auto response = Ask<ListOpinionsResponse>("OpinionService.ListOpinions", request, as);
  EXPECT_TRUE(response.ok()) << response.status();
  std::vector<std::string> names;
  if (response.ok()) {
    for (const Opinion& opinion : response->opinions()) names.push_back(opinion.name());
  }
  return names;
}

std::vector<std::string> OpinionStories::DueFor(const As& as, const std::string& area,
                                                const std::string& day) {
  ListDueRequest request;
  request.set_area(area);
  request.set_day(day);
  request.set_page_size(2);
  std::vector<std::string> due;
  do {
    const auto page = Ask<ListDueResponse>("LedgerService.ListDue", request, as);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return due;
    for (const DueItem& item : page->items()) due.push_back(absl::StrCat(item.opinion(), ": ", item.duty()));
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return due;
}

std::vector<std::string> OpinionStories::Told(
    WatchOpinionsRequest& watch, const As& as,
    const std::function<bool(const std::vector<std::string>&)>& enough) {
  if (watch.cursor().empty()) EventsOf("");  // what was said before has its place in the log
  std::vector<std::string> names;
  WatchOpinionsResponse message;
  const absl::Status status = suite().client("opinion").Watch(
      "firstfloor.opinion.v1.OpinionService.WatchOpinions", watch, message,
      [&] {
        watch.set_cursor(message.cursor());
        if (!message.name().empty()) names.push_back(message.name());
        return !enough(names);
      },
      suite().Options(as));
  EXPECT_TRUE(status.ok()) << status;
  return names;
}

}  // namespace firstfloor::opinion
