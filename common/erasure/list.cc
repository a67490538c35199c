#include "common/erasure/list.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"

namespace firstfloor::erasure {
namespace {

using nlohmann::json;

constexpr size_t kIndexBytes = 16;

std::string ProofOf(const privacy::Keyring& keyring) {
  return absl::BytesToHexString(keyring.BlindIndex("erasures", ""));
}

json ToJson(const Record& record) {
  const type::v1::Erasure& erasure = record.erasure;
  return {{"name", erasure.name()},
          {"create_time", absl::FormatTime(absl::RFC3339_full, calendar::FromProto(erasure.create_time()),
                                           absl::UTCTimeZone())},
          {"area", erasure.area()},
          {"basis", type::v1::ErasureBasis_Name(erasure.basis())},
          {"reference", erasure.reference()},
          {"force", erasure.force()},
          {"subject", absl::BytesToHexString(record.keys.subject)},
          {"caller", absl::BytesToHexString(record.keys.caller)},
          {"actor", absl::BytesToHexString(record.keys.actor)}};
}

absl::Status Unreadable(int line, absl::string_view why) {
  return error::Make(absl::StatusCode::kInvalidArgument, "ERASURES_UNREADABLE",
                     absl::StrCat("line ", line, ": ", why), {{"line", absl::StrCat(line)}});
}

std::string TextAt(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// "" unless it is one.
std::string IndexAt(const json& object, const char* key) {
  const std::string text = TextAt(object, key);
  const bool is_index =
      text.size() == 2 * kIndexBytes && text.find_first_not_of("0123456789abcdef") == std::string::npos;
  return is_index ? absl::HexStringToBytes(text) : "";
}

absl::StatusOr<Record> FromJson(const json& object, int line) {
  Record record;
  type::v1::Erasure& erasure = record.erasure;
  erasure.set_name(TextAt(object, "name"));
  if (!resource::IdOf("erasures", erasure.name()).ok()) return Unreadable(line, "no name of an erasure");
  absl::Time create_time;
  if (!absl::ParseTime(absl::RFC3339_full, TextAt(object, "create_time"), &create_time, nullptr)) {
    return Unreadable(line, "no create_time");
  }
  *erasure.mutable_create_time() = calendar::ToProto(create_time);
  *erasure.mutable_update_time() = erasure.create_time();
  erasure.set_area(TextAt(object, "area"));
  if (erasure.area().empty()) return Unreadable(line, "no area");
  type::v1::ErasureBasis basis = type::v1::ERASURE_BASIS_UNSPECIFIED;
  type::v1::ErasureBasis_Parse(TextAt(object, "basis"), &basis);
  erasure.set_basis(basis);
  erasure.set_reference(TextAt(object, "reference"));
  erasure.set_force(object.contains("force") && object["force"] == true);
  erasure.set_state(type::v1::ERASURE_STATE_RUNNING);
  record.keys = {IndexAt(object, "subject"), IndexAt(object, "caller"), IndexAt(object, "actor")};
  if (record.keys.subject.empty() || record.keys.caller.empty() || record.keys.actor.empty()) {
    return Unreadable(line, "hashes are missing");
  }
  return record;
}

}  // namespace

std::string ToLines(const std::vector<Record>& records, const privacy::Keyring& keyring) {
  std::string lines = absl::StrCat(json{{"index_key_proof", ProofOf(keyring)}}.dump(), "\n");
  for (const Record& record : records) {
    absl::StrAppend(&lines, ToJson(record).dump(-1, ' ', false, json::error_handler_t::replace), "\n");
  }
  return lines;
}

absl::StatusOr<std::vector<Record>> FromLines(absl::string_view lines, const privacy::Keyring& keyring) {
  std::vector<Record> records;
  bool proven = false;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(lines, '\n')) {
    ++number;
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    const json object = json::parse(line.begin(), line.end(), nullptr, false);
    if (!object.is_object()) return Unreadable(number, "no JSON object");
    if (proven) {
      ASSIGN_OR_RETURN(records.emplace_back(), FromJson(object, number));
      continue;
    }
    const std::string proof = TextAt(object, "index_key_proof");
    if (proof.empty()) return Unreadable(number, "no index_key_proof");
    if (proof != ProofOf(keyring)) {
      return error::Make(absl::StatusCode::kInvalidArgument, "OTHER_INDEX_KEY",
                         "the erasures were exported with another index key");
    }
    proven = true;
  }
  if (!proven) return Unreadable(number, "no index_key_proof");
  return records;
}

}  // namespace firstfloor::erasure
