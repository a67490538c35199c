#include "services/opinion/opinion_events.h"

#include <string>

#include "absl/strings/strip.h"
#include "common/events/about.h"

namespace firstfloor::opinion {
namespace {

// Names of enum values without their prefix, as events carry them.
std::string Short(const std::string& name, absl::string_view prefix) {
  return std::string(absl::StripPrefix(name, prefix));
}

}  // namespace

events::v1::Event EventOf(const v1::Opinion& opinion, const events::v1::OpinionEvent& step, int ordinal) {
  events::v1::Event event = events::About(opinion);
  event.set_ordinal(ordinal);
  event.set_stall(opinion.stall());
  events::v1::OpinionEvent* payload = event.mutable_opinion();
  *payload = step;
  payload->set_channel(Short(v1::OpinionChannel_Name(opinion.channel()), "OPINION_CHANNEL_"));
  payload->set_kind(Short(v1::OpinionKind_Name(opinion.kind()), "OPINION_KIND_"));
  payload->set_category(opinion.category());
  *payload->mutable_receive_time() = opinion.receive_time();
  *payload->mutable_due_time() = opinion.due_time();
  payload->set_about_staff(opinion.about_staff());
  payload->set_restricted(opinion.restriction() != v1::RESTRICTION_UNSPECIFIED);
  payload->set_emergency(opinion.urgency() == v1::OPINION_URGENCY_EMERGENCY);
  return event;
}

}  // namespace firstfloor::opinion
