// Surveys on the running service: written, published, answered by many at once, closed, told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/testing/breaking.h"
#include "common/testing/erasing.h"
#include "common/testing/eventually.h"
#include "firstfloor/opinion/v1/statistics_service.pb.h"
#include "services/opinion/survey_fixture.h"

namespace firstfloor::opinion {
namespace {

using calendar::ToProto;
using error::ReasonOf;
using ::testing::AllOf;
using ::testing::AnyOf;
using testing::As;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using testing::RequestId;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

constexpr char kElsewhere[] = "340104400001-SL-01";

class Surveys : public SurveyTest {
 protected:
  template <typename Request>
  static absl::StatusOr<Survey> Do(const std::string& method, const std::string& name, Request request,
                                   const As& as) {
    request.set_name(name);
    request.set_request_id(RequestId());
    return Ask<Survey>("SurveyService." + method, request, as);
  }
  static absl::StatusOr<Survey> Get(const Survey& survey, const As& as) {
    GetSurveyRequest request;
    request.set_name(survey.name());
    return Ask<Survey>("SurveyService.GetSurvey", request, as);
  }
  static absl::StatusOr<SurveyResponse> Mine(const Survey& survey, const std::string& subject) {
    GetMySurveyResponseRequest request;
    request.set_name(survey.name());
    return Ask<SurveyResponse>("SurveyService.GetMySurveyResponse", request, Resident(subject));
  }
  static absl::StatusOr<ListTextAnswersResponse> Texts(const Survey& survey, bool unmask, const As& as) {
    ListTextAnswersRequest request;
    request.set_survey(survey.name());
    request.set_unmask(unmask);
    return Ask<ListTextAnswersResponse>("SurveyService.ListTextAnswers", request, as);
  }
  static TakeUpTextAnswerRequest TakingUp(const std::string& name) {
    TakeUpTextAnswerRequest request;
    request.set_name(name);
    request.set_request_id(RequestId());
    request.set_kind(OPINION_KIND_PROBLEM);
    return request;
  }
  static absl::StatusOr<TextAnswer> TakeUp(const TakeUpTextAnswerRequest& request) {
    return Ask<TextAnswer>("SurveyService.TakeUpTextAnswer", request, Staff());
  }
  static int64_t ResponsesOf(const Survey& survey) {
    return Count(absl::StrCat("SELECT COUNT(*) FROM survey_response WHERE survey = '", survey.name(), "'"));
  }
  static std::vector<int64_t> CountsOf(const SurveyQuestionResult& result) {
    std::vector<int64_t> counts;
    for (const SurveyCell& cell : result.cells()) counts.push_back(cell.has_count() ? cell.count() : -1);
    return counts;
  }
  static std::vector<events::v1::OpinionEvent::ChangeCase> StoryOf(const std::string& name) {
    std::vector<events::v1::OpinionEvent::ChangeCase> story;
    for (const events::v1::Event& event : EventsOf(name)) story.push_back(event.opinion().change_case());
    return story;
  }
};

TEST_F(Surveys, AreWrittenPublishedAnsweredClosedAndTold) {
  const Survey survey = Published(false);
  for (int i = 0; i < 16; ++i) {
    const int option = i < 5 ? 1 : i < 10 ? 2 : 3;
    const auto response =
        Answer(Answers(survey, option, 1 + i % 5, option == 3 ? "电梯常停" : ""), absl::StrCat("story-", i));
    ASSERT_TRUE(response.ok()) << response.status();
  }
  EXPECT_EQ(ResultsOf(survey).responses(), 10);
  EXPECT_THAT(ResultsOf(survey).questions(), IsEmpty());

  EXPECT_EQ(Close(survey).state(), SURVEY_STATE_CLOSED);
  const SurveyResults results = ResultsOf(survey);
  EXPECT_EQ(results.responses(), 16);
  EXPECT_THAT(CountsOf(results.questions(0)), ElementsAre(5, 5, 6));
  EXPECT_EQ(results.questions(1).asked(), 6);
  EXPECT_EQ(results.questions(1).answered(), 6);
  EXPECT_THAT(CountsOf(results.questions(2)), ElementsAre(-1, -1, -1, -1, -1));
  EXPECT_EQ(ReasonOf(Answer(Answers(survey, 1, 1), "late").status()), "SURVEY_NOT_OPEN");
  EXPECT_EQ(Count(absl::StrCat("SELECT COUNT(*) FROM timer WHERE subject = '", survey.name(), "'")), 0);

  using Event = events::v1::OpinionEvent;
  EXPECT_THAT(StoryOf(survey.name()),
              ElementsAre(Event::kSurveyDrafted, Event::kSurveyPublished, Event::kSurveyClosed));
  EXPECT_EQ(EventsOf(survey.name()).back().opinion().survey_closed().responses(), 16);
}

TEST_F(Surveys, ShowEverybodyTheirOwnResponse) {
  const Survey survey = Published(false);
  const AnswerSurveyRequest request = Answers(survey, 3, 2, "三楼的灯不亮");
  const auto response = Answer(request, "own-1");
  ASSERT_TRUE(response.ok()) << response.status();
  const auto mine = Mine(survey, "own-1");
  ASSERT_TRUE(mine.ok()) << mine.status();
  EXPECT_EQ(mine->SerializeAsString(), response->SerializeAsString());
  EXPECT_EQ(mine->answers(1).text(), "三楼的灯不亮");
  EXPECT_TRUE(absl::IsNotFound(Mine(survey, "own-2").status()));
}

TEST_F(Surveys, AreEditedAsDraftsOnly) {
  const absl::Time now = absl::Now();
  const Survey draft = Draft(false, now, now + absl::Hours(1));
  UpdateSurveyRequest update;
  update.set_title("新题目");
  update.set_etag(draft.etag());
  update.mutable_update_mask()->add_paths("title");
  const auto updated = Do("UpdateSurvey", draft.name(), update, Staff());
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->title(), "新题目");
  EXPECT_EQ(ReasonOf(Do("UpdateSurvey", draft.name(), update, Staff()).status()), "ETAG_MISMATCH");
  update.clear_etag();
  Publish(draft, Staff());
  EXPECT_EQ(ReasonOf(Do("UpdateSurvey", draft.name(), update, Staff()).status()), "SURVEY_WRONG_STATE");
  Close(draft);
  EXPECT_EQ(ReasonOf(Do("UpdateSurvey", draft.name(), update, Staff()).status()), "SURVEY_WRONG_STATE");
  EXPECT_EQ(ReasonOf(Do("PublishSurvey", draft.name(), PublishSurveyRequest(), Staff()).status()),
            "SURVEY_WRONG_STATE");
}

TEST_F(Surveys, AreNotPublishedWithQuestionsThatWaitForEachOther) {
  const absl::Time now = absl::Now();
  const Survey draft = Draft(false, now, now + absl::Hours(1));
  UpdateSurveyRequest update;
  update.mutable_update_mask()->add_paths("questions");
  *update.mutable_questions() = draft.questions();
  update.mutable_questions(0)->mutable_condition()->set_question("Q1");
  update.mutable_questions(0)->mutable_condition()->add_choices(1);
  ASSERT_TRUE(Do("UpdateSurvey", draft.name(), update, Staff()).ok());
  const auto refused = Do("PublishSurvey", draft.name(), PublishSurveyRequest(), Staff());
  EXPECT_EQ(ReasonOf(refused.status()), "INVALID_FIELD");
  EXPECT_EQ(Get(draft, Staff())->state(), SURVEY_STATE_DRAFT);
}

TEST_F(Surveys, AreForThePeopleOfTheirArea) {
  const absl::Time now = absl::Now();
  const Survey draft = Draft(false, now - absl::Minutes(1), now + absl::Hours(1));
  EXPECT_EQ(ReasonOf(Get(draft, Resident("r1")).status()), "DENIED");
  EXPECT_EQ(ReasonOf(Answer(Answers(draft, 1, 1), "r1").status()), "DENIED");
  Publish(draft, Staff());
  EXPECT_TRUE(Get(draft, Resident("r1")).ok());
  EXPECT_EQ(ReasonOf(Get(draft, Resident("far", kElsewhere)).status()), "DENIED");
  EXPECT_EQ(ReasonOf(Ask<SurveyResponse>("SurveyService.AnswerSurvey", Answers(draft, 1, 1),
                                         Resident("far", kElsewhere))
                         .status()),
            "DENIED");
  EXPECT_EQ(
      ReasonOf(Ask<SurveyResponse>("SurveyService.AnswerSurvey", Answers(draft, 1, 1), Staff()).status()),
      "DENIED");
  EXPECT_EQ(ReasonOf(Do("CloseSurvey", draft.name(), CloseSurveyRequest(), Resident("r1")).status()),
            "DENIED");
  EXPECT_EQ(ReasonOf(Texts(draft, false, Resident("r1")).status()), "DENIED");

  const Survey other = Draft(false, now, now + absl::Hours(1));
  ListSurveysRequest list;
  list.set_area(kCommunity);
  list.set_page_size(1000);
  bool sees_published = false;
  const auto for_residents = Must<ListSurveysResponse>("SurveyService.ListSurveys", list, Resident("r1"));
  for (const Survey& survey : for_residents.surveys()) {
    EXPECT_NE(survey.state(), SURVEY_STATE_DRAFT);
    sees_published = sees_published || survey.name() == draft.name();
  }
  EXPECT_TRUE(sees_published);
  const auto for_staff = Must<ListSurveysResponse>("SurveyService.ListSurveys", list, Staff());
  EXPECT_EQ(for_staff.surveys(0).name(), other.name());
}

TEST_F(Surveys, OfLargerAreasAreListedForWhoeverTheyAsk) {
  const absl::Time now = absl::Now();
  const auto of = [&](const std::string& area) {
    return Draft(false, now - absl::Minutes(1), now + absl::Hours(1), Staff(area), area);
  };
  const auto published = [&](const std::string& area) { return Publish(of(area), Staff(area)).name(); };
  const std::string building = published(kBuilding);
  const std::string street = published("340111400");
  const std::string district = published("340111");
  const std::string other_building = published("340111400001-CJ-08");
  const std::string elsewhere = published(kElsewhere);
  const std::string draft = of("340111400").name();
  const auto listed = [](const std::string& area, bool with_larger_areas, const As& as) {
    ListSurveysRequest request;
    request.set_area(area);
    request.set_with_larger_areas(with_larger_areas);
    std::vector<std::string> names;
    // A few at a time, so that pages go on where the one before ended.
    request.set_page_size(2);
    do {
      const auto page = Must<ListSurveysResponse>("SurveyService.ListSurveys", request, as);
      for (const Survey& survey : page.surveys()) names.push_back(survey.name());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return names;
  };

  const auto asked = listed(kBuilding, true, Resident("r1"));
  EXPECT_THAT(asked, IsSupersetOf({building, street, district}));
  EXPECT_THAT(asked, Not(Contains(AnyOf(other_building, elsewhere, draft))));
  EXPECT_THAT(listed(kBuilding, false, Resident("r1")), Not(Contains(AnyOf(street, district))));
  // Drafts of a larger area are nothing for the staff of a smaller one.
  EXPECT_THAT(listed(kBuilding, true, Staff(kBuilding)), Not(Contains(draft)));
  // The district asks whoever lives there, and no one else is told, as GetSurvey has it.
  const As property = {.role = api::v1::ROLE_PROPERTY, .area = kBuilding, .subject = "property"};
  EXPECT_THAT(listed(kBuilding, true, property), AllOf(Contains(street), Not(Contains(district))));
}

TEST_F(Surveys, RefuseAnswersThatDoNotFitAndKeepNothingOfThem) {
  const Survey survey = Published(false);
  AnswerSurveyRequest request = Answers(survey, 1, 1, "没有人问");
  EXPECT_EQ(ReasonOf(Answer(request, "misfit").status()), "INVALID_FIELD");
  request = Answers(survey, 3, 6);
  EXPECT_EQ(ReasonOf(Answer(request, "misfit").status()), "INVALID_FIELD");
  request.clear_answers();
  EXPECT_EQ(ReasonOf(Answer(request, "misfit").status()), "INVALID_FIELD");
  EXPECT_EQ(ResponsesOf(survey), 0);
  // Nothing of it stands in the way of a good one.
  EXPECT_TRUE(Answer(Answers(survey, 3, 5), "misfit").ok());
}

TEST_F(Surveys, TakeOneResponseAPersonAlsoWhenSentTwiceAtTheSameTime) {
  for (int round = 0; round < 10; ++round) {
    const Survey survey = Published(false);
    std::atomic<int> taken{0};
    std::atomic<int> refused{0};
    AtOnce(6, [&](int i) {
      const auto response = Answer(Answers(survey, 1 + i % 2, 1), "twice");
      if (response.ok()) ++taken;
      if (ReasonOf(response.status()) == "SURVEY_ALREADY_ANSWERED") ++refused;
    });
    EXPECT_EQ(taken, 1);
    EXPECT_EQ(refused, 5);
    EXPECT_EQ(ResponsesOf(survey), 1);
    Close(survey);
    EXPECT_EQ(Count(absl::StrCat(
                  "SELECT CAST(SUBSTRING_INDEX(counts, ' ', 1) AS SIGNED) FROM survey_tally WHERE survey = "
                  "UNHEX(REPLACE(SUBSTRING('",
                  survey.name(), "', 9), '-', ''))")),
              1);
  }
}

TEST_F(Surveys, AnswerTheSameRequestWithTheSameResponse) {
  const Survey survey = Published(false);
  const AnswerSurveyRequest request = Answers(survey, 2, 4);
  const auto first = Answer(request, "again");
  const auto again = Answer(request, "again");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(ResponsesOf(survey), 1);
}

TEST_F(Surveys, CountTwoHundredPeopleWhoAnswerAtOnce) {
  const Survey survey = Published(false);
  AtOnce(200, [&](int i) {
    const auto response =
        Answer(Answers(survey, 1 + i % 3, 1 + i % 5, i % 3 == 2 ? "词" : ""), absl::StrCat("p-", i));
    EXPECT_TRUE(response.ok()) << response.status();
  });
  Close(survey);
  const SurveyResults results = ResultsOf(survey);
  EXPECT_EQ(results.responses(), 200);
  EXPECT_THAT(CountsOf(results.questions(0)), ElementsAre(67, 67, 66));
  EXPECT_EQ(results.questions(1).answered(), 66);
  EXPECT_THAT(CountsOf(results.questions(2)), ElementsAre(40, 40, 40, 40, 40));
  EXPECT_DOUBLE_EQ(results.questions(2).mean(), 3);
  EXPECT_EQ(ResponsesOf(survey), 200);
}

TEST_F(Surveys, CountEverybodyOnceWhenTheDatabaseIsLostOnTheWay) {
  const Survey survey = Published(false);
  std::atomic<int> taken{0};
  const int killed = testing::WhileConnectionsAreKilled(suite(), "opinion", [&] {
    AtOnce(40, [&](int i) {
      const AnswerSurveyRequest request = Answers(survey, 1 + i % 3, 3);
      const auto response = Answer(request, absl::StrCat("b-", i));
      EXPECT_TRUE(response.ok()) << response.status();
      if (response.ok()) ++taken;
    });
  });
  EXPECT_GT(killed, 5);
  EXPECT_EQ(taken, 40);
  Close(survey);
  EXPECT_EQ(ResultsOf(survey).responses(), 40);
  EXPECT_EQ(ResponsesOf(survey), 40);
}

TEST_F(Surveys, CountExactlyThoseWhoWereAcknowledgedBeforeTheyWereClosed) {
  for (int round = 0; round < 3; ++round) {
    const Survey survey = Published(false);
    std::atomic<int> taken{0};
    AtOnce(60, [&](int i) {
      if (i == 30) {
        Close(survey);
        return;
      }
      const auto response = Answer(Answers(survey, 1, 3), absl::StrCat("c-", i));
      if (response.ok()) {
        ++taken;
      } else {
        EXPECT_EQ(ReasonOf(response.status()), "SURVEY_NOT_OPEN");
      }
    });
    EXPECT_EQ(ResponsesOf(survey), taken);
    const SurveyResults results = ResultsOf(survey);
    EXPECT_EQ(results.responses(), taken >= 5 ? taken.load() : 0);
  }
}

TEST_F(Surveys, CloseThemselvesAtTheirTime) {
  const absl::Time now = absl::Now();
  const Survey survey = Publish(Draft(false, now - absl::Hours(1), now + absl::Seconds(1)), Staff());
  EXPECT_TRUE(
      testing::Eventually([&] { return Get(survey, Strong(Staff()))->state() == SURVEY_STATE_CLOSED; }));
  EXPECT_TRUE(EventsOf(survey.name()).back().opinion().survey_closed().by_time());
}

TEST_F(Surveys, ThatAreDatedBackCloseWhenTimePasses) {
  const absl::Time start = absl::Now() - absl::Hours(1000);
  const Survey survey =
      Publish(Draft(false, start, start + absl::Hours(48), Then(Staff(), start)), Then(Staff(), start));
  EXPECT_TRUE(Ask<SurveyResponse>("SurveyService.AnswerSurvey", Answers(survey, 1, 1),
                                  Then(Resident("then"), start + absl::Hours(1)))
                  .ok());
  EXPECT_EQ(ReasonOf(Ask<SurveyResponse>("SurveyService.AnswerSurvey", Answers(survey, 1, 1),
                                         Then(Resident("then-2"), start + absl::Hours(49)))
                         .status()),
            "SURVEY_NOT_OPEN");
  Advance(kCommunity, start + absl::Hours(47));
  EXPECT_EQ(Get(survey, Strong(Staff()))->state(), SURVEY_STATE_PUBLISHED);
  Advance(kCommunity, start + absl::Hours(48));
  const auto closed = Get(survey, Strong(Staff()));
  EXPECT_EQ(closed->state(), SURVEY_STATE_CLOSED);
  EXPECT_EQ(calendar::FromProto(closed->close_time()),
            absl::FromUnixMicros(absl::ToUnixMicros(start + absl::Hours(48))));
}

TEST_F(Surveys, ShowStaffTheWordsMaskedAndRecordWhoReadsThemInPlain) {
  const Survey survey = Published(false);
  ASSERT_TRUE(Answer(Answers(survey, 3, 1, "太吵"), "words-1").ok());
  const auto masked = Texts(survey, false, Staff());
  ASSERT_TRUE(masked.ok()) << masked.status();
  ASSERT_EQ(masked->text_answers_size(), 1);
  EXPECT_EQ(masked->text_answers(0).text(), "太*");
  EXPECT_EQ(masked->text_answers(0).respondent().subject(), "w*");
  const int64_t before = Count("SELECT COUNT(*) FROM event_log WHERE type LIKE '%PersonalDataRead'");
  const auto plain = Texts(survey, true, Staff());
  EXPECT_EQ(plain->text_answers(0).text(), "太吵");
  EXPECT_EQ(Count("SELECT COUNT(*) FROM event_log WHERE type LIKE '%PersonalDataRead'"), before + 1);
}

TEST_F(Surveys, LetAnAnswerInWordsBecomeAnOpinionOnce) {
  const Survey survey = Published(false);
  ASSERT_TRUE(Answer(Answers(survey, 3, 1, "消防门锁着"), "finder").ok());
  const std::string name = Texts(survey, false, Staff())->text_answers(0).name();
  std::atomic<int> taken{0};
  std::atomic<int> refused{0};
  std::string opinion_name;
  AtOnce(4, [&](int) {
    const auto answer = TakeUp(TakingUp(name));
    if (answer.ok()) {
      ++taken;
      opinion_name = answer->opinion();
    }
    if (ReasonOf(answer.status()) == "TEXT_ANSWER_TAKEN_UP") ++refused;
  });
  EXPECT_EQ(taken, 1);
  EXPECT_EQ(refused, 3);
  EXPECT_EQ(Texts(survey, false, Staff())->text_answers(0).opinion(), opinion_name);

  GetOpinionRequest request;
  request.set_name(opinion_name);
  const auto opinion = Ask<Opinion>("OpinionService.GetOpinion", request, Resident("finder"));
  ASSERT_TRUE(opinion.ok()) << opinion.status();
  EXPECT_EQ(opinion->text(), "消防门锁着");
  EXPECT_EQ(opinion->channel(), OPINION_CHANNEL_SURVEY);
  EXPECT_EQ(opinion->text_answer(), name);
  EXPECT_EQ(
      StoryOf(name),
      (std::vector<events::v1::OpinionEvent::ChangeCase>{events::v1::OpinionEvent::kTextAnswerTakenUp}));
}

TEST_F(Surveys, KeepTheirCountsWhenSomebodyIsErased) {
  const Survey survey = Published(false);
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(Answer(Answers(survey, 3, 3, absl::StrCat("quiltrvs ", i)), absl::StrCat("erased-", i)).ok());
  }
  const auto texts = Texts(survey, true, Staff());
  std::string name;
  for (const TextAnswer& text : texts->text_answers()) {
    if (text.respondent().subject() == "erased-0") name = text.name();
  }
  const auto taken = TakeUp(TakingUp(name));
  ASSERT_TRUE(taken.ok()) << taken.status();

  type::v1::EraseSubjectRequest request = testing::ErasureOf("erased-0");
  request.set_force(true);
  const auto erasure = testing::Erase(suite(), "opinion", request);
  ASSERT_TRUE(erasure.ok()) << erasure.status();
  testing::Done(suite(), "opinion", *erasure);
  EXPECT_THAT(testing::TracesIn(suite(), "opinion", "erased-0", {"quiltrvs 0"}), IsEmpty());
  EXPECT_FALSE(testing::TracesIn(suite(), "opinion", "erased-1", {"quiltrvs 1"}).empty());
  EXPECT_EQ(ReasonOf(TakeUp(TakingUp(name)).status()), "TEXT_ANSWER_TAKEN_UP");
  Close(survey);
  EXPECT_EQ(ResultsOf(survey).responses(), 6);
}

TEST_F(Surveys, StandInTheStatisticsWhenTheyAreClosed) {
  const Survey survey = Published(false);
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(Answer(Answers(survey, 1, 1), absl::StrCat("figures-", i)).ok());
  GetOpinionStatisticsRequest request;
  request.set_area(kCommunity);
  request.set_start_day("2023-01-01");
  request.set_end_day("2100-01-01");
  const auto figure = [&](const std::string& key) -> int64_t {
    const auto figures = Must<GetOpinionStatisticsResponse>("StatisticsService.GetOpinionStatistics", request,
                                                            Strong(Staff()));
    for (const type::v1::Figure& found : figures.figures()) {
      if (found.key() == key && found.dimensions().empty()) return found.value();
    }
    return 0;
  };
  const int64_t closed = figure("surveys.closed");
  const int64_t responses = figure("surveys.responses");
  Close(survey);
  EXPECT_EQ(figure("surveys.closed"), closed + 1);
  EXPECT_EQ(figure("surveys.responses"), responses + 7);
}

}  // namespace
}  // namespace firstfloor::opinion
