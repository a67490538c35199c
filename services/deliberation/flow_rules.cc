#include "services/deliberation/flow_rules.h"

#include "absl/strings/str_replace.h"
#include "services/deliberation/case_rules.h"
#include "services/deliberation/order_rules.h"

namespace firstfloor::deliberation::rules {

std::string NeedOf(absl::string_view category) {
  return category.empty() ? "OTHER" : absl::StrReplaceAll(category, {{".", "_"}});
}

std::string TopicOf(absl::string_view category) {
  if (category.empty()) return "OTHER";
  const size_t dot = category.rfind('.');
  return std::string(dot == absl::string_view::npos ? category : category.substr(dot + 1));
}

v1::Order OrderFrom(const opinion::v1::Opinion& opinion, absl::string_view name, absl::Time now) {
  v1::Order order;
  order.set_name(std::string(name));
  order.set_area(opinion.area());
  order.set_need(NeedOf(opinion.category()));
  order.set_text(opinion.text());
  order.set_stall(opinion.stall());
  order.set_opinion(opinion.name());
  if (opinion.has_wanted_time()) *order.mutable_wanted_time() = opinion.wanted_time();
  if (!opinion.anonymous()) *order.mutable_resident() = opinion.reporter();
  Begin(order, now);
  return order;
}

v1::Case CaseFrom(const opinion::v1::Opinion& opinion, absl::string_view name, absl::string_view kind,
                  absl::Time now) {
  v1::Case matter;
  matter.set_name(std::string(name));
  matter.set_area(opinion.area());
  matter.set_kind(kind == "DISPUTE" ? v1::CASE_KIND_DISPUTE : v1::CASE_KIND_MATTER);
  matter.set_topic(opinion.topic().empty() ? TopicOf(opinion.category()) : opinion.topic());
  matter.set_text(opinion.text());
  matter.set_stall(opinion.stall());
  matter.set_opinion(opinion.name());
  v1::Side* asking = matter.add_sides();
  asking->set_asked(true);
  if (!opinion.anonymous()) *asking->mutable_representative() = opinion.reporter();
  Begin(matter, now);
  return matter;
}

}  // namespace firstfloor::deliberation::rules
