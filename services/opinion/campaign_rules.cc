#include "services/opinion/campaign_rules.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "common/area/registry.h"
#include "common/calendar/calendar.h"
#include "common/calendar/days.h"
#include "common/calendar/recurrence.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/resource/table.h"

namespace firstfloor::opinion::campaign_rules {
namespace {

using calendar::StartOf;
using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr int kUsualDaysAhead = 14;
constexpr int kMostTables = 20;  // as the proto bounds the hosts

constexpr Move kMoves[] = {
    {CAMPAIGN_STATE_ACTIVE, Act::kPause, CAMPAIGN_STATE_PAUSED},
    {CAMPAIGN_STATE_PAUSED, Act::kResume, CAMPAIGN_STATE_ACTIVE},
    {CAMPAIGN_STATE_ACTIVE, Act::kEnd, CAMPAIGN_STATE_ENDED},
    {CAMPAIGN_STATE_PAUSED, Act::kEnd, CAMPAIGN_STATE_ENDED},
};

std::string NameOf(CampaignState state) {
  return std::string(absl::StripPrefix(CampaignState_Name(state), "CAMPAIGN_STATE_"));
}

absl::Status WrongState(const Campaign& campaign) {
  std::vector<std::string> allowed;
  for (const CampaignState state : resource::AllAfter(kMoves, campaign.state())) {
    allowed.push_back(NameOf(state));
  }
  return error::WrongState("CAMPAIGN_WRONG_STATE", campaign.name(), NameOf(campaign.state()), allowed);
}

absl::StatusOr<Campaign> Moving(const Campaign& campaign, Act act) {
  const std::optional<CampaignState> after = resource::After(kMoves, campaign.state(), act);
  if (!after.has_value()) return WrongState(campaign);
  Campaign moved = campaign;
  moved.set_state(*after);
  return moved;
}

bool HasLobby(const std::string& area) {
  const std::optional<area::Level> level = area::LevelOf(area);
  return level == area::Level::kCompound || level == area::Level::kBuilding || level == area::Level::kUnit;
}

void CheckSchedule(const CampaignSchedule& schedule, const std::string& prefix,
                   error::Violations& violations) {
  if (!calendar::ParseDay(schedule.first_day())) {
    violations.Add(prefix + "schedule.first_day", "must be a day, \"2023-01-05\"");
  }
  if (schedule.end_minute() <= schedule.start_minute()) {
    violations.Add(prefix + "schedule.end_minute", "must be after start_minute");
  }
}

void CheckHosts(const Campaign& campaign, const std::string& prefix, error::Violations& violations) {
  std::set<std::string> subjects;
  for (int i = 0; i < campaign.hosts_size(); ++i) {
    for (int j = 0; j < campaign.hosts(i).members_size(); ++j) {
      const std::string& subject = campaign.hosts(i).members(j).person().subject();
      if (subject.empty() || subjects.insert(subject).second) continue;
      violations.Add(absl::StrCat(prefix, "hosts[", i, "].members[", j, "]"), "hosts already");
    }
  }
  const int tables = std::max(1, campaign.places_size());
  if (campaign.hosts_size() > tables) violations.Add(prefix + "hosts", "are more than there are places");
}

void CheckPlaces(const Campaign& campaign, const std::string& prefix, error::Violations& violations) {
  std::set<std::string> places;
  for (int i = 0; i < campaign.places_size(); ++i) {
    const std::string field = absl::StrCat(prefix, "places[", i, "]");
    if (!area::Covers(campaign.area(), campaign.places(i))) violations.Add(field, "must be in the area");
    if (!HasLobby(campaign.places(i))) violations.Add(field, "must be a building or a compound");
    if (!places.insert(campaign.places(i)).second) violations.Add(field, "stands there twice");
  }
}

// One day of a campaign, `number`-th of its rule whatever was made of it.
struct Occurrence {
  absl::CivilDay day;
  int64_t number = 0;
};

absl::Time BeginOf(const Campaign& campaign, absl::CivilDay day) {
  return StartOf(day) + absl::Minutes(campaign.schedule().start_minute());
}

absl::Time EndOf(const Campaign& campaign, absl::CivilDay day) {
  return StartOf(day) + absl::Minutes(campaign.schedule().end_minute());
}

// The days of the rule from `from` on until `visit` answers false. A rule that was checked can be read.
void Visit(const Campaign& campaign, absl::CivilDay from,
           const std::function<bool(const Occurrence&)>& visit) {
  absl::CivilDay first;
  const auto rule = calendar::Recurrence::Parse(campaign.schedule().rule());
  if (!rule.ok() || !absl::ParseCivilTime(campaign.schedule().first_day(), &first)) return;
  int64_t number = -1;
  rule->Visit(first, [&](absl::CivilDay day) {
    ++number;
    return day < from || visit({day, number});
  });
}

// After each other: so long as stalls are made, the day after the last one that they were made for.
absl::CivilDay FirstToMake(const Campaign& campaign, absl::CivilDay today) {
  absl::CivilDay made;
  if (!absl::ParseCivilTime(campaign.made_until_day(), &made)) return today;
  return std::max(today, made + 1);
}

int TablesOf(const Campaign& campaign) { return campaign.hosts_size(); }

std::string StallName(const Campaign& campaign, absl::CivilDay day, int table) {
  return resource::DerivedName("stalls", absl::StrCat(campaign.name(), " ", absl::FormatCivilTime(day), " ",
                                                      table, " ", campaign.resumptions()));
}

Stall StallOf(const Campaign& campaign, const Occurrence& occurrence, int table) {
  Stall stall;
  stall.set_name(StallName(campaign, occurrence.day, table));
  const int64_t turn = occurrence.number * TablesOf(campaign) + table;
  stall.set_area(campaign.places().empty()
                     ? campaign.area()
                     : campaign.places(static_cast<int>(turn % campaign.places_size())));
  *stall.mutable_window()->mutable_start_time() = ToProto(BeginOf(campaign, occurrence.day));
  *stall.mutable_window()->mutable_end_time() = ToProto(EndOf(campaign, occurrence.day));
  *stall.mutable_team() = campaign.hosts(table).members();
  stall.set_campaign(campaign.code());
  stall.set_state(STALL_STATE_PLANNED);
  return stall;
}

int DaysAhead(const Campaign& campaign) {
  return campaign.days_ahead() == 0 ? kUsualDaysAhead : campaign.days_ahead();
}

}  // namespace

absl::Span<const Move> Moves() { return kMoves; }

absl::Status Check(const Campaign& campaign, const std::string& prefix) {
  RETURN_IF_ERROR(calendar::Recurrence::Parse(campaign.schedule().rule()).status());
  error::Violations violations;
  CheckSchedule(campaign.schedule(), prefix, violations);
  CheckHosts(campaign, prefix, violations);
  CheckPlaces(campaign, prefix, violations);
  if (campaign.display_name().empty()) violations.Add(prefix + "display_name", "is required");
  if (campaign.hosts().empty()) violations.Add(prefix + "hosts", "are required");
  return violations.ToStatus();
}

absl::StatusOr<Campaign> Start(const Campaign& campaign) {
  RETURN_IF_ERROR(Check(campaign, "campaign."));
  Campaign started = campaign;
  started.set_state(CAMPAIGN_STATE_ACTIVE);
  return started;
}

absl::StatusOr<Campaign> Pause(const Campaign& campaign) { return Moving(campaign, Act::kPause); }

absl::StatusOr<Campaign> Resume(const Campaign& campaign) {
  ASSIGN_OR_RETURN(Campaign resumed, Moving(campaign, Act::kResume));
  // What was planned ahead was called off: it is made anew, under other names.
  resumed.clear_made_until_day();
  resumed.set_resumptions(resumed.resumptions() + 1);
  return resumed;
}

absl::StatusOr<Campaign> End(const Campaign& campaign) { return Moving(campaign, Act::kEnd); }

absl::Status CheckChangeable(const Campaign& campaign) {
  return campaign.state() == CAMPAIGN_STATE_ENDED ? WrongState(campaign) : absl::OkStatus();
}

Step Make(const Campaign& campaign, absl::Time now) {
  Step step = {campaign, {}, absl::InfiniteFuture()};
  if (campaign.state() != CAMPAIGN_STATE_ACTIVE) return step;
  const absl::CivilDay today = calendar::DayOf(now);
  const absl::CivilDay until = today + DaysAhead(campaign);
  bool more = false;
  Visit(campaign, FirstToMake(campaign, today), [&](const Occurrence& occurrence) {
    more = true;
    if (occurrence.day > until || step.stalls.size() >= static_cast<size_t>(kMostAtOnce)) {
      step.next = std::max(now, StartOf(occurrence.day - DaysAhead(campaign)));
      return false;
    }
    more = false;
    step.campaign.set_made_until_day(absl::FormatCivilTime(occurrence.day));
    if (BeginOf(campaign, occurrence.day) < now) return true;  // too late for that day
    for (int table = 0; table < TablesOf(campaign); ++table) {
      step.stalls.push_back(StallOf(campaign, occurrence, table));
    }
    return true;
  });
  step.campaign.set_stalls_made(campaign.stalls_made() + static_cast<int64_t>(step.stalls.size()));
  if (more) return step;
  absl::CivilDay last;
  const bool made = absl::ParseCivilTime(step.campaign.made_until_day(), &last);
  if (made && EndOf(campaign, last) > now) {
    step.next = EndOf(campaign, last);
  } else {
    step.campaign.set_state(CAMPAIGN_STATE_ENDED);
  }
  return step;
}

std::vector<std::string> MadeAhead(const Campaign& campaign, absl::Time now) {
  absl::CivilDay until;
  std::vector<std::string> names;
  if (!absl::ParseCivilTime(campaign.made_until_day(), &until)) return names;
  Visit(campaign, calendar::DayOf(now), [&](const Occurrence& occurrence) {
    if (occurrence.day > until) return false;
    if (BeginOf(campaign, occurrence.day) < now) return true;
    // It may have had more hosts when they were made.
    for (int table = 0; table < kMostTables; ++table)
      names.push_back(StallName(campaign, occurrence.day, table));
    return true;
  });
  return names;
}

}  // namespace firstfloor::opinion::campaign_rules
