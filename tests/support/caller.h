// Calls everything there is, so that a test finds real rows of every kind.
#ifndef FIRSTFLOOR_TESTS_SUPPORT_CALLER_H_
#define FIRSTFLOOR_TESTS_SUPPORT_CALLER_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/support/programs.h"
#include "tests/support/requests.h"

namespace firstfloor::testing {

// Waits until nothing follows any more from what was done.
void WaitUntilQuiet(Programs& programs);

// Speaks as one person, who has every role in the community "340111400". Reads are asked for by a second one
// too, who has the same roles.
class Caller {
 public:
  using Message = google::protobuf::Message;
  using MethodDescriptor = google::protobuf::MethodDescriptor;

  struct Person {
    std::string subject = "somebody";
    std::string other_subject = "somebody else";
  };
  // What a test adds; each may be left out.
  struct Hooks {
    // Before a request is sent.
    std::function<void(Message& request)> sending;
    // After a call that was carried out.
    std::function<void(const MethodDescriptor& method, const std::string& token, const Message& request,
                       const Message& reply)>
        done;
  };

  Caller(Programs& programs, Person person, Hooks hooks, std::string public_text = "known to all");

  // In several orders, so that different moves find a thing in a state that allows them; what ends things in
  // the last rounds only.
  void CallEverything();
  // The longer ways, step by step, which no order finds by chance. Afterwards the rows that they made are the
  // ones remembered.
  void TellStories();

  // A request that names the rows remembered.
  std::unique_ptr<Message> Request(const std::string& program, const MethodDescriptor& method,
                                   Filling::Optional optional);
  // "collection/uuid" by collection, as the program knows them.
  std::map<std::string, std::string> Names(const std::string& program) const;
  const std::string& token() const { return token_; }
  const std::string& other_token() const { return other_token_; }

  const std::set<std::string>& succeeded() const { return succeeded_; }
  // The last refusal of a method.
  const std::map<std::string, std::string>& refused() const { return refused_; }
  const std::vector<std::string>& errors() const { return errors_; }
  // Steps of the stories that were refused.
  const std::vector<std::string>& stuck() const { return stuck_; }

 private:
  void Call(const std::string& program, const MethodDescriptor& method);
  bool Ask(const std::string& program, const MethodDescriptor& method, const std::string& token,
           Filling::Optional optional);
  void Import(const std::string& program, const MethodDescriptor& method);
  absl::Status Send(const std::string& program, const MethodDescriptor& method, const std::string& token,
                    Message& request);
  std::unique_ptr<Message> Filled(const std::string& program, const MethodDescriptor& method,
                                  Filling::Optional optional) const;
  void Say(absl::string_view text, Message& request) const;
  void NoteNames(const std::string& program, const Message& message, bool listed);
  void ShowReceipt(Message& request) const;
  void NoteReceipt(const Message& reply);
  void Note(const MethodDescriptor& method, const absl::Status& status);

  Programs& programs_;
  const Hooks hooks_;
  const std::string public_text_;
  const std::string token_;
  const std::string other_token_;
  int round_ = 0;
  std::string receipt_;
  std::map<std::string, std::string> names_;
  std::map<std::string, std::string> erasures_;  // by program: every program has them
  std::set<std::string> succeeded_;
  std::map<std::string, std::string> refused_;
  std::vector<std::string> errors_;
  std::vector<std::string> stuck_;
};

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_SUPPORT_CALLER_H_
