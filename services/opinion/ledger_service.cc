#include "services/opinion/ledger_service.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/area/registry.h"
#include "common/calendar/calendar.h"
#include "common/calendar/days.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/rpc/page.h"
#include "common/rpc/shared_answer.h"
#include "services/opinion/ledger_rules.h"
#include "services/opinion/opinion_statistics.h"
#include "services/opinion/opinion_view.h"

namespace firstfloor::opinion {
namespace {

constexpr int kRowsAtATime = 500;

absl::StatusOr<absl::CivilDay> DayAskedFor(const v1::ListDueRequest& request, absl::Time now) {
  if (request.day().empty()) return calendar::DayOf(now);
  const std::optional<absl::CivilDay> day = calendar::ParseDay(request.day());
  if (!day) return error::InvalidField("day", "must be a day, \"2023-01-31\"");
  return *day;
}

}  // namespace

void LedgerHandlers::Register(rpc::Service& service) {
  service.Read("ListDue", this, &LedgerHandlers::ListDue);
  service.Read("GetYouSaidWeDid", this, &LedgerHandlers::GetYouSaidWeDid);
}

absl::StatusOr<v1::ListDueResponse> LedgerHandlers::ListDue(rpc::Call& call,
                                                            const v1::ListDueRequest& request) {
  ASSIGN_OR_RETURN(const absl::CivilDay day, DayAskedFor(request, call.now()));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *call.environment().keyring));
  ASSIGN_OR_RETURN(
      std::vector<std::string> keys,
      opinions_.Owed(call.db(), request.area(), calendar::StartOf(day + 1), page.after, page.size + 1));
  v1::ListDueResponse response;
  if (static_cast<int>(keys.size()) > page.size) {
    keys.resize(page.size);
    response.set_next_page_token(rpc::NextToken(page, keys.back(), *call.environment().keyring));
  }
  ASSIGN_OR_RETURN(const std::vector<v1::Opinion> rows, opinions_.OfKeys(call.db(), keys));
  for (const v1::Opinion& row : rows) {
    if (!view::Handles(row, call.identity())) continue;
    const std::optional<v1::DueItem> item = ledger::ItemOf(row, call.now());
    if (!item || (request.post() != api::v1::ROLE_UNSPECIFIED && item->post() != request.post())) continue;
    *response.add_items() = *item;
  }
  return response;
}

absl::StatusOr<v1::YouSaidWeDid> LedgerHandlers::GetYouSaidWeDid(rpc::Call& call,
                                                                 const v1::GetYouSaidWeDidRequest& request) {
  RETURN_IF_ERROR(
      call.Authorize(request.area(), {.participant = view::IsNeighbour(call.identity(), request.area())}));
  ASSIGN_OR_RETURN(const absl::CivilDay month, ledger::MonthOf(request.month()));
  const std::optional<area::Level> level = area::LevelOf(request.area());
  if (!level || *level < area::Level::kCompound) {
    return error::InvalidField("area", "must be a compound, a building or a unit");
  }
  // It is read through from that month on, so that one caller does it for all.
  const std::string key = absl::StrCat("said/opinion/", request.area(), "/", request.month());
  ASSIGN_OR_RETURN(auto answer, rpc::SharedAnswer<v1::YouSaidWeDid>(call, kStatisticsReader, key, [&] {
                     return SheetOf(call, request, month);
                   }));
  *answer.response.mutable_as_of_time() = calendar::ToProto(answer.as_of);
  return std::move(answer.response);
}

absl::StatusOr<v1::YouSaidWeDid> LedgerHandlers::SheetOf(rpc::Call& call,
                                                         const v1::GetYouSaidWeDidRequest& request,
                                                         absl::CivilDay month) const {
  const absl::Time from = calendar::StartOf(month);
  const absl::Time to = calendar::StartOf(absl::CivilDay(absl::CivilMonth(month) + 1));
  v1::YouSaidWeDid sheet;
  sheet.set_area(request.area());
  sheet.set_month(request.month());
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<v1::Opinion> rows,
                     opinions_.RecordedSince(call.db(), request.area(), from, after, kRowsAtATime));
    for (const v1::Opinion& row : rows) ledger::Enter(row, from, to, sheet);
    if (static_cast<int>(rows.size()) < kRowsAtATime) break;
    after = rows.back().name();
  }
  ledger::Order(sheet);
  return sheet;
}

}  // namespace firstfloor::opinion
