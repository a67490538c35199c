// 课堂: rounds, planned in many small sessions (小群体、多频率、分批分次), booked, held and reported.
#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "deploy/demo/stories.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/outreach/v1/check_in_service.pb.h"
#include "firstfloor/outreach/v1/enrolment_service.pb.h"
#include "firstfloor/outreach/v1/feedback_service.pb.h"
#include "firstfloor/outreach/v1/plan_service.pb.h"
#include "firstfloor/outreach/v1/question_service.pb.h"
#include "firstfloor/outreach/v1/series_service.pb.h"
#include "firstfloor/outreach/v1/session_service.pb.h"

namespace firstfloor::demo {
namespace {

using namespace outreach::v1;  // NOLINT(google-build-using-namespace): one service's messages
using calendar::FromProto;
using calendar::ToProto;

constexpr SessionForm kForms[] = {SESSION_FORM_TALK, SESSION_FORM_SONG, SESSION_FORM_RECITATION,
                                  SESSION_FORM_PERFORMANCE};
constexpr int kMostPlans = 5;

// ---- planning ----

// Who is expected in the round numbered `number`, by building.
std::map<std::string, int> GroupsOf(const Year& year, int number) {
  std::map<std::string, int> groups;
  const size_t first = static_cast<size_t>(number) * year.group_heads.size();
  for (size_t i = 0; i < year.group_heads.size(); ++i) {
    groups[year.building(first + i)] = year.group_heads[i];
  }
  return groups;
}

absl::StatusOr<std::vector<Session>> SessionsOf(Story& story, const Round& round) {
  ListSessionsRequest request;
  request.set_area(round.area());
  request.set_round(round.name());
  request.set_page_size(1000);
  ASSIGN_OR_RETURN(const ListSessionsResponse response,
                   story.Await<ListSessionsResponse>(story.stage().cast().Staff(),
                                                     "outreach.v1.SessionService.ListSessions", request,
                                                     [](const ListSessionsResponse&) { return true; }));
  std::vector<Session> sessions(response.sessions().begin(), response.sessions().end());
  std::sort(sessions.begin(), sessions.end(),
            [](const Session& a, const Session& b) { return a.name() < b.name(); });
  return sessions;
}

// Plans the round's sessions around its day and books them; plans anew if somebody was faster.
absl::Status Book(Story& story, const Foundations& made, const RoundPlan& plan, const Round& round,
                  int number) {
  const Year& year = story.stage().year();
  const Player staff = story.stage().cast().Staff();
  const absl::Time when = At(plan.day - 3, 10);
  PlanSessionsRequest wishes;
  wishes.set_round(round.name());
  for (const auto& [building, heads] : GroupsOf(year, number)) {
    PlanGroup* group = wishes.add_groups();
    group->set_area(building);
    group->set_heads(heads);
  }
  wishes.mutable_lecturers()->Assign(made.lecturers.begin(), made.lecturers.end());
  wishes.set_start_day(absl::FormatCivilTime(plan.day - 1));
  wishes.set_end_day(absl::FormatCivilTime(plan.day + 2));
  wishes.set_most_heads(year.most_heads);
  wishes.set_form(kForms[static_cast<size_t>(number) % std::size(kForms)]);
  absl::Status booked;
  for (int i = 0; i < kMostPlans; ++i) {
    ASSIGN_OR_RETURN(const Plan made_plan,
                     story.Do<Plan>(staff, when, "outreach.v1.PlanService.PlanSessions", wishes));
    if (made_plan.unplaced_size() > 0) {
      return absl::InternalError(
          absl::StrCat(plan.topic, ": ", made_plan.unplaced_size(), " groups have no place in the plan"));
    }
    CommitPlanRequest commit;
    commit.set_round(round.name());
    commit.set_form(made_plan.form());
    *commit.mutable_sessions() = made_plan.sessions();
    booked = story.Do<CommitPlanResponse>(staff, when, "outreach.v1.PlanService.CommitPlan", commit).status();
    if (error::ReasonOf(booked) != "PLAN_OUTDATED") return booked;
  }
  return booked;
}

// ---- holding ----

// Whom a class is for: its building, also where it is held next door.
const std::string& BuildingOf(const Session& session) {
  return session.audience_areas().empty() ? session.area() : session.audience_areas(0);
}

// What a class is held with.
struct Class {
  std::string id;  // of its story
  Session session;
  int number = 0;  // of the year
  int heads = 0;   // how many come
  bool phone_comes_late = false;

  absl::Time start() const { return FromProto(session.window().start_time()); }
  absl::Time end() const { return FromProto(session.window().end_time()); }
};

constexpr int kPartyHeads = 2;

absl::StatusOr<Enrolment> EnrolFor(Story& story, const Class& held, const Player& resident, int heads) {
  EnrolRequest enrol;
  enrol.set_session(held.session.name());
  enrol.set_heads(heads);
  return story.Do<Enrolment>(resident, held.start() - absl::Hours(20), "outreach.v1.EnrolmentService.Enrol",
                             enrol);
}

// With the session's code, which is shown only while it goes on: told again, they are in already.
absl::Status LetInWithCode(Story& story, const Class& held, const Player& resident, const Enrolment& party) {
  const Player staff = story.stage().cast().Staff();
  const absl::Time when = held.start() + absl::Minutes(2);
  GetEnrolmentRequest get;
  get.set_name(party.name());
  ASSIGN_OR_RETURN(const Enrolment known,
                   story.Await<Enrolment>(resident, "outreach.v1.EnrolmentService.GetEnrolment", get,
                                          [](const Enrolment&) { return true; }));
  if (known.state() == ENROLMENT_STATE_ATTENDED) return absl::OkStatus();
  GetCheckInCodeRequest show;
  show.set_session(held.session.name());
  ASSIGN_OR_RETURN(const CheckInCode code,
                   story.Do<CheckInCode>(staff, when, "outreach.v1.EnrolmentService.GetCheckInCode", show));
  CheckInWithCodeRequest with_code;
  with_code.set_session(held.session.name());
  with_code.set_code(code.code());
  return story.Do<Enrolment>(resident, when, "outreach.v1.EnrolmentService.CheckInWithCode", with_code)
      .status();
}

// A party that comes: every third shows the session's code, the others are let in at the door.
absl::Status LetIn(Story& story, const Class& held, const Player& resident, const Enrolment& party) {
  if (held.number % 3 == 0) {
    Story door(story.stage(), held.id + "-door");
    return LetInWithCode(door, held, resident, party);
  }
  CheckInRequest check_in;
  check_in.set_name(party.name());
  return story
      .Do<Enrolment>(story.stage().cast().Staff(), held.start() + absl::Minutes(2),
                     "outreach.v1.EnrolmentService.CheckIn", check_in)
      .status();
}

// As whom the `heads` people are counted who came without having been let in by name.
std::vector<std::pair<Identity, int>> Identities(int number, int heads) {
  std::vector<std::pair<Identity, int>> all;
  if (heads > 1) all.emplace_back(IDENTITY_PARTY_MEMBER, 1);
  if (heads > 2 && number % 4 != 0) {
    all.emplace_back(number % 2 == 0 ? IDENTITY_CADRE : IDENTITY_YOUTH, 1);
  }
  int rest = heads;
  for (const auto& [identity, count] : all) rest -= count;
  all.emplace_back(IDENTITY_MASSES, rest);
  return all;
}

absl::Status CountWalkIns(Story& story, const Class& held, int heads) {
  CheckInWalkInRequest walk_in;
  walk_in.set_session(held.session.name());
  for (const auto& [identity, count] : Identities(held.number, heads)) {
    IdentityHeads* counted = walk_in.add_heads();
    counted->set_identity(identity);
    counted->set_heads(count);
  }
  return story
      .Do<Session>(story.stage().cast().Staff(), held.start() + absl::Minutes(5),
                   "outreach.v1.EnrolmentService.CheckInWalkIn", walk_in)
      .status();
}

// What the phone at the door noted without a network: somebody who had enrolled, and one who walked in.
absl::Status UploadFromPhone(Story& story, const Class& held, const Enrolment& enrolled) {
  UploadCheckInsRequest upload;
  upload.set_session(held.session.name());
  OfflineCheckIn* by_name = upload.add_check_ins();
  by_name->set_nonce(story.Uuid("nonce of the enrolment"));
  by_name->set_enrolment(enrolled.name());
  *by_name->mutable_device_time() = ToProto(held.start() + absl::Minutes(3));
  OfflineCheckIn* walked_in = upload.add_check_ins();
  walked_in->set_nonce(story.Uuid("nonce of the walk-in"));
  walked_in->set_identity(IDENTITY_MASSES);
  *walked_in->mutable_device_time() = ToProto(held.start() + absl::Minutes(4));
  const absl::Time when =
      held.phone_comes_late ? held.end() + absl::Hours(20) : held.end() - absl::Minutes(5);
  ASSIGN_OR_RETURN(const UploadCheckInsResponse response,
                   story.Do<UploadCheckInsResponse>(story.stage().cast().Staff(), when,
                                                    "outreach.v1.CheckInService.UploadCheckIns", upload));
  for (const CheckInOutcome& outcome : response.outcomes()) {
    if (outcome.result() != CHECK_IN_RESULT_COUNTED) {
      return absl::InternalError(absl::StrCat("a check-in does not count: ", outcome.refusal()));
    }
  }
  return absl::OkStatus();
}

absl::Status Report(Story& story, const Class& held, int by_name, int walked_in, int from_phone) {
  CompleteSessionRequest complete;
  complete.set_name(held.session.name());
  std::map<Identity, int> heads;
  for (const auto& [identity, count] : Identities(held.number, walked_in)) heads[identity] += count;
  heads[IDENTITY_MASSES] += by_name + from_phone;  // residents
  for (const auto& [identity, count] : heads) {
    IdentityHeads* reported = complete.mutable_report()->add_heads();
    reported->set_identity(identity);
    reported->set_heads(count);
  }
  complete.mutable_report()->set_summary("到场听讲，互问互答。");
  return story
      .Do<Session>(story.stage().cast().Staff(), held.end() + absl::Minutes(20),
                   "outreach.v1.SessionService.CompleteSession", complete)
      .status();
}

// 互问互答: the one who came asks; a neighbour answers, or the matter is handed on as an opinion.
absl::Status AskAndAnswer(Story& story, const Class& held, const Player& asker, const QuestionPlan& plan) {
  const Player staff = story.stage().cast().Staff();
  AskQuestionRequest ask;
  ask.set_session(held.session.name());
  ask.set_text(plan.question);
  ASSIGN_OR_RETURN(const Question question,
                   story.Do<Question>(asker, held.start() + absl::Minutes(40),
                                      "outreach.v1.QuestionService.AskQuestion", ask));
  if (plan.category.empty()) {
    AnswerQuestionRequest answer;
    answer.set_name(question.name());
    answer.set_text(plan.answer);
    const Player neighbour = story.stage().cast().Resident(6000 + held.number, asker.area);
    ASSIGN_OR_RETURN(const Answer given,
                     story.Do<Answer>(neighbour, held.start() + absl::Minutes(42),
                                      "outreach.v1.QuestionService.AnswerQuestion", answer));
    AcceptAnswerRequest accept;
    accept.set_name(question.name());
    accept.set_answer(given.name());
    return story
        .Do<Question>(asker, held.start() + absl::Minutes(44), "outreach.v1.QuestionService.AcceptAnswer",
                      accept)
        .status();
  }
  ReferQuestionRequest refer;
  refer.set_name(question.name());
  ASSIGN_OR_RETURN(const Question referred,
                   story.Do<Question>(staff, held.end() + absl::Hours(1),
                                      "outreach.v1.QuestionService.ReferQuestion", refer));
  opinion::v1::GetOpinionRequest get;
  get.set_name(referred.opinion());
  ASSIGN_OR_RETURN(const auto made,
                   story.Await<opinion::v1::Opinion>(
                       asker, "opinion.v1.OpinionService.GetOpinion", get,
                       [&](const opinion::v1::Opinion& o) { return o.class_question() == question.name(); }));
  opinion::v1::AnswerOpinionRequest answer;
  answer.set_name(made.name());
  answer.set_answer(plan.answer);
  answer.set_public_summary("课堂上的提问，已答复。");
  answer.set_category(plan.category);
  return story
      .Do<opinion::v1::Opinion>(staff, held.end() + absl::Hours(40),
                                "opinion.v1.OpinionService.AnswerOpinion", answer)
      .status();
}

absl::Status Rate(Story& story, const Class& held, const Player& attendee) {
  GiveFeedbackRequest feedback;
  feedback.set_session(held.session.name());
  feedback.set_rating(held.number % 5 == 0 ? 4 : 5);
  return story
      .Do<Feedback>(attendee, held.end() + absl::Minutes(10), "outreach.v1.FeedbackService.GiveFeedback",
                    feedback)
      .status();
}

absl::Status Hold(Story& story, const Class& held, const QuestionPlan* question) {
  const Player staff = story.stage().cast().Staff();
  const std::string& building = BuildingOf(held.session);
  const Player resident = story.stage().cast().Resident(held.number, building);
  ASSIGN_OR_RETURN(const Enrolment party, EnrolFor(story, held, resident, kPartyHeads));
  ASSIGN_OR_RETURN(const Enrolment offline,
                   EnrolFor(story, held, story.stage().cast().Resident(3000 + held.number, building), 1));
  StartSessionRequest begin;
  begin.set_name(held.session.name());
  RETURN_IF_ERROR(
      story.Do<Session>(staff, held.start(), "outreach.v1.SessionService.StartSession", begin).status());
  RETURN_IF_ERROR(LetIn(story, held, resident, party));
  const int from_phone = 2;  // one by name, one who walked in
  const int walked_in = held.heads - kPartyHeads - from_phone;
  RETURN_IF_ERROR(CountWalkIns(story, held, walked_in));
  if (question != nullptr) RETURN_IF_ERROR(AskAndAnswer(story, held, resident, *question));
  if (!held.phone_comes_late) RETURN_IF_ERROR(UploadFromPhone(story, held, offline));
  RETURN_IF_ERROR(Rate(story, held, resident));
  RETURN_IF_ERROR(Report(story, held, kPartyHeads, walked_in, held.phone_comes_late ? 0 : from_phone));
  return held.phone_comes_late ? UploadFromPhone(story, held, offline) : absl::OkStatus();
}

// How many come to each of the sessions: those who were expected of its building, in equal parts.
std::vector<int> HeadsOf(const std::vector<Session>& sessions, std::map<std::string, int> expected) {
  std::map<std::string, int> left;
  for (const Session& session : sessions) ++left[BuildingOf(session)];
  std::vector<int> heads;
  for (const Session& session : sessions) {
    int& still_expected = expected[BuildingOf(session)];
    const int parts = left[BuildingOf(session)]--;
    heads.push_back((still_expected + parts - 1) / parts);
    still_expected -= heads.back();
  }
  return heads;
}

absl::Status HoldRound(Story& story, const Foundations& made, const RoundPlan& plan, int number) {
  Stage& stage = story.stage();
  CreateRoundRequest request;
  Round& draft = *request.mutable_round();
  draft.set_topic(plan.title);
  draft.set_series(made.series[static_cast<size_t>(plan.series)]);
  draft.set_area(stage.year().community);
  ASSIGN_OR_RETURN(const Round round, story.Do<Round>(stage.cast().Staff(), At(plan.day - 20, 9),
                                                      "outreach.v1.SeriesService.CreateRound", request));
  // Told again, the round has its sessions already.
  ASSIGN_OR_RETURN(std::vector<Session> sessions, SessionsOf(story, round));
  if (sessions.empty()) {
    RETURN_IF_ERROR(Book(story, made, plan, round, number));
    ASSIGN_OR_RETURN(sessions, SessionsOf(story, round));
  }
  const std::vector<int> heads = HeadsOf(sessions, GroupsOf(stage.year(), number));
  for (size_t i = 0; i < sessions.size(); ++i) {
    const bool last = i + 1 == sessions.size();
    const Class held = {.id = absl::StrCat("class-", plan.topic, "-", i),
                        .session = sessions[i],
                        .number = number * 20 + static_cast<int>(i),
                        .heads = heads[i],
                        .phone_comes_late = last};
    const std::vector<QuestionPlan>& questions = stage.year().questions;
    const QuestionPlan* question =
        i == 0 ? &questions[static_cast<size_t>(number) % questions.size()] : nullptr;
    Story part(stage, held.id);
    RETURN_IF_ERROR(Hold(part, held, question));
  }
  return absl::OkStatus();
}

}  // namespace

void AddRounds(Stage& stage, const Foundations& made) {
  int number = 0;
  for (const RoundPlan& plan : stage.year().rounds) {
    stage.Add("round-" + plan.topic,
              [&made, &plan, number](Story& story) { return HoldRound(story, made, plan, number); });
    ++number;
  }
}

}  // namespace firstfloor::demo
