#include "tests/support/requests.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/resource/table.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "tests/support/methods.h"

namespace firstfloor::testing {
namespace {

using api::v1::Field;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kDeepest = 6;

std::string Cut(std::string text, int max_len) {
  if (max_len > 0 && text.size() > static_cast<size_t>(max_len)) text.resize(static_cast<size_t>(max_len));
  return text;
}

std::string NameFor(const Field& option, const Filling& filling) {
  const std::string collection = std::vector<std::string>(absl::StrSplit(option.collection(), ',')).front();
  const auto known = filling.names.find(collection);
  if (known != filling.names.end()) return known->second;
  return absl::StrCat(collection.empty() ? "things" : collection, "/", resource::NewUuid());
}

// "2023-01-31", where a field is called a day or a date; "1990-05", where it is called a month.
std::string CivilText(const FieldDescriptor& field) {
  const absl::string_view name = field.name();
  if (name == "month" || absl::EndsWith(name, "_month")) return "1990-05";
  if (!absl::EndsWith(name, "_day") && !absl::EndsWith(name, "_date")) return "";
  return absl::StartsWith(name, "end") ? "2023-02-01" : "2023-01-01";
}

std::string TextFor(const FieldDescriptor& field, const Filling& filling) {
  const Field& option = OptionsOf(field);
  if (std::string civil = CivilText(field); !civil.empty()) return civil;
  switch (option.pattern()) {
    case api::v1::PATTERN_UUID:
      return resource::NewUuid();
    case api::v1::PATTERN_AREA:
      return filling.area;
    case api::v1::PATTERN_NAME:
      return NameFor(option, filling);
    case api::v1::PATTERN_CODE:
      return Cut("OTHER", option.max_len());
    case api::v1::PATTERN_E164:
      return "+8613800000000";
    case api::v1::PATTERN_URI:
      return Cut("https://files.invalid/1", option.max_len());
    case api::v1::PATTERN_SHA256:
      return std::string(64, 'a');
    case api::v1::PATTERN_RECEIPT:
      return "K7PM-3QXA-9FTR-V2";
    default:
      return Cut("word", option.max_len());
  }
}

int64_t NumberFor(const Field& option) {
  const int64_t least = option.has_min() ? option.min() : 0;
  const int64_t wanted = std::max<int64_t>(least, option.required() ? 1 : 0);
  return option.has_max() ? std::min(wanted, option.max()) : wanted;
}

// The first value that says something.
int EnumFor(const FieldDescriptor& field) {
  const auto* type = field.enum_type();
  for (int i = 0; i < type->value_count(); ++i) {
    if (type->value(i)->number() != 0) return type->value(i)->number();
  }
  return 0;
}

void SetNumber(Message& message, const FieldDescriptor* field, int64_t number) {
  const Reflection* reflection = message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection->SetInt32(&message, field, static_cast<int32_t>(number));
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection->SetInt64(&message, field, number);
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection->SetUInt32(&message, field, static_cast<uint32_t>(number));
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection->SetUInt64(&message, field, static_cast<uint64_t>(number));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection->SetDouble(&message, field, static_cast<double>(number));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return reflection->SetFloat(&message, field, static_cast<float>(number));
    default:
      return;
  }
}

void AddNumber(Message& message, const FieldDescriptor* field, int64_t number) {
  const Reflection* reflection = message.GetReflection();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    reflection->AddInt32(&message, field, static_cast<int32_t>(number));
  } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
    reflection->AddInt64(&message, field, number);
  }
}

void Fill(Message& message, const Filling& filling, int depth);

// Tomorrow; what ends does so a day later, and consent was given.
absl::Time TimeFor(const FieldDescriptor& field) {
  if (absl::StrContains(field.name(), "consent")) return absl::Now() - absl::Hours(1);
  for (const char* late : {"end", "due", "close", "until", "before", "expire"}) {
    if (absl::StrContains(field.name(), late)) return absl::Now() + absl::Hours(48);
  }
  return absl::Now() + absl::Hours(24);
}

void FillInside(Message& message, const FieldDescriptor& field, const Filling& filling, int depth) {
  if (!IsWellKnown(message.GetDescriptor())) return Fill(message, filling, depth + 1);
  if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
    message.GetReflection()->SetInt64(&message, message.GetDescriptor()->FindFieldByName("seconds"),
                                      absl::ToUnixSeconds(TimeFor(field)));
  }
}

void AddElement(Message& message, const FieldDescriptor* field, const Filling& filling, int depth) {
  const Reflection* reflection = message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return FillInside(*reflection->AddMessage(&message, field), *field, filling, depth);
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->AddString(&message, field, TextFor(*field, filling));
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection->AddEnumValue(&message, field, EnumFor(*field));
    default:
      return AddNumber(message, field, NumberFor(OptionsOf(*field)));
  }
}

void SetField(Message& message, const FieldDescriptor* field, const Filling& filling, int depth) {
  const Reflection* reflection = message.GetReflection();
  const Field& option = OptionsOf(*field);
  if (field->is_repeated()) {
    const int wanted = std::max(1, option.min_items());
    while (reflection->FieldSize(message, field) < wanted) {
      const int before = reflection->FieldSize(message, field);
      AddElement(message, field, filling, depth);
      if (reflection->FieldSize(message, field) == before) return;
    }
    return;
  }
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return FillInside(*reflection->MutableMessage(&message, field), *field, filling, depth);
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->SetString(&message, field, TextFor(*field, filling));
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection->SetEnumValue(&message, field, EnumFor(*field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->SetBool(&message, field, option.required());
    default:
      return SetNumber(message, field, NumberFor(option));
  }
}

// A page token or an etag that was not given out would be refused before anything is done.
bool IsGivenOut(const FieldDescriptor* field) {
  return field->name() == "page_token" || field->name() == "etag" || field->name() == "cursor";
}

bool IsWanted(const FieldDescriptor* field, const Filling& filling, int depth) {
  const Field& option = OptionsOf(*field);
  if (option.required() || option.min_items() > 0) return true;
  if (IsGivenOut(field) || depth > kDeepest || filling.optional == Filling::Optional::kNone) return false;
  return filling.optional == Filling::Optional::kAll || option.personal();
}

// Of an update: everything that the request says.
void FillMask(Message& message) {
  const Descriptor* type = message.GetDescriptor();
  const FieldDescriptor* mask = type->FindFieldByName("update_mask");
  if (mask == nullptr || mask->message_type() != google::protobuf::FieldMask::descriptor()) return;
  const Message* resource = &message;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->message_type() == nullptr || field->is_repeated()) continue;
    if (field->message_type()->FindFieldByName("update_time") != nullptr) {
      resource = &message.GetReflection()->GetMessage(message, field);
    }
  }
  google::protobuf::FieldMask paths;
  std::vector<const FieldDescriptor*> fields;
  resource->GetReflection()->ListFields(*resource, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool about_the_request = field == mask || field->name() == "name" || field->name() == "request_id";
    if (!about_the_request && !OptionsOf(*field).immutable()) paths.add_paths(field->name());
  }
  message.GetReflection()->MutableMessage(&message, mask)->CopyFrom(paths);
}

bool IsSecondOfOneof(const Message& message, const FieldDescriptor* field) {
  const auto* oneof = field->real_containing_oneof();
  return oneof != nullptr && message.GetReflection()->HasOneof(message, oneof);
}

void Fill(Message& message, const Filling& filling, int depth) {
  const Descriptor* type = message.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    const Field& option = OptionsOf(*field);
    if (option.output_only() || field->is_map() || IsSecondOfOneof(message, field)) continue;
    if (IsWanted(field, filling, depth)) SetField(message, field, filling, depth);
  }
  if (depth == 0) FillMask(message);
}

// ---- mutants ----

// Goes through all fields that can be set and breaks each in a copy of the valid request.
class Mutation {
 public:
  Mutation(const Descriptor* type, const Filling& filling) : valid_(NewMessage(type)), filling_(filling) {
    FillValidly(*valid_, filling_);
  }

  std::vector<Mutant> All() {
    Walk(valid_->GetDescriptor());
    return std::move(mutants_);
  }

 private:
  void Walk(const Descriptor* type) {
    if (path_.size() > static_cast<size_t>(kDeepest)) return;
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (OptionsOf(*field).output_only() || field->is_map()) continue;
      path_.push_back(field);
      BreakField(field);
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !IsWellKnown(field->message_type())) {
        Walk(field->message_type());
      }
      path_.pop_back();
    }
  }

  void BreakField(const FieldDescriptor* field) {
    if (field->is_repeated()) BreakSize(field);
    if (OptionsOf(*field).required() && !field->is_repeated() &&
        field->cpp_type() != FieldDescriptor::CPPTYPE_BOOL) {
      Clear(field);
    }
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return BreakText(field);
      case FieldDescriptor::CPPTYPE_ENUM:
        return Put("an unknown value", [&](Message& parent) { PutEnum(parent, field, 987'654); });
      case FieldDescriptor::CPPTYPE_INT32:
        return BreakNumber(field, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max());
      case FieldDescriptor::CPPTYPE_INT64:
        return BreakNumber(field, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max());
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return BreakFraction(field);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (field->message_type() == google::protobuf::Timestamp::descriptor()) BreakTime(field);
        return;
      default:
        return;
    }
  }

  void Clear(const FieldDescriptor* field) {
    Put("not set", [&](Message& parent) { parent.GetReflection()->ClearField(&parent, field); });
  }

  void BreakSize(const FieldDescriptor* field) {
    const Field& option = OptionsOf(*field);
    if (option.max_items() > 0) {
      PutList("too many elements", [&](Message& parent) {
        while (parent.GetReflection()->FieldSize(parent, field) <= option.max_items()) {
          AddElement(parent, field, filling_, static_cast<int>(path_.size()));
        }
      });
    }
    const int least = option.required() ? std::max(1, option.min_items()) : option.min_items();
    if (least > 0) {
      PutList("too few elements", [&](Message& parent) {
        while (parent.GetReflection()->FieldSize(parent, field) >= least) {
          parent.GetReflection()->RemoveLast(&parent, field);
        }
      });
    }
  }

  void BreakText(const FieldDescriptor* field) {
    const Field& option = OptionsOf(*field);
    const auto put = [&](const std::string& what, std::string text) {
      Put(what, [&](Message& parent) { PutText(parent, field, std::move(text)); });
    };
    if (option.max_len() > 0) put("too long", std::string(static_cast<size_t>(option.max_len()) + 1, 'a'));
    if (field->type() == FieldDescriptor::TYPE_BYTES) return;
    std::string with_nul = TextFor(*field, filling_);
    with_nul.back() = '\0';
    put("with NUL", std::move(with_nul));
    switch (option.pattern()) {
      case api::v1::PATTERN_UNSPECIFIED:
        return;
      case api::v1::PATTERN_LINE:
        if (option.max_len() != 1) put("with CRLF", "\r\n");
        return put("with DEL", "\x7f");
      case api::v1::PATTERN_NAME:
        put("of another collection", Cut(absl::StrCat("others/", resource::NewUuid()), option.max_len()));
        return put("no name", "'");
      default:
        return put("of another form", "'");
    }
  }

  void BreakNumber(const FieldDescriptor* field, int64_t smallest, int64_t largest) {
    const Field& option = OptionsOf(*field);
    if (option.has_min() && option.min() > smallest) {
      Put("below the minimum", [&](Message& parent) { PutNumber(parent, field, option.min() - 1); });
    }
    if (option.has_max() && option.max() < largest) {
      Put("above the maximum", [&](Message& parent) { PutNumber(parent, field, option.max() + 1); });
    }
  }

  void BreakFraction(const FieldDescriptor* field) {
    const Field& option = OptionsOf(*field);
    if (field->is_repeated()) return;
    const auto put = [&](const std::string& what, double number) {
      Put(what, [&](Message& parent) { parent.GetReflection()->SetDouble(&parent, field, number); });
    };
    if (option.has_min()) put("below the minimum", static_cast<double>(option.min()) - 0.001);
    if (option.has_max()) put("above the maximum", static_cast<double>(option.max()) + 0.001);
    put("not a number", std::numeric_limits<double>::quiet_NaN());
    put("without end", std::numeric_limits<double>::infinity());
  }

  void BreakTime(const FieldDescriptor* field) {
    Put("not a time", [&](Message& parent) {
      const Reflection* reflection = parent.GetReflection();
      Message* time =
          field->is_repeated() ? FirstMessage(parent, field) : reflection->MutableMessage(&parent, field);
      time->GetReflection()->SetInt64(time, time->GetDescriptor()->FindFieldByName("seconds"),
                                      std::numeric_limits<int64_t>::max());
    });
  }

  // One element of the list, whatever the list is about.
  Message* FirstMessage(Message& parent, const FieldDescriptor* field) {
    const Reflection* reflection = parent.GetReflection();
    if (reflection->FieldSize(parent, field) == 0) {
      AddElement(parent, field, filling_, static_cast<int>(path_.size()));
    }
    return reflection->MutableRepeatedMessage(&parent, field, 0);
  }

  void EnsureElement(Message& parent, const FieldDescriptor* field) {
    if (parent.GetReflection()->FieldSize(parent, field) == 0) {
      AddElement(parent, field, filling_, static_cast<int>(path_.size()));
    }
  }

  void PutText(Message& parent, const FieldDescriptor* field, std::string text) {
    if (!field->is_repeated()) return parent.GetReflection()->SetString(&parent, field, std::move(text));
    EnsureElement(parent, field);
    parent.GetReflection()->SetRepeatedString(&parent, field, 0, std::move(text));
  }

  void PutEnum(Message& parent, const FieldDescriptor* field, int number) {
    if (!field->is_repeated()) return parent.GetReflection()->SetEnumValue(&parent, field, number);
    EnsureElement(parent, field);
    parent.GetReflection()->SetRepeatedEnumValue(&parent, field, 0, number);
  }

  void PutNumber(Message& parent, const FieldDescriptor* field, int64_t number) {
    if (!field->is_repeated()) return SetNumber(parent, field, number);
    EnsureElement(parent, field);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
      parent.GetReflection()->SetRepeatedInt32(&parent, field, 0, static_cast<int32_t>(number));
    } else {
      parent.GetReflection()->SetRepeatedInt64(&parent, field, 0, number);
    }
  }

  // A copy of the valid request, and in it the message that holds the field at the end of the path.
  Message* Reach(Message& request) {
    Message* at = &request;
    for (size_t i = 0; i + 1 < path_.size(); ++i) {
      const FieldDescriptor* field = path_[i];
      const Reflection* reflection = at->GetReflection();
      if (field->is_repeated()) {
        at = FirstMessage(*at, field);
        continue;
      }
      const bool there = reflection->HasField(*at, field);
      Message* inside = reflection->MutableMessage(at, field);
      if (!there) FillInside(*inside, *field, filling_, static_cast<int>(i));
      at = inside;
    }
    return at;
  }

  std::string PathText(bool element) const {
    std::string text;
    for (size_t i = 0; i < path_.size(); ++i) {
      absl::StrAppend(&text, i == 0 ? "" : ".", path_[i]->name());
      if (path_[i]->is_repeated() && (element || i + 1 < path_.size())) absl::StrAppend(&text, "[0]");
    }
    return text;
  }

  template <typename Break>
  void Put(const std::string& what, Break break_it, bool element = true) {
    Mutant mutant;
    mutant.request = NewMessage(valid_->GetDescriptor());
    mutant.request->CopyFrom(*valid_);
    break_it(*Reach(*mutant.request));
    mutant.field = PathText(element);
    mutant.what = what;
    mutants_.push_back(std::move(mutant));
  }

  template <typename Break>
  void PutList(const std::string& what, Break break_it) {
    Put(what, break_it, /*element=*/false);
  }

  std::unique_ptr<Message> valid_;
  const Filling& filling_;
  std::vector<const FieldDescriptor*> path_;
  std::vector<Mutant> mutants_;
};

}  // namespace

const Field& OptionsOf(const FieldDescriptor& field) { return field.options().GetExtension(api::v1::field); }

bool IsWellKnown(const Descriptor* type) { return absl::StartsWith(type->full_name(), "google."); }

void FillValidly(Message& message, const Filling& filling) { Fill(message, filling, 0); }

std::vector<Mutant> MutantsOf(const Descriptor* type, const Filling& filling) {
  return Mutation(type, filling).All();
}

}  // namespace firstfloor::testing
