#include "deploy/demo/report.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "deploy/demo/stories.h"
#include "firstfloor/deliberation/v1/operations_service.pb.h"
#include "firstfloor/deliberation/v1/statistics_service.pb.h"
#include "firstfloor/opinion/v1/ledger_service.pb.h"
#include "firstfloor/opinion/v1/operations_service.pb.h"
#include "firstfloor/opinion/v1/rotation_service.pb.h"
#include "firstfloor/opinion/v1/stall_service.pb.h"
#include "firstfloor/opinion/v1/statistics_service.pb.h"
#include "firstfloor/opinion/v1/survey_service.pb.h"
#include "firstfloor/outreach/v1/operations_service.pb.h"
#include "firstfloor/outreach/v1/statistics_service.pb.h"
#include "firstfloor/volunteer/v1/operations_service.pb.h"
#include "firstfloor/volunteer/v1/statistics_service.pb.h"

namespace firstfloor::demo {
namespace {

using type::v1::Figure;
using Figures = google::protobuf::RepeatedPtrField<Figure>;

constexpr char kFirstDay[] = "2023-01-01";
constexpr char kDayAfterLast[] = "2023-11-01";
const absl::CivilDay kLastTable(2023, 9, 20);

// A figure of the article: at least, or exactly, so many.
struct Line {
  const char* what;
  const char* article;
  int64_t least;
  bool exactly;
  int64_t value;
  bool met() const { return exactly ? value == least : value > least; }
};

int64_t Total(const Figures& figures, const std::string& key) {
  for (const Figure& figure : figures) {
    if (figure.key() == key && figure.dimensions().empty()) return figure.value();
  }
  return 0;
}

// The sum of `key` over the categories that the article names.
int64_t OfArticleCategories(const Figures& figures) {
  int64_t sum = 0;
  for (const Figure& figure : figures) {
    const auto category = figure.dimensions().find("category");
    if (figure.key() != "opinions.received" || category == figure.dimensions().end()) continue;
    const std::string& code = category->second;
    if (code == "SAFETY.FIRE" || code == "ENVIRONMENT.GREENING" || code.rfind("TRAFFIC", 0) == 0) {
      sum += figure.value();
    }
  }
  return sum;
}

// Strong: statistics wait until they have seen every change acknowledged before.
template <typename Reply, typename Request>
absl::StatusOr<Reply> AskStrongly(Stage& stage, const std::string& service, const std::string& method,
                                  const Request& request, absl::Time as_of = absl::InfinitePast()) {
  Reply reply;
  rpc::CallOptions options;
  options.as_of = as_of;
  options.token = stage.cast().TokenFor(stage.cast().Staff());
  options.strong = true;
  options.deadline = absl::Now() + absl::Seconds(30);
  RETURN_IF_ERROR(stage.client(service).Ask(absl::StrCat("firstfloor.", method), request, reply, options));
  return reply;
}

template <typename Request>
absl::StatusOr<int64_t> Advance(Stage& stage, const std::string& service, absl::CivilDay day,
                                google::protobuf::Message& reply) {
  Request request;
  request.set_area(stage.year().community);
  *request.mutable_as_of_time() = calendar::ToProto(At(day, 23));
  rpc::CallOptions options;
  options.token = stage.cast().TokenFor(stage.cast().Staff());
  const std::string method = absl::StrCat(service, ".v1.OperationsService.AdvanceTimers");
  RETURN_IF_ERROR(Story(stage, "timers").Persist(method, [&] {
    options.deadline = absl::Now() + absl::Minutes(1);
    return stage.client(service).Ask("firstfloor." + method, request, reply, options);
  }));
  const auto* fired = reply.GetDescriptor()->FindFieldByName("fired");
  return reply.GetReflection()->GetInt64(reply, fired);
}

void Print(const Line& line) {
  std::printf("  %s %8lld   %-10s %s\n", line.met() ? "✓" : "✗", static_cast<long long>(line.value),
              line.article, line.what);
}

bool HasAllFour(const opinion::v1::StallDay& day) {
  return day.heads_taught() > 0 && day.opinions_taken() > 0 && day.matters_settled() > 0 &&
         day.services_given() > 0;
}

// How the lobbies were covered when the last table of the year was over.
absl::StatusOr<bool> PrintCoverage(Stage& stage) {
  opinion::v1::GetCoverageRequest request;
  request.set_area(stage.year().community);
  ASSIGN_OR_RETURN(const auto coverage, (AskStrongly<opinion::v1::Coverage>(
                                            stage, "opinion", "opinion.v1.RotationService.GetCoverage",
                                            request, At(kLastTable, 23))));
  int covered = 0;
  int longest = 0;
  for (const opinion::v1::BuildingCoverage& building : coverage.buildings()) {
    covered += building.last_stall().empty() ? 0 : 1;
    longest = std::max(longest, building.waiting_days());
  }
  std::printf(
      "  %d of %d buildings had a table; on 20 September none had waited for more than %d days, %lld for "
      "more "
      "than 30\n",
      covered, coverage.buildings_size(), longest, static_cast<long long>(coverage.overdue()));
  return covered == coverage.buildings_size();
}

absl::Status PrintCampaigns(Stage& stage, opinion::v1::GetOpinionStatisticsRequest request) {
  request.set_group_by(opinion::v1::OPINION_DIMENSION_CAMPAIGN);
  ASSIGN_OR_RETURN(const auto held,
                   (AskStrongly<opinion::v1::GetOpinionStatisticsResponse>(
                       stage, "opinion", "opinion.v1.StatisticsService.GetOpinionStatistics", request)));
  std::map<std::string, std::string> titles = {{kRotation, "轮流摆摊"}};
  for (const CampaignPlan& campaign : stage.year().campaigns) titles[campaign.campaign] = campaign.title;
  std::printf("\n  Stalls held: %lld", static_cast<long long>(Total(held.figures(), "stalls.held")));
  for (const Figure& figure : held.figures()) {
    const auto campaign = figure.dimensions().find("campaign");
    if (figure.key() != "stalls.held" || campaign == figure.dimensions().end()) continue;
    std::printf(", %s %lld", titles[campaign->second].c_str(), static_cast<long long>(figure.value()));
  }
  std::printf("\n");
  return absl::OkStatus();
}

absl::StatusOr<bool> PrintTable(Stage& stage, const std::string& stall) {
  opinion::v1::GetStallDayRequest request;
  request.set_name(stall);
  opinion::v1::StallDay day;
  // Three of the four things come from other services' logs.
  const absl::Time give_up = absl::Now() + absl::Seconds(20);
  while (!HasAllFour(day) && absl::Now() < give_up) {
    ASSIGN_OR_RETURN(day, AskStrongly<opinion::v1::StallDay>(stage, "opinion",
                                                             "opinion.v1.StallService.GetStallDay", request));
    if (!HasAllFour(day)) absl::SleepFor(absl::Milliseconds(100));
  }
  std::printf(
      "\n  One table in a lobby (6 May 2023): heads taught %lld, opinions taken %lld, matters settled %lld, "
      "services given %lld\n",
      static_cast<long long>(day.heads_taught()), static_cast<long long>(day.opinions_taken()),
      static_cast<long long>(day.matters_settled()), static_cast<long long>(day.services_given()));
  return HasAllFour(day);
}

// "54", or "hidden" where it is not told.
std::string Told(bool told, double number) { return told ? absl::StrCat(number) : "hidden"; }

absl::Status PrintSurvey(Stage& stage, const std::string& name) {
  opinion::v1::GetSurveyRequest get;
  get.set_name(name);
  ASSIGN_OR_RETURN(const auto survey, AskStrongly<opinion::v1::Survey>(
                                          stage, "opinion", "opinion.v1.SurveyService.GetSurvey", get));
  opinion::v1::GetSurveyResultsRequest request;
  request.set_name(name);
  ASSIGN_OR_RETURN(const auto results,
                   AskStrongly<opinion::v1::SurveyResults>(
                       stage, "opinion", "opinion.v1.SurveyService.GetSurveyResults", request));
  std::printf("\n  %s: %s answered, without their names\n", survey.title().c_str(),
              Told(results.has_responses(), static_cast<double>(results.responses())).c_str());
  for (int i = 0; i < results.questions_size(); ++i) {
    const auto& question = survey.questions(i);
    const auto& result = results.questions(i);
    std::printf("    %s", question.text().c_str());
    for (int k = 0; k < question.options_size(); ++k) {
      const auto& cell = result.cells(k);
      std::printf("  %s %s", question.options(k).c_str(),
                  Told(cell.has_count(), static_cast<double>(cell.count())).c_str());
    }
    if (question.kind() == opinion::v1::SURVEY_QUESTION_KIND_SCALE) {
      std::printf("  mean %s", Told(result.has_mean(), result.mean()).c_str());
    }
    if (question.kind() == opinion::v1::SURVEY_QUESTION_KIND_TEXT) {
      std::printf("  %s in words",
                  Told(result.has_answered(), static_cast<double>(result.answered())).c_str());
    }
    std::printf("\n");
  }
  return absl::OkStatus();
}

// 你说我办: the sheet of one building and month, as it hangs in the lobby.
absl::StatusOr<bool> PrintYouSaidWeDid(Stage& stage) {
  opinion::v1::GetYouSaidWeDidRequest request;
  request.set_area(FollowedBuilding(stage));
  request.set_month("2023-06");
  ASSIGN_OR_RETURN(const auto sheet,
                   AskStrongly<opinion::v1::YouSaidWeDid>(
                       stage, "opinion", "opinion.v1.LedgerService.GetYouSaidWeDid", request));
  std::printf("\n  You said, we did 你说我办, %s, June 2023: %d said, %d answered\n", request.area().c_str(),
              sheet.received(), sheet.resolved());
  bool both = false;
  for (const opinion::v1::YouSaidWeDidEntry& entry : sheet.entries()) {
    if (entry.did().empty()) continue;
    std::printf("    %s → %s\n", entry.said().c_str(), entry.did().c_str());
    both = true;
  }
  return both;
}

}  // namespace

absl::Status AdvanceTo(Stage& stage, absl::CivilDay day) {
  // What one service's deadline ends, another follows; so once more until nothing is left to do.
  for (int round = 0; round < 5; ++round) {
    opinion::v1::AdvanceTimersResponse a;
    deliberation::v1::AdvanceTimersResponse b;
    outreach::v1::AdvanceTimersResponse c;
    volunteer::v1::AdvanceTimersResponse d;
    ASSIGN_OR_RETURN(const int64_t opinions,
                     Advance<opinion::v1::AdvanceTimersRequest>(stage, "opinion", day, a));
    ASSIGN_OR_RETURN(const int64_t cases,
                     Advance<deliberation::v1::AdvanceTimersRequest>(stage, "deliberation", day, b));
    ASSIGN_OR_RETURN(const int64_t classes,
                     Advance<outreach::v1::AdvanceTimersRequest>(stage, "outreach", day, c));
    ASSIGN_OR_RETURN(const int64_t services,
                     Advance<volunteer::v1::AdvanceTimersRequest>(stage, "volunteer", day, d));
    if (opinions + cases + classes + services == 0) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> PrintReport(Stage& stage, const std::string& stall_of_four_things,
                                 const std::string& survey) {
  outreach::v1::GetOutreachStatisticsRequest classes;
  classes.set_area(stage.year().community);
  classes.set_start_day(kFirstDay);
  classes.set_end_day(kDayAfterLast);
  ASSIGN_OR_RETURN(const auto taught,
                   (AskStrongly<outreach::v1::GetOutreachStatisticsResponse>(
                       stage, "outreach", "outreach.v1.StatisticsService.GetOutreachStatistics", classes)));
  opinion::v1::GetOpinionStatisticsRequest opinions;
  opinions.set_area(stage.year().community);
  opinions.set_start_day(kFirstDay);
  opinions.set_end_day(kDayAfterLast);
  opinions.set_group_by(opinion::v1::OPINION_DIMENSION_CATEGORY);
  ASSIGN_OR_RETURN(const auto heard,
                   (AskStrongly<opinion::v1::GetOpinionStatisticsResponse>(
                       stage, "opinion", "opinion.v1.StatisticsService.GetOpinionStatistics", opinions)));
  deliberation::v1::GetDeliberationStatisticsRequest cases;
  cases.set_area(stage.year().community);
  cases.set_start_date(kFirstDay);
  cases.set_end_date(kDayAfterLast);
  ASSIGN_OR_RETURN(
      const auto settled,
      (AskStrongly<deliberation::v1::DeliberationStatistics>(
          stage, "deliberation", "deliberation.v1.StatisticsService.GetDeliberationStatistics", cases)));
  volunteer::v1::GetVolunteerStatisticsRequest services;
  services.set_area(stage.year().community);
  services.set_start_day(kFirstDay);
  services.set_end_day(kDayAfterLast);
  ASSIGN_OR_RETURN(
      const auto served,
      (AskStrongly<volunteer::v1::GetVolunteerStatisticsResponse>(
          stage, "volunteer", "volunteer.v1.StatisticsService.GetVolunteerStatistics", services)));

  const std::vector<Line> lines = {
      {"venues 微阵地", "278", 278, true, Total(taught.figures(), "outreach.venues")},
      {"rounds of classes 学习教育", "> 20", 20, false, Total(taught.figures(), "outreach.rounds")},
      {"attendances 人次", "> 1,800", 1800, false, Total(taught.figures(), "outreach.attendances")},
      {"opinions on fire safety, greening, traffic 建议", "> 80", 80, false,
       OfArticleCategories(heard.figures())},
      {"disputes resolved by joint consultation 五方联动", "> 20", 20, false,
       Total(settled.figures(), "disputes.resolved_by_consultation")},
      {"neighbour disputes reconciled 邻里矛盾", "> 10", 10, false,
       Total(settled.figures(), "disputes.reconciled")},
      {"projects claimed 书记项目", "23", 23, true, Total(served.figures(), "projects.claimed")},
      {"service activities 服务活动", "> 50", 50, false, Total(served.figures(), "activities.done")},
      {"people in the governance corps 治理队伍", "> 5,000", 5000, false,
       Total(served.figures(), "volunteers.active")},
  };
  std::printf(
      "\n  The year at 滨湖世纪社区, January to October 2023: what the services' own statistics say\n\n");
  std::printf("    %8s   %-10s\n", "figure", "article");
  bool all = true;
  for (const Line& line : lines) {
    Print(line);
    all = all && line.met();
  }
  std::printf("\n  All opinions: %lld received, %lld resolved, %lld ‰ on time, %lld ‰ satisfied\n",
              static_cast<long long>(Total(heard.figures(), "opinions.received")),
              static_cast<long long>(Total(heard.figures(), "opinions.resolved")),
              static_cast<long long>(Total(heard.figures(), "opinions.on_time_share")),
              static_cast<long long>(Total(heard.figures(), "opinions.satisfied_share")));
  std::printf("  Boxes emptied: %lld times before witnesses, %lld slips; home visits: %lld made, %lld met\n",
              static_cast<long long>(Total(heard.figures(), "boxes.emptied")),
              static_cast<long long>(Total(heard.figures(), "boxes.slips")),
              static_cast<long long>(Total(heard.figures(), "visits.made")),
              static_cast<long long>(Total(heard.figures(), "visits.met")));
  RETURN_IF_ERROR(PrintCampaigns(stage, opinions));
  ASSIGN_OR_RETURN(const bool covered, PrintCoverage(stage));
  RETURN_IF_ERROR(PrintSurvey(stage, survey));
  ASSIGN_OR_RETURN(const bool four_things, PrintTable(stage, stall_of_four_things));
  ASSIGN_OR_RETURN(const bool said_and_done, PrintYouSaidWeDid(stage));
  const bool met = all && covered && four_things && said_and_done;
  std::printf("\n  %s\n", met ? "Every figure is met." : "Not every figure is met.");
  return met;
}

}  // namespace firstfloor::demo
