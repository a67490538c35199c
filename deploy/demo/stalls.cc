// 民情: stalls in the lobbies, and the opinions that are taken at them and followed to their end.
#include <algorithm>
#include <map>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "deploy/demo/stories.h"
#include "firstfloor/deliberation/v1/case_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/opinion/v1/stall_service.pb.h"
#include "firstfloor/outreach/v1/enrolment_service.pb.h"
#include "firstfloor/outreach/v1/session_service.pb.h"
#include "firstfloor/volunteer/v1/activity_service.pb.h"

namespace firstfloor::demo {
namespace {

using namespace opinion::v1;  // NOLINT(google-build-using-namespace): one service's messages
using calendar::FromProto;
using calendar::ToProto;

// One opinion that somebody brings to a table.
struct Brought {
  const OpinionPlan* plan = nullptr;
  int number = 0;  // among all opinions of the year
};

OpinionChannel ChannelOf(const std::string& campaign) {
  if (campaign == "STEWARD_ON_DUTY") return OPINION_CHANNEL_STEWARD_DESK;
  if (campaign == "SECRETARY_RECEPTION") return OPINION_CHANNEL_RECEPTION_DAY;
  return OPINION_CHANNEL_STALL;
}

absl::Status SetUp(Story& story, const Stall& stall) {
  OpenStallRequest open;
  open.set_name(stall.name());
  return story
      .Do<Stall>(story.stage().cast().Staff(), FromProto(stall.window().start_time()),
                 "opinion.v1.StallService.OpenStall", open)
      .status();
}

absl::Status TakeDown(Story& story, const std::string& stall, absl::Time end, int visitors) {
  CloseStallRequest close;
  close.set_name(stall);
  close.set_visitors(visitors);
  return story.Do<Stall>(story.stage().cast().Staff(), end, "opinion.v1.StallService.CloseStall", close)
      .status();
}

absl::StatusOr<Opinion> TakeIn(Story& story, const Brought& brought, const std::string& building,
                               OpinionChannel channel, const std::string& stall, absl::Time when) {
  Stage& stage = story.stage();
  const Player resident = stage.cast().Resident(2000 + brought.number, building);
  SubmitOpinionRequest request;
  Opinion& opinion = *request.mutable_opinion();
  opinion.set_area(building);
  opinion.set_channel(channel);
  OpinionKind kind = OPINION_KIND_UNSPECIFIED;
  OpinionKind_Parse("OPINION_KIND_" + brought.plan->kind, &kind);
  opinion.set_kind(kind);
  opinion.set_category(brought.plan->category);
  const auto& texts = brought.plan->texts;
  opinion.set_text(texts[static_cast<size_t>(brought.number) % texts.size()]);
  opinion.set_stall(stall);
  const bool by_app = channel == OPINION_CHANNEL_APP;
  if (!by_app) *opinion.mutable_reporter() = resident.person();
  ASSIGN_OR_RETURN(
      SubmitOpinionResponse taken,
      story.Do<SubmitOpinionResponse>(by_app ? resident : stage.cast().Steward(brought.number % 12), when,
                                      "opinion.v1.OpinionService.SubmitOpinion", request));
  return std::move(*taken.mutable_opinion());
}

absl::Status SayHowItWas(Story& story, const Brought& brought, const std::string& building,
                         const std::string& name, absl::Time when) {
  if (brought.number % 6 == 0) return absl::OkStatus();  // some say nothing: silence closes after 14 days
  GiveFeedbackRequest request;
  request.set_name(name);
  request.mutable_feedback()->set_satisfaction(brought.number % 9 == 1 ? SATISFACTION_PARTLY
                                                                       : SATISFACTION_SATISFIED);
  return story
      .Do<Opinion>(story.stage().cast().Resident(2000 + brought.number, building), when,
                   "opinion.v1.OpinionService.GiveFeedback", request)
      .status();
}

// From the desk to its end: answered on the spot, or triaged, handled, resolved; then rated.
absl::Status FollowToItsEnd(Story& story, const Brought& brought, const std::string& building,
                            const std::string& name, absl::Time taken) {
  const Player staff = story.stage().cast().Staff();
  if (brought.number % 7 == 3) {
    AnswerOpinionRequest answer;
    answer.set_name(name);
    answer.set_answer("当场说明了办理办法和电话。");
    answer.set_public_summary("当场答复。");
    answer.set_outcome(OPINION_OUTCOME_EXPLAINED);
    RETURN_IF_ERROR(
        story.Do<Opinion>(staff, taken + absl::Minutes(10), "opinion.v1.OpinionService.AnswerOpinion", answer)
            .status());
    return SayHowItWas(story, brought, building, name, taken + absl::Hours(2));
  }
  TriageOpinionRequest triage;
  triage.set_name(name);
  triage.set_category(brought.plan->category);
  triage.set_public_summary("已受理，正在办理。");
  RETURN_IF_ERROR(
      story.Do<Opinion>(staff, taken + absl::Hours(3), "opinion.v1.OpinionService.TriageOpinion", triage)
          .status());
  StartOpinionRequest start;
  start.set_name(name);
  RETURN_IF_ERROR(
      story.Do<Opinion>(staff, taken + absl::Hours(20), "opinion.v1.OpinionService.StartOpinion", start)
          .status());
  ResolveOpinionRequest resolve;
  resolve.set_name(name);
  resolve.set_outcome(brought.number % 5 == 0 ? OPINION_OUTCOME_PLANNED : OPINION_OUTCOME_FIXED);
  resolve.set_answer("已现场处理，欢迎监督。");
  resolve.set_public_summary("已处理并回访。");
  const absl::Time resolved = taken + absl::Hours(40);
  RETURN_IF_ERROR(
      story.Do<Opinion>(staff, resolved, "opinion.v1.OpinionService.ResolveOpinion", resolve).status());
  return SayHowItWas(story, brought, building, name, resolved + absl::Hours(26));
}

absl::Status HoldStall(Story& story, const Stall& stall, const std::vector<Brought>& brought, Taken& taken) {
  const absl::Time end = FromProto(stall.window().end_time());
  absl::Time when = FromProto(stall.window().start_time());
  RETURN_IF_ERROR(SetUp(story, stall));
  for (const Brought& one : brought) {
    when += absl::Minutes(7);
    ASSIGN_OR_RETURN(const Opinion opinion,
                     TakeIn(story, one, stall.area(), ChannelOf(stall.campaign()), stall.name(), when));
    const std::lock_guard lock(taken.mutex);
    taken.all.push_back({one.plan, one.number, opinion.name(), stall.area(), end});
  }
  return TakeDown(story, stall.name(), end, static_cast<int>(brought.size()) * 4 + 6);
}

absl::CivilDay DayOf(const Stall& stall) { return calendar::DayOf(FromProto(stall.window().start_time())); }

// The table with its four things has a story of its own.
bool IsTheOneTable(const Stall& stall) {
  return stall.campaign() == kDrive && DayOf(stall) == absl::CivilDay(2023, 5, 6);
}

std::vector<Brought> AllOpinions(const Year& year) {
  std::vector<Brought> all;
  for (const OpinionPlan& plan : year.opinions) {
    for (int i = 0; i < plan.count; ++i) all.push_back({&plan, static_cast<int>(all.size())});
  }
  return all;
}

// ---- one table in the lobby, with its four things ----

absl::Status TeachAtTable(Story& story, const Foundations& made, const std::string& stall,
                          const std::string& building, absl::Time start) {
  const Player staff = story.stage().cast().Staff();
  outreach::v1::CreateSessionRequest create;
  outreach::v1::Session& draft = *create.mutable_session();
  draft.set_area(building);
  draft.set_series(made.series[0]);
  draft.set_form(outreach::v1::SESSION_FORM_TALK);
  draft.set_topic("一楼见：桌边十五分钟");
  draft.add_lecturers(made.lecturers.back());
  draft.set_venue(made.venues[277 % made.venues.size()]);
  *draft.mutable_window()->mutable_start_time() = ToProto(start);
  *draft.mutable_window()->mutable_end_time() = ToProto(start + absl::Minutes(30));
  draft.set_capacity(12);
  draft.set_stall(stall);
  ASSIGN_OR_RETURN(const outreach::v1::Session session,
                   story.Do<outreach::v1::Session>(staff, start - absl::Hours(24),
                                                   "outreach.v1.SessionService.CreateSession", create));
  outreach::v1::ScheduleSessionRequest schedule;
  schedule.set_name(session.name());
  RETURN_IF_ERROR(story
                      .Do<outreach::v1::Session>(staff, start - absl::Hours(24),
                                                 "outreach.v1.SessionService.ScheduleSession", schedule)
                      .status());
  outreach::v1::StartSessionRequest begin;
  begin.set_name(session.name());
  RETURN_IF_ERROR(
      story.Do<outreach::v1::Session>(staff, start, "outreach.v1.SessionService.StartSession", begin)
          .status());
  outreach::v1::CheckInWalkInRequest walk_in;
  walk_in.set_session(session.name());
  auto* heads = walk_in.add_heads();
  heads->set_identity(outreach::v1::IDENTITY_MASSES);
  heads->set_heads(9);
  RETURN_IF_ERROR(story
                      .Do<outreach::v1::Session>(staff, start + absl::Minutes(5),
                                                 "outreach.v1.EnrolmentService.CheckInWalkIn", walk_in)
                      .status());
  outreach::v1::CompleteSessionRequest complete;
  complete.set_name(session.name());
  *complete.mutable_report()->add_heads() = *heads;
  return story
      .Do<outreach::v1::Session>(staff, start + absl::Minutes(40),
                                 "outreach.v1.SessionService.CompleteSession", complete)
      .status();
}

absl::Status MediateAtTable(Story& story, const std::string& stall, const std::string& building,
                            absl::Time when) {
  namespace talk = deliberation::v1;
  using talk::Case;
  Stage& stage = story.stage();
  const Player steward = stage.cast().Steward(1);
  talk::OpenCaseRequest open;
  Case& matter = *open.mutable_case_();
  matter.set_area(building);
  matter.set_kind(talk::CASE_KIND_DISPUTE);
  matter.set_topic("SHARED_SPACE");
  matter.set_text("大堂里婴儿车和自行车的摆放起了争执。");
  matter.set_stall(stall);
  for (int side = 0; side < 2; ++side) {
    *matter.add_sides()->mutable_representative() = stage.cast().Resident(9000 + side, building).person();
  }
  ASSIGN_OR_RETURN(const Case opened,
                   story.Do<Case>(steward, when, "deliberation.v1.CaseService.OpenCase", open));
  talk::StartMediationRequest start;
  start.set_name(opened.name());
  *start.mutable_mediator() = steward.person();
  RETURN_IF_ERROR(
      story.Do<Case>(steward, when + absl::Minutes(1), "deliberation.v1.CaseService.StartMediation", start)
          .status());
  for (int side = 0; side < 2; ++side) {
    talk::AcceptMediatorRequest accept;
    accept.set_name(opened.name());
    accept.set_side(side);
    accept.set_answer(talk::MEDIATOR_ANSWER_ACCEPTED);
    RETURN_IF_ERROR(story
                        .Do<Case>(steward, when + absl::Minutes(2 + side),
                                  "deliberation.v1.CaseService.AcceptMediator", accept)
                        .status());
  }
  talk::RecordAgreementRequest agree;
  agree.set_name(opened.name());
  agree.mutable_agreement()->set_form(talk::AGREEMENT_FORM_ORAL);
  agree.mutable_agreement()->add_terms()->set_text("画线分区，各放各的。");
  agree.add_acknowledged_sides(0);
  agree.add_acknowledged_sides(1);
  RETURN_IF_ERROR(
      story.Do<Case>(steward, when + absl::Minutes(15), "deliberation.v1.CaseService.RecordAgreement", agree)
          .status());
  talk::StartFollowUpRequest follow;
  follow.set_name(opened.name());
  RETURN_IF_ERROR(
      story.Do<Case>(steward, when + absl::Hours(24), "deliberation.v1.CaseService.StartFollowUp", follow)
          .status());
  talk::RecordVisitRequest visit;
  visit.set_name(opened.name());
  visit.set_kept(true);
  return story.Do<Case>(steward, when + absl::Hours(24 * 8), "deliberation.v1.CaseService.RecordVisit", visit)
      .status();
}

absl::Status ServeAtTable(Story& story, const std::string& stall, const std::string& building,
                          absl::Time start) {
  using namespace volunteer::v1;  // NOLINT(google-build-using-namespace)
  const Player staff = story.stage().cast().Staff();
  CreateActivityRequest create;
  Activity& activity = *create.mutable_activity();
  activity.set_area(building);
  activity.set_kind(ACTIVITY_KIND_FREE_CLINIC);
  activity.set_title("桌边量血压");
  activity.set_stall(stall);
  *activity.mutable_window()->mutable_start_time() = ToProto(start);
  *activity.mutable_window()->mutable_end_time() = ToProto(start + absl::Hours(1));
  Shift* shift = activity.add_shifts();
  shift->set_id(1);
  shift->set_role("NURSE");
  shift->set_quantity(2);
  *shift->mutable_window() = activity.window();
  ASSIGN_OR_RETURN(const Activity created,
                   story.Do<Activity>(staff, start - absl::Hours(48),
                                      "volunteer.v1.ActivityService.CreateActivity", create));
  OpenActivityRequest open;
  open.set_name(created.name());
  RETURN_IF_ERROR(
      story.Do<Activity>(staff, start - absl::Hours(40), "volunteer.v1.ActivityService.OpenActivity", open)
          .status());
  StartActivityRequest begin;
  begin.set_name(created.name());
  RETURN_IF_ERROR(
      story.Do<Activity>(staff, start, "volunteer.v1.ActivityService.StartActivity", begin).status());
  FinishActivityRequest finish;
  finish.set_name(created.name());
  finish.set_beneficiaries(14);
  return story
      .Do<Activity>(staff, start + absl::Hours(1), "volunteer.v1.ActivityService.FinishActivity", finish)
      .status();
}

}  // namespace

void AddStalls(Stage& stage, const Tables& tables, Taken& taken) {
  // One table after the other: its hosts cannot be at two.
  std::vector<std::vector<Stall>> lines;
  for (const CampaignPlan& campaign : stage.year().campaigns) {
    std::vector<Stall>& line = lines.emplace_back();
    for (const Stall& stall : tables.of_campaign.at(campaign.campaign)) {
      if (!IsTheOneTable(stall)) line.push_back(stall);
    }
  }
  std::map<std::string, std::vector<Brought>> brought;  // by stall
  std::vector<std::string> names;
  for (const std::vector<Stall>& line : lines) {
    for (const Stall& stall : line) names.push_back(stall.name());
  }
  const std::vector<Brought> all = AllOpinions(stage.year());
  for (size_t i = 0; i < all.size(); ++i) brought[names[i % names.size()]].push_back(all[i]);
  lines.insert(lines.end(), tables.of_team.begin(), tables.of_team.end());
  for (size_t i = 0; i < lines.size(); ++i) {
    stage.Add(absl::StrCat("line-", i), [line = lines[i], brought, &taken](Story& story) -> absl::Status {
      for (const Stall& stall : line) {
        Story table(story.stage(), absl::StrCat("stall-", stall.name()));
        const auto here = brought.find(stall.name());
        RETURN_IF_ERROR(
            HoldStall(table, stall, here == brought.end() ? std::vector<Brought>() : here->second, taken));
      }
      return absl::OkStatus();
    });
  }
}

void AddFollowUps(Stage& stage, const Taken& taken) {
  for (const TakenIn& opinion : taken.all) {
    stage.Add(absl::StrCat("opinion-", opinion.number), [opinion](Story& story) {
      return FollowToItsEnd(story, {opinion.plan, opinion.number}, opinion.building, opinion.name,
                            opinion.end);
    });
  }
}

void AddOneTable(Stage& stage, const Foundations& made, const Tables& tables, std::string& stall) {
  stage.Add("one-table", [&made, &tables, &stall](Story& story) -> absl::Status {
    const std::vector<Stall>& drive = tables.of_campaign.at(kDrive);
    const auto found = std::find_if(drive.begin(), drive.end(), IsTheOneTable);
    if (found == drive.end()) return absl::InternalError("the drive has no table on 6 May");
    const std::string& building = found->area();
    const absl::CivilDay day = DayOf(*found);
    RETURN_IF_ERROR(SetUp(story, *found));
    stall = found->name();
    RETURN_IF_ERROR(TeachAtTable(story, made, stall, building, At(day, 9)));
    const std::vector<Brought> all = AllOpinions(story.stage().year());
    for (int i = 0; i < 3; ++i) {
      Brought one = all[static_cast<size_t>(i)];
      one.number = 5000 + i;
      RETURN_IF_ERROR(
          TakeIn(story, one, building, OPINION_CHANNEL_STALL, stall, At(day, 9, 50 + i)).status());
    }
    RETURN_IF_ERROR(TakeDown(story, stall, At(day, 11, 30), 31));
    RETURN_IF_ERROR(MediateAtTable(story, stall, building, At(day, 10)));
    return ServeAtTable(story, stall, building, At(day, 10, 15));
  });
}

}  // namespace firstfloor::demo
