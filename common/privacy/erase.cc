#include "common/privacy/erase.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/privacy/personal.h"
#include "firstfloor/api/v1/field.pb.h"

namespace firstfloor::privacy {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;

constexpr char kBlank[] = "***";
constexpr size_t kShortestWord = 4;  // bytes: less than two Chinese characters, or a few letters, say nothing
constexpr size_t kNationalNumber = 11;

const api::v1::Field& OptionsOf(const FieldDescriptor& field) {
  return field.options().GetExtension(api::v1::field);
}

bool IsText(const FieldDescriptor& field) { return field.type() == FieldDescriptor::TYPE_STRING; }
bool IsMessage(const FieldDescriptor& field) { return field.message_type() != nullptr && !field.is_map(); }

struct Plan;

// A field that names somebody, or a message in which somebody may be named.
struct Step {
  const FieldDescriptor* field;
  const Plan* inside;  // null: a text that names somebody
  bool owner;
};

// What a type says of people.
struct Plan {
  std::vector<Step> steps;
  const FieldDescriptor* subject = nullptr;  // whom a message of the type names by itself
  std::vector<const FieldDescriptor*> personal;
  std::vector<const FieldDescriptor*> messages;
  bool people = false;
};

// The plans made so far. A thread asks once a type and then remembers the answer, without a lock.
class Plans {
 public:
  const Plan& Of(const Descriptor* type) {
    absl::MutexLock lock(&mutex_);
    const Plan* const plan = Make(type);
    // Whether people are named is known when all plans that reach each other are made.
    for (bool grew = true; grew;) {
      grew = false;
      for (auto& [known, made] : plans_) grew = Grow(*made) || grew;
    }
    return *plan;
  }

 private:
  Plan* Make(const Descriptor* type) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto [place, is_new] = plans_.try_emplace(type);
    if (!is_new) return place->second.get();
    // In place before its steps are: a type may reach itself.
    place->second = std::make_unique<Plan>();
    Plan* const plan = place->second.get();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      const api::v1::Field& options = OptionsOf(*field);
      if (options.personal()) plan->personal.push_back(field);
      if (IsText(*field) && options.subject() && !field->is_repeated()) plan->subject = field;
      if (IsText(*field) && (options.subject() || options.owner())) {
        plan->steps.push_back({field, nullptr, options.owner()});
        plan->people = true;
      } else if (IsMessage(*field)) {
        plan->messages.push_back(field);
        plan->steps.push_back({field, Make(field->message_type()), options.owner()});
      }
    }
    return plan;
  }

  static bool Grow(Plan& plan) {
    if (plan.people) return false;
    plan.people = std::any_of(plan.steps.begin(), plan.steps.end(),
                              [](const Step& step) { return step.inside != nullptr && step.inside->people; });
    return plan.people;
  }

  absl::Mutex mutex_;
  absl::flat_hash_map<const Descriptor*, std::unique_ptr<Plan>> plans_ ABSL_GUARDED_BY(mutex_);
};

const Plan& PlanOf(const Descriptor* type) {
  static Plans plans;
  thread_local absl::flat_hash_map<const Descriptor*, const Plan*> known;
  const Plan*& plan = known[type];
  if (plan == nullptr) plan = &plans.Of(type);
  return *plan;
}

// Calls `visit` with every message in the field.
template <typename Visit>
void ForEachMessage(const Message& message, const FieldDescriptor* field, const Visit& visit) {
  const Reflection* reflection = message.GetReflection();
  if (!field->is_repeated()) {
    if (reflection->HasField(message, field)) visit(reflection->GetMessage(message, field));
    return;
  }
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    visit(reflection->GetRepeatedMessage(message, field, i));
  }
}

template <typename Visit>
void ForEachMutable(Message& message, const FieldDescriptor* field, const Visit& visit) {
  const Reflection* reflection = message.GetReflection();
  if (!field->is_repeated()) {
    if (reflection->HasField(message, field)) visit(*reflection->MutableMessage(&message, field));
    return;
  }
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    visit(*reflection->MutableRepeatedMessage(&message, field, i));
  }
}

template <typename Visit>
void ForEachText(const Message& message, const FieldDescriptor* field, const Visit& visit) {
  const Reflection* reflection = message.GetReflection();
  if (!field->is_repeated()) return visit(reflection->GetString(message, field));
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    visit(reflection->GetRepeatedString(message, field, i));
  }
}

// Whom a message names by itself; "" if nobody.
std::string SubjectOf(const Message& message, const Plan& plan) {
  return plan.subject == nullptr ? "" : message.GetReflection()->GetString(message, plan.subject);
}

bool NamesErased(const Message& message, const Plan& plan, IsErased is_erased) {
  const std::string subject = SubjectOf(message, plan);
  return !subject.empty() && is_erased(*plan.subject, subject);
}

// Whether the step itself, not something further inside, names somebody who is to be erased.
bool StepNames(const Message& message, const Step& step, IsErased is_erased) {
  bool found = false;
  if (step.inside == nullptr) {
    ForEachText(message, step.field, [&](const std::string& value) {
      found = found || (!value.empty() && is_erased(*step.field, value));
    });
  } else {
    ForEachMessage(message, step.field, [&](const Message& inside) {
      found = found || NamesErased(inside, *step.inside, is_erased);
    });
  }
  return found;
}

bool NamesIn(const Message& message, const Plan& plan, IsErased is_erased) {
  if (!plan.people) return false;
  for (const Step& step : plan.steps) {
    if (StepNames(message, step, is_erased)) return true;
    if (step.inside == nullptr) continue;
    bool found = false;
    ForEachMessage(message, step.field,
                   [&](const Message& inside) { found = found || NamesIn(inside, *step.inside, is_erased); });
    if (found) return true;
  }
  return false;
}

class Eraser {
 public:
  explicit Eraser(IsErased is_erased) : is_erased_(is_erased) {}

  Erased In(Message& message, const Plan& plan) {
    Erased erased;
    if (!plan.people) return erased;
    for (const Step& step : plan.steps) {
      erased.owner = erased.owner || (step.owner && StepNames(message, step, is_erased_));
    }
    if (erased.owner) {
      Remember(message, plan);
      // A resource that is about the person may say nothing personal.
      const size_t before = message.ByteSizeLong();
      ClearPersonal(message, plan);
      erased.any = message.ByteSizeLong() < before;
    }
    for (const Step& step : plan.steps) {
      erased.any = EraseStep(message, step) || erased.any;
    }
    return erased;
  }

  // Blanks the people's names and numbers out in the personal texts of `message`.
  void Blank(Message& message, const Plan& plan, bool personal) const {
    if (words_.empty()) return;
    if (personal && plan.subject != nullptr) return;  // somebody else of the same name keeps it
    for (const FieldDescriptor* field : plan.messages) {
      const bool inside = personal || OptionsOf(*field).personal();
      ForEachMutable(message, field, [&](Message& m) { Blank(m, PlanOf(m.GetDescriptor()), inside); });
    }
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (IsFreeText(*field) && (personal || OptionsOf(*field).personal())) BlankText(message, field);
    }
  }

 private:
  bool EraseStep(Message& message, const Step& step) {
    const Reflection* reflection = message.GetReflection();
    if (step.inside == nullptr) {
      if (step.owner || !StepNames(message, step, is_erased_)) return false;
      reflection->ClearField(&message, step.field);
      return true;
    }
    bool any = false;
    bool clear = false;
    const bool personal = OptionsOf(*step.field).personal();
    ForEachMutable(message, step.field, [&](Message& inside) {
      if (!personal || !NamesErased(inside, *step.inside, is_erased_)) {
        any = In(inside, *step.inside).any || any;
        return;
      }
      RememberPerson(inside);
      any = true;
      if (step.field->is_repeated()) {
        inside.Clear();
      } else {
        clear = true;
      }
    });
    if (clear) reflection->ClearField(&message, step.field);
    return any;
  }

  // Clears what is personal, at any depth. What names somebody else beside the person stays.
  void ClearPersonal(Message& message, const Plan& plan) {
    const Reflection* reflection = message.GetReflection();
    for (const FieldDescriptor* field : plan.personal) {
      if (!NamesSomebodyElse(message, field)) reflection->ClearField(&message, field);
    }
    for (const FieldDescriptor* field : plan.messages) {
      if (OptionsOf(*field).personal()) continue;
      ForEachMutable(message, field, [](Message& inside) { Strip(inside); });
    }
  }

  bool NamesSomebodyElse(const Message& message, const FieldDescriptor* field) const {
    if (!IsMessage(*field) || field->is_repeated() || !message.GetReflection()->HasField(message, field)) {
      return false;
    }
    const Message& inside = message.GetReflection()->GetMessage(message, field);
    const Plan& plan = PlanOf(inside.GetDescriptor());
    return !SubjectOf(inside, plan).empty() && !NamesErased(inside, plan, is_erased_);
  }

  void Remember(const Message& message, const Plan& plan) {
    for (const Step& step : plan.steps) {
      if (step.inside == nullptr) continue;
      ForEachMessage(message, step.field, [&](const Message& inside) {
        if (NamesErased(inside, *step.inside, is_erased_)) RememberPerson(inside);
      });
    }
  }

  void RememberPerson(const Message& person) {
    std::vector<const FieldDescriptor*> fields;
    person.GetReflection()->ListFields(person, &fields);
    for (const FieldDescriptor* field : fields) {
      if (!IsText(*field)) continue;
      ForEachText(person, field, [&](const std::string& word) {
        if (word.size() < kShortestWord) return;
        words_.push_back(word);
        // People write a number without the country's code.
        if (absl::StartsWith(word, "+86") && word.size() == kNationalNumber + 3) {
          words_.push_back(word.substr(3));
        }
      });
    }
  }

  static bool IsFreeText(const FieldDescriptor& field) {
    const api::v1::Pattern pattern = OptionsOf(field).pattern();
    return IsText(field) && (pattern == api::v1::PATTERN_UNSPECIFIED || pattern == api::v1::PATTERN_LINE);
  }

  std::string Blanked(std::string text) const {
    for (const std::string& word : words_) absl::StrReplaceAll({{word, kBlank}}, &text);
    return text;
  }

  void BlankText(Message& message, const FieldDescriptor* field) const {
    const Reflection* reflection = message.GetReflection();
    if (!field->is_repeated()) {
      return reflection->SetString(&message, field, Blanked(reflection->GetString(message, field)));
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      reflection->SetRepeatedString(&message, field, i,
                                    Blanked(reflection->GetRepeatedString(message, field, i)));
    }
  }

  const IsErased is_erased_;
  std::vector<std::string> words_;
};

void CollectOwners(const Descriptor* type, std::vector<const Descriptor*>& seen,
                   std::vector<std::string>& collections) {
  if (std::find(seen.begin(), seen.end(), type) != seen.end()) return;
  seen.push_back(type);
  for (int i = 0; i < type->field_count(); ++i) {
    const api::v1::Field& options = OptionsOf(*type->field(i));
    if (options.owner() && !options.collection().empty()) collections.push_back(options.collection());
    if (type->field(i)->message_type() != nullptr) {
      CollectOwners(type->field(i)->message_type(), seen, collections);
    }
  }
}

}  // namespace

bool NamesPeople(const Descriptor* type) { return PlanOf(type).people; }

std::vector<std::string> OwnerCollections(const Descriptor* type) {
  std::vector<const Descriptor*> seen;
  std::vector<std::string> collections;
  CollectOwners(type, seen, collections);
  return collections;
}

bool Names(const Message& message, IsErased is_erased) {
  return NamesIn(message, PlanOf(message.GetDescriptor()), is_erased);
}

Erased Erase(Message& message, IsErased is_erased) {
  const Plan& plan = PlanOf(message.GetDescriptor());
  Eraser eraser(is_erased);
  const Erased erased = eraser.In(message, plan);
  if (erased.any) eraser.Blank(message, plan, false);
  return erased;
}

}  // namespace firstfloor::privacy
