#include "services/opinion/category_model.h"

#include <cmath>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/error/macros.h"
#include "common/program/flags.h"
#include "nlohmann/json.hpp"
#include "services/opinion/taxonomy.h"

ABSL_FLAG(std::string, category_model_file, "",
          "what `opinion train` has learned, to suggest categories by; empty: none are suggested");

namespace firstfloor::opinion {
namespace {

constexpr size_t kMostSuggested = 3;

// "" where there is none.
std::string Text(const nlohmann::json& line, const char* key) {
  const auto field = line.find(key);
  return field == line.end() || !field->is_string() ? std::string() : field->get<std::string>();
}

// As a code, or as its two levels' codes or names; "" if it is not in the taxonomy.
std::string CategoryIn(const nlohmann::json& line) {
  std::string category = Text(line, "category");
  if (category.empty()) return taxonomy::InForce().CategoryOf(Text(line, "l1"), Text(line, "l2"));
  return taxonomy::Knows(category) ? category : std::string();
}

absl::Status WrongLine(const std::string& file, int number, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(file, ", line ", number, ": ", why));
}

}  // namespace

std::vector<const char*> CategoryFlags() { return {"category_model_file"}; }

absl::StatusOr<std::optional<text::CategoryModel>> CategoryModelFromFlags() {
  constexpr char kFlag[] = "category_model_file";
  const std::string file = absl::GetFlag(FLAGS_category_model_file);
  if (file.empty()) return std::nullopt;
  RETURN_IF_ERROR(program::MustBeReadable(kFlag, file));
  std::stringstream content;
  content << std::ifstream(file).rdbuf();
  absl::StatusOr<text::CategoryModel> model = text::CategoryModel::Parse(content.str());
  if (!model.ok()) return program::WrongFlag(kFlag, model.status().message());
  for (const std::string& category : model->categories()) {
    if (!taxonomy::Knows(category)) {
      return program::WrongFlag(kFlag, absl::StrCat("suggests ", category, ", which is not in the taxonomy"));
    }
  }
  return *std::move(model);
}

std::vector<v1::CategorySuggestion> SuggestCategories(const std::optional<text::CategoryModel>& model,
                                                      absl::string_view text) {
  std::vector<v1::CategorySuggestion> suggestions;
  if (!model.has_value()) return suggestions;
  for (const text::CategoryGuess& guess : model->Guess("", text, kMostSuggested)) {
    v1::CategorySuggestion& suggestion = suggestions.emplace_back();
    suggestion.set_category(guess.category);
    suggestion.set_score(std::round(guess.score * 1000) / 1000);
    suggestion.mutable_because()->Add(guess.because.begin(), guess.because.end());
  }
  return suggestions;
}

absl::StatusOr<std::string> TrainCategories(const std::string& file) {
  RETURN_IF_ERROR(program::MustBeReadable("from", file));
  RETURN_IF_ERROR(taxonomy::FromFlags().status());
  std::ifstream in(file);
  text::CategoryTrainer trainer;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    const nlohmann::json object = nlohmann::json::parse(line, nullptr, false);
    if (!object.is_object()) return WrongLine(file, number, "no JSON object");
    const std::string category = CategoryIn(object);
    const std::string body = absl::StrCat(Text(object, "text"), Text(object, "body"));
    if (category.empty()) return WrongLine(file, number, "its category is not in the taxonomy");
    if (body.empty()) return WrongLine(file, number, "no text");
    trainer.Add(Text(object, "title"), body, category);
  }
  absl::StatusOr<text::CategoryModel> model = trainer.Train();
  if (!model.ok()) return absl::InvalidArgumentError(absl::StrCat(file, ": ", model.status().message()));
  return model->Serialize();
}

}  // namespace firstfloor::opinion
