#include "common/program/main.h"

#include "common/db/schema/migrations.h"
#include "services/opinion/furnish.h"
#include "services/opinion/member_kinds.h"

int main(int argc, char** argv) {
  return firstfloor::program::Main(
      argc, argv,
      {.name = "opinion",
       .migrations = firstfloor::schema::Migrations(),
       .furnish = firstfloor::opinion::Furnish,
       .flags = firstfloor::opinion::MemberKindsFlags(),
       .check_flags = [] { return firstfloor::opinion::MemberKindsFromFlags().status(); }});
}
