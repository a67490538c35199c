#include "common/rpc/validate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/area/registry.h"
#include "common/error/error.h"
#include "firstfloor/api/v1/field.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace firstfloor::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kDeepestNesting = 16;
constexpr int kMostPaths = 100;  // of a field mask
constexpr size_t kLongestPath = 200;

bool IsHexDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool IsUuid(absl::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !IsHexDigit(text[i])) return false;
  }
  return true;
}

bool IsUri(absl::string_view text) {
  for (const absl::string_view scheme : {"https://", "http://", "s3://"}) {
    if (absl::StartsWith(text, scheme)) {
      if (text.size() == scheme.size()) return false;
      for (const unsigned char c : text) {
        if (c <= ' ' || c == 0x7f) return false;
      }
      return true;
    }
  }
  return false;
}

bool IsName(absl::string_view text, absl::string_view collections) {
  const size_t slash = text.find('/');
  if (slash == absl::string_view::npos || !IsUuid(text.substr(slash + 1))) return false;
  if (collections.empty()) return true;
  for (const absl::string_view collection : absl::StrSplit(collections, ',')) {
    if (text.substr(0, slash) == collection) return true;
  }
  return false;
}

bool IsCode(absl::string_view text) {
  if (text.empty() || !absl::ascii_isupper(text[0])) return false;
  for (const char c : text) {
    if (!absl::ascii_isupper(c) && !absl::ascii_isdigit(c) && c != '_') return false;
  }
  return true;
}

bool IsE164(absl::string_view text) {
  if (text.size() < 8 || text.size() > 16 || text[0] != '+' || text[1] == '0') return false;
  for (const char c : text.substr(1)) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return true;
}

bool IsSha256(absl::string_view text) {
  if (text.size() != 64) return false;
  for (const char c : text) {
    if (!IsHexDigit(c)) return false;
  }
  return true;
}

bool IsReceipt(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isalnum(c) && c != '-' && c != ' ') return false;
  }
  return true;
}

bool IsLine(absl::string_view text) {
  for (const unsigned char c : text) {
    if (c < ' ' || c == 0x7f) return false;
  }
  return true;
}

size_t CodePoints(absl::string_view text) {
  size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

}  // namespace

struct Validator::Plan {
  struct Rule {
    const FieldDescriptor* field;
    api::v1::Field option;
    Plan* inside = nullptr;  // of a message field
  };

  // Types already planned, so that recursive types end.
  using Known = std::map<const Descriptor*, std::unique_ptr<Plan>>;

  static Plan* For(const Descriptor* type, Known& known) {
    std::unique_ptr<Plan>& slot = known[type];
    if (slot != nullptr) return slot.get();
    slot = std::make_unique<Plan>();
    Plan* plan = slot.get();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      Rule rule{field, field->options().GetExtension(api::v1::field), nullptr};
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_map()) {
        rule.inside = For(field->message_type(), known);
      }
      plan->rules.push_back(std::move(rule));
    }
    return plan;
  }

  std::vector<Rule> rules;
  Known known;  // only in the root: owns everything
};

namespace {

// One pass over one request.
class Pass {
 public:
  explicit Pass(const area::Registry* areas) : areas_(areas) {}

  template <typename Plan>
  void Walk(Message& message, const Plan& plan, const std::string& path, int depth) {
    if (depth > kDeepestNesting) {
      violations_.Add(path, "is nested too deeply");
      return;
    }
    const Reflection* reflection = message.GetReflection();
    for (const auto& rule : plan.rules) {
      const FieldDescriptor* field = rule.field;
      if (rule.option.output_only()) {
        reflection->ClearField(&message, field);
        continue;
      }
      if (field->is_repeated()) {
        List(message, rule, path, depth);
      } else {
        Single(message, rule, path, depth);
      }
    }
  }

  absl::Status Result() const { return violations_.ToStatus(); }

 private:
  static std::string Join(const std::string& path, const FieldDescriptor* field) {
    return path.empty() ? field->name() : absl::StrCat(path, ".", field->name());
  }

  template <typename Rule>
  void Single(Message& message, const Rule& rule, const std::string& path, int depth) {
    const Reflection* reflection = message.GetReflection();
    const FieldDescriptor* field = rule.field;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (reflection->HasField(message, field)) {
          Message& inside = *reflection->MutableMessage(&message, field);
          WellKnown(inside, Join(path, field));
          if (rule.inside != nullptr) Walk(inside, *rule.inside, Join(path, field), depth + 1);
        } else if (rule.option.required()) {
          violations_.Add(Join(path, field), "is required");
        }
        return;
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        const std::string& text = reflection->GetStringReference(message, field, &scratch);
        if (text.empty()) {
          if (rule.option.required()) violations_.Add(Join(path, field), "is required");
        } else {
          Text(text, rule, [&] { return Join(path, field); });
        }
        return;
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int number = reflection->GetEnumValue(message, field);
        if (number == 0 && rule.option.required()) violations_.Add(Join(path, field), "is required");
        KnownEnum(number, field, [&] { return Join(path, field); });
        return;
      }
      case FieldDescriptor::CPPTYPE_DOUBLE:
        Fraction(reflection->GetDouble(message, field), rule, [&] { return Join(path, field); });
        return;
      default: {
        const std::optional<int64_t> number = Number(message, field);
        if (!number) return;
        const bool present = field->has_presence() ? reflection->HasField(message, field) : *number != 0;
        if (!present && rule.option.required()) violations_.Add(Join(path, field), "is required");
        if (present || !field->has_presence()) Bounds(*number, rule, [&] { return Join(path, field); });
      }
    }
  }

  template <typename Rule>
  void List(Message& message, const Rule& rule, const std::string& path, int depth) {
    const Reflection* reflection = message.GetReflection();
    const FieldDescriptor* field = rule.field;
    const int size = reflection->FieldSize(message, field);
    const int least = rule.option.required() ? std::max(1, rule.option.min_items()) : rule.option.min_items();
    if (size < least)
      violations_.Add(Join(path, field), absl::StrCat("must have at least ", least, " elements"));
    if (rule.option.max_items() > 0 && size > rule.option.max_items()) {
      violations_.Add(Join(path, field),
                      absl::StrCat("must have at most ", rule.option.max_items(), " elements"));
      return;
    }
    for (int i = 0; i < size; ++i) {
      const auto where = [&] { return absl::StrCat(Join(path, field), "[", i, "]"); };
      switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_MESSAGE: {
          Message& inside = *reflection->MutableRepeatedMessage(&message, field, i);
          WellKnown(inside, where());
          if (rule.inside != nullptr) Walk(inside, *rule.inside, where(), depth + 1);
          break;
        }
        case FieldDescriptor::CPPTYPE_STRING: {
          std::string scratch;
          const std::string& text = reflection->GetRepeatedStringReference(message, field, i, &scratch);
          if (text.empty())
            violations_.Add(where(), "must not be empty");
          else
            Text(text, rule, where);
          break;
        }
        case FieldDescriptor::CPPTYPE_ENUM: {
          const int number = reflection->GetRepeatedEnumValue(message, field, i);
          if (number == 0) violations_.Add(where(), "must not be unspecified");
          KnownEnum(number, field, where);
          break;
        }
        case FieldDescriptor::CPPTYPE_INT32:
          Bounds(reflection->GetRepeatedInt32(message, field, i), rule, where);
          break;
        case FieldDescriptor::CPPTYPE_INT64:
          Bounds(reflection->GetRepeatedInt64(message, field, i), rule, where);
          break;
        default:
          break;
      }
    }
  }

  template <typename Rule, typename Where>
  void Text(const std::string& text, const Rule& rule, Where where) {
    const bool bytes = rule.field->type() == FieldDescriptor::TYPE_BYTES;
    const api::v1::Field& option = rule.option;
    const size_t length =
        bytes || text.size() <= static_cast<size_t>(option.max_len()) ? text.size() : CodePoints(text);
    if (option.max_len() > 0 && length > static_cast<size_t>(option.max_len())) {
      violations_.Add(where(),
                      absl::StrCat("must have at most ", option.max_len(), bytes ? " bytes" : " characters"));
      return;
    }
    if (!bytes && text.find('\0') != std::string::npos) {
      violations_.Add(where(), "must not contain NUL");
      return;
    }
    if (const char* wrong = FormMismatch(text, option)) violations_.Add(where(), wrong);
  }

  const char* FormMismatch(absl::string_view text, const api::v1::Field& option) const {
    switch (option.pattern()) {
      case api::v1::PATTERN_UUID:
        return IsUuid(text) ? nullptr : "must be a UUID in lower case";
      case api::v1::PATTERN_AREA:
        if (!area::LevelOf(text)) return "must be an area code";
        return areas_ == nullptr || areas_->Knows(text) ? nullptr : "is not an area of the registry";
      case api::v1::PATTERN_E164:
        return IsE164(text) ? nullptr : "must be a telephone number in E.164 form";
      case api::v1::PATTERN_URI:
        return IsUri(text) ? nullptr : "must be an absolute URI (https, http or s3)";
      case api::v1::PATTERN_NAME:
        return IsName(text, option.collection()) ? nullptr
                                                 : "must be a resource name of the right collection";
      case api::v1::PATTERN_CODE:
        return IsCode(text) ? nullptr : "must be an upper-case code";
      case api::v1::PATTERN_SHA256:
        return IsSha256(text) ? nullptr : "must be a SHA-256 digest in hexadecimal";
      case api::v1::PATTERN_RECEIPT:
        return IsReceipt(text) ? nullptr : "must be a receipt code";
      case api::v1::PATTERN_LINE:
        return IsLine(text) ? nullptr : "must be one line without control characters";
      default:
        return nullptr;
    }
  }

  template <typename Where>
  void KnownEnum(int number, const FieldDescriptor* field, Where where) {
    if (field->enum_type()->FindValueByNumber(number) == nullptr)
      violations_.Add(where(), "is not a known value");
  }

  template <typename Rule, typename Where>
  void Bounds(int64_t number, const Rule& rule, Where where) {
    if (rule.option.has_min() && number < rule.option.min()) {
      violations_.Add(where(), absl::StrCat("must be at least ", rule.option.min()));
    }
    if (rule.option.has_max() && number > rule.option.max()) {
      violations_.Add(where(), absl::StrCat("must be at most ", rule.option.max()));
    }
  }

  template <typename Rule, typename Where>
  void Fraction(double number, const Rule& rule, Where where) {
    if (!std::isfinite(number)) {
      violations_.Add(where(), "must be a number");
    } else if (rule.option.has_min() && number < static_cast<double>(rule.option.min())) {
      violations_.Add(where(), absl::StrCat("must be at least ", rule.option.min()));
    } else if (rule.option.has_max() && number > static_cast<double>(rule.option.max())) {
      violations_.Add(where(), absl::StrCat("must be at most ", rule.option.max()));
    }
  }

  static std::optional<int64_t> Number(const Message& message, const FieldDescriptor* field) {
    const Reflection* reflection = message.GetReflection();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection->GetInt32(message, field);
      case FieldDescriptor::CPPTYPE_INT64:
        return reflection->GetInt64(message, field);
      case FieldDescriptor::CPPTYPE_UINT32:
        return reflection->GetUInt32(message, field);
      case FieldDescriptor::CPPTYPE_BOOL:
        return reflection->GetBool(message, field);
      default:
        return std::nullopt;
    }
  }

  // Messages of protobuf's own, which have no options of ours.
  void WellKnown(const Message& message, const std::string& path) {
    if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor()) Time(message, path);
    if (message.GetDescriptor() == google::protobuf::FieldMask::descriptor()) Mask(message, path);
  }

  void Mask(const Message& message, const std::string& path) {
    const auto& mask = static_cast<const google::protobuf::FieldMask&>(message);
    const bool fits = mask.paths_size() <= kMostPaths &&
                      std::all_of(mask.paths().begin(), mask.paths().end(),
                                  [](const std::string& field) { return field.size() <= kLongestPath; });
    if (!fits)
      violations_.Add(path, absl::StrCat("must have at most ", kMostPaths, " paths of usual length"));
  }

  // Timestamps must be real: years 1 to 9999, nanoseconds below a second.
  void Time(const Message& message, const std::string& path) {
    const auto& time = static_cast<const google::protobuf::Timestamp&>(message);
    if (time.seconds() < -62135596800 || time.seconds() > 253402300799 || time.nanos() < 0 ||
        time.nanos() > 999'999'999) {
      violations_.Add(path, "is not a valid time");
    }
  }

  const area::Registry* areas_;
  error::Violations violations_;
};

}  // namespace

Validator::Validator(const Descriptor* type) : plan_(std::make_unique<Plan>()) {
  Plan::Known known;
  Plan* top = Plan::For(type, known);
  plan_->rules = top->rules;
  plan_->known = std::move(known);
}

Validator::~Validator() = default;

absl::Status Validator::Check(Message& request, const area::Registry* areas) const {
  Pass pass(areas);
  pass.Walk(request, *plan_, "", 0);
  return pass.Result();
}

}  // namespace firstfloor::rpc
