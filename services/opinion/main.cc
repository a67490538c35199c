#include "common/program/main.h"

#include <string>
#include <vector>

#include "common/db/schema/migrations.h"
#include "common/error/macros.h"
#include "services/opinion/category_model.h"
#include "services/opinion/furnish.h"
#include "services/opinion/member_kinds.h"
#include "services/opinion/taxonomy.h"
#include "services/opinion/visit_topics.h"

int main(int argc, char** argv) {
  using namespace firstfloor;  // NOLINT(google-build-using-namespace): names of this file alone
  std::vector<const char*> flags = opinion::MemberKindsFlags();
  for (const char* flag : opinion::CategoryFlags()) flags.push_back(flag);
  for (const char* flag : opinion::VisitFlags()) flags.push_back(flag);
  for (const char* flag : opinion::taxonomy::Flags()) flags.push_back(flag);
  return program::Main(argc, argv,
                       {.name = "opinion",
                        .migrations = schema::Migrations(),
                        .furnish = opinion::Furnish,
                        .flags = flags,
                        .check_flags = []() -> absl::Status {
                          RETURN_IF_ERROR(opinion::MemberKindsFromFlags().status());
                          RETURN_IF_ERROR(opinion::VisitTopicsFromFlags().status());
                          // Before the model of categories, which must fit it.
                          RETURN_IF_ERROR(opinion::taxonomy::FromFlags().status());
                          return opinion::CategoryModelFromFlags().status();
                        },
                        // opinion train --from=FILE > MODEL
                        .commands = {{"train", [](const program::Settings& settings) {
                                        return opinion::TrainCategories(settings.from);
                                      }}}});
}
