#include "common/privacy/personal.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "firstfloor/api/v1/field.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/unknown_field_set.h"

namespace firstfloor::privacy {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;

bool IsPersonal(const FieldDescriptor* field) {
  return field->options().GetExtension(api::v1::field).personal();
}

bool Reaches(const Descriptor* type, absl::flat_hash_set<const Descriptor*>& seen) {
  if (!seen.insert(type).second) return false;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (IsPersonal(field)) return true;
    if (field->message_type() != nullptr && Reaches(field->message_type(), seen)) return true;
  }
  return false;
}

bool ReachesPersonal(const Descriptor* type) {
  absl::flat_hash_set<const Descriptor*> seen;
  return Reaches(type, seen);
}

struct Plan;

struct Step {
  const FieldDescriptor* field;
  // The plan of the messages in a field that is not personal but has personal fields inside; null for a
  // personal field.
  const Plan* inside;
};

// The fields of a type that are personal or have something personal inside.
struct Plan {
  std::vector<Step> steps;
};

// The plans made so far. A thread asks it once a type and then remembers the answer, without a lock.
class Plans {
 public:
  const Plan& Of(const Descriptor* type) {
    absl::MutexLock lock(&mutex_);
    return *Make(type);
  }

 private:
  const Plan* Make(const Descriptor* type) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto [place, is_new] = plans_.try_emplace(type);
    if (!is_new) return place->second.get();
    // In place before its steps are: a type may reach itself.
    place->second = std::make_unique<Plan>();
    Plan* const plan = place->second.get();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (IsPersonal(field)) {
        plan->steps.push_back({field, nullptr});
      } else if (field->message_type() != nullptr && ReachesPersonal(field->message_type())) {
        plan->steps.push_back({field, Make(field->message_type())});
      }
    }
    return plan;
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

bool IsSet(const Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  return field->is_repeated() ? reflection->FieldSize(message, field) > 0
                              : reflection->HasField(message, field);
}

bool HoldsPersonal(const Message& message, const Plan& plan);

// Whether Split moves the field as a whole. Elements of a list are not split one by one: an element of
// `personal` could not say which element of `whole` it belongs to.
bool MovesWhole(const Step& step) { return step.inside == nullptr || step.field->is_repeated(); }

bool HasToMove(const Message& message, const Step& step) {
  if (!IsSet(message, step.field)) return false;
  return MovesWhole(step) ||
         HoldsPersonal(message.GetReflection()->GetMessage(message, step.field), *step.inside);
}

bool HoldsPersonal(const Message& message, const Plan& plan) {
  for (const Step& step : plan.steps) {
    if (HasToMove(message, step)) return true;
  }
  return false;
}

void SplitBy(const Plan& plan, Message& whole, Message& personal) {
  const Reflection* reflection = whole.GetReflection();
  std::vector<const FieldDescriptor*> moved;
  for (const Step& step : plan.steps) {
    if (!HasToMove(whole, step)) continue;
    if (MovesWhole(step)) {
      moved.push_back(step.field);
    } else {
      SplitBy(*step.inside, *reflection->MutableMessage(&whole, step.field),
              *reflection->MutableMessage(&personal, step.field));
    }
  }
  if (!moved.empty()) reflection->SwapFields(&whole, &personal, moved);
}

// Applies `act` (a message, a personal field of it that is set) wherever there is such a field.
template <typename Act>
void ForEachPersonalField(const Plan& plan, Message& message, const Act& act) {
  const Reflection* reflection = message.GetReflection();
  for (const Step& step : plan.steps) {
    if (!IsSet(message, step.field)) continue;
    if (step.inside == nullptr) {
      act(message, step.field);
    } else if (!step.field->is_repeated()) {
      ForEachPersonalField(*step.inside, *reflection->MutableMessage(&message, step.field), act);
    } else {
      for (int i = 0; i < reflection->FieldSize(message, step.field); ++i) {
        ForEachPersonalField(*step.inside, *reflection->MutableRepeatedMessage(&message, step.field, i), act);
      }
    }
  }
}

constexpr size_t kMostCodePoints = 32;

bool BeginsCodePoint(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

size_t CodePoints(absl::string_view text) {
  size_t count = 0;
  for (const char byte : text) count += BeginsCodePoint(byte) ? 1 : 0;
  return count;
}

absl::string_view FirstCodePoint(absl::string_view text) {
  size_t size = 1;
  while (size < text.size() && !BeginsCodePoint(text[size])) ++size;
  return text.substr(0, size);
}

bool AreDigits(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

// E.164, or a mobile number as it is written in China. Other rows of digits (of an identity card, of an
// account) must not show their ends.
bool IsPhone(absl::string_view text) {
  if (absl::ConsumePrefix(&text, "+")) return text.size() >= 8 && text.size() <= 15 && AreDigits(text);
  return text.size() == 11 && text.front() == '1' && AreDigits(text);
}

std::string MaskedPhone(absl::string_view phone) {
  constexpr size_t kShownFirst = 3;
  constexpr size_t kShownLast = 2;
  const size_t country = absl::StartsWith(phone, "+86") ? 3 : absl::StartsWith(phone, "+") ? 1 : 0;
  const size_t digits = phone.size() - country;
  return absl::StrCat(phone.substr(0, country + kShownFirst),
                      std::string(digits - kShownFirst - kShownLast, '*'),
                      phone.substr(phone.size() - kShownLast));
}

std::string Masked(absl::string_view text) {
  const size_t code_points = CodePoints(text);
  if (text.empty() || code_points > kMostCodePoints) return "";
  if (IsPhone(text)) return MaskedPhone(text);
  return code_points < 2 ? "*" : absl::StrCat(FirstCodePoint(text), "*");
}

// Times, wrappers, structs: values rather than messages with fields of their own.
bool IsValueType(const Descriptor* type) {
  const std::string& package = type->file()->package();
  return package == "google.protobuf" || package == "google.type";
}

void MaskAll(Message& message);

void MaskStrings(Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  if (!field->is_repeated()) {
    std::string masked = Masked(reflection->GetString(message, field));
    if (masked.empty()) return reflection->ClearField(&message, field);
    return reflection->SetString(&message, field, std::move(masked));
  }
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    reflection->SetRepeatedString(&message, field, i,
                                  Masked(reflection->GetRepeatedString(message, field, i)));
  }
}

void MaskMessages(Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  if (!field->is_repeated()) return MaskAll(*reflection->MutableMessage(&message, field));
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    MaskAll(*reflection->MutableRepeatedMessage(&message, field, i));
  }
}

void MaskField(Message& message, const FieldDescriptor* field) {
  if (field->type() == FieldDescriptor::TYPE_STRING) {
    MaskStrings(message, field);
  } else if (field->message_type() != nullptr && !field->is_map() && !IsValueType(field->message_type())) {
    MaskMessages(message, field);
  } else {
    message.GetReflection()->ClearField(&message, field);
  }
}

// Masks a message that is personal as a whole.
void MaskAll(Message& message) {
  const Reflection* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) MaskField(message, field);
  reflection->MutableUnknownFields(&message)->Clear();
}

}  // namespace

bool HasPersonal(const Descriptor* type) { return !PlanOf(type).steps.empty(); }

void Split(Message& whole, Message& personal) {
  personal.Clear();
  SplitBy(PlanOf(whole.GetDescriptor()), whole, personal);
}

void MergeBack(Message& whole, const Message& personal) {
  // Each field is in one of the two alone, but for the messages on the way to personal fields.
  whole.MergeFrom(personal);
}

void Mask(Message& message) { ForEachPersonalField(PlanOf(message.GetDescriptor()), message, MaskField); }

void Strip(Message& message) {
  ForEachPersonalField(PlanOf(message.GetDescriptor()), message,
                       [](Message& holder, const FieldDescriptor* field) {
                         holder.GetReflection()->ClearField(&holder, field);
                       });
}

}  // namespace firstfloor::privacy
