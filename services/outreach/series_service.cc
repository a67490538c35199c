#include "services/outreach/series_service.h"

#include <utility>

#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/resource/update_mask.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/outreach/outreach_events.h"
#include "services/outreach/series_rules.h"

namespace firstfloor::outreach {

using v1::Round;
using v1::Series;

void SeriesHandlers::Register(rpc::Service& service) {
  service.Mutation("CreateSeries", this, &SeriesHandlers::Create);
  service.Read("GetSeries", this, &SeriesHandlers::Get);
  service.Read("ListSeries", this, &SeriesHandlers::List);
  service.Mutation("UpdateSeries", this, &SeriesHandlers::Update);
  service.Mutation("EndSeries", this, &SeriesHandlers::End);
  service.Mutation("CreateRound", this, &SeriesHandlers::CreateRound);
  service.Read("GetRound", this, &SeriesHandlers::GetRound);
  service.Read("ListRounds", this, &SeriesHandlers::ListRounds);
  service.Mutation("UpdateRound", this, &SeriesHandlers::UpdateRound);
}

absl::StatusOr<Series> SeriesHandlers::Create(rpc::Call& call, db::Transaction& tx,
                                              const v1::CreateSeriesRequest& request) {
  Series series = request.series();
  series.set_name(resource::NewName("series", call.origin().record_time));
  series.set_state(v1::SERIES_STATE_ACTIVE);
  RETURN_IF_ERROR(store_.Insert(tx, series, call.origin()));
  RETURN_IF_ERROR(
      call.environment().log->Append(tx, call.origin(), SeriesChanged(series, v1::SERIES_STATE_UNSPECIFIED)));
  return series;
}

absl::StatusOr<Series> SeriesHandlers::Get(rpc::Call& call, const v1::GetSeriesRequest& request) {
  ASSIGN_OR_RETURN(Series series, rpc::HiddenIfMissing(store_.series().Load(call.db(), request.name())));
  RETURN_IF_ERROR(call.Authorize(series.area()));
  return series;
}

absl::StatusOr<v1::ListSeriesResponse> SeriesHandlers::List(rpc::Call& call,
                                                            const v1::ListSeriesRequest& request) {
  const privacy::Keyring& keyring = *call.environment().keyring;
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, keyring));
  std::vector<resource::Condition> conditions = {resource::Covered("area", request.area())};
  if (request.state() != v1::SERIES_STATE_UNSPECIFIED) {
    conditions.push_back(resource::Equals("state", request.state()));
  }
  ASSIGN_OR_RETURN(std::vector<Series> series,
                   store_.series().List(call.db(), conditions, false, page.after, page.size + 1));
  v1::ListSeriesResponse response;
  response.set_next_page_token(rpc::TakePage(page, series, keyring));
  response.mutable_series()->Assign(series.begin(), series.end());
  return response;
}

absl::StatusOr<Series> SeriesHandlers::Lock(rpc::Call& call, db::Transaction& tx, const std::string& name,
                                            const std::string& etag) {
  ASSIGN_OR_RETURN(Series series, rpc::HiddenIfMissing(store_.series().Lock(tx, name)));
  RETURN_IF_ERROR(call.Authorize(series.area()));
  RETURN_IF_ERROR(rpc::CheckEtag(etag, series));
  return series;
}

absl::StatusOr<Series> SeriesHandlers::Update(rpc::Call& call, db::Transaction& tx,
                                              const v1::UpdateSeriesRequest& request) {
  ASSIGN_OR_RETURN(Series series, Lock(call, tx, request.name(), request.etag()));
  const resource::Changes changes = {
      {"description", [&] { series.set_description(request.description()); }},
      {"owner_branch", [&] { series.set_owner_branch(request.owner_branch()); }},
  };
  RETURN_IF_ERROR(resource::ApplyMask(request.update_mask(), changes));
  RETURN_IF_ERROR(store_.series().Save(tx, series, call.origin()));
  RETURN_IF_ERROR(call.environment().log->Append(tx, call.origin(), SeriesChanged(series, series.state())));
  return series;
}

absl::StatusOr<Series> SeriesHandlers::End(rpc::Call& call, db::Transaction& tx,
                                           const v1::EndSeriesRequest& request) {
  ASSIGN_OR_RETURN(const Series before, Lock(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(Series series, rules::End(before));
  RETURN_IF_ERROR(store_.series().Save(tx, series, call.origin()));
  RETURN_IF_ERROR(call.environment().log->Append(tx, call.origin(), SeriesChanged(series, before.state())));
  return series;
}

absl::StatusOr<Round> SeriesHandlers::CreateRound(rpc::Call& call, db::Transaction& tx,
                                                  const v1::CreateRoundRequest& request) {
  Round round = request.round();
  if (!round.series().empty()) {
    ASSIGN_OR_RETURN(const Series series, rpc::HiddenIfMissing(store_.series().Lock(tx, round.series())));
    RETURN_IF_ERROR(rules::MayJoin(series, round.area()));
  }
  round.set_name(resource::NewName("rounds", call.origin().record_time));
  RETURN_IF_ERROR(store_.rounds().Insert(tx, round, call.origin()));
  RETURN_IF_ERROR(call.environment().log->Append(tx, call.origin(), RoundChanged(round)));
  return round;
}

absl::StatusOr<Round> SeriesHandlers::GetRound(rpc::Call& call, const v1::GetRoundRequest& request) {
  ASSIGN_OR_RETURN(Round round, rpc::HiddenIfMissing(store_.rounds().Load(call.db(), request.name())));
  RETURN_IF_ERROR(call.Authorize(round.area()));
  return round;
}

absl::StatusOr<v1::ListRoundsResponse> SeriesHandlers::ListRounds(rpc::Call& call,
                                                                  const v1::ListRoundsRequest& request) {
  const privacy::Keyring& keyring = *call.environment().keyring;
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, keyring));
  std::vector<resource::Condition> conditions = {resource::Covered("area", request.area())};
  if (!request.series().empty()) conditions.push_back(resource::Equals("series", request.series()));
  ASSIGN_OR_RETURN(std::vector<Round> rounds,
                   store_.rounds().List(call.db(), conditions, true, page.after, page.size + 1));
  v1::ListRoundsResponse response;
  response.set_next_page_token(rpc::TakePage(page, rounds, keyring));
  response.mutable_rounds()->Assign(rounds.begin(), rounds.end());
  return response;
}

absl::StatusOr<Round> SeriesHandlers::UpdateRound(rpc::Call& call, db::Transaction& tx,
                                                  const v1::UpdateRoundRequest& request) {
  ASSIGN_OR_RETURN(Round round, rpc::HiddenIfMissing(store_.rounds().Lock(tx, request.name())));
  RETURN_IF_ERROR(call.Authorize(round.area()));
  RETURN_IF_ERROR(rpc::CheckEtag(request.etag(), round));
  const resource::Changes changes = {
      {"topic", [&] { round.set_topic(request.topic()); }},
      {"target_groups", [&] { *round.mutable_target_groups() = request.target_groups(); }},
  };
  RETURN_IF_ERROR(resource::ApplyMask(request.update_mask(), changes));
  if (round.topic().empty()) return error::InvalidField("topic", "is required");
  RETURN_IF_ERROR(store_.rounds().Save(tx, round, call.origin()));
  RETURN_IF_ERROR(call.environment().log->Append(tx, call.origin(), RoundChanged(round)));
  return round;
}

}  // namespace firstfloor::outreach
