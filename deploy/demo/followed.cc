// 民情, after the answer: somebody is not satisfied, others follow, what was said twice is followed once.
#include <string>

#include "absl/strings/str_cat.h"
#include "common/error/macros.h"
#include "deploy/demo/stories.h"
#include "firstfloor/opinion/v1/follow_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"

namespace firstfloor::demo {
namespace {

using namespace opinion::v1;  // NOLINT(google-build-using-namespace): one service's messages

constexpr char kCategory[] = "PROPERTY.REPAIR";

absl::StatusOr<std::string> Said(Story& story, const Player& resident, const std::string& text,
                                 absl::Time when) {
  SubmitOpinionRequest request;
  request.mutable_opinion()->set_area(resident.area);
  request.mutable_opinion()->set_channel(OPINION_CHANNEL_APP);
  request.mutable_opinion()->set_kind(OPINION_KIND_PROBLEM);
  request.mutable_opinion()->set_category(kCategory);
  request.mutable_opinion()->set_text(text);
  ASSIGN_OR_RETURN(const auto taken, story.Do<SubmitOpinionResponse>(
                                         resident, when, "opinion.v1.OpinionService.SubmitOpinion", request));
  return taken.opinion().name();
}

template <typename Request>
absl::Status Then(Story& story, const Player& who, absl::Time when, const std::string& method,
                  const std::string& name, Request request) {
  request.set_name(name);
  return story.Do<Opinion>(who, when, "opinion.v1." + method, request).status();
}

absl::Status Handle(Story& story, const std::string& name, const std::string& done, absl::Time when) {
  const Player staff = story.stage().cast().Staff();
  RETURN_IF_ERROR(Then(story, staff, when, "OpinionService.StartOpinion", name, StartOpinionRequest()));
  ResolveOpinionRequest resolve;
  resolve.set_outcome(OPINION_OUTCOME_FIXED);
  resolve.set_answer("已请物业处理，欢迎监督。");
  resolve.set_public_answer(done);
  return Then(story, staff, when + absl::Hours(6), "OpinionService.ResolveOpinion", name, resolve);
}

absl::Status Rate(Story& story, const Player& resident, const std::string& name, Satisfaction satisfaction,
                  absl::Time when) {
  GiveFeedbackRequest feedback;
  feedback.mutable_feedback()->set_satisfaction(satisfaction);
  return Then(story, resident, when, "OpinionService.GiveFeedback", name, feedback);
}

absl::Status Tell(Story& story) {
  Stage& stage = story.stage();
  const std::string building = FollowedBuilding(stage);
  const Player staff = stage.cast().Staff();
  const Player first = stage.cast().Resident(7001, building);
  const Player second = stage.cast().Resident(7002, building);
  const Player third = stage.cast().Resident(7003, building);
  const Player neighbour = stage.cast().Resident(7004, building);
  const absl::CivilDay day(2023, 6, 12);
  ASSIGN_OR_RETURN(const std::string door,
                   Said(story, first, "单元门的闭门器坏了，夜里一直响。", At(day, 8)));
  ASSIGN_OR_RETURN(const std::string same, Said(story, second, "单元门关不上，夜里响个不停。", At(day, 9)));
  ASSIGN_OR_RETURN(const std::string other, Said(story, third, "单元门口的台阶缺了一块。", At(day, 10)));

  // Two are merged; one of them by mistake.
  MergeOpinionRequest merge;
  merge.set_into(door);
  RETURN_IF_ERROR(Then(story, staff, At(day, 14), "OpinionService.MergeOpinion", same, merge));
  RETURN_IF_ERROR(Then(story, staff, At(day, 14, 5), "OpinionService.MergeOpinion", other, merge));
  RETURN_IF_ERROR(
      Then(story, staff, At(day, 14, 20), "OpinionService.UnmergeOpinion", other, UnmergeOpinionRequest()));

  TriageOpinionRequest triage;
  triage.set_category(kCategory);
  triage.set_public_summary("单元门闭门器损坏，夜间有响声。");
  RETURN_IF_ERROR(Then(story, staff, At(day, 15), "OpinionService.TriageOpinion", door, triage));
  RETURN_IF_ERROR(
      Then(story, neighbour, At(day, 19), "OpinionService.SupportOpinion", door, SupportOpinionRequest()));
  RETURN_IF_ERROR(
      Then(story, neighbour, At(day, 19, 1), "FollowService.FollowOpinion", door, FollowOpinionRequest()));

  // It is repaired, breaks again, and is repaired for good.
  RETURN_IF_ERROR(Handle(story, door, "已调整闭门器。", At(day + 1, 9)));
  RETURN_IF_ERROR(Rate(story, first, door, SATISFACTION_UNSATISFIED, At(day + 2, 8)));
  DecideReopenRequest reopen;
  reopen.set_accept(true);
  reopen.set_reason_code("BROKEN_AGAIN");
  RETURN_IF_ERROR(Then(story, staff, At(day + 2, 10), "OpinionService.DecideReopen", door, reopen));
  RETURN_IF_ERROR(Handle(story, door, "已更换新的闭门器。", At(day + 2, 11)));
  RETURN_IF_ERROR(Rate(story, first, door, SATISFACTION_SATISFIED, At(day + 3, 8)));

  triage.set_public_summary("单元门口台阶缺损。");
  RETURN_IF_ERROR(Then(story, staff, At(day, 16), "OpinionService.TriageOpinion", other, triage));
  RETURN_IF_ERROR(Handle(story, other, "已补齐台阶。", At(day + 1, 9)));
  RETURN_IF_ERROR(Rate(story, third, other, SATISFACTION_SATISFIED, At(day + 2, 9)));

  // Whoever said the same sees it through to its end.
  GetTimelineRequest way;
  way.set_name(door);
  return story
      .Await<Timeline>(second, "opinion.v1.FollowService.GetTimeline", way,
                       [](const Timeline& timeline) { return timeline.state() == OPINION_STATE_CLOSED; })
      .status();
}

}  // namespace

std::string FollowedBuilding(Stage& stage) { return stage.year().building(11); }

void AddFollowed(Stage& stage) { stage.Add("followed", Tell); }

}  // namespace firstfloor::demo
