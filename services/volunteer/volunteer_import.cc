#include <set>
#include <string>
#include <vector>

#include "common/error/error.h"
#include "common/rpc/import.h"
#include "services/volunteer/volunteer_service.h"
#include "services/volunteer/volunteer_store.h"

namespace firstfloor::volunteer {
namespace {

const v1::Volunteer& VolunteerIn(const rpc::ImportRow& row) {
  return row.As<v1::ImportVolunteersRequest>().volunteer();
}

std::vector<std::string> NumbersIn(const std::vector<rpc::ImportRow>& rows) {
  std::vector<std::string> numbers;
  for (const rpc::ImportRow& row : rows) {
    const std::string& number = VolunteerIn(row).external_number();
    if (row.status.ok() && !number.empty()) numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

absl::Status VolunteerHandlers::ImportVolunteers(rpc::Call& call, db::Transaction& tx,
                                                 const std::vector<rpc::ImportRow>& rows,
                                                 v1::ImportVolunteersResponse& summary) {
  ASSIGN_OR_RETURN(std::set<std::string> known, KnownNumbers(tx, NumbersIn(rows)));
  for (const rpc::ImportRow& row : rows) {
    summary.set_received(summary.received() + 1);
    absl::StatusOr<v1::Volunteer> volunteer =
        row.status.ok() ? rules::Import(VolunteerIn(row), call.now()) : row.status;
    if (!volunteer.ok()) {
      rpc::RefuseRow(row, volunteer.status(), summary);
      continue;
    }
    if (!known.insert(volunteer->external_number()).second) {
      summary.set_existing(summary.existing() + 1);
      continue;
    }
    volunteer->set_name(resource::NewName("volunteers", call.origin().record_time));
    const absl::Status added =
        books_.Add(tx, call.origin(), books_.stores.volunteers, *volunteer, v1::Volunteer());
    if (absl::IsAlreadyExists(added)) {
      // Somebody else's import of the number, or the account of another volunteer.
      rpc::RefuseRow(row,
                     error::Make(absl::StatusCode::kAlreadyExists, "VOLUNTEER_EXISTS",
                                 "the account or number is a volunteer's already"),
                     summary);
      continue;
    }
    RETURN_IF_ERROR(added);
    summary.set_created(summary.created() + 1);
  }
  return absl::OkStatus();
}

}  // namespace firstfloor::volunteer
