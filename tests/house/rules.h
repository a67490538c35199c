// The rules of the house, as functions of a file's path and text. Each answers with what is wrong, a line
// each.
#ifndef FIRSTFLOOR_TESTS_HOUSE_RULES_H_
#define FIRSTFLOOR_TESTS_HOUSE_RULES_H_

#include <iosfwd>
#include <string>
#include <vector>

namespace firstfloor::house {

struct File {
  std::string path;  // from the root of the tree: "common/db/value.h"
  std::string text;
};

using Complaints = std::vector<std::string>;
using Rule = Complaints (*)(const File&);

// services/x includes common/, the protos and itself; common/ never includes a service.
Complaints ServicesDoNotIncludeEachOther(const File& file);
// The rooms of common/ depend in one direction.
Complaints RoomsDependDownwards(const File& file);
// Connector/C++, hiredis, rhonabwy, OpenTelemetry and gRPC are each seen by one room.
Complaints LibrariesStayInTheirRoom(const File& file);
// SQL stands in *_store.cc, in schema/ and in common/db alone.
Complaints SqlStaysInStores(const File& file);
// *_rules.cc take the time as an argument.
Complaints RulesDoNotAskTheClock(const File& file);
// The standard's string_view is not what Debian's Abseil takes.
Complaints StringViewsAreAbseils(const File& file);
// Nothing is left for later.
Complaints NothingIsLeftForLater(const File& file);
// The tree speaks of itself: no folder of a developer's machine, no package registry.
Complaints NothingOfAMachine(const File& file);
// No "manager", "helper", "utils".
Complaints NamesSaySomething(const File& file);

// Comments become blanks; literals stay.
std::string WithoutComments(const std::string& text);

struct NamedRule {
  const char* name;
  Rule rule;
};
const std::vector<NamedRule>& AllRules();
void PrintTo(const NamedRule& rule, std::ostream* out);

}  // namespace firstfloor::house

#endif  // FIRSTFLOOR_TESTS_HOUSE_RULES_H_
