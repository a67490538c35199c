#include "deploy/demo/stage.h"

#include <unistd.h>

#include <cstdio>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "common/resource/table.h"

namespace firstfloor::demo {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(1);
constexpr absl::Duration kAwaited = absl::Seconds(30);
constexpr int kBarWidth = 40;
constexpr size_t kMostErrorsShown = 12;

bool MayHelpToTryAgain(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) || absl::IsAborted(status) ||
         absl::IsDeadlineExceeded(status);
}

constexpr char kCurtain[] = "CURTAIN";

// What a story is told whose time has come.
absl::Status Curtain() {
  return error::Make(absl::StatusCode::kCancelled, kCurtain, "what follows is not played");
}

// "opinion" of "opinion.v1.OpinionService.SubmitOpinion".
std::string ServiceOf(const std::string& method) { return method.substr(0, method.find('.')); }

void DrawBar(const std::string& title, size_t done, size_t all) {
  const int filled = static_cast<int>(all == 0 ? kBarWidth : kBarWidth * done / all);
  std::string bar;
  for (int i = 0; i < kBarWidth; ++i) bar += i < filled ? "█" : "░";
  std::fprintf(stderr, "\r  %s %zu/%zu  %s\033[K", bar.c_str(), done, all, title.c_str());
}

}  // namespace

Stage::Stage(const Year& year, Cast& cast, std::map<std::string, std::string> addresses, rpc::TlsFiles tls,
             absl::Time end)
    : year_(year), cast_(cast), end_(end) {
  for (const auto& [service, address] : addresses) {
    clients_[service] = std::make_unique<rpc::Client>(address, tls);
  }
}

Stage::~Stage() = default;

void Stage::Add(std::string id, std::function<absl::Status(Story&)> play) {
  stories_.emplace_back(std::move(id), std::move(play));
}

absl::Status Stage::Play(const std::string& title, int at_once) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  std::mutex mutex;
  size_t next = 0;
  size_t done = 0;
  std::vector<std::string> errors;
  absl::Status first;
  const auto play_some = [&] {
    while (true) {
      size_t at = 0;
      {
        const std::lock_guard lock(mutex);
        if (next == stories_.size()) return;
        at = next++;
      }
      Story story(*this, stories_[at].first);
      const absl::Status status = stories_[at].second(story);
      const std::lock_guard lock(mutex);
      ++done;
      if (!status.ok() && error::ReasonOf(status) != kCurtain) {
        if (first.ok()) first = status;
        errors.push_back(absl::StrCat(stories_[at].first, ": ", absl::StatusCodeToString(status.code()), " ",
                                      error::ReasonOf(status), " ", status.message()));
      }
      if (terminal) DrawBar(title, done, stories_.size());
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < at_once; ++i) threads.emplace_back(play_some);
  for (std::thread& thread : threads) thread.join();
  DrawBar(title, done, stories_.size());
  std::fprintf(stderr, "\n");
  for (size_t i = 0; i < errors.size() && i < kMostErrorsShown; ++i) {
    std::fprintf(stderr, "    %s\n", errors[i].c_str());
  }
  if (errors.size() > kMostErrorsShown) {
    std::fprintf(stderr, "    … and %zu more\n", errors.size() - kMostErrorsShown);
  }
  stories_.clear();
  return first;
}

std::string Story::Uuid(const std::string& what) const {
  return resource::DerivedName("x", absl::StrCat("demo/", id_, "/", what)).substr(2);
}

absl::Status Story::Send(const Player& who, absl::Time when, const std::string& method,
                         google::protobuf::Message& request, google::protobuf::Message& reply) {
  if (when >= stage_.end_) return Curtain();
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field != nullptr) {
    request.GetReflection()->SetString(&request, field, Uuid(absl::StrCat(method, "/", step_)));
  }
  ++step_;
  rpc::CallOptions options;
  if (!who.subject.empty()) {
    options.token = stage_.cast().TokenFor(who);
    options.as_of = when;
  }
  return Persist(method, [&] {
    options.deadline = absl::Now() + absl::Seconds(15);
    return stage_.client(ServiceOf(method)).Ask("firstfloor." + method, request, reply, options);
  });
}

absl::Status Story::Import(const Player& who, absl::Time when, const std::string& method, int count,
                           const std::function<const google::protobuf::Message*(int)>& row,
                           google::protobuf::Message& reply) {
  if (when >= stage_.end_) return Curtain();
  rpc::CallOptions options;
  options.token = stage_.cast().TokenFor(who);
  options.as_of = when;
  return Persist(method, [&] {
    int sent = 0;
    options.deadline = absl::Now() + kPatience;
    return stage_.client(ServiceOf(method))
        .Import(
            "firstfloor." + method, [&] { return sent < count ? row(sent++) : nullptr; }, reply, options);
  });
}

absl::Status Story::Persist(const std::string& method, const std::function<absl::Status()>& attempt) {
  const absl::Time give_up = absl::Now() + kPatience;
  absl::Duration pause = absl::Milliseconds(20);
  while (true) {
    const absl::Status status = attempt();
    ++stage_.calls_;
    if (status.ok()) return status;
    if (!MayHelpToTryAgain(status) || absl::Now() > give_up) {
      absl::Status told(status.code(), absl::StrCat(method, ": ", status.message()));
      status.ForEachPayload(
          [&](absl::string_view url, const absl::Cord& bytes) { told.SetPayload(url, bytes); });
      return told;
    }
    absl::SleepFor(pause);
    pause = std::min(pause * 2, absl::Seconds(1));
  }
}

absl::Status Story::Wait(const Player& who, const std::string& method,
                         const google::protobuf::Message& request, google::protobuf::Message& reply,
                         const std::function<bool()>& there) {
  rpc::CallOptions options;
  options.token = stage_.cast().TokenFor(who);
  options.strong = true;
  const absl::Time give_up = absl::Now() + kAwaited;
  absl::Status last;
  while (absl::Now() < give_up) {
    options.deadline = absl::Now() + absl::Seconds(10);
    last = stage_.client(ServiceOf(method)).Ask("firstfloor." + method, request, reply, options);
    ++stage_.calls_;
    if (last.ok() && there()) return last;
    absl::SleepFor(absl::Milliseconds(30));
  }
  return absl::DeadlineExceededError(absl::StrCat(method, ": what was awaited did not come (",
                                                  last.ok() ? "other state" : last.message(), ")"));
}

}  // namespace firstfloor::demo
