#include "deploy/demo/messages.h"

#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "common/resource/table.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"

namespace firstfloor::demo {
namespace {

using opinion::v1::SubmitOpinionRequest;
using opinion::v1::SubmitOpinionResponse;

constexpr int kInFlight = 64;

// Counts what became of the messages, and holds back when enough are under way.
class Tally {
 public:
  void Begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return in_flight_ < kInFlight; });
    ++in_flight_;
  }
  void End(const absl::Status& status) {
    const std::lock_guard lock(mutex_);
    --in_flight_;
    if (status.ok()) {
      ++taken_;
    } else {
      ++refused_[absl::StrCat(absl::StatusCodeToString(status.code()), " ", error::ReasonOf(status), ": ",
                              status.message())];
    }
    changed_.notify_all();
  }
  void WaitForAll() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return in_flight_ == 0; });
  }
  void Print(absl::Duration took) const {
    int64_t refused = 0;
    for (const auto& [why, count] : refused_) refused += count;
    std::printf("\n  Messages: %lld taken, %lld refused, %.0f a second\n", static_cast<long long>(taken_),
                static_cast<long long>(refused),
                static_cast<double>(taken_ + refused) / absl::ToDoubleSeconds(took));
    for (const auto& [why, count] : refused_) {
      std::printf("    %6lld  %s\n", static_cast<long long>(count), why.c_str());
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int in_flight_ = 0;
  int64_t taken_ = 0;
  std::map<std::string, int64_t> refused_;
};

SubmitOpinionRequest RequestFor(const nlohmann::json& message, const std::string& area) {
  const auto text_of = [&](const char* key) {
    const auto found = message.find(key);
    return found != message.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  SubmitOpinionRequest request;
  const std::string id = message.contains("id") ? message.at("id").dump() : message.dump();
  request.set_request_id(resource::DerivedName("x", "message/" + id).substr(2));
  opinion::v1::Opinion& opinion = *request.mutable_opinion();
  opinion.set_area(area);
  opinion.set_channel(opinion::v1::OPINION_CHANNEL_APP);
  opinion.set_kind(opinion::v1::OPINION_KIND_PROBLEM);
  opinion.set_text(absl::StrCat(text_of("title"), "\n", text_of("body")));
  return request;
}

}  // namespace

absl::Status SubmitMessages(Stage& stage, const std::string& file) {
  std::ifstream in(file);
  if (!in) return absl::InvalidArgumentError(absl::StrCat("cannot read ", file));
  Tally tally;
  const absl::Time start = absl::Now();
  std::string line;
  int number = 0;
  while (std::getline(in, line)) {
    const nlohmann::json message = nlohmann::json::parse(line, nullptr, false);
    if (message.is_discarded()) {
      tally.Begin();
      tally.End(absl::InvalidArgumentError("a line that is not JSON"));
      continue;
    }
    const std::string& building = stage.year().building(static_cast<size_t>(number));
    rpc::CallOptions options;
    options.token = stage.cast().TokenFor(stage.cast().Resident(number % 64, stage.year().community));
    options.deadline = absl::Now() + absl::Seconds(60);
    auto reply = std::make_shared<SubmitOpinionResponse>();
    tally.Begin();
    stage.client("opinion").AskAsync("firstfloor.opinion.v1.OpinionService.SubmitOpinion",
                                     RequestFor(message, building), *reply, options,
                                     [&tally, reply](const absl::Status& status) { tally.End(status); });
    ++number;
  }
  tally.WaitForAll();
  tally.Print(absl::Now() - start);
  return absl::OkStatus();
}

}  // namespace firstfloor::demo
