#include "services/opinion/petition_rules.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/opinion/opinion_clock.h"
#include "services/opinion/opinion_rules.h"

namespace firstfloor::opinion::petitions {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using rules::Change;
using v1::Opinion;

constexpr int kReviewDays = 30;
constexpr int kMostReviews = 2;
constexpr absl::string_view kRevised = "REVIEW_REVISED";

absl::Status CheckPetition(const Opinion& opinion) {
  if (rules::IsPetition(opinion)) return absl::OkStatus();
  return error::Precondition("NOT_A_PETITION", "the opinion is no petition");
}

absl::Status CheckNoNotice(const Opinion& opinion) {
  if (!opinion.has_notice_time()) return absl::OkStatus();
  return error::Precondition("NOTICE_GIVEN", "the notice was given already");
}

// Since when what was last said can be reviewed: the answer, that of the first review, or the one given anew
// after it.
absl::Time ReviewableSince(const Opinion& opinion) {
  const absl::Time answered = FromProto(opinion.resolve_time());
  return opinion.reviews_size() == 0
             ? answered
             : std::max(answered, FromProto(opinion.reviews().rbegin()->answer_time()));
}

bool IsAnswered(const Opinion& opinion) {
  return opinion.state() == v1::OPINION_STATE_ANSWERED || opinion.state() == v1::OPINION_STATE_RESOLVED ||
         opinion.state() == v1::OPINION_STATE_CLOSED;
}

bool HasOpenReview(const Opinion& opinion) {
  return opinion.reviews_size() > 0 && !opinion.reviews().rbegin()->has_answer_time();
}

void Forget(Opinion& opinion, absl::string_view lapsed) {
  auto* kinds = opinion.mutable_lapsed_deadlines();
  kinds->erase(std::remove(kinds->begin(), kinds->end(), lapsed), kinds->end());
}

// The answer fell. Whatever is in hand already stays there.
absl::Status TakeUpAnew(Change& change, absl::Time now) {
  if (rules::CheckMove(change.opinion, rules::Act::kObject).ok()) {
    ASSIGN_OR_RETURN(Change objected, rules::MovedAndTold(change.opinion, rules::Act::kObject,
                                                          "REOPEN_REQUESTED", kRevised, now));
    rules::Continue(change, std::move(objected));
  }
  if (!rules::CheckMove(change.opinion, rules::Act::kReopen).ok()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Change reopened, rules::Reopen(change.opinion, kRevised, now));
  rules::Continue(change, std::move(reopened));
  return absl::OkStatus();
}

}  // namespace

bool IsClaim(const Opinion& opinion) { return opinion.petition_type() == v1::PETITION_TYPE_CLAIM; }

absl::Status CheckNoticeGiven(const Opinion& opinion) {
  if (!rules::IsPetition(opinion) || opinion.has_notice_time()) return absl::OkStatus();
  return error::Precondition("PETITION_NOTICE_NEEDED",
                             "a petition is neither answered nor sent away before its written notice");
}

absl::Status CheckNoOpenReview(const Opinion& opinion) {
  if (!HasOpenReview(opinion)) return absl::OkStatus();
  return error::Precondition("REVIEW_OPEN", "the review that was asked for is not answered yet");
}

absl::StatusOr<Change> GiveNotice(const Opinion& opinion, const v1::GiveNoticeRequest& request,
                                  absl::Time now) {
  RETURN_IF_ERROR(CheckPetition(opinion));
  if (!rules::IsOpen(opinion)) return rules::WrongState(opinion);
  RETURN_IF_ERROR(CheckNoNotice(opinion));
  Change change{opinion, {}};
  *change.opinion.mutable_notice_time() = ToProto(now);
  if (!request.official_number().empty()) change.opinion.set_official_number(request.official_number());
  if (!request.declined()) clock::Accept(change.opinion, now);
  rules::AddStep(change.opinion, "NOTICE_GIVEN", request.declined() ? "DECLINED" : "ACCEPTED", now);
  return rules::Amended(std::move(change), {"notice_time", "accept_time", "due_time"});
}

absl::StatusOr<Change> Object(const Opinion& opinion, const v1::Objection& objection, absl::Time now) {
  RETURN_IF_ERROR(CheckPetition(opinion));
  if (opinion.forwarded_by().empty()) {
    return error::Precondition("NOT_FORWARDED", "what came from the petitioner is not objected to");
  }
  if (!rules::IsOpen(opinion)) return rules::WrongState(opinion);
  RETURN_IF_ERROR(CheckNoNotice(opinion));
  if (opinion.has_objection()) {
    return error::Precondition("ALREADY_OBJECTED", "whoever forwarded it was told already");
  }
  const absl::Time end = clock::ObjectionEnd(opinion);
  if (now >= end) {
    return error::Precondition("OBJECTION_TOO_LATE", "5 working days have passed since it was received",
                               {{"until", absl::FormatTime(end, absl::UTCTimeZone())}});
  }
  Change change{opinion, {}};
  *change.opinion.mutable_objection() = objection;
  *change.opinion.mutable_objection()->mutable_objection_time() = ToProto(now);
  rules::AddStep(change.opinion, "OBJECTED", objection.reason_code(), now);
  return rules::Amended(std::move(change), {"objection"});
}

absl::StatusOr<Change> Extend(const Opinion& opinion, const v1::ExtendDeadlineRequest& request,
                              bool by_secretary, absl::Time now) {
  if (!opinion.has_accept_time()) {
    return error::Precondition("PETITION_NOT_ACCEPTED", "a claim is extended after its acceptance");
  }
  error::Violations violations;
  if (request.calendar_days() == 0) violations.Add("calendar_days", "is required of a claim");
  if (request.working_days() != 0) violations.Add("working_days", "is not set of a claim");
  RETURN_IF_ERROR(violations.ToStatus());
  if (!by_secretary) {
    return error::Make(absl::StatusCode::kPermissionDenied, "EXTENSION_NEEDS_SECRETARY",
                       "the extension of a claim is approved by the secretary of the branch");
  }
  if (!request.notified()) {
    return error::Precondition("EXTENSION_NOT_NOTIFIED", "the petitioner is told of the extension and why");
  }
  Change change{opinion, {}};
  change.opinion.set_extended(true);
  *change.opinion.mutable_extension_notice_time() = ToProto(now);
  clock::MoveByCalendarDays(change.opinion, request.calendar_days(), now);
  return change;
}

absl::StatusOr<Change> RequestReview(const Opinion& opinion, absl::Time now) {
  RETURN_IF_ERROR(CheckPetition(opinion));
  if (!IsClaim(opinion)) return error::Precondition("NOT_A_CLAIM", "claims alone are reviewed");
  if (!IsAnswered(opinion)) return rules::WrongState(opinion);
  RETURN_IF_ERROR(CheckNoOpenReview(opinion));
  if (opinion.reviews_size() >= kMostReviews) {
    return error::Precondition("REVIEWS_EXHAUSTED", "after the second review there is none");
  }
  const absl::Time end = clock::EndOfCalendarDays(ReviewableSince(opinion), kReviewDays);
  if (now >= end) {
    return error::Precondition("REVIEW_TOO_LATE", "30 days have passed since the answer",
                               {{"until", absl::FormatTime(end, absl::UTCTimeZone())}});
  }
  Change change{opinion, {}};
  v1::Review* review = change.opinion.add_reviews();
  *review->mutable_request_time() = ToProto(now);
  *review->mutable_due_time() = ToProto(clock::EndOfCalendarDays(now, kReviewDays));
  Forget(change.opinion, clock::kReview);
  rules::AddStep(change.opinion, "REVIEW_REQUESTED", opinion.reviews_size() == 0 ? "FIRST" : "SECOND", now);
  return rules::Amended(std::move(change), {"reviews"});
}

absl::StatusOr<Change> AnswerReview(const Opinion& opinion, const v1::Review& review, absl::Time now) {
  RETURN_IF_ERROR(CheckPetition(opinion));
  if (!HasOpenReview(opinion)) {
    return error::Precondition("NO_REVIEW_OPEN", "no review was asked for, or it is answered");
  }
  Change change{opinion, {}};
  v1::Review* answered = change.opinion.mutable_reviews(opinion.reviews_size() - 1);
  answered->set_body(review.body());
  answered->set_number(review.number());
  answered->set_upheld(review.upheld());
  answered->set_answer(review.answer());
  *answered->mutable_answer_time() = ToProto(now);
  rules::AddStep(change.opinion, "REVIEW_ANSWERED", review.upheld() ? "UPHELD" : "REVISED", now);
  change = rules::Amended(std::move(change), {"reviews"});
  if (!review.upheld()) RETURN_IF_ERROR(TakeUpAnew(change, now));
  return change;
}

}  // namespace firstfloor::opinion::petitions
