// The rules of what happens to an opinion besides its moves: merging, supports, clock, emergencies.
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/resource/update_mask.h"
#include "services/opinion/opinion_clock.h"
#include "services/opinion/opinion_rules.h"
#include "services/opinion/petition_rules.h"

namespace firstfloor::opinion::rules {
namespace {

using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr int kMostHandOffs = 20;
constexpr int kMostMerged = 500;

// ---- clock ----

absl::Status CheckRuns(const Opinion& opinion) {
  if (!IsOpen(opinion) || opinion.state() == OPINION_STATE_REOPEN_REQUESTED) return WrongState(opinion);
  return absl::OkStatus();
}

absl::Status CheckEmergency(const Opinion& opinion) {
  if (IsEmergency(opinion)) return absl::OkStatus();
  return error::Precondition("NOT_AN_EMERGENCY", "the opinion is no emergency");
}

// ---- merging ----

absl::Status CheckPair(const Opinion& opinion, const Opinion& into) {
  if (opinion.name() == into.name()) return error::InvalidField("into", "is the opinion itself");
  if (IsPetition(opinion) || IsPetition(into)) {
    return error::Precondition("PETITION_NEVER_MERGED", "petitions are followed one by one");
  }
  const absl::string_view community = CommunityOf(opinion.area());
  if (community.empty() || community != CommunityOf(into.area())) {
    return error::Precondition("OTHER_COMMUNITY", "opinions of different communities are not merged");
  }
  if (opinion.about_staff() != into.about_staff()) {
    return error::Precondition("ABOUT_STAFF", "what is about staff is not merged with what is not");
  }
  if (opinion.restriction() != into.restriction()) {
    return error::Precondition("RESTRICTED", "what is restricted is not merged with what is not");
  }
  if (IsEmergency(opinion) && !IsEmergency(into)) {
    return error::Precondition("EMERGENCY_NOT_MERGED", "an emergency is merged into another emergency only");
  }
  if (into.merged_from_size() >= kMostMerged) {
    return error::Precondition("MERGE_TARGET_FULL", "the other opinion has taken as many as it can",
                               {{"most", absl::StrCat(kMostMerged)}});
  }
  if (into.state() == OPINION_STATE_DUPLICATE || AllowedMoves(into.state()).empty()) {
    return error::Precondition("MERGE_TARGET_NOT_FOLLOWED", "the other opinion is not followed itself",
                               {{"state", NameOf(into.state())}});
  }
  return absl::OkStatus();
}

void TellMerged(Change& change, OpinionState from, const std::string& into, bool merged) {
  auto* told = Tell(change, from).mutable_merged();
  told->set_into(into);
  told->set_merged(merged);
}

}  // namespace

absl::StatusOr<Pair> Merge(const Opinion& opinion, const Opinion& into, absl::Time now) {
  ASSIGN_OR_RETURN(Change merged, Moved(opinion, Act::kMerge, "MERGED", "", now));
  RETURN_IF_ERROR(CheckPair(opinion, into));
  merged.opinion.set_merged_into(into.name());
  TellMerged(merged, opinion.state(), into.name(), true);
  Change stays{into, {}};
  stays.opinion.add_merged_from(opinion.name());
  AddStep(stays.opinion, "MERGED_FROM", "", now);
  stays = Amended(std::move(stays), {"merged_from"});
  return Pair{std::move(merged), std::move(stays)};
}

absl::StatusOr<Pair> Unmerge(const Opinion& opinion, const Opinion& into, absl::Time now) {
  ASSIGN_OR_RETURN(Change merged, Moved(opinion, Act::kUnmerge, "UNMERGED", "", now));
  merged.opinion.clear_merged_into();
  TellMerged(merged, opinion.state(), into.name(), false);
  Change stays{into, {}};
  auto* names = stays.opinion.mutable_merged_from();
  names->erase(std::remove(names->begin(), names->end(), opinion.name()), names->end());
  AddStep(stays.opinion, "UNMERGED_FROM", "", now);
  stays = Amended(std::move(stays), {"merged_from"});
  return Pair{std::move(merged), std::move(stays)};
}

absl::StatusOr<Change> Reassign(const Opinion& opinion, absl::string_view area, absl::string_view reason_code,
                                absl::Time now) {
  constexpr size_t kDistrictDigits = 6;
  if (opinion.state() != OPINION_STATE_TRIAGED) return WrongState(opinion);
  if (absl::string_view(opinion.area()).substr(0, kDistrictDigits) != area.substr(0, kDistrictDigits) ||
      CommunityOf(area).empty()) {
    return error::Precondition("OTHER_DISTRICT", "a matter is reassigned inside its district",
                               {{"area", std::string(area)}});
  }
  if (opinion.merged_from_size() > 0 && CommunityOf(area) != CommunityOf(opinion.area())) {
    return error::Precondition(
        "OTHER_COMMUNITY", "what others were merged into stays in their community, or they are taken out");
  }
  Change change{opinion, {}};
  change.opinion.set_area(std::string(area));
  AddStep(change.opinion, "REASSIGNED", reason_code, now);
  Tell(change).mutable_reassigned()->set_from_area(opinion.area());
  return change;
}

absl::StatusOr<Change> Support(const Opinion& opinion, absl::string_view supporter) {
  if (opinion.reporter().subject() == supporter) {
    return error::Precondition("OWN_OPINION", "nobody supports their own opinion");
  }
  if (!IsOpen(opinion)) return WrongState(opinion);
  Change change{opinion, {}};
  change.opinion.set_supports(opinion.supports() + 1);
  Tell(change).mutable_supported()->set_supports(change.opinion.supports());
  return change;
}

absl::Status CheckFollow(const Opinion& opinion, absl::string_view follower) {
  if (opinion.reporter().subject() != follower) return absl::OkStatus();
  return error::Precondition("OWN_OPINION", "one's own opinion is followed anyway");
}

Change Followed(const Opinion& opinion, bool follows, int64_t followers) {
  Change change{opinion, {}};
  change.opinion.set_followers(followers);
  auto* followed = Tell(change).mutable_followed();
  followed->set_follows(follows);
  followed->set_followers(followers);
  return change;
}

absl::StatusOr<Change> AskReporter(const Opinion& opinion, absl::string_view question, absl::Time now) {
  RETURN_IF_ERROR(CheckRuns(opinion));
  if (IsPetition(opinion)) {
    return error::Precondition("PETITION_NEVER_PAUSED", "the clock of a petition never stands still");
  }
  if (IsEmergency(opinion)) {
    return error::Precondition("EMERGENCY_NEVER_PAUSED", "the clock of an emergency never stands still");
  }
  if (opinion.has_waiting_since_time()) {
    return error::Precondition("CLOCK_STANDS", "the reporter has been asked already");
  }
  Change change{opinion, {}};
  *change.opinion.mutable_waiting_since_time() = ToProto(now);
  change.opinion.set_question(std::string(question));
  AddStep(change.opinion, "CLOCK_STOPPED", "", now);
  Tell(change).mutable_clock_changed()->set_stopped(true);
  return change;
}

absl::StatusOr<Change> ResumeClock(const Opinion& opinion, absl::Time now) {
  if (!opinion.has_waiting_since_time()) {
    return error::Precondition("CLOCK_RUNS", "the clock does not stand still");
  }
  Change change{opinion, {}};
  clock::EndPause(change.opinion, now);
  AddStep(change.opinion, "CLOCK_RESUMED", "", now);
  Tell(change).mutable_clock_changed();
  return change;
}

absl::StatusOr<Change> ReplyToQuestion(const Opinion& opinion, absl::string_view reply, absl::Time now) {
  ASSIGN_OR_RETURN(Change change, ResumeClock(opinion, now));
  change.opinion.set_reply(std::string(reply));
  return change;
}

absl::StatusOr<Change> ExtendDeadline(const Opinion& opinion, const ExtendDeadlineRequest& request,
                                      bool by_secretary, absl::Time now) {
  RETURN_IF_ERROR(CheckRuns(opinion));
  if (opinion.extended()) {
    return error::Precondition("ALREADY_EXTENDED", "the one extension was given");
  }
  Change change{opinion, {}};
  if (petitions::IsClaim(opinion)) {
    ASSIGN_OR_RETURN(change, petitions::Extend(opinion, request, by_secretary, now));
  } else if (request.working_days() == 0 || request.calendar_days() != 0) {
    return error::InvalidField(request.working_days() == 0 ? "working_days" : "calendar_days",
                               "what is no claim is extended by working days");
  } else {
    change.opinion.set_extended(true);
    clock::MoveBy(change.opinion, request.working_days(), now);
  }
  AddStep(change.opinion, "DEADLINE_EXTENDED", request.reason_code(), now);
  Tell(change).mutable_clock_changed()->set_stopped(opinion.has_waiting_since_time());
  return change;
}

absl::StatusOr<Change> Acknowledge(const Opinion& opinion, absl::Time now) {
  RETURN_IF_ERROR(CheckEmergency(opinion));
  if (opinion.has_acknowledge_time()) {
    return error::Precondition("ALREADY_ACKNOWLEDGED", "somebody has it in hand already");
  }
  Change change{opinion, {}};
  *change.opinion.mutable_acknowledge_time() = ToProto(now);
  AddStep(change.opinion, "ACKNOWLEDGED", "", now);
  return Amended(std::move(change), {"acknowledge_time"});
}

absl::StatusOr<Change> HandOff(const Opinion& opinion, const v1::HandOff& hand_off, absl::Time now) {
  RETURN_IF_ERROR(CheckEmergency(opinion));
  if (opinion.hand_offs_size() >= kMostHandOffs) {
    return error::Precondition("HAND_OFFS_FULL", "it was handed off too often",
                               {{"most", absl::StrCat(kMostHandOffs)}});
  }
  Change change{opinion, {}};
  v1::HandOff* added = change.opinion.add_hand_offs();
  *added = hand_off;
  *added->mutable_hand_off_time() = ToProto(now);
  if (!opinion.has_acknowledge_time()) *change.opinion.mutable_acknowledge_time() = ToProto(now);
  if (ReportOwed(opinion)) *change.opinion.mutable_report_time() = ToProto(now);
  AddStep(change.opinion, "HANDED_OFF", ReportOwed(opinion) ? "REPORTED" : "", now);
  return Amended(std::move(change), {"hand_offs", "acknowledge_time", "report_time"});
}

absl::StatusOr<Change> RecordCall(const Opinion& opinion, absl::Time now) {
  if (opinion.state() != OPINION_STATE_ANSWERED && opinion.state() != OPINION_STATE_RESOLVED &&
      opinion.state() != OPINION_STATE_REOPEN_REQUESTED) {
    return WrongState(opinion);
  }
  Change change{opinion, {}};
  *change.opinion.mutable_called_time() = ToProto(now);
  AddStep(change.opinion, "CALLED", "", now);
  change = Amended(std::move(change), {"called_time"});
  const std::string rating = RatingOf(opinion);
  if (rating.empty()) return change;
  // Unless something else is owed, the call alone was wanting.
  absl::StatusOr<Change> closed = Close(change.opinion, rating, now);
  if (closed.ok()) Continue(change, *std::move(closed));
  return change;
}

absl::StatusOr<Change> Update(const Opinion& opinion, const UpdateOpinionRequest& request) {
  Change change{opinion, {}};
  Opinion& updated = change.opinion;
  RETURN_IF_ERROR(resource::ApplyMask(
      request.update_mask(),
      {{"category", [&] { updated.set_category(request.category()); }},
       {"public_summary", [&] { updated.set_public_summary(request.public_summary()); }},
       {"public_answer", [&] { updated.set_public_answer(request.public_answer()); }},
       {"answer", [&] { updated.set_answer(request.answer()); }},
       {"contact_preference", [&] { updated.set_contact_preference(request.contact_preference()); }}}));
  const std::set<std::string> fields(request.update_mask().paths().begin(),
                                     request.update_mask().paths().end());
  if (fields.count("category") != 0) {
    if (opinion.state() != OPINION_STATE_TRIAGED) return WrongState(opinion);
    RETURN_IF_ERROR(CheckCategory(request.category()));
  }
  if (fields.count("answer") != 0) {
    if (opinion.state() != OPINION_STATE_ANSWERED && opinion.state() != OPINION_STATE_RESOLVED) {
      return WrongState(opinion);
    }
    if (request.answer().empty()) return error::InvalidField("answer", "is not taken back");
  }
  if (fields.count("contact_preference") != 0 && !CanBeContacted(opinion, request.contact_preference())) {
    return error::InvalidField("contact_preference", kNobodyToContact);
  }
  const bool categorised = change.opinion.category() != opinion.category();
  change = Amended(std::move(change), {fields.begin(), fields.end()});
  if (categorised) change.steps.back().mutable_amended()->set_from_category(opinion.category());
  return change;
}

std::optional<Change> Lapse(const Opinion& opinion, absl::string_view kind, absl::Time now) {
  const std::vector<clock::Deadline> deadlines = clock::Deadlines(opinion);
  const bool reached = std::any_of(deadlines.begin(), deadlines.end(), [&](const clock::Deadline& deadline) {
    return deadline.kind == kind && deadline.time <= now;
  });
  if (!reached) return std::nullopt;
  Change change{opinion, {}};
  Tell(change).mutable_deadline_passed()->set_deadline(std::string(kind));
  if (kind == clock::kSilence) {
    change.opinion.set_state(OPINION_STATE_CLOSED);
    AddStep(change.opinion, "CLOSED", kind, now);
    Closed(change, opinion.state(), RatingOf(opinion), now);
    return change;
  }
  change.opinion.add_lapsed_deadlines(std::string(kind));
  if (kind != clock::kReminder) AddStep(change.opinion, "DEADLINE_PASSED", kind, now);
  return change;
}

}  // namespace firstfloor::opinion::rules
