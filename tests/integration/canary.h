// Strings that are personal data and occur nowhere else, and where they must not be found.
#ifndef FIRSTFLOOR_TESTS_INTEGRATION_CANARY_H_
#define FIRSTFLOOR_TESTS_INTEGRATION_CANARY_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace firstfloor::testing {

// Every canary bears one of a few marks, so that one pass over a text finds all of them.
class Canaries {
 public:
  Canaries();

  // Puts a canary into every personal text of `message` whose form has room for one.
  void Plant(google::protobuf::Message& message);
  // A new canary for `where`.
  std::string Text(const std::string& where);
  // From now on `text` is one too.
  void Watch(const std::string& where, const std::string& text) { watched_[text] = where; }
  int planted() const { return static_cast<int>(places_.size()); }

  // Where those canaries were put that `text` holds.
  std::vector<std::string> FoundIn(absl::string_view text) const;
  // The same for the files below `folder`, with their names.
  std::vector<std::string> FoundBelow(const std::string& folder) const;
  std::vector<std::string> FoundInFile(const std::string& path) const;

 private:
  void PlantIn(google::protobuf::Message& message, bool personal);
  std::string Shaped(const google::protobuf::FieldDescriptor& field);
  // A number of four digits that stands for `where`.
  std::string Number(const std::string& where);

  const std::string word_;                      // before the number in text
  const std::string digits_;                    // before the number in a telephone number
  std::map<std::string, std::string> places_;   // by number
  std::map<std::string, std::string> watched_;  // by text
};

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_INTEGRATION_CANARY_H_
