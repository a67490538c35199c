#include "common/program/main.h"

#include "common/db/schema/migrations.h"
#include "services/opinion/furnish.h"

int main(int argc, char** argv) {
  return firstfloor::program::Main(argc, argv,
                                   {.name = "opinion",
                                    .migrations = firstfloor::schema::Migrations(),
                                    .furnish = firstfloor::opinion::Furnish});
}
