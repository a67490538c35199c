#include "services/outreach/venue_service.h"

#include <set>
#include <utility>

#include "absl/strings/str_join.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/resource/update_mask.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/outreach/outreach_events.h"
#include "services/outreach/venue_rules.h"

namespace firstfloor::outreach {
namespace {

using v1::Venue;

constexpr int kLargestImport = 1000;
constexpr int kMostErrors = 100;

absl::Status TooLarge() {
  return error::Make(absl::StatusCode::kInvalidArgument, "IMPORT_TOO_LARGE",
                     "an import has at most 1,000 rows", {{"rows", "1000"}});
}

absl::Status InUse(const Venue& venue, const std::vector<std::string>& sessions) {
  return error::Precondition("VENUE_IN_USE", "sessions are still to be held there",
                             {{"name", venue.name()}, {"sessions", absl::StrJoin(sessions, ",")}});
}

}  // namespace

void VenueHandlers::Register(rpc::Service& service) {
  service.Mutation("CreateVenue", this, &VenueHandlers::Create);
  service.Read("GetVenue", this, &VenueHandlers::Get);
  service.Read("BatchGetVenues", this, &VenueHandlers::BatchGet);
  service.Read("ListVenues", this, &VenueHandlers::List);
  service.Mutation("UpdateVenue", this, &VenueHandlers::Update);
  service.Mutation("RetireVenue", this, &VenueHandlers::Retire);
  // One row more than allowed: a call that has too many is refused before anything is written.
  service.Import("ImportVenues", this, &VenueHandlers::Import, kLargestImport + 1);
}

absl::StatusOr<Venue> VenueHandlers::Add(rpc::Call& call, db::Transaction& tx, Venue venue) {
  venue.set_name(resource::NewName("venues", call.origin().record_time));
  venue.set_state(v1::VENUE_STATE_ACTIVE);
  RETURN_IF_ERROR(venues_.Insert(tx, venue, call.origin()));
  RETURN_IF_ERROR(
      call.environment().log->Append(tx, call.origin(), VenueChanged(venue, v1::VENUE_STATE_UNSPECIFIED)));
  return venue;
}

absl::StatusOr<Venue> VenueHandlers::Lock(rpc::Call& call, db::Transaction& tx, const std::string& name,
                                          const std::string& etag) {
  ASSIGN_OR_RETURN(Venue venue, rpc::HiddenIfMissing(venues_.table().Lock(tx, name)));
  RETURN_IF_ERROR(call.Authorize(venue.area()));
  RETURN_IF_ERROR(rpc::CheckEtag(etag, venue));
  return venue;
}

absl::StatusOr<Venue> VenueHandlers::Create(rpc::Call& call, db::Transaction& tx,
                                            const v1::CreateVenueRequest& request) {
  RETURN_IF_ERROR(rules::CheckVenue(request.venue(), "venue."));
  return Add(call, tx, request.venue());
}

absl::StatusOr<Venue> VenueHandlers::Get(rpc::Call& call, const v1::GetVenueRequest& request) {
  ASSIGN_OR_RETURN(Venue venue, rpc::HiddenIfMissing(venues_.table().Load(call.db(), request.name())));
  RETURN_IF_ERROR(call.Authorize(venue.area()));
  return venue;
}

absl::StatusOr<v1::BatchGetVenuesResponse> VenueHandlers::BatchGet(rpc::Call& call,
                                                                   const v1::BatchGetVenuesRequest& request) {
  v1::BatchGetVenuesResponse response;
  for (const std::string& name : request.names()) {
    ASSIGN_OR_RETURN(*response.add_venues(), rpc::HiddenIfMissing(venues_.table().Load(call.db(), name)));
    RETURN_IF_ERROR(call.Authorize(response.venues().rbegin()->area()));
  }
  return response;
}

absl::StatusOr<v1::ListVenuesResponse> VenueHandlers::List(rpc::Call& call,
                                                           const v1::ListVenuesRequest& request) {
  const privacy::Keyring& keyring = *call.environment().keyring;
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, keyring));
  std::vector<resource::Condition> conditions = {resource::Covered("area", request.area())};
  if (request.kind() != v1::VENUE_KIND_UNSPECIFIED) {
    conditions.push_back(resource::Equals("kind", request.kind()));
  }
  if (request.state() != v1::VENUE_STATE_UNSPECIFIED) {
    conditions.push_back(resource::Equals("state", request.state()));
  }
  ASSIGN_OR_RETURN(std::vector<Venue> venues,
                   venues_.table().List(call.db(), conditions, false, page.after, page.size + 1));
  v1::ListVenuesResponse response;
  response.set_next_page_token(rpc::TakePage(page, venues, keyring));
  response.mutable_venues()->Assign(venues.begin(), venues.end());
  return response;
}

absl::StatusOr<Venue> VenueHandlers::Update(rpc::Call& call, db::Transaction& tx,
                                            const v1::UpdateVenueRequest& request) {
  ASSIGN_OR_RETURN(Venue venue, Lock(call, tx, request.name(), request.etag()));
  RETURN_IF_ERROR(resource::ApplyMask(
      request.update_mask(), {
                                 {"display_name", [&] { venue.set_display_name(request.display_name()); }},
                                 {"kind", [&] { venue.set_kind(request.kind()); }},
                                 {"capacity", [&] { venue.set_capacity(request.capacity()); }},
                                 {"open_days", [&] { *venue.mutable_open_days() = request.open_days(); }},
                                 {"location",
                                  [&] {
                                    venue.clear_location();
                                    if (request.has_location())
                                      *venue.mutable_location() = request.location();
                                  }},
                             }));
  RETURN_IF_ERROR(rules::CheckVenue(venue, ""));
  RETURN_IF_ERROR(venues_.Save(tx, venue, call.origin()));
  RETURN_IF_ERROR(call.environment().log->Append(tx, call.origin(), VenueChanged(venue, venue.state())));
  return venue;
}

absl::StatusOr<Venue> VenueHandlers::Retire(rpc::Call& call, db::Transaction& tx,
                                            const v1::RetireVenueRequest& request) {
  ASSIGN_OR_RETURN(const Venue before, Lock(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(Venue venue, rules::Retire(before));
  ASSIGN_OR_RETURN(const std::vector<std::string> sessions,
                   sessions_.BookedAfter(tx, venue.name(), call.now()));
  if (!sessions.empty()) return InUse(venue, sessions);
  RETURN_IF_ERROR(venues_.Save(tx, venue, call.origin()));
  RETURN_IF_ERROR(call.environment().log->Append(tx, call.origin(), VenueChanged(venue, before.state())));
  return venue;
}

absl::Status VenueHandlers::Import(rpc::Call& call, db::Transaction& tx,
                                   const std::vector<rpc::ImportRow>& rows,
                                   v1::ImportVenuesResponse& summary) {
  if (rows.size() > kLargestImport) return TooLarge();
  if (rows.front().As<v1::ImportVenuesRequest>().request_id().empty()) {
    return error::InvalidField("request_id", "is required in the first row");
  }
  RETURN_IF_ERROR(Check(tx, rows, summary));
  if (!summary.errors().empty()) return absl::OkStatus();
  for (const rpc::ImportRow& row : rows) {
    ASSIGN_OR_RETURN(const Venue venue, Add(call, tx, row.As<v1::ImportVenuesRequest>().venue()));
    summary.add_names(venue.name());
  }
  summary.set_imported(static_cast<int64_t>(rows.size()));
  return absl::OkStatus();
}

absl::Status VenueHandlers::Check(db::Transaction& tx, const std::vector<rpc::ImportRow>& rows,
                                  v1::ImportVenuesResponse& summary) const {
  std::set<std::string> areas;
  for (const rpc::ImportRow& row : rows) areas.insert(row.As<v1::ImportVenuesRequest>().venue().area());
  ASSIGN_OR_RETURN(auto taken, venues_.LiveNames(tx, areas));
  for (const rpc::ImportRow& row : rows) {
    const Venue& venue = row.As<v1::ImportVenuesRequest>().venue();
    absl::Status status = row.status;
    if (status.ok()) status = rules::CheckVenue(venue, "venue.");
    if (status.ok() && !taken.emplace(venue.area(), venue.display_name()).second) {
      status = VenueStore::NameTaken(venue);
    }
    if (status.ok() || summary.errors_size() == kMostErrors) continue;
    v1::ImportError* problem = summary.add_errors();
    problem->set_row(row.number);
    problem->set_reason(error::ReasonOf(status));
    problem->set_message(std::string(status.message()));
  }
  return absl::OkStatus();
}

}  // namespace firstfloor::outreach
