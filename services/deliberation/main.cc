#include "common/program/main.h"

#include "common/db/schema/migrations.h"
#include "services/deliberation/furnish.h"

int main(int argc, char** argv) {
  return firstfloor::program::Main(argc, argv,
                                   {.name = "deliberation",
                                    .migrations = firstfloor::schema::Migrations(),
                                    .furnish = firstfloor::deliberation::Furnish});
}
