#include "services/opinion/home_visit_rules.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/area/registry.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"

namespace firstfloor::opinion::visit_rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr int kPeaceDays = 90;
constexpr char kRefusedMeanwhile[] = "HOUSEHOLD_REFUSED";

constexpr Move kMoves[] = {
    {HOME_VISIT_STATE_PLANNED, Act::kRecord, HOME_VISIT_STATE_MADE},
    {HOME_VISIT_STATE_PLANNED, Act::kCancel, HOME_VISIT_STATE_CANCELLED},
};

std::string NameOf(HomeVisitState state) {
  return std::string(absl::StripPrefix(HomeVisitState_Name(state), "HOME_VISIT_STATE_"));
}

absl::StatusOr<HomeVisit> Moving(const HomeVisit& visit, Act act) {
  const std::optional<HomeVisitState> to = resource::After(kMoves, visit.state(), act);
  if (!to) {
    std::vector<std::string> allowed;
    for (const HomeVisitState state : resource::AllAfter(kMoves, visit.state())) {
      allowed.push_back(NameOf(state));
    }
    return error::WrongState("HOME_VISIT_WRONG_STATE", visit.name(), NameOf(visit.state()), allowed);
  }
  HomeVisit moved = visit;
  moved.set_state(*to);
  return moved;
}

// Full-width digits and letters as they are typed elsewhere.
std::string InHalfWidth(absl::string_view text) {
  std::string half;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first == 0xEF && i + 2 < text.size()) {
      const int code = (first & 0x0F) << 12 | (static_cast<unsigned char>(text[i + 1]) & 0x3F) << 6 |
                       (static_cast<unsigned char>(text[i + 2]) & 0x3F);
      if (code >= 0xFF01 && code <= 0xFF5E) {
        half.push_back(static_cast<char>(code - 0xFF01 + '!'));
        i += 2;
        continue;
      }
    }
    half.push_back(text[i]);
  }
  return half;
}

size_t BytesOfCharacter(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// What stands between the parts of an address: punctuation, blanks, and the words for what the parts are.
bool IsBetween(absl::string_view character) {
  if (character.size() == 1) return !absl::ascii_isalnum(static_cast<unsigned char>(character.front()));
  static constexpr absl::string_view kWords[] = {"单", "元", "室", "号", "楼", "层",
                                                 "座", "幢", "栋", "门", "户", "　"};
  return std::find(std::begin(kWords), std::end(kWords), character) != std::end(kWords);
}

bool IsDigit(absl::string_view character) {
  return absl::ascii_isdigit(static_cast<unsigned char>(character.front()));
}

// "1单元 702室" and "1-0702" are 1-702: the parts count, and neither what stands between them nor zeros
// before a number.
std::string Normalised(absl::string_view door) {
  const std::string text = InHalfWidth(door);
  std::string key;
  absl::string_view before;  // in the same part
  for (size_t i = 0; i < text.size(); i += BytesOfCharacter(text[i])) {
    const absl::string_view character = absl::string_view(text).substr(i, BytesOfCharacter(text[i]));
    if (IsBetween(character)) {
      before = {};
      continue;
    }
    const bool begins = before.empty() || IsDigit(character) != IsDigit(before);
    before = character;
    if (begins && !key.empty() && key.back() != '-') key.push_back('-');
    if (character == "0" && (key.empty() || key.back() == '-')) continue;
    absl::StrAppend(&key, absl::AsciiStrToUpper(character));
  }
  return key;
}

absl::Status CheckAdult(const google::protobuf::RepeatedPtrField<Visitor>& visitors) {
  const bool adult = std::any_of(visitors.begin(), visitors.end(),
                                 [](const Visitor& visitor) { return visitor.age() == VISITOR_AGE_ADULT; });
  if (adult) return absl::OkStatus();
  return error::Precondition("MINORS_ALONE", "nobody under 18 visits without an adult");
}

absl::Status CheckTopics(absl::string_view field, const HomeVisit& visit, const Known& known) {
  for (int i = 0; i < visit.topics_size(); ++i) {
    if (known.topics.count(visit.topics(i)) == 0) {
      return error::InvalidField(absl::StrCat(field, "[", i, "]"), "is none of the topics that are set");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPeace(const HomeVisit& visit, const Known& known, absl::Time when) {
  if (visit.asked_for() || when >= known.refused_until) return absl::OkStatus();
  return error::Precondition(
      "HOUSEHOLD_REFUSED", "the household does not want to be visited, and did not ask for this visit",
      {{"until", absl::FormatTime(absl::RFC3339_full, known.refused_until, calendar::Shanghai())}});
}

absl::Status CheckVisitors(absl::string_view field,
                           const google::protobuf::RepeatedPtrField<Visitor>& visitors) {
  std::set<std::string> subjects;
  for (int i = 0; i < visitors.size(); ++i) {
    const type::v1::Person& person = visitors.Get(i).person();
    const std::string here = absl::StrCat(field, "[", i, "]");
    if (person.subject().empty() && person.display_name().empty()) {
      return error::InvalidField(here, "is nobody");
    }
    if (!person.subject().empty() && !subjects.insert(person.subject()).second) {
      return error::InvalidField(here, "is among the visitors already");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Span<const Move> Moves() { return kMoves; }

std::string DoorKey(const HomeVisit& visit) {
  const std::string door = Normalised(visit.household().door());
  return door.empty() ? "" : absl::StrCat(visit.area(), "-", door);
}

absl::StatusOr<HomeVisit> Plan(const HomeVisit& visit, const Known& known, absl::Time now) {
  const auto level = area::LevelOf(visit.area());
  if (level != area::Level::kBuilding && level != area::Level::kUnit) {
    return error::InvalidField("home_visit.area", "must be a building or a unit");
  }
  if (DoorKey(visit).empty()) {
    return error::InvalidField("home_visit.household.door", "says no door");
  }
  RETURN_IF_ERROR(CheckVisitors("home_visit.visitors", visit.visitors()));
  RETURN_IF_ERROR(CheckTopics("home_visit.topics", visit, known));
  RETURN_IF_ERROR(CheckAdult(visit.visitors()));
  const absl::Time when = visit.has_plan_time() ? std::max(now, FromProto(visit.plan_time())) : now;
  RETURN_IF_ERROR(CheckPeace(visit, known, when));
  HomeVisit planned = visit;
  planned.mutable_household()->clear_note();
  planned.set_state(HOME_VISIT_STATE_PLANNED);
  return planned;
}

absl::StatusOr<HomeVisit> Record(const HomeVisit& visit, const RecordHomeVisitRequest& request,
                                 const Known& known, absl::Time now) {
  ASSIGN_OR_RETURN(HomeVisit made, Moving(visit, Act::kRecord));
  if (!request.visitors().empty()) *made.mutable_visitors() = request.visitors();
  if (!request.topics().empty()) *made.mutable_topics() = request.topics();
  RETURN_IF_ERROR(CheckVisitors("visitors", made.visitors()));
  RETURN_IF_ERROR(CheckTopics("topics", made, known));
  RETURN_IF_ERROR(CheckAdult(made.visitors()));
  RETURN_IF_ERROR(CheckPeace(visit, known, now));
  made.set_outcome(request.outcome());
  *made.mutable_end_time() = ToProto(now);
  if (!request.note().empty()) made.mutable_household()->set_note(request.note());
  if (request.outcome() == HOME_VISIT_OUTCOME_REFUSED) {
    *made.mutable_refused_until_time() = ToProto(calendar::StartOf(calendar::DayOf(now) + kPeaceDays + 1));
  }
  return made;
}

absl::StatusOr<HomeVisit> Cancel(const HomeVisit& visit, absl::string_view reason_code, absl::Time now) {
  ASSIGN_OR_RETURN(HomeVisit cancelled, Moving(visit, Act::kCancel));
  cancelled.set_reason_code(std::string(reason_code));
  *cancelled.mutable_end_time() = ToProto(now);
  return cancelled;
}

std::optional<HomeVisit> AfterRefusal(const HomeVisit& other, absl::Time now) {
  if (other.asked_for()) return std::nullopt;
  absl::StatusOr<HomeVisit> cancelled = Cancel(other, kRefusedMeanwhile, now);
  if (!cancelled.ok()) return std::nullopt;
  return *std::move(cancelled);
}

bool TakesOpinions(const HomeVisit& visit) {
  return visit.state() == HOME_VISIT_STATE_PLANNED ||
         (visit.state() == HOME_VISIT_STATE_MADE && visit.outcome() == HOME_VISIT_OUTCOME_MET);
}

}  // namespace firstfloor::opinion::visit_rules
