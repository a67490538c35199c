#include "services/opinion/ledger_rules.h"

#include <algorithm>
#include <optional>

#include "common/calendar/days.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "services/opinion/confinement.h"
#include "services/opinion/opinion_rules.h"
#include "services/opinion/opinion_view.h"

namespace firstfloor::opinion::ledger {
namespace {

using calendar::FromProto;
using v1::Opinion;

constexpr int kMostEntries = 1000;

bool HasLapsed(const Opinion& opinion, absl::string_view kind) {
  const auto& lapsed = opinion.lapsed_deadlines();
  return std::find(lapsed.begin(), lapsed.end(), kind) != lapsed.end();
}

}  // namespace

api::v1::Role PostOf(const Opinion& opinion, absl::string_view duty) {
  if (confinement::IsDecidedAbove(opinion)) return api::v1::ROLE_DISTRICT_ADMIN;
  if (duty == clock::kReopening && rules::IsSecretarysReopening(opinion)) {
    return api::v1::ROLE_BRANCH_SECRETARY;
  }
  if (duty == clock::kReopening || confinement::IsConfined(opinion)) return api::v1::ROLE_COMMUNITY_STAFF;
  for (const absl::string_view of_the_community :
       {clock::kNotice, clock::kObjection, clock::kReview, clock::kExternal}) {
    if (duty == of_the_community) return api::v1::ROLE_COMMUNITY_STAFF;
  }
  return duty == clock::kDue && HasLapsed(opinion, clock::kEscalated) ? api::v1::ROLE_BRANCH_SECRETARY
                                                                      : api::v1::ROLE_STEWARD;
}

std::optional<v1::DueItem> ItemOf(const Opinion& opinion, absl::Time now) {
  const std::optional<clock::Deadline> duty = clock::EarliestDuty(opinion);
  if (!duty) return std::nullopt;
  v1::DueItem item;
  item.set_opinion(opinion.name());
  item.set_area(opinion.area());
  item.set_state(opinion.state());
  item.set_category(opinion.category());
  item.set_duty(duty->kind);
  *item.mutable_due_time() = calendar::ToProto(duty->time);
  item.set_overdue(duty->time <= now);
  item.set_post(PostOf(opinion, duty->kind));
  return item;
}

absl::StatusOr<absl::CivilDay> MonthOf(absl::string_view month) {
  const std::optional<absl::CivilMonth> parsed = calendar::ParseMonth(month);
  if (!parsed) return error::InvalidField("month", "must be a month, \"2023-05\"");
  return absl::CivilDay(*parsed);
}

void Enter(const Opinion& opinion, absl::Time from, absl::Time to, v1::YouSaidWeDid& sheet) {
  const absl::Time received = FromProto(opinion.receive_time());
  if (received < from || received >= to) return;
  sheet.set_received(sheet.received() + 1);
  if (opinion.has_resolve_time()) sheet.set_resolved(sheet.resolved() + 1);
  if (!view::IsPublic(opinion) || sheet.entries_size() >= kMostEntries) return;
  v1::YouSaidWeDidEntry& entry = *sheet.add_entries();
  entry.set_opinion(opinion.name());
  *entry.mutable_receive_time() = opinion.receive_time();
  entry.set_category(opinion.category());
  entry.set_said(opinion.public_summary());
  entry.set_did(opinion.public_answer());
  entry.set_state(opinion.state());
  entry.set_outcome(opinion.outcome());
  if (opinion.has_resolve_time()) *entry.mutable_resolve_time() = opinion.resolve_time();
  entry.set_supports(opinion.supports());
}

void Order(v1::YouSaidWeDid& sheet) {
  std::sort(sheet.mutable_entries()->begin(), sheet.mutable_entries()->end(),
            [](const v1::YouSaidWeDidEntry& a, const v1::YouSaidWeDidEntry& b) {
              const absl::Time first = FromProto(a.receive_time());
              const absl::Time second = FromProto(b.receive_time());
              return first != second ? first < second : a.opinion() < b.opinion();
            });
}

}  // namespace firstfloor::opinion::ledger
