#include "services/opinion/home_visit_service.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/strip.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/about.h"
#include "common/events/log.h"
#include "common/privacy/personal.h"
#include "common/program/house.h"
#include "common/resource/table.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/opinion/home_visit_rules.h"
#include "services/opinion/opinion_view.h"
#include "services/opinion/people_view.h"

namespace firstfloor::opinion {
namespace {

using v1::HomeVisit;

bool IsVisitor(const HomeVisit& visit, const auth::Identity& caller) {
  return view::IsAmong(visit.visitors(), caller);
}

HomeVisit ViewOf(const HomeVisit& visit, const rpc::Call& call) {
  HomeVisit view = visit;
  if (!IsVisitor(visit, call.identity())) privacy::Mask(view);
  return view;
}

// The event that tells of the state that the visit has come into.
events::v1::Event EventOf(const HomeVisit& visit) {
  events::v1::Event event = events::About(visit);
  events::v1::OpinionEvent* payload = event.mutable_opinion();
  switch (visit.state()) {
    case v1::HOME_VISIT_STATE_MADE: {
      auto* made = payload->mutable_home_visit_made();
      made->set_outcome(
          std::string(absl::StripPrefix(v1::HomeVisitOutcome_Name(visit.outcome()), "HOME_VISIT_OUTCOME_")));
      *made->mutable_topics() = visit.topics();
      made->set_campaign(visit.campaign());
      break;
    }
    case v1::HOME_VISIT_STATE_CANCELLED:
      payload->mutable_home_visit_cancelled()->set_reason_code(visit.reason_code());
      break;
    default:
      payload->mutable_home_visit_planned()->set_campaign(visit.campaign());
      payload->mutable_home_visit_planned()->set_asked_for(visit.asked_for());
  }
  return event;
}

}  // namespace

void HomeVisitHandlers::Register(rpc::Service& service) {
  service.Mutation("PlanHomeVisit", this, &HomeVisitHandlers::Plan);
  service.Read("GetHomeVisit", this, &HomeVisitHandlers::Get);
  service.Read("ListHomeVisits", this, &HomeVisitHandlers::List);
  service.Mutation("RecordHomeVisit", this, &HomeVisitHandlers::Record);
  service.Mutation("CancelHomeVisit", this, &HomeVisitHandlers::Cancel);
}

absl::Status HomeVisitHandlers::CheckTakesOpinions(db::Transaction& tx, const auth::Identity& caller,
                                                   absl::string_view name) const {
  const Result visit = visits_.table().Load(tx, name);
  if (!visit.ok() && !absl::IsNotFound(visit.status())) return visit.status();
  if (visit.ok() && visit_rules::TakesOpinions(*visit) &&
      (IsVisitor(*visit, caller) || view::HandlesArea(caller, visit->area()))) {
    return absl::OkStatus();
  }
  return error::Precondition("HOME_VISIT_NOT_OPEN", "the visit that is named takes no opinions");
}

HomeVisitHandlers::Result HomeVisitHandlers::Lock(Call& call, Tx& tx, const std::string& name,
                                                  const std::string& etag) const {
  ASSIGN_OR_RETURN(HomeVisit visit, rpc::HiddenIfMissing(visits_.table().Lock(tx, name)));
  RETURN_IF_ERROR(call.Authorize(visit.area(), {.participant = IsVisitor(visit, call.identity())}));
  RETURN_IF_ERROR(rpc::CheckEtag(etag, visit));
  return visit;
}

absl::StatusOr<std::set<std::string>> HomeVisitHandlers::TopicsFor(Tx& tx, const HomeVisit& visit) const {
  if (visit.campaign().empty()) return topics_;
  ASSIGN_OR_RETURN(std::set<std::string> of_the_drive,
                   campaigns_.TopicsOf(tx, visit.area(), visit.campaign()));
  return of_the_drive.empty() ? topics_ : of_the_drive;
}

absl::Status HomeVisitHandlers::Save(Tx& tx, const events::Origin& origin, HomeVisit& visit) const {
  RETURN_IF_ERROR(visits_.table().Save(tx, visit, origin));
  return house_.environment().log->Append(tx, origin, EventOf(visit));
}

HomeVisitHandlers::Result HomeVisitHandlers::Plan(Call& call, Tx& tx,
                                                  const v1::PlanHomeVisitRequest& request) {
  ASSIGN_OR_RETURN(const absl::Time refused_until, visits_.LockHousehold(tx, request.home_visit()));
  ASSIGN_OR_RETURN(const std::set<std::string> topics, TopicsFor(tx, request.home_visit()));
  ASSIGN_OR_RETURN(HomeVisit visit,
                   visit_rules::Plan(request.home_visit(), {.refused_until = refused_until, .topics = topics},
                                     call.now()));
  visit.set_name(resource::NewName("homeVisits", call.origin().record_time));
  RETURN_IF_ERROR(visits_.table().Insert(tx, visit, call.origin()));
  RETURN_IF_ERROR(house_.environment().log->Append(tx, call.origin(), EventOf(visit)));
  return ViewOf(visit, call);
}

HomeVisitHandlers::Result HomeVisitHandlers::Get(Call& call, const v1::GetHomeVisitRequest& request) {
  ASSIGN_OR_RETURN(const HomeVisit visit,
                   rpc::HiddenIfMissing(visits_.table().Load(call.db(), request.name())));
  const bool visitor = IsVisitor(visit, call.identity());
  RETURN_IF_ERROR(call.Authorize(visit.area(), {.participant = visitor}));
  if (!request.unmask() || visitor) return ViewOf(visit, call);
  if (!view::HandlesArea(call.identity(), visit.area())) return error::Denied();
  call.RecordPersonalRead(visit.name(), visit.area());
  return visit;
}

absl::StatusOr<v1::ListHomeVisitsResponse> HomeVisitHandlers::List(Call& call,
                                                                   const v1::ListHomeVisitsRequest& request) {
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *call.environment().keyring));
  std::optional<HomeVisit> household_of;
  if (!request.same_household_as().empty()) {
    ASSIGN_OR_RETURN(household_of,
                     rpc::HiddenIfMissing(visits_.table().Load(call.db(), request.same_household_as())));
    RETURN_IF_ERROR(
        call.Authorize(household_of->area(), {.participant = IsVisitor(*household_of, call.identity())}));
  }
  ASSIGN_OR_RETURN(
      std::vector<HomeVisit> rows,
      visits_.List(call.db(), request, household_of ? &*household_of : nullptr, page.after, page.size + 1));
  v1::ListHomeVisitsResponse response;
  response.set_next_page_token(rpc::TakePage(page, rows, *call.environment().keyring));
  for (const HomeVisit& row : rows) *response.add_home_visits() = ViewOf(row, call);
  return response;
}

absl::Status HomeVisitHandlers::LeaveInPeace(Call& call, Tx& tx, const HomeVisit& visit) const {
  RETURN_IF_ERROR(visits_.KeepPeace(tx, visit, calendar::FromProto(visit.refused_until_time())));
  ASSIGN_OR_RETURN(const std::vector<HomeVisit> others, visits_.OthersPlanned(tx, visit));
  for (const HomeVisit& other : others) {
    // Another team may have planned later than this one's record is dated.
    const events::Origin origin = events::NotBefore(call.origin(), calendar::FromProto(other.update_time()));
    std::optional<HomeVisit> after = visit_rules::AfterRefusal(other, origin.occur_time);
    if (after) RETURN_IF_ERROR(Save(tx, origin, *after));
  }
  return absl::OkStatus();
}

HomeVisitHandlers::Result HomeVisitHandlers::Record(Call& call, Tx& tx,
                                                    const v1::RecordHomeVisitRequest& request) {
  // The household first, as whoever plans does: the door never changes.
  ASSIGN_OR_RETURN(const HomeVisit unlocked, rpc::HiddenIfMissing(visits_.table().Load(tx, request.name())));
  ASSIGN_OR_RETURN(const absl::Time refused_until, visits_.LockHousehold(tx, unlocked));
  ASSIGN_OR_RETURN(const HomeVisit before, Lock(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const std::set<std::string> topics, TopicsFor(tx, before));
  ASSIGN_OR_RETURN(
      HomeVisit after,
      visit_rules::Record(before, request, {.refused_until = refused_until, .topics = topics}, call.now()));
  RETURN_IF_ERROR(Save(tx, call.origin(), after));
  if (after.outcome() == v1::HOME_VISIT_OUTCOME_REFUSED && !visit_rules::DoorKey(after).empty()) {
    RETURN_IF_ERROR(LeaveInPeace(call, tx, after));
  }
  return ViewOf(after, call);
}

HomeVisitHandlers::Result HomeVisitHandlers::Cancel(Call& call, Tx& tx,
                                                    const v1::CancelHomeVisitRequest& request) {
  ASSIGN_OR_RETURN(const HomeVisit before, Lock(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(HomeVisit after, visit_rules::Cancel(before, request.reason_code(), call.now()));
  RETURN_IF_ERROR(Save(tx, call.origin(), after));
  return ViewOf(after, call);
}

}  // namespace firstfloor::opinion
