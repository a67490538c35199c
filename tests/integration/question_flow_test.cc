// A question of a class that is handed on becomes an opinion: over both programs as they are deployed,
// whichever of them is away meanwhile.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/resource/table.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/opinion/v1/statistics_service.pb.h"
#include "firstfloor/outreach/v1/enrolment_service.pb.h"
#include "firstfloor/outreach/v1/lecturer_service.pb.h"
#include "firstfloor/outreach/v1/question_service.pb.h"
#include "firstfloor/outreach/v1/session_service.pb.h"
#include "firstfloor/outreach/v1/venue_service.pb.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using opinion::v1::Opinion;
using outreach::v1::Question;
using testing::Programs;

constexpr char kCommunity[] = "340111400";
constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr char kText[] = "Who pays for the earth wire?";

// An hour of 12 May 2023.
absl::Time At(int hour, int minute = 0) {
  return absl::FromCivil(absl::CivilMinute(2023, 5, 12, hour, minute), calendar::Shanghai());
}

struct Caller {
  api::v1::Role role;
  std::string area;
  std::string subject;
};
const Caller kStaff = {api::v1::ROLE_COMMUNITY_STAFF, kCommunity, "staff"};
const Caller kAsker = {api::v1::ROLE_RESIDENT, kBuilding, "asker"};
const Caller kNeighbour = {api::v1::ROLE_RESIDENT, kBuilding, "neighbour"};

class QuestionFlow : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"outreach", "opinion"}) programs_.Start(name);
    for (const char* name : {"outreach", "opinion"}) programs_.WaitUntilReady(name);
    GoToClass();
  }

  // `method` as in "outreach.v1.QuestionService.AskQuestion".
  template <typename Reply, typename Request>
  absl::StatusOr<Reply> Ask(const Caller& as, absl::Time when, const std::string& method, Request request) {
    if (const auto* id = Request::descriptor()->FindFieldByName("request_id"); id != nullptr) {
      request.GetReflection()->SetString(&request, id, resource::NewUuid());
    }
    rpc::CallOptions options;
    options.token = programs_.Token({{as.role, as.area}}, as.subject, true);
    options.as_of = when;
    options.strong = true;
    Reply reply;
    absl::Status status;
    const absl::Time give_up = absl::Now() + absl::Seconds(20);
    do {  // a program that was killed is found again after a moment
      options.deadline = absl::Now() + absl::Seconds(10);
      status =
          programs_.ClientFor("firstfloor." + method).Ask("firstfloor." + method, request, reply, options);
    } while (absl::IsUnavailable(status) && absl::Now() < give_up);
    if (!status.ok()) return status;
    return reply;
  }
  template <typename Reply, typename Request>
  Reply Must(const Caller& as, absl::Time when, const std::string& method, const Request& request) {
    absl::StatusOr<Reply> reply = Ask<Reply>(as, when, method, request);
    EXPECT_TRUE(reply.ok()) << method << ": " << reply.status();
    return reply.ok() ? *std::move(reply) : Reply();
  }

  // A class that goes on at ten, with the asker in it.
  void GoToClass() {
    const absl::Time before = At(8);
    outreach::v1::CreateVenueRequest venue;
    venue.mutable_venue()->set_display_name("lobby");
    venue.mutable_venue()->set_area(kBuilding);
    venue.mutable_venue()->set_kind(outreach::v1::VENUE_KIND_LOBBY);
    venue.mutable_venue()->set_capacity(30);
    outreach::v1::CreateLecturerRequest lecturer;
    lecturer.mutable_lecturer()->set_display_name("lecturer");
    lecturer.mutable_lecturer()->set_area(kCommunity);
    lecturer.mutable_lecturer()->set_kind(outreach::v1::LECTURER_KIND_EXPERT);
    outreach::v1::CreateSessionRequest create;
    outreach::v1::Session& session = *create.mutable_session();
    session.set_area(kBuilding);
    session.set_form(outreach::v1::SESSION_FORM_TALK);
    session.set_topic("earth wires");
    session.set_venue(
        Must<outreach::v1::Venue>(kStaff, before, "outreach.v1.VenueService.CreateVenue", venue).name());
    session.add_lecturers(
        Must<outreach::v1::Lecturer>(kStaff, before, "outreach.v1.LecturerService.CreateLecturer", lecturer)
            .name());
    session.set_capacity(20);
    *session.mutable_window()->mutable_start_time() = calendar::ToProto(At(10));
    *session.mutable_window()->mutable_end_time() = calendar::ToProto(At(11));
    session_ = Must<outreach::v1::Session>(kStaff, before, "outreach.v1.SessionService.CreateSession", create)
                   .name();
    outreach::v1::ScheduleSessionRequest schedule;
    schedule.set_name(session_);
    Must<outreach::v1::Session>(kStaff, before, "outreach.v1.SessionService.ScheduleSession", schedule);
    outreach::v1::EnrolRequest enrol;
    enrol.set_session(session_);
    enrol.set_heads(1);
    outreach::v1::CheckInRequest check_in;
    check_in.set_name(
        Must<outreach::v1::Enrolment>(kAsker, before, "outreach.v1.EnrolmentService.Enrol", enrol).name());
    outreach::v1::StartSessionRequest start;
    start.set_name(session_);
    Must<outreach::v1::Session>(kStaff, At(10), "outreach.v1.SessionService.StartSession", start);
    Must<outreach::v1::Enrolment>(kStaff, At(10), "outreach.v1.EnrolmentService.CheckIn", check_in);
  }

  // A question of the asker's, handed on.
  Question Referred(opinion::v1::OpinionKind kind) {
    outreach::v1::AskQuestionRequest ask;
    ask.set_session(session_);
    ask.set_text(kText);
    outreach::v1::ReferQuestionRequest refer;
    refer.set_name(Must<Question>(kAsker, At(10, 30), "outreach.v1.QuestionService.AskQuestion", ask).name());
    refer.set_kind(kind);
    return Must<Question>(kStaff, At(12), "outreach.v1.QuestionService.ReferQuestion", refer);
  }

  absl::StatusOr<Opinion> Find(const Caller& as, const std::string& name) {
    opinion::v1::GetOpinionRequest get;
    get.set_name(name);
    return Ask<Opinion>(as, absl::InfinitePast(), "opinion.v1.OpinionService.GetOpinion", get);
  }
  // Waits until it is there.
  Opinion Awaited(const Caller& as, const std::string& name) {
    const absl::Time give_up = absl::Now() + absl::Seconds(20);
    absl::StatusOr<Opinion> opinion = Find(as, name);
    while (!opinion.ok() && absl::Now() < give_up) {
      absl::SleepFor(absl::Milliseconds(50));
      opinion = Find(as, name);
    }
    EXPECT_TRUE(opinion.ok()) << opinion.status();
    return opinion.ok() ? *std::move(opinion) : Opinion();
  }
  // Opinions of the day that came in through classes.
  int64_t FromClasses() {
    opinion::v1::GetOpinionStatisticsRequest request;
    request.set_area(kCommunity);
    request.set_start_day("2023-05-12");
    request.set_end_day("2023-05-13");
    request.set_group_by(opinion::v1::OPINION_DIMENSION_CHANNEL);
    const auto response = Must<opinion::v1::GetOpinionStatisticsResponse>(
        kStaff, absl::InfinitePast(), "opinion.v1.StatisticsService.GetOpinionStatistics", request);
    for (const type::v1::Figure& figure : response.figures()) {
      const auto channel = figure.dimensions().find("channel");
      if (figure.key() == "opinions.received" && channel != figure.dimensions().end() &&
          channel->second == "CLASS") {
        return figure.value();
      }
    }
    return 0;
  }

  Programs programs_;
  std::string session_;
};

TEST_F(QuestionFlow, AQuestionHandedOnIsTheAskersOpinionAndEachNamesTheOther) {
  const Question question = Referred(opinion::v1::OPINION_KIND_SUGGESTION);
  EXPECT_EQ(question.state(), outreach::v1::QUESTION_STATE_REFERRED);
  const Opinion opinion = Awaited(kAsker, question.opinion());
  EXPECT_EQ(opinion.name(), question.opinion());
  EXPECT_EQ(opinion.class_question(), question.name());
  EXPECT_EQ(opinion.text(), kText);
  EXPECT_EQ(opinion.reporter().subject(), kAsker.subject);
  EXPECT_EQ(opinion.area(), kBuilding);
  EXPECT_EQ(opinion.channel(), opinion::v1::OPINION_CHANNEL_CLASS);
  EXPECT_EQ(opinion.kind(), opinion::v1::OPINION_KIND_SUGGESTION);
  EXPECT_EQ(opinion.state(), opinion::v1::OPINION_STATE_RECEIVED);
  EXPECT_EQ(calendar::FromProto(opinion.receive_time()), At(12));
  EXPECT_EQ(FromClasses(), 1);
  // Private until triage, as every opinion.
  EXPECT_FALSE(Find(kNeighbour, question.opinion()).ok());
}

TEST_F(QuestionFlow, WaitsWhileTheProgramThatHasTheQuestionIsAway) {
  programs_.Kill("opinion");
  const Question question = Referred(opinion::v1::OPINION_KIND_PROBLEM);
  programs_.Kill("outreach");
  programs_.Start("opinion");
  programs_.WaitUntilReady("opinion");
  EXPECT_FALSE(Find(kStaff, question.opinion()).ok());
  programs_.Start("outreach");
  programs_.WaitUntilReady("outreach");
  EXPECT_EQ(Awaited(kStaff, question.opinion()).class_question(), question.name());
  EXPECT_EQ(FromClasses(), 1);
}

TEST_F(QuestionFlow, MakesEachOpinionOnceWhicheverProgramDiesMeanwhile) {
  std::map<std::string, std::string> questions;  // by opinion
  for (int i = 0; i < 6; ++i) {
    const Question question = Referred(opinion::v1::OPINION_KIND_PROBLEM);
    questions[question.opinion()] = question.name();
    absl::SleepFor(absl::Milliseconds(4 * i));  // before, while and after the question is fetched
    const std::string victim = i % 2 == 0 ? "outreach" : "opinion";
    programs_.Kill(victim);
    programs_.Start(victim);
    programs_.WaitUntilReady("outreach");
  }
  programs_.WaitUntilReady("opinion");
  for (const auto& [opinion, question] : questions) {
    EXPECT_EQ(Awaited(kStaff, opinion).class_question(), question);
  }
  EXPECT_EQ(FromClasses(), static_cast<int64_t>(questions.size()));
}

}  // namespace
}  // namespace firstfloor
