#include "deploy/demo/year.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "common/calendar/calendar.h"
#include "common/error/macros.h"

namespace firstfloor::demo {
namespace {

using nlohmann::json;

constexpr int kTheYear = 2023;

template <typename Plan, typename Read>
std::vector<Plan> All(const json& list, Read read) {
  std::vector<Plan> plans;
  for (const json& item : list) plans.push_back(read(item));
  return plans;
}

std::vector<std::string> Strings(const json& list) { return list.get<std::vector<std::string>>(); }

// One character of UTF-8 text each.
std::vector<std::string> Characters(const std::string& text) {
  std::vector<std::string> characters;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) characters.emplace_back();
    characters.back().push_back(c);
  }
  return characters;
}

void ReadClasses(const json& data, Year& year) {
  year.series = All<SeriesPlan>(data.at("series"), [](const json& j) {
    return SeriesPlan{j.at("display_name"), j.at("description"), j.at("owner_branch")};
  });
  year.rounds = All<RoundPlan>(data.at("rounds"), [](const json& j) {
    return RoundPlan{j.at("series"), j.at("topic"), j.at("title"),
                     absl::CivilDay(kTheYear, j.at("month").get<int>(), j.at("day").get<int>())};
  });
  year.group_heads = data.at("group_heads").get<std::vector<int>>();
  year.most_heads = data.at("most_heads");
  year.questions = All<QuestionPlan>(data.at("questions"), [](const json& j) {
    return QuestionPlan{j.at("question"), j.at("answer"), j.value("category", "")};
  });
  year.lecturers = All<LecturerPlan>(data.at("lecturers"), [](const json& j) {
    return LecturerPlan{j.at("kind"), j.at("count")};
  });
}

void ReadOpinions(const json& data, Year& year) {
  year.campaigns = All<CampaignPlan>(data.at("stall_campaigns"), [](const json& j) {
    return CampaignPlan{
        j.at("campaign"), j.at("title"),          j.at("rule"), Strings(j.value("topics", json::array())),
        j.at("places"),   j.at("first_building"), j.at("step")};
  });
  year.rotation_teams = data.at("rotation_teams");
  year.organisations = Strings(data.at("organisations"));
  year.opinions = All<OpinionPlan>(data.at("opinions"), [](const json& j) {
    return OpinionPlan{j.at("category"), j.at("kind"), j.at("count"), Strings(j.at("texts"))};
  });
  year.boxes = All<BoxPlan>(data.at("boxes"), [](const json& j) {
    return BoxPlan{j.at("place"), j.at("every_days"), j.at("slips")};
  });
  year.visits = All<VisitPlan>(data.at("visits"), [](const json& j) {
    return VisitPlan{j.at("campaign"), j.at("count"), Strings(j.at("topics"))};
  });
}

void ReadDeliberation(const json& data, Year& year) {
  year.disputes = All<DisputePlan>(data.at("disputes"), [](const json& j) {
    return DisputePlan{j.at("topic"), j.at("title"),      j.at("opinion_category"),
                       j.at("text"),  j.at("resolution"), j.at("responsible"),
                       j.at("count")};
  });
  year.neighbour_disputes = All<NeighbourPlan>(data.at("neighbour_disputes"), [](const json& j) {
    return NeighbourPlan{j.at("topic"), j.at("text"), j.at("terms")};
  });
  year.neighbour_dispute_count = data.at("neighbour_dispute_count");
  year.direct_consultations = data.at("consultation_case_direct");
  year.orders = All<OrderPlan>(data.at("orders"), [](const json& j) {
    return OrderPlan{j.at("need"), j.at("assignee"), j.at("text"), j.at("count")};
  });
}

void ReadServices(const json& data, Year& year) {
  year.projects = All<ProjectPlan>(data.at("projects"), [](const json& j) {
    return ProjectPlan{j.at("field"), j.at("title")};
  });
  year.activities = All<ActivityPlan>(data.at("activities"), [](const json& j) {
    return ActivityPlan{j.at("kind"), j.at("title"), j.at("count"), j.at("beneficiaries")};
  });
  year.volunteers = data.at("volunteers");
}

}  // namespace

absl::Time At(absl::CivilDay day, int hour, int minute) {
  return calendar::StartOf(day) + absl::Hours(hour) + absl::Minutes(minute);
}

absl::StatusOr<Year> LoadYear(const std::string& year_file, const std::string& areas_file) {
  Year year;
  try {
    std::ifstream in(year_file);
    const json data = json::parse(in);
    year.community = data.at("community");
    year.surnames = Characters(data.at("surnames"));
    year.given = Strings(data.at("given"));
    ReadClasses(data, year);
    ReadOpinions(data, year);
    ReadDeliberation(data, year);
    ReadServices(data, year);
  } catch (const json::exception& problem) {
    return absl::InvalidArgumentError(absl::StrCat(year_file, ": ", problem.what()));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<area::Registry> areas, area::Registry::Load(areas_file));
  year.buildings = areas->Below(year.community, area::Level::kBuilding);
  if (year.buildings.empty())
    return absl::InvalidArgumentError(areas_file + ": no buildings in the community");
  return year;
}

}  // namespace firstfloor::demo
