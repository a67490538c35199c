#include "common/program/main.h"

#include "common/db/schema/migrations.h"
#include "services/volunteer/furnish.h"

int main(int argc, char** argv) {
  return firstfloor::program::Main(argc, argv,
                                   {.name = "volunteer",
                                    .migrations = firstfloor::schema::Migrations(),
                                    .furnish = firstfloor::volunteer::Furnish});
}
