// similar: how well common/text tells whether two messages are about the same matter, on pairs that somebody
// has judged, beside PostgreSQL's trigram similarity.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/error/macros.h"
#include "common/text/fingerprint.h"
#include "common/text/similar_index.h"
#include "common/text/similarity.h"
#include "common/text/topics.h"
#include "tests/bench/similar/decision.h"
#include "tests/bench/similar/judged.h"
#include "tests/bench/similar/trigrams.h"

ABSL_FLAG(std::string, messages, "", "file of messages: id, user, title, time, body");
ABSL_FLAG(std::string, pairs, "", "file of judged pairs: a, b, same, weight");
ABSL_FLAG(std::string, fit_on, "", "file of other judged pairs to fit the coefficients on, for comparison");
ABSL_FLAG(bool, coefficients, false, "also print the coefficients that these pairs alone would give");

namespace firstfloor::bench {
namespace {

// Of one program's run; nothing is stored.
constexpr absl::string_view kKey = "sixteen bytes!!!";
constexpr size_t kSuggested = 5;

// What is read of a message: both parts as they are; all in one text, as opinions are; the title alone, as a
// public summary is.
enum class Form { kTitleAndBody, kOneText, kTitleAlone };

text::Fingerprint PrintOf(const text::Fingerprinter& fingerprinter, const Citizen& message, Form form) {
  switch (form) {
    case Form::kOneText:
      return fingerprinter.Of("", absl::StrCat(message.title, "\n", message.body));
    case Form::kTitleAlone:
      return fingerprinter.Of(message.title, "");
    default:
      return fingerprinter.Of(message.title, message.body);
  }
}

// All messages as the library sees them.
struct Read {
  explicit Read(const Corpus& corpus, Form form = Form::kTitleAndBody) {
    const text::Fingerprinter fingerprinter(kKey);
    for (const Citizen& message : corpus.messages) {
      text::Message read;
      read.print = PrintOf(fingerprinter, message, form);
      read.time = message.time;
      read.reporter = absl::HashOf(message.user) | 1;
      usage.Add(read.print);
      messages.push_back(std::move(read));
    }
  }

  text::Likeness LikenessOf(const JudgedPair& pair) const {
    const text::Fingerprint& b = messages[pair.b].print;
    return Compare(text::Weighed(messages[pair.a].print, usage), b, LengthsOf(b, usage));
  }

  text::Circumstances CircumstancesOf(const JudgedPair& pair) const {
    return {messages[pair.a].time - messages[pair.b].time,
            messages[pair.a].reporter == messages[pair.b].reporter};
  }

  std::vector<text::Message> messages;
  text::Usage usage;
};

std::vector<double> Scores(const std::vector<JudgedPair>& pairs, const Read& read) {
  std::vector<double> scores;
  for (const JudgedPair& pair : pairs) {
    scores.push_back(SameMatter(read.LikenessOf(pair), read.CircumstancesOf(pair)));
  }
  return scores;
}

// What SameMatter looks at; without circumstances, of the words alone.
std::vector<Evidence> EvidenceOf(const std::vector<JudgedPair>& pairs, const Read& read, bool circumstances) {
  std::vector<Evidence> all;
  for (const JudgedPair& pair : pairs) {
    const text::Likeness likeness = read.LikenessOf(pair);
    const text::Circumstances around = read.CircumstancesOf(pair);
    all.push_back({std::sqrt(likeness.names), std::sqrt(likeness.matters),
                   circumstances ? text::Closeness(around.apart) : 0,
                   circumstances && around.same_reporter ? 1.0 : 0.0});
  }
  return all;
}

std::vector<double> Applied(const Logistic& logistic, const std::vector<Evidence>& evidence) {
  std::vector<double> scores;
  for (const Evidence& e : evidence) scores.push_back(logistic(e));
  return scores;
}

void Print(absl::string_view how, const Quality& quality) {
  std::cout << absl::StrFormat("| %s | %.3f | %.3f | **%.3f** |\n", how, quality.precision, quality.recall,
                               quality.f1);
}

struct Baseline {
  absl::string_view name;
  std::vector<Trigrams> of;  // each message's
};

std::vector<double> Scores(const std::vector<JudgedPair>& pairs, const Baseline& baseline) {
  std::vector<double> scores;
  for (const JudgedPair& pair : pairs) {
    scores.push_back(TrigramSimilarity(baseline.of[pair.a], baseline.of[pair.b]));
  }
  return scores;
}

std::vector<Baseline> BaselinesOf(const Corpus& corpus) {
  std::vector<Baseline> baselines{{"pg_trgm, title", {}}, {"pg_trgm, title and body", {}}};
  for (const Citizen& message : corpus.messages) {
    baselines[0].of.push_back(TrigramsOf(message.title));
    baselines[1].of.push_back(TrigramsOf(absl::StrCat(message.title, "\n", message.body)));
  }
  return baselines;
}

// Of the partners that somebody judged to be the same, how many are among those suggested.
struct Recall {
  size_t found = 0, wanted = 0;            // partners
  size_t helped = 0, messages_wanted = 0;  // messages with at least one partner among the suggested

  void Count(const std::vector<size_t>& partners, const std::vector<size_t>& suggested) {
    const size_t before = found;
    for (const size_t partner : partners) {
      found += std::find(suggested.begin(), suggested.end(), partner) != suggested.end();
    }
    wanted += partners.size();
    helped += found > before;
    ++messages_wanted;
  }
  void Print(absl::string_view how) const {
    std::cout << absl::StrFormat("| %s | **%.3f** (%d of %d) | %.3f (%d of %d) |\n", how,
                                 static_cast<double>(found) / wanted, found, wanted,
                                 static_cast<double>(helped) / messages_wanted, helped, messages_wanted);
  }
};

std::vector<std::pair<size_t, std::vector<size_t>>> PartnersOf(const std::vector<JudgedPair>& pairs,
                                                               size_t messages) {
  std::vector<std::vector<size_t>> partners(messages);
  for (const JudgedPair& pair : pairs) {
    if (!pair.same) continue;
    partners[pair.a].push_back(pair.b);
    partners[pair.b].push_back(pair.a);
  }
  std::vector<std::pair<size_t, std::vector<size_t>>> with_partners;
  for (size_t i = 0; i < messages; ++i) {
    if (!partners[i].empty()) with_partners.emplace_back(i, partners[i]);
  }
  return with_partners;
}

std::vector<size_t> Suggested(const Baseline& baseline, size_t message) {
  std::vector<std::pair<double, size_t>> ranked;
  for (size_t i = 0; i < baseline.of.size(); ++i) {
    if (i != message) ranked.emplace_back(-TrigramSimilarity(baseline.of[message], baseline.of[i]), i);
  }
  const size_t kept = std::min(kSuggested, ranked.size());
  std::partial_sort(ranked.begin(), ranked.begin() + kept, ranked.end());
  std::vector<size_t> suggested;
  for (size_t i = 0; i < kept; ++i) suggested.push_back(ranked[i].second);
  return suggested;
}

using Partners = std::vector<std::pair<size_t, std::vector<size_t>>>;

// Suggested from an index of `there` for each of `asked`.
Recall RecallOf(const Partners& partners, const Read& there, const Read& asked) {
  text::SimilarIndex index;
  for (size_t i = 0; i < there.messages.size(); ++i) index.Add(i, there.messages[i]);
  Recall recall;
  for (const auto& [message, of_message] : partners) {
    std::vector<size_t> suggested;
    for (const text::Match& match : index.Top(asked.messages[message], kSuggested, 0, message)) {
      suggested.push_back(static_cast<size_t>(match.id));
    }
    recall.Count(of_message, suggested);
  }
  return recall;
}

void PrintRecall(const std::vector<JudgedPair>& pairs, const Read& read, const Corpus& corpus,
                 const std::vector<Baseline>& baselines) {
  const Partners partners = PartnersOf(pairs, read.messages.size());
  std::cout << "\n| suggested | partners among the first " << kSuggested
            << " | messages helped |\n|---|---|---|\n";
  RecallOf(partners, read, read).Print("common/text, from its index");
  const Read texts(corpus, Form::kOneText);
  RecallOf(partners, texts, texts).Print("the same, all in one text");
  RecallOf(partners, Read(corpus, Form::kTitleAlone), texts).Print("one text against titles alone");
  for (const Baseline& baseline : baselines) {
    Recall theirs;
    for (const auto& [message, of_message] : partners) {
      theirs.Count(of_message, Suggested(baseline, message));
    }
    theirs.Print(absl::StrCat(baseline.name, ", compared with all"));
  }
}

void PrintTopics(const std::vector<JudgedPair>& pairs, const Read& read) {
  text::SimilarIndex index;
  text::Topics topics;
  for (size_t i = 0; i < read.messages.size(); ++i) {
    topics.Add(i, index.Top(read.messages[i], text::Topics::kMostMatches, text::kSameTopic));
    index.Add(i, read.messages[i]);
  }
  std::vector<double> together;
  for (const JudgedPair& pair : pairs) {
    together.push_back(topics.Of(pair.a)->representative == topics.Of(pair.b)->representative);
  }
  Print("in one topic", QualityAt(pairs, together, 1));
  const std::vector<text::Topic> several = topics.All();
  std::cout << "\n"
            << several.size() << " topics of two or more messages; the largest has "
            << (several.empty() ? 0 : several.front().members.size()) << ".\n";
}

absl::Status Measure() {
  ASSIGN_OR_RETURN(const Corpus corpus, ReadMessages(absl::GetFlag(FLAGS_messages)));
  ASSIGN_OR_RETURN(const std::vector<JudgedPair> pairs, ReadPairs(absl::GetFlag(FLAGS_pairs), corpus));
  const Read read(corpus);
  const std::vector<Baseline> baselines = BaselinesOf(corpus);
  const std::vector<double> scores = Scores(pairs, read);
  const std::vector<Evidence> evidence = EvidenceOf(pairs, read, true);

  std::cout << corpus.messages.size() << " messages, " << pairs.size() << " judged pairs; weighted.\n\n"
            << "| the same matter? | precision | recall | F1 |\n|---|---|---|---|\n";
  Print("common/text as shipped", QualityAt(pairs, scores, text::kSameMatter));
  Print("the same, all in one text",
        QualityAt(pairs, Scores(pairs, Read(corpus, Form::kOneText)), text::kSameMatter));
  Print("refitted and held out, ten folds by message", CrossValidated(pairs, evidence));
  Print("the same, words alone", CrossValidated(pairs, EvidenceOf(pairs, read, false)));
  if (const std::string file = absl::GetFlag(FLAGS_fit_on); !file.empty()) {
    ASSIGN_OR_RETURN(const std::vector<JudgedPair> others, ReadPairs(file, corpus));
    const Logistic logistic = Fit(others, EvidenceOf(others, read, true));
    Print("fitted on the other pairs", QualityAt(pairs, Applied(logistic, evidence), 0));
  }
  for (const Baseline& baseline : baselines) {
    const std::vector<double> theirs = Scores(pairs, baseline);
    const double threshold = BestThreshold(pairs, theirs);
    Print(absl::StrFormat("%s, at its best threshold here (%.3f)", baseline.name, threshold),
          QualityAt(pairs, theirs, threshold));
  }
  PrintTopics(pairs, read);

  std::cout << "\n| shipped, from score | precision | recall | F1 |\n|---|---|---|---|\n";
  for (int tenths = 1; tenths < 10; ++tenths) {
    Print(absl::StrFormat("%.1f", tenths / 10.0), QualityAt(pairs, scores, tenths / 10.0));
  }
  PrintRecall(pairs, read, corpus, baselines);
  if (absl::GetFlag(FLAGS_coefficients)) {
    const Logistic logistic = Fit(pairs, evidence);
    std::cout << absl::StrFormat("\nbase %.2f, names %.2f, matters %.2f, closeness %.2f, reporter %.2f\n",
                                 logistic.base, logistic.of[0], logistic.of[1], logistic.of[2],
                                 logistic.of[3]);
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace firstfloor::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("similar --messages=FILE --pairs=FILE");
  absl::ParseCommandLine(argc, argv);
  if (const absl::Status measured = firstfloor::bench::Measure(); !measured.ok()) {
    std::cerr << "similar: " << measured.message() << "\n";
    return 2;
  }
  return 0;
}
