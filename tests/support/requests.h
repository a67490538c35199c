// Requests made from the field options alone: valid ones, and every way of being invalid.
#ifndef FIRSTFLOOR_TESTS_SUPPORT_REQUESTS_H_
#define FIRSTFLOOR_TESTS_SUPPORT_REQUESTS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "firstfloor/api/v1/field.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace firstfloor::testing {

// What a request is filled with where the field options leave a choice.
struct Filling {
  std::string area = "340111400001-CJ-07";
  // Which fields to fill beside the required ones.
  enum class Optional { kAll, kPersonal, kNone } optional = Optional::kAll;
  // Names to use by collection; a name that nothing has otherwise.
  std::map<std::string, std::string> names;
};

// The options of a field; an empty message if it has none.
const api::v1::Field& OptionsOf(const google::protobuf::FieldDescriptor& field);

// Fills every field of `message` that a caller can set so that the options hold.
void FillValidly(google::protobuf::Message& message, const Filling& filling);

// A request that breaks one rule of one field.
struct Mutant {
  std::unique_ptr<google::protobuf::Message> request;
  std::string field;  // as the violation names it: "opinion.attachments[0].uri"
  std::string what;   // for the reader of a failure: "too long"
};

// Every mutant of the valid request that FillValidly makes.
std::vector<Mutant> MutantsOf(const google::protobuf::Descriptor* type, const Filling& filling);

// True if the message is google.protobuf.*: it has no options, and rules of its own.
bool IsWellKnown(const google::protobuf::Descriptor* type);

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_SUPPORT_REQUESTS_H_
