// The model of categories that the operators supply: a flag of the program, and the command that makes it.
#ifndef FIRSTFLOOR_SERVICES_OPINION_CATEGORY_MODEL_H_
#define FIRSTFLOOR_SERVICES_OPINION_CATEGORY_MODEL_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/text/categories.h"
#include "firstfloor/opinion/v1/finding.pb.h"

namespace firstfloor::opinion {

// Names of the flags: --category_model_file.
std::vector<const char*> CategoryFlags();
// The model that the flag names; nullopt if it names none; INVALID_ARGUMENT in one clear line if it is no
// good, or has a category that is not in the taxonomy.
absl::StatusOr<std::optional<text::CategoryModel>> CategoryModelFromFlags();

// Up to three suggestions for a text; none without a model.
std::vector<v1::CategorySuggestion> SuggestCategories(const std::optional<text::CategoryModel>& model,
                                                      absl::string_view text);

// Learns from a file of JSON lines {"text", "category"}: "title" and "body" instead of "text" will do, and
// the levels "l1" and "l2" (which may be missing), each by its code or name in the taxonomy, instead of
// "category". Answers the model's file. INVALID_ARGUMENT naming the line if the file, or the taxonomy, is no
// good.
absl::StatusOr<std::string> TrainCategories(const std::string& file);

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_CATEGORY_MODEL_H_
