#include "services/opinion/erasure.h"

#include "common/error/macros.h"
#include "services/opinion/opinion_states.h"

namespace firstfloor::opinion {
namespace {

using google::protobuf::Message;
using v1::Opinion;

const Opinion& As(const Message& message) { return static_cast<const Opinion&>(message); }

// The states in which somebody still has to say or do something. What is merged is followed in another one.
std::vector<db::Value> OpenStates() {
  std::vector<db::Value> states;
  for (int i = v1::OpinionState_MIN; i <= v1::OpinionState_MAX; ++i) {
    const auto state = static_cast<v1::OpinionState>(i);
    if (state != v1::OPINION_STATE_DUPLICATE && !rules::AllowedMoves(state).empty()) states.emplace_back(i);
  }
  return states;
}

std::vector<std::string> CopiesOf(const Opinion& opinion) {
  std::vector<std::string> copies;
  if (!opinion.case_().empty()) copies.push_back(opinion.case_());
  if (!opinion.order().empty()) copies.push_back(opinion.order());
  return copies;
}

// Nobody is left who could be called, in whatever language, and nothing by which what is erased could be
// found.
absl::Status Settle(db::Transaction& tx, const events::Origin& origin, const OpinionChanges& changes,
                    const FindingStore& extracts, const Opinion& before, Opinion& opinion) {
  if (before.text() != opinion.text()) RETURN_IF_ERROR(extracts.Drop(tx, opinion.name()));
  if (!before.has_reporter() || opinion.has_reporter()) return absl::OkStatus();
  opinion.set_contact_preference(v1::CONTACT_PREFERENCE_NONE);
  opinion.clear_language();
  return changes.SetTimers(tx, origin, before, opinion);
}

}  // namespace

erasure::Plan ErasurePlan(const OpinionStore& opinions, const OpinionChanges& changes,
                          const FindingStore& extracts, const StallStore& stalls,
                          const CampaignStore& campaigns, const BoxStore& boxes, const HomeVisitStore& visits,
                          const SurveyStore& surveys) {
  erasure::Plan plan;
  plan.holdings.push_back({.table = &surveys.surveys().raw()});
  plan.holdings.push_back({.table = &surveys.responses().raw()});
  plan.holdings.push_back(
      {.table = &surveys.texts().raw(), .copies = [](const Message& row) -> std::vector<std::string> {
         const auto& text = static_cast<const v1::TextAnswer&>(row);
         if (text.opinion().empty()) return {};
         return {text.opinion()};
       }});
  plan.holdings.push_back(
      {.table = &opinions.table().raw(),
       .open = [](const std::string& subject_index) -> std::vector<resource::Condition> {
         return {resource::Equals("reporter", subject_index), resource::In("state", OpenStates())};
       },
       .copies = [](const Message& row) { return CopiesOf(As(row)); },
       .settle =
           [&changes, &extracts](db::Transaction& tx, const events::Origin& origin, const Message& before,
                                 Message& row) {
             return Settle(tx, origin, changes, extracts, As(before), static_cast<Opinion&>(row));
           }});
  // Stalls are made of campaigns.
  plan.holdings.push_back({.table = &campaigns.table().raw()});
  plan.holdings.push_back({.table = &stalls.table().raw()});
  plan.holdings.push_back({.table = &boxes.boxes().raw()});
  plan.holdings.push_back({.table = &boxes.openings().raw()});
  plan.holdings.push_back({.table = &visits.table().raw()});
  plan.columns = {{"opinion_support", "supporter"},
                  {"opinion_follower", "follower"},
                  {"stall_member", "member"},
                  {"stall_booking", "member"},
                  {"survey_token", "person"}};
  plan.derived = {"opinion_extract"};
  return plan;
}

}  // namespace firstfloor::opinion
