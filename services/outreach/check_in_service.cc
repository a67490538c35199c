#include "services/outreach/check_in_service.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/rpc/row.h"
#include "services/outreach/check_in_store.h"
#include "services/outreach/offline_rules.h"
#include "services/outreach/outreach_events.h"
#include "services/outreach/waitlist.h"

namespace firstfloor::outreach {
namespace {

using v1::CheckInOutcome;
using v1::OfflineCheckIn;

// People who walked in, by identity: what is more in `after` than in `before`.
google::protobuf::RepeatedPtrField<v1::IdentityHeads> MoreWalkIns(const v1::Session& before,
                                                                  const v1::Session& after) {
  std::map<v1::Identity, int> known;
  for (const v1::IdentityHeads& heads : before.walk_ins()) known[heads.identity()] = heads.heads();
  google::protobuf::RepeatedPtrField<v1::IdentityHeads> more;
  for (const v1::IdentityHeads& heads : after.walk_ins()) {
    if (heads.heads() == known[heads.identity()]) continue;
    v1::IdentityHeads* entry = more.Add();
    entry->set_identity(heads.identity());
    entry->set_heads(heads.heads() - known[heads.identity()]);
  }
  return more;
}

}  // namespace

void CheckInHandlers::Register(rpc::Service& service) {
  service.Mutation("UploadCheckIns", this, &CheckInHandlers::Upload);
}

absl::StatusOr<CheckInOutcome> CheckInHandlers::Count(rpc::Call& call, db::Transaction& tx,
                                                      const OfflineCheckIn& check_in, v1::Session& session,
                                                      std::vector<v1::Enrolment>& came) {
  std::optional<v1::Enrolment> enrolment;
  if (!check_in.enrolment().empty()) {
    absl::StatusOr<v1::Enrolment> locked = enrolments_.table().Lock(tx, check_in.enrolment());
    if (!absl::IsNotFound(locked.status())) RETURN_IF_ERROR(locked.status());
    if (locked.ok()) enrolment = *std::move(locked);
  }
  v1::Session counted = session;
  CheckInOutcome outcome =
      rules::CountOffline(check_in, call.now(), counted, enrolment ? &*enrolment : nullptr);
  RETURN_IF_ERROR(check_ins::Keep(tx, session.name(), check_in, outcome, call.now()));
  session = std::move(counted);
  if (enrolment && outcome.result() == v1::CHECK_IN_RESULT_COUNTED) {
    RETURN_IF_ERROR(enrolments_.table().Save(tx, *enrolment, call.origin()));
    came.push_back(*std::move(enrolment));
  }
  return outcome;
}

absl::StatusOr<v1::UploadCheckInsResponse> CheckInHandlers::Upload(rpc::Call& call, db::Transaction& tx,
                                                                   const v1::UploadCheckInsRequest& request) {
  ASSIGN_OR_RETURN(v1::Session session, rpc::HiddenIfMissing(sessions_.table().Lock(tx, request.session())));
  RETURN_IF_ERROR(call.Authorize(session.area()));
  for (const OfflineCheckIn& check_in : request.check_ins()) {
    RETURN_IF_ERROR(rules::CheckOffline(check_in));
  }
  ASSIGN_OR_RETURN(auto known, check_ins::KnownOf(tx, request));
  const v1::Session before = session;
  std::vector<v1::Enrolment> came;
  v1::UploadCheckInsResponse response;
  for (const OfflineCheckIn& check_in : request.check_ins()) {
    const auto decided = known.find(check_in.nonce());
    if (decided != known.end()) {
      *response.add_outcomes() = decided->second;
      response.mutable_outcomes(response.outcomes_size() - 1)->set_repeated_upload(true);
      continue;
    }
    ASSIGN_OR_RETURN(const CheckInOutcome outcome, Count(call, tx, check_in, session, came));
    known[check_in.nonce()] = outcome;
    *response.add_outcomes() = outcome;
  }
  const auto walk_ins = MoreWalkIns(before, session);
  if (walk_ins.empty() && came.empty()) return response;
  RETURN_IF_ERROR(sessions_.table().Save(tx, session, call.origin()));
  int ordinal = 0;
  if (!walk_ins.empty()) {
    RETURN_IF_ERROR(environment_.log->Append(tx, call.origin(), WalkInsCounted(session, walk_ins)));
    ++ordinal;
  }
  if (session.participants() > before.participants()) {
    const int enrolled = session.checked_in_heads() - before.checked_in_heads();
    RETURN_IF_ERROR(
        environment_.log->Append(tx, call.origin(), ParticipantsAdded(session, walk_ins, enrolled, ordinal)));
    ++ordinal;
  }
  RETURN_IF_ERROR(AppendEnrolments(tx, *environment_.log, call.origin(), session, came, ordinal));
  return response;
}

}  // namespace firstfloor::outreach
