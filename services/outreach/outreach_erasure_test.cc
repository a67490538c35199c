// Erasing somebody from the outreach service, on a real database.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/events/log.h"
#include "common/testing/erasing.h"
#include "firstfloor/outreach/v1/feedback_service.pb.h"
#include "firstfloor/outreach/v1/lecturer_service.pb.h"
#include "firstfloor/outreach/v1/question_service.pb.h"
#include "services/outreach/outreach_fixture.h"

namespace firstfloor::outreach {
namespace {

using testing::As;
using testing::ErasureOf;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::RequestId;
using testing::TracesIn;

// Invented, and found nowhere else.
constexpr char kName[] = "上官虚构";
constexpr char kChild[] = "小虚构";
constexpr char kPhone[] = "+8619900002345";
constexpr char kWord[] = "hjvxqulm";
const std::vector<std::string>& Words() {
  static const auto* const words = new std::vector<std::string>{kName, kChild, kPhone, kWord};
  return *words;
}

class OutreachErasure : public OutreachTest {
 protected:
  static type::v1::Person Person(const std::string& subject) {
    type::v1::Person person;
    person.set_subject(subject);
    person.set_display_name(kName);
    person.set_phone(kPhone);
    return person;
  }

  // With a child, by name.
  static v1::Enrolment Enrolled(const std::string& session, const std::string& subject) {
    v1::EnrolRequest request;
    request.set_request_id(RequestId());
    request.set_session(session);
    request.set_heads(2);
    request.set_child_heads(1);
    *request.mutable_person() = Person("");
    v1::Child* child = request.add_children();
    child->set_display_name(kChild);
    *child->mutable_guardian() = Person(subject);
    *child->mutable_consent_time() = calendar::ToProto(May(2, 8));
    return Must<v1::Enrolment>("EnrolmentService.Enrol", request, Resident(subject, May(2, 9)));
  }

  static void CheckIn(const std::string& enrolment) {
    v1::CheckInRequest request;
    request.set_request_id(RequestId());
    request.set_name(enrolment);
    Must<v1::Enrolment>("EnrolmentService.CheckIn", request, Staff(May(20, 10)));
  }

  static void Rate(const std::string& session, const std::string& subject, int rating,
                   const std::string& text = "well spoken") {
    v1::GiveFeedbackRequest request;
    request.set_request_id(RequestId());
    request.set_session(session);
    request.set_rating(rating);
    request.set_text(text);
    Must<v1::Feedback>("FeedbackService.GiveFeedback", request, Resident(subject, May(20, 12)));
  }

  static v1::Question Asked(const std::string& session, const std::string& subject) {
    v1::AskQuestionRequest request;
    request.set_request_id(RequestId());
    request.set_session(session);
    request.set_text("Where does the earth wire go?");
    return Must<v1::Question>("QuestionService.AskQuestion", request, Resident(subject, May(20, 10, 5)));
  }

  static void Answer(const std::string& question, const std::string& subject) {
    v1::AnswerQuestionRequest request;
    request.set_request_id(RequestId());
    request.set_name(question);
    request.set_text("Into the ground.");
    Must<v1::Answer>("QuestionService.AnswerQuestion", request, Resident(subject, May(20, 10, 6)));
  }

  static v1::Question Upvoted(const std::string& question, const std::string& subject) {
    v1::UpvoteQuestionRequest request;
    request.set_request_id(RequestId());
    request.set_name(question);
    return Must<v1::Question>("QuestionService.UpvoteQuestion", request, Resident(subject, May(20, 11)));
  }

  static std::string NewContact(const std::string& subject) {
    v1::CreateLecturerRequest request;
    request.set_request_id(RequestId());
    request.mutable_lecturer()->set_display_name("the lecturer of the notice");
    request.mutable_lecturer()->set_area(kCommunity);
    request.mutable_lecturer()->set_kind(v1::LECTURER_KIND_EXPERT);
    *request.mutable_lecturer()->mutable_contact() = Person(subject);
    return Must<v1::Lecturer>("LecturerService.CreateLecturer", request, Staff(May(1, 9))).name();
  }

  static type::v1::Erasure Erased(const std::string& subject, bool force = false) {
    type::v1::EraseSubjectRequest request = ErasureOf(subject);
    request.set_force(force);
    const auto begun = testing::Erase(suite(), "outreach", request);
    EXPECT_TRUE(begun.ok()) << begun.status();
    return begun.ok() ? testing::Done(suite(), "outreach", *begun) : type::v1::Erasure();
  }

  static v1::FeedbackSummary SummaryOf(const std::string& session) {
    v1::GetFeedbackSummaryRequest request;
    request.set_session(session);
    return Must<v1::FeedbackSummary>("FeedbackService.GetFeedbackSummary", request,
                                     Resident("reader", absl::InfinitePast()));
  }
};

TEST_F(OutreachErasure, LeavesWhatWasCountedAndNothingOfThePerson) {
  const std::string subject = "attendee-who-goes";
  const std::string session = NewScheduled(40, May(20, 10)).name();
  std::vector<std::string> enrolments = {Enrolled(session, subject).name()};
  const std::vector<std::string> others = {"attendee-1", "attendee-2", "attendee-3", "attendee-4"};
  for (const std::string& other : others) {
    enrolments.push_back(Enrol(session, other, 1, May(2, 9))->name());
  }
  ASSERT_TRUE(Start(session, May(20, 10)).ok());
  for (const std::string& enrolment : enrolments) CheckIn(enrolment);
  const v1::Question own = Asked(session, subject);
  const v1::Question theirs = Asked(session, "attendee-1");
  Answer(theirs.name(), subject);
  EXPECT_EQ(Upvoted(theirs.name(), subject).upvotes(), 1);
  ASSERT_TRUE(Complete(session, 6, false, May(20, 11)).ok());
  Rate(session, subject, 5, kWord);
  for (const std::string& other : others) Rate(session, other, 3);
  const std::string lecturer = NewContact(subject);
  const std::string figures = testing::FiguresOf(suite(), "outreach");
  const v1::FeedbackSummary summary = SummaryOf(session);
  const v1::Session before = Current(session);
  ASSERT_THAT(TracesIn(suite(), "outreach", subject, Words()), Not(IsEmpty()));

  const type::v1::Erasure erasure = Erased(subject);
  EXPECT_EQ(erasure.resources(), 5) << "an enrolment, a question, an answer, a feedback, a lecturer";
  EXPECT_THAT(TracesIn(suite(), "outreach", subject, Words()), IsEmpty());
  EXPECT_EQ(testing::FiguresOf(suite(), "outreach"), figures);
  EXPECT_EQ(SummaryOf(session).SerializeAsString(), summary.SerializeAsString());
  EXPECT_EQ(Current(session).SerializeAsString(), before.SerializeAsString());
  const std::vector<v1::Enrolment> left = EnrolmentsOf(session);
  const auto erased = std::find_if(left.begin(), left.end(), [&](const v1::Enrolment& enrolment) {
    return enrolment.name() == enrolments.front();
  });
  ASSERT_NE(erased, left.end());
  EXPECT_EQ(erased->state(), v1::ENROLMENT_STATE_ATTENDED);
  EXPECT_EQ(erased->heads(), 2);
  EXPECT_TRUE(erased->has_erase_time());
  v1::GetQuestionRequest get;
  get.set_name(own.name());
  const auto question = Must<v1::Question>("QuestionService.GetQuestion", get, Staff(absl::InfinitePast()));
  EXPECT_EQ(question.text(), own.text());
  EXPECT_FALSE(question.has_asker());

  // A second one whose feedback on the same session is nobody's.
  EXPECT_EQ(Erased("attendee-2").resources(), 2);
  EXPECT_EQ(SummaryOf(session).SerializeAsString(), summary.SerializeAsString());
  db::Connection connection(suite().database("outreach"));
  EXPECT_TRUE(events::Verify(connection).ok());
}

TEST_F(OutreachErasure, KeepsThePlaceOfWhoWasToCome) {
  const std::string subject = "enrolled-who-goes";
  const absl::Time tomorrow = calendar::StartOf(calendar::DayOf(absl::Now()) + 1);
  const std::string session = NewScheduled(3, tomorrow + absl::Hours(10)).name();
  const std::string enrolment = Enrolled(session, subject).name();
  ASSERT_TRUE(Enrol(session, "enrolled-1", 1, May(2, 10)).ok());
  const std::string waiting = Enrol(session, "enrolled-2", 1, May(2, 11))->name();
  const auto refused = testing::Erase(suite(), "outreach", ErasureOf(subject));
  EXPECT_EQ(error::ReasonOf(refused.status()), "SUBJECT_HAS_OPEN_MATTERS") << refused.status();

  EXPECT_EQ(Erased(subject, true).resources(), 1);
  EXPECT_THAT(TracesIn(suite(), "outreach", subject, Words()), IsEmpty());
  EXPECT_EQ(Current(session).enrolled_heads(), 3);
  // Staff give the place to who waits.
  v1::WithdrawEnrolmentRequest withdraw;
  withdraw.set_request_id(RequestId());
  withdraw.set_name(enrolment);
  Must<v1::Enrolment>("EnrolmentService.WithdrawEnrolment", withdraw, Staff(absl::InfinitePast()));
  EXPECT_EQ(Current(session).waitlisted_heads(), 0);
}

}  // namespace
}  // namespace firstfloor::outreach
