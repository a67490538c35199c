#include "common/program/main.h"

#include "common/db/schema/migrations.h"
#include "services/outreach/furnish.h"
#include "services/outreach/local_hours.h"

int main(int argc, char** argv) {
  return firstfloor::program::Main(
      argc, argv,
      {.name = "outreach",
       .migrations = firstfloor::schema::Migrations(),
       .furnish = firstfloor::outreach::Furnish,
       .flags = firstfloor::outreach::HoursFlags(),
       .check_flags = [] { return firstfloor::outreach::HoursFromFlags().status(); }});
}
