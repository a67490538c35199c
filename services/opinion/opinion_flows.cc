#include "services/opinion/opinion_flows.h"

#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/rpc/peers.h"
#include "firstfloor/outreach/v1/question_service.pb.h"

namespace firstfloor::opinion {
namespace {

using calendar::FromProto;
using events::v1::DeliberationEvent;
using events::v1::Event;
using rules::Change;
using v1::Opinion;

constexpr absl::Duration kPatience = absl::Seconds(5);  // with a peer's answer
constexpr int kSatisfiedFrom = 4;
constexpr int kPartlyFrom = 3;

v1::Satisfaction SatisfactionOf(int rating) {
  if (rating >= kSatisfiedFrom) return v1::SATISFACTION_SATISFIED;
  return rating >= kPartlyFrom ? v1::SATISFACTION_PARTLY : v1::SATISFACTION_UNSATISFIED;
}

std::optional<Change> IfAllowed(absl::StatusOr<Change> change) {
  if (!change.ok()) return std::nullopt;
  return *std::move(change);
}

// Resolved, unless something is owed before: then it is back in triage, where staff see to that.
std::optional<Change> ResolvedOrReturned(const Opinion& opinion, v1::OpinionOutcome outcome,
                                         absl::string_view reason_code, absl::Time now) {
  absl::StatusOr<Change> resolved = rules::Resolve(opinion, outcome, {}, now);
  if (resolved.ok()) return *std::move(resolved);
  return IfAllowed(rules::Return(opinion, reason_code, now));
}

std::optional<Change> OrderEnded(const Opinion& opinion, const events::v1::OrderClosed& closed,
                                 absl::Time now) {
  // Closed by decision, without a rating and not by silence: the objection was explained.
  const bool decided = closed.rating() == 0 && !closed.unconfirmed();
  std::optional<Change> change = ResolvedOrReturned(
      opinion, decided ? v1::OPINION_OUTCOME_EXPLAINED : v1::OPINION_OUTCOME_FIXED, "ORDER_CLOSED", now);
  // For a resident without an account staff confirm and rate the order, who are not the reporter.
  const bool rated_by_reporter = closed.rating() != 0 && !opinion.reporter().subject().empty();
  if (!change || !rated_by_reporter) return change;
  std::optional<Change> rated =
      IfAllowed(rules::GiveFeedback(change->opinion, SatisfactionOf(closed.rating()), "", now));
  if (!rated) return change;
  rules::Continue(*change, *std::move(rated));
  return change;
}

// The stall's sheet gets `more`, if the event names a stall.
absl::Status AddToSheet(db::Transaction& tx, const StallStore& stalls, const Event& event,
                        v1::StallDay more) {
  if (event.stall().empty() || !resource::IdOf("stalls", event.stall()).ok()) return absl::OkStatus();
  more.set_stall(event.stall());
  return stalls.AddToDay(tx, more);
}

int64_t HeadsTaught(const events::v1::OutreachEvent& event) {
  int64_t sum = 0;
  for (const auto& [identity, heads] : event.session_completed().heads()) sum += heads;
  for (const auto& [identity, heads] : event.participants_added().heads()) sum += heads;
  return sum;
}

bool Reconciled(const Event& event) {
  const DeliberationEvent& deliberation = event.deliberation();
  return deliberation.has_case_closed() && deliberation.case_closed().way() == "MEDIATION";
}

bool EndsSomething(const DeliberationEvent& event) {
  switch (event.change_case()) {
    case DeliberationEvent::kCaseClosed:
    case DeliberationEvent::kCaseWithdrawn:
    case DeliberationEvent::kCaseFailed:
    case DeliberationEvent::kOrderClosed:
    case DeliberationEvent::kOrderCancelled:
      return true;
    default:
      return false;
  }
}

events::Origin OriginOf(const Event& event) {
  return {.subject = "opinion",
          .by_service = true,
          .on_behalf_of = "",
          .occur_time = FromProto(event.occur_time()),
          .record_time = absl::Now(),
          .back_dated = event.back_dated(),
          .traceparent = event.traceparent()};
}

absl::StatusOr<std::string> AskForQuestion(rpc::Peers& peers, const Event& event) {
  outreach::v1::GetQuestionRequest request;
  request.set_name(event.subject());
  outreach::v1::Question question;
  RETURN_IF_ERROR(peers.Ask("outreach", "firstfloor.outreach.v1.QuestionService.GetQuestion", request,
                            question, absl::Now() + kPatience, event.traceparent()));
  return question.SerializeAsString();
}

absl::Status TakeInQuestion(db::Transaction& tx, const OpinionChanges& changes, const Event& event,
                            const std::string& prepared) {
  outreach::v1::Question question;
  if (!question.ParseFromString(prepared)) {
    return error::Make(absl::StatusCode::kDataLoss, "QUESTION_UNREADABLE", "the question cannot be read");
  }
  events::Origin origin = OriginOf(event);
  origin.on_behalf_of = question.asker().subject();
  ASSIGN_OR_RETURN(Change change,
                   rules::FromQuestion(question, event.outreach().question_referred(), origin.occur_time));
  return changes.Insert(tx, origin, change);
}

absl::Status EndOpinion(db::Transaction& tx, const OpinionStore& opinions, const OpinionChanges& changes,
                        const Event& event) {
  const absl::StatusOr<Opinion> opinion = opinions.table().Lock(tx, event.deliberation().opinion());
  if (absl::IsNotFound(opinion.status()) || absl::IsInvalidArgument(opinion.status())) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(opinion.status());
  const events::Origin origin = events::NotBefore(OriginOf(event), FromProto(opinion->update_time()));
  std::optional<Change> change = WhatFollows(*opinion, event, origin.occur_time);
  if (!change) return absl::OkStatus();
  return changes.Save(tx, origin, *opinion, *change);
}

}  // namespace

std::optional<Change> WhatFollows(const Opinion& opinion, const Event& event, absl::Time now) {
  const DeliberationEvent& deliberation = event.deliberation();
  const bool of_its_case =
      opinion.state() == v1::OPINION_STATE_ESCALATED && opinion.case_() == event.subject();
  const bool of_its_order =
      opinion.state() == v1::OPINION_STATE_DISPATCHED && opinion.order() == event.subject();
  if (!of_its_case && !of_its_order) return std::nullopt;
  switch (deliberation.change_case()) {
    case DeliberationEvent::kCaseClosed:
      return ResolvedOrReturned(opinion, v1::OPINION_OUTCOME_FIXED, "CASE_CLOSED", now);
    case DeliberationEvent::kCaseWithdrawn:
      return IfAllowed(rules::Return(opinion, "CASE_WITHDRAWN", now));
    case DeliberationEvent::kCaseFailed:
      return IfAllowed(rules::Return(opinion, "CASE_FAILED", now));
    case DeliberationEvent::kOrderCancelled:
      return IfAllowed(rules::Return(opinion, "ORDER_CANCELLED", now));
    case DeliberationEvent::kOrderClosed:
      return OrderEnded(opinion, deliberation.order_closed(), now);
    default:
      return std::nullopt;
  }
}

events::Effect DeliberationEffect(const OpinionStore& opinions, const OpinionChanges& changes,
                                  const StallStore& stalls) {
  return {.concerns =
              [](const Event& event) {
                return Reconciled(event) ||
                       (!event.deliberation().opinion().empty() && EndsSomething(event.deliberation()));
              },
          .prepare = nullptr,
          .apply = [&](db::Transaction& tx, const Event& event, const std::string&) -> absl::Status {
            if (Reconciled(event)) {
              v1::StallDay more;
              more.set_matters_settled(1);
              RETURN_IF_ERROR(AddToSheet(tx, stalls, event, more));
            }
            if (event.deliberation().opinion().empty()) return absl::OkStatus();
            return EndOpinion(tx, opinions, changes, event);
          },
          .batch = 1,
          .payloads = {"deliberation"}};
}

events::Effect OutreachEffect(rpc::Peers& peers, const OpinionChanges& changes, const StallStore& stalls) {
  return {.concerns =
              [](const Event& event) {
                return event.outreach().has_session_completed() ||
                       event.outreach().has_participants_added() || event.outreach().has_question_referred();
              },
          .prepare = [&peers](const Event& event) -> absl::StatusOr<std::string> {
            if (!event.outreach().has_question_referred()) return std::string();
            return AskForQuestion(peers, event);
          },
          .apply = [&](db::Transaction& tx, const Event& event, const std::string& prepared) -> absl::Status {
            if (event.outreach().has_question_referred()) {
              return TakeInQuestion(tx, changes, event, prepared);
            }
            v1::StallDay more;
            more.set_heads_taught(HeadsTaught(event.outreach()));
            return AddToSheet(tx, stalls, event, more);
          },
          .batch = 1,
          .payloads = {"outreach"}};
}

events::Effect VolunteerEffect(const StallStore& stalls) {
  return {.concerns =
              [](const Event& event) {
                return event.volunteer().has_activity_moved() && event.volunteer().to() == "DONE";
              },
          .prepare = nullptr,
          .apply = [&stalls](db::Transaction& tx, const Event& event, const std::string&) -> absl::Status {
            v1::StallDay more;
            more.set_services_given(1);
            return AddToSheet(tx, stalls, event, more);
          },
          .batch = 1,
          .payloads = {"volunteer"}};
}

}  // namespace firstfloor::opinion
