// Anonymous surveys: answered with tokens, once a person, and the whole database does not tell by whom.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/events/log.h"
#include "common/privacy/keyring.h"
#include "common/program/house.h"
#include "common/rpc/request_store.h"
#include "common/testing/breaking.h"
#include "services/opinion/survey_fixture.h"
#include "services/opinion/survey_store.h"

namespace firstfloor::opinion {
namespace {

using error::ReasonOf;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::RequestId;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

class AnonymousSurveys : public SurveyTest {
 protected:
  static IssueSurveyTokenRequest Asking(const Survey& survey) {
    IssueSurveyTokenRequest request;
    request.set_name(survey.name());
    request.set_request_id(RequestId());
    request.set_blinded_token(privacy::NewBlindedToken(survey.token_key())->blinded);
    return request;
  }
  static absl::StatusOr<ListTextAnswersResponse> Texts(const Survey& survey) {
    ListTextAnswersRequest request;
    request.set_survey(survey.name());
    request.set_unmask(true);
    return Ask<ListTextAnswersResponse>("SurveyService.ListTextAnswers", request, Staff());
  }
};

TEST_F(AnonymousSurveys, AreAnsweredWithATokenAndWithoutAnIdentity) {
  const Survey survey = Published(true);
  EXPECT_EQ(survey.token_key().size(), 294u);
  for (int i = 0; i < 12; ++i) {
    const Token token = TokenFor(survey, absl::StrCat("t-", i));
    const auto answered = AnswerAnonymously(Spending(token, Answers(survey, 1 + i % 2, 3)));
    ASSERT_TRUE(answered.ok()) << answered.status();
    EXPECT_FALSE(answered->spent_before());
  }
  EXPECT_EQ(ResultsOf(survey).responses(), 10);
  const Token late = TokenFor(survey, "late");
  Close(survey);
  EXPECT_EQ(ResultsOf(survey).responses(), 12);
  EXPECT_EQ(ReasonOf(AnswerAnonymously(Spending(late, Answers(survey, 1, 3))).status()), "SURVEY_NOT_OPEN");
  EXPECT_EQ(ReasonOf(Issue(Asking(survey), "later").status()), "SURVEY_NOT_OPEN");
  EXPECT_EQ(Count("SELECT COUNT(*) FROM survey_key WHERE survey = (SELECT MAX(id) FROM survey)"), 0);
}

TEST_F(AnonymousSurveys, GiveOneTokenAPerson) {
  const Survey survey = Published(true);
  const IssueSurveyTokenRequest request = Asking(survey);
  const auto first = Issue(request, "one");
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = Issue(request, "one");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->blind_signature(), first->blind_signature());
  EXPECT_EQ(ReasonOf(Issue(Asking(survey), "one").status()), "SURVEY_TOKEN_ISSUED");
  EXPECT_TRUE(Issue(Asking(survey), "two").ok());

  std::atomic<int> issued{0};
  AtOnce(8, [&](int) {
    const auto answer = Issue(Asking(survey), "at once");
    if (answer.ok()) ++issued;
  });
  EXPECT_EQ(issued, 1);
}

TEST_F(AnonymousSurveys, GiveNoTokenToThoseWhomTheyDoNotAsk) {
  const Survey survey = Published(true);
  const auto denied = Ask<IssueSurveyTokenResponse>("SurveyService.IssueSurveyToken", Asking(survey),
                                                    Resident("far", "340104400001-SL-01"));
  EXPECT_EQ(ReasonOf(denied.status()), "DENIED");
  IssueSurveyTokenRequest malformed = Asking(survey);
  malformed.set_blinded_token("word");
  EXPECT_EQ(ReasonOf(Issue(malformed, "r1").status()), "INVALID_FIELD");
  EXPECT_EQ(ReasonOf(Issue(Asking(survey), "r1").status()), "") << "a malformed one costs nobody their token";
  const Survey named = Published(false);
  malformed.set_name(named.name());
  EXPECT_EQ(ReasonOf(Issue(malformed, "r1").status()), "SURVEY_NOT_ANONYMOUS");
  EXPECT_EQ(ReasonOf(Answer(Answers(survey, 1, 1), "r1").status()), "SURVEY_ANONYMOUS");
}

TEST_F(AnonymousSurveys, CountATokenOnceAlsoWhenItIsSentTwiceAtTheSameTime) {
  for (int round = 0; round < 5; ++round) {
    const Survey survey = Published(true);
    const Token token = TokenFor(survey, "twice");
    std::atomic<int> counted{0};
    std::atomic<int> spent_before{0};
    AtOnce(6, [&](int i) {
      const auto answered = AnswerAnonymously(Spending(token, Answers(survey, 1 + i % 2, 1)));
      ASSERT_TRUE(answered.ok()) << answered.status();
      ++(answered->spent_before() ? spent_before : counted);
    });
    EXPECT_EQ(counted, 1);
    EXPECT_EQ(spent_before, 5);
  }
}

TEST_F(AnonymousSurveys, RefuseTokensThatAreNotTheirs) {
  const Survey survey = Published(true);
  const Survey other = Published(true);
  Token token = TokenFor(other, "forger");
  EXPECT_EQ(ReasonOf(AnswerAnonymously(Spending(token, Answers(survey, 1, 1))).status()), "DENIED");
  token.token[0] = static_cast<char>(token.token[0] ^ 1);
  EXPECT_EQ(ReasonOf(AnswerAnonymously(Spending(token, Answers(other, 1, 1))).status()), "DENIED");
  const Survey named = Published(false);
  EXPECT_EQ(ReasonOf(AnswerAnonymously(Spending(token, Answers(named, 1, 1))).status()), "DENIED");
}

TEST_F(AnonymousSurveys, RefuseAnIdentityThatComesAlong) {
  const Survey survey = Published(true);
  const AnswerAnonymouslyRequest request = Spending(TokenFor(survey, "careless"), Answers(survey, 1, 1));
  EXPECT_EQ(ReasonOf(Ask<AnswerAnonymouslyResponse>("SurveyService.AnswerAnonymously", request,
                                                    Resident("careless"))
                         .status()),
            "IDENTITY_SENT");
  EXPECT_FALSE(AnswerAnonymously(request)->spent_before());
}

TEST_F(AnonymousSurveys, DoNotSpendATokenOnAnswersThatDoNotFit) {
  const Survey survey = Published(true);
  const Token token = TokenFor(survey, "misfit");
  EXPECT_EQ(ReasonOf(AnswerAnonymously(Spending(token, Answers(survey, 4, 1))).status()), "INVALID_FIELD");
  EXPECT_FALSE(AnswerAnonymously(Spending(token, Answers(survey, 3, 1)))->spent_before());
}

TEST_F(AnonymousSurveys, ShowWordsWhenTheyAreClosedAndFiveAnswered) {
  const Survey survey = Published(true);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(
        AnswerAnonymously(Spending(TokenFor(survey, absl::StrCat("w-", i)), Answers(survey, 3, 1, "吵")))
            .ok());
  }
  EXPECT_EQ(ReasonOf(Texts(survey).status()), "SURVEY_NOT_CLOSED");
  Close(survey);
  const auto texts = Texts(survey);
  ASSERT_TRUE(texts.ok()) << texts.status();
  ASSERT_EQ(texts->text_answers_size(), 5);

  TakeUpTextAnswerRequest request;
  request.set_name(texts->text_answers(0).name());
  request.set_request_id(RequestId());
  request.set_kind(OPINION_KIND_PROBLEM);
  const auto taken = Must<TextAnswer>("SurveyService.TakeUpTextAnswer", request, Staff());
  GetOpinionRequest get;
  get.set_name(taken.opinion());
  const auto opinion = Must<Opinion>("OpinionService.GetOpinion", get, Staff());
  EXPECT_TRUE(opinion.anonymous());
  EXPECT_FALSE(opinion.has_reporter());
  EXPECT_EQ(opinion.channel(), OPINION_CHANNEL_SURVEY);

  const Survey few = Published(true);
  ASSERT_TRUE(AnswerAnonymously(Spending(TokenFor(few, "alone"), Answers(few, 3, 1, "吵"))).ok());
  Close(few);
  EXPECT_EQ(ReasonOf(Texts(few).status()), "SURVEY_TOO_FEW_RESPONSES");
  EXPECT_FALSE(ResultsOf(few).has_responses());
}

TEST_F(AnonymousSurveys, CountEverybodyOnceWhenTheDatabaseIsLostOnTheWay) {
  const Survey survey = Published(true);
  const int killed = testing::WhileConnectionsAreKilled(suite(), "opinion", [&] {
    AtOnce(30, [&](int i) {
      const AnswerAnonymouslyRequest request =
          Spending(TokenFor(survey, absl::StrCat("b-", i)), Answers(survey, 1 + i % 2, 3));
      const auto answered = AnswerAnonymously(request);
      EXPECT_TRUE(answered.ok()) << answered.status();
    });
  });
  EXPECT_GT(killed, 5);
  Close(survey);
  EXPECT_EQ(ResultsOf(survey).responses(), 30);
}

// ---- whoever holds the whole database, and the keys ----

using Row = std::vector<std::string>;
constexpr size_t kWindow = 12;  // bytes: shorter ones are the same by chance
using Windows = std::set<std::string>;

Windows WindowsOf(const Row& row) {
  Windows windows;
  for (const std::string& cell : row) {
    for (size_t i = 0; i + kWindow <= cell.size(); ++i) windows.insert(cell.substr(i, kWindow));
  }
  return windows;
}

// The dump of a schema: of every row the bytes of every column; what is sealed lies opened beside it.
class Dump {
 public:
  Dump(testing::Suite& suite, const SurveyStore& surveys)
      : connection_(suite.database("opinion")), keyring_(*suite.house("opinion").environment().keyring) {
    for (const db::Row& table :
         Query("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()")) {
      Read(table.Text(0));
    }
    OpenReplies();
    const auto texts = surveys.texts().List(connection_, {}, false, "", 10'000);
    const auto responses = surveys.responses().List(connection_, {}, false, "", 10'000);
    EXPECT_TRUE(texts.ok() && responses.ok());
    for (const TextAnswer& text : *texts) tables_["text_answer"].push_back({text.SerializeAsString()});
    for (const SurveyResponse& response : *responses) {
      tables_["survey_response"].push_back({response.SerializeAsString()});
    }
  }

  const std::vector<Row>& rows(const std::string& table) const { return tables_.at(table); }
  // Of all tables but those of answers.
  std::vector<Row> RowsBesideAnswers() const {
    std::vector<Row> all;
    for (const auto& [table, rows] : tables_) {
      if (AnswerTables().count(table) == 0) all.insert(all.end(), rows.begin(), rows.end());
    }
    return all;
  }
  std::vector<Row> RowsOfAnswers() const {
    std::vector<Row> all;
    for (const std::string& table : AnswerTables()) {
      all.insert(all.end(), tables_.at(table).begin(), tables_.at(table).end());
    }
    return all;
  }
  // Everything that stands for a person.
  Row NamesOf(const std::string& subject, events::Log& log) const {
    Row names = {subject, keyring_.BlindIndex("subject", subject), rpc::CallerIndexOf(subject, keyring_),
                 log.ActorIndexOf(subject)};
    for (const Row& row : tables_.at("actor")) {
      for (const std::string& cell : row) {
        if (cell == names.back()) names.insert(names.end(), row.begin(), row.end());
      }
    }
    return names;
  }
  static const std::set<std::string>& AnswerTables() {
    static const auto* const tables =
        new std::set<std::string>{"survey_response", "survey_spent", "survey_tally", "text_answer"};
    return *tables;
  }
  db::Rows Query(const std::string& sql) {
    auto rows = connection_.Query(sql);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() ? *rows : db::Rows();
  }

 private:
  void Read(const std::string& table) {
    std::vector<std::string> columns;
    for (const db::Row& column :
         Query(absl::StrCat("SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE "
                            "TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '",
                            table, "'"))) {
      columns.push_back(absl::StrCat("CAST(`", column.Text(0), "` AS BINARY)"));
    }
    std::vector<Row>& rows = tables_[table];
    for (const db::Row& row :
         Query(absl::StrCat("SELECT ", absl::StrJoin(columns, ", "), " FROM `", table, "`"))) {
      Row& cells = rows.emplace_back();
      for (size_t i = 0; i < columns.size(); ++i) cells.push_back(row.IsNull(i) ? "" : row.Text(i));
    }
  }
  void OpenReplies() {
    const auto replies = rpc::NextReplies(connection_, {}, 100'000, keyring_);
    ASSERT_TRUE(replies.ok()) << replies.status();
    for (const rpc::KeptReply& kept : *replies) {
      tables_["request_log"].push_back({kept.key.caller, kept.key.request_id, kept.reply});
    }
  }

  db::Connection connection_;
  const privacy::Keyring& keyring_;
  std::map<std::string, std::vector<Row>> tables_;
};

// Of each person's windows those that no other has.
std::vector<Windows> OwnOf(const std::vector<Windows>& of_people) {
  std::map<std::string, int> people_of;
  for (const Windows& windows : of_people) {
    for (const std::string& window : windows) ++people_of[window];
  }
  std::vector<Windows> own(of_people.size());
  for (size_t i = 0; i < of_people.size(); ++i) {
    for (const std::string& window : of_people[i]) {
      if (people_of[window] == 1) own[i].insert(window);
    }
  }
  return own;
}

bool Meet(const Windows& a, const Windows& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& window) { return b.count(window) > 0; });
}

// For each person how many rows of answers have anything in common with what is kept of this person and of no
// other of them: with who they are, and with every row in which that is found.
std::vector<int> LinksOf(const Dump& dump, const std::vector<std::string>& people, events::Log& log) {
  std::vector<Windows> names;
  for (const std::string& person : people) names.push_back(WindowsOf(dump.NamesOf(person, log)));
  names = OwnOf(names);
  std::vector<Windows> trails = names;
  for (const Row& row : dump.RowsBesideAnswers()) {
    const Windows windows = WindowsOf(row);
    for (size_t i = 0; i < people.size(); ++i) {
      if (Meet(names[i], windows)) trails[i].insert(windows.begin(), windows.end());
    }
  }
  trails = OwnOf(trails);
  std::vector<int> links(people.size());
  for (const Row& row : dump.RowsOfAnswers()) {
    const Windows windows = WindowsOf(row);
    for (size_t i = 0; i < people.size(); ++i) links[i] += Meet(trails[i], windows) ? 1 : 0;
  }
  return links;
}

// Accounts that have nothing in common.
std::vector<std::string> People(char first) {
  std::vector<std::string> people;
  for (int i = 0; i < 12; ++i) people.emplace_back(2 * kWindow, static_cast<char>(first + i));
  return people;
}

// The words of the n-th of them.
std::string WordsOf(size_t n) {
  return absl::StrCat("answer number ", std::string(1, static_cast<char>('a' + n)));
}

TEST_F(AnonymousSurveys, CannotBeLinkedToPeopleByWhoeverHoldsTheDatabaseAndItsKeys) {
  const SurveyStore surveys(*suite().house("opinion").environment().keyring);
  events::Log& log = *suite().house("opinion").environment().log;

  // It would be found: with names every person leads to their answers.
  const std::vector<std::string> named_people = People('a');
  const Survey named = Published(false);
  for (size_t i = 0; i < named_people.size(); ++i) {
    ASSERT_TRUE(Answer(Answers(named, 3, 1, WordsOf(i)), named_people[i]).ok());
  }
  EXPECT_THAT(LinksOf(Dump(suite(), surveys), named_people, log), Each(Not(0)));

  // The worst that an app can do: each answers as soon as they have their token, one after the other.
  const std::vector<std::string> people = People('A');
  const Survey survey = Published(true);
  std::vector<std::string> spent;
  for (size_t i = 0; i < people.size(); ++i) {
    const Token token = TokenFor(survey, people[i]);
    spent.push_back(suite().house("opinion").environment().keyring->BlindIndex("survey token", token.token));
    const int64_t events_before = Count("SELECT COUNT(*) FROM event_log");
    const int64_t requests_before = Count("SELECT COUNT(*) FROM request_log");
    ASSERT_TRUE(AnswerAnonymously(Spending(token, Answers(survey, 3, 1, WordsOf(i)))).ok());
    // There is no event and no record of a request that would say when.
    EXPECT_EQ(Count("SELECT COUNT(*) FROM event_log"), events_before);
    EXPECT_EQ(Count("SELECT COUNT(*) FROM request_log"), requests_before);
  }
  Dump dump(suite(), surveys);
  EXPECT_THAT(LinksOf(dump, people, log), Each(0));

  // Not by time: the rows of answers have none but the survey's own.
  std::vector<std::string> told;
  db::Connection connection(suite().database("opinion"));
  const auto texts =
      surveys.texts().List(connection, {resource::Equals("survey", survey.name())}, false, "", 100);
  ASSERT_TRUE(texts.ok()) << texts.status();
  for (const TextAnswer& text : *texts) {
    EXPECT_EQ(calendar::FromProto(text.create_time()), calendar::FromProto(survey.publish_time()));
    EXPECT_EQ(calendar::FromProto(text.update_time()), calendar::FromProto(survey.publish_time()));
    EXPECT_FALSE(text.has_respondent());
    EXPECT_EQ(text.response(), "");
    told.push_back(text.text());
  }
  ASSERT_EQ(told.size(), people.size());
  for (const std::string& table : Dump::AnswerTables()) {
    const std::string columns = absl::StrCat(
        "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '",
        table,
        "' AND (DATA_TYPE IN ('datetime', 'timestamp', 'date', 'time') OR EXTRA LIKE '%auto_increment%')");
    EXPECT_EQ(Count(columns), 0) << table;
  }
  // Not by order: neither words nor tokens lie in the order in which they came. (By chance they would once in
  // 479,001,600 runs.)
  EXPECT_FALSE(std::is_sorted(told.begin(), told.end()));
  std::vector<std::string> in_order;
  for (const Row& row : dump.rows("survey_spent")) {
    for (const std::string& token : spent) {
      if (std::find(row.begin(), row.end(), token) != row.end()) in_order.push_back(token);
    }
  }
  ASSERT_EQ(in_order.size(), spent.size());
  EXPECT_NE(in_order, spent);
}

TEST_F(AnonymousSurveys, DoNotEvenTellByAPhoneThatKeptItsTokenWhatWasAnswered) {
  const SurveyStore surveys(*suite().house("opinion").environment().keyring);
  const Survey survey = Published(true);
  const Token token = TokenFor(survey, "seized");
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(
        AnswerAnonymously(Spending(TokenFor(survey, absl::StrCat("crowd-", i)), Answers(survey, 3, 1, "词")))
            .ok());
  }
  ASSERT_TRUE(AnswerAnonymously(Spending(token, Answers(survey, 3, 1, "the words"))).ok());
  const std::string hash =
      suite().house("opinion").environment().keyring->BlindIndex("survey token", token.token);
  const Dump dump(suite(), surveys);
  int places = 0;
  for (const Row& row : dump.RowsOfAnswers()) {
    for (const std::string& cell : row) places += absl::StrContains(cell, hash);
  }
  for (const Row& row : dump.RowsBesideAnswers()) {
    for (const std::string& cell : row) places += absl::StrContains(cell, hash);
  }
  EXPECT_EQ(places, 1);  // that it was spent
}

}  // namespace
}  // namespace firstfloor::opinion
