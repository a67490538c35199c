// Opinions from lists and other systems, in bulk.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/resource/table.h"
#include "common/rpc/import.h"
#include "services/opinion/confinement.h"
#include "services/opinion/opinion_service.h"

namespace firstfloor::opinion {

absl::Status OpinionHandlers::Import(Call& call, Tx& tx, const std::vector<rpc::ImportRow>& rows,
                                     v1::ImportOpinionsResponse& summary) {
  std::vector<rules::Change> decided;
  std::vector<OpinionStore::Claim> claims;
  for (const rpc::ImportRow& row : rows) {
    summary.set_received(summary.received() + 1);
    const auto& request = row.As<v1::ImportOpinionsRequest>();
    absl::StatusOr<rules::Change> change =
        row.status.ok() ? rules::Import(request, call.identity(), call.now()) : row.status;
    if (!change.ok()) {
      rpc::RefuseRow(row, change.status(), summary);
      continue;
    }
    confinement::SettleDecidingArea(change->opinion, *call.environment().areas);
    change->opinion.set_name(resource::NewName("opinions", call.origin().record_time));
    claims.push_back({request.source(), request.opinion().external_number(), change->opinion.name()});
    decided.push_back(*std::move(change));
  }
  ASSIGN_OR_RETURN(const std::set<std::string> granted, opinions_.ClaimNumbers(tx, std::move(claims)));
  events::Origin origin = call.origin();
  ASSIGN_OR_RETURN(origin.actor, call.environment().log->ActorOf(tx, origin.subject));
  for (rules::Change& change : decided) {
    if (granted.count(change.opinion.name()) == 0) {
      summary.set_existing(summary.existing() + 1);
      continue;
    }
    origin.occur_time = calendar::FromProto(change.opinion.receive_time());
    origin.on_behalf_of = change.opinion.reporter().subject();
    RETURN_IF_ERROR(changes_.Insert(tx, origin, change));
    summary.set_created(summary.created() + 1);
  }
  return absl::OkStatus();
}

}  // namespace firstfloor::opinion
