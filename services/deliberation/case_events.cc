#include "services/deliberation/case_events.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "common/events/about.h"

namespace firstfloor::deliberation {
namespace {

using events::v1::Event;
using v1::Case;

// Names of enum values without their prefix, as events carry them.
std::string Short(const std::string& name, absl::string_view prefix) {
  return std::string(absl::StripPrefix(name, prefix));
}

std::string StateName(v1::CaseState state) {
  return state == v1::CASE_STATE_UNSPECIFIED ? "" : Short(v1::CaseState_Name(state), "CASE_STATE_");
}

std::string KindName(const Case& matter) { return Short(v1::CaseKind_Name(matter.kind()), "CASE_KIND_"); }

std::string LevelName(const Case& matter) { return Short(v1::CaseLevel_Name(matter.level()), "CASE_LEVEL_"); }

// What every event of a case says; the caller adds the change.
Event About(const Case& matter, v1::CaseState from) {
  Event event = events::About(matter);
  event.set_stall(matter.stall());
  events::v1::DeliberationEvent* payload = event.mutable_deliberation();
  payload->set_from(StateName(from));
  payload->set_to(StateName(matter.state()));
  payload->set_opinion(matter.opinion());
  *payload->mutable_start_time() = matter.create_time();
  payload->set_topic(matter.topic());
  payload->set_kind(KindName(matter));
  payload->set_level(LevelName(matter));
  return event;
}

void SayEnd(const Case& matter, events::v1::DeliberationEvent& payload) {
  switch (matter.state()) {
    case v1::CASE_STATE_CLOSED:
      payload.mutable_case_closed()->set_way(Short(v1::CaseWay_Name(matter.way()), "CASE_WAY_"));
      payload.mutable_case_closed()->set_kind(KindName(matter));
      break;
    case v1::CASE_STATE_FAILED:
      payload.mutable_case_failed()->set_advice(Short(v1::Advice_Name(matter.advice()), "ADVICE_"));
      break;
    default:
      payload.mutable_case_withdrawn();
      break;
  }
}

bool IsEnd(v1::CaseState state) {
  return state == v1::CASE_STATE_CLOSED || state == v1::CASE_STATE_FAILED ||
         state == v1::CASE_STATE_WITHDRAWN;
}

}  // namespace

Event CaseWasOpened(const Case& matter) {
  Event event = About(matter, v1::CASE_STATE_UNSPECIFIED);
  events::v1::CaseOpened* opened = event.mutable_deliberation()->mutable_case_opened();
  opened->set_kind(KindName(matter));
  opened->set_level(LevelName(matter));
  return event;
}

Event CaseChanged(const Case& matter, v1::CaseState from) {
  Event event = About(matter, from);
  events::v1::DeliberationEvent& payload = *event.mutable_deliberation();
  const v1::CaseStep& step = *matter.timeline().rbegin();
  if (from == matter.state()) {
    payload.mutable_case_amended()->add_fields(absl::AsciiStrToLower(step.what()));
  } else if (IsEnd(matter.state())) {
    SayEnd(matter, payload);
  } else if (matter.state() == v1::CASE_STATE_RESOLVED) {
    payload.mutable_resolution_adopted()->set_fund_amount(matter.resolution().fund_amount());
    payload.mutable_resolution_adopted()->set_building(matter.resolution().building());
  } else {
    payload.mutable_case_moved()->set_reason_code(step.reason_code());
  }
  return event;
}

}  // namespace firstfloor::deliberation
