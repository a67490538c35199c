// Where the year is played: clients of the four services, several stories at once, a progress bar.
#ifndef FIRSTFLOOR_DEPLOY_DEMO_STAGE_H_
#define FIRSTFLOOR_DEPLOY_DEMO_STAGE_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/client.h"
#include "deploy/demo/cast.h"
#include "deploy/demo/year.h"

namespace firstfloor::demo {

class Story;

class Stage {
 public:
  // What would happen at `end` or later is left out.
  Stage(const Year& year, Cast& cast, std::map<std::string, std::string> addresses, rpc::TlsFiles tls,
        absl::Time end);
  ~Stage();

  const Year& year() const { return year_; }
  Cast& cast() { return cast_; }

  // Adds a story to be played; `id` is its own for ever (request ids are made of it).
  void Add(std::string id, std::function<absl::Status(Story&)> play);
  // Plays what was added, `at_once` stories at a time, drawing a bar titled `title`; then forgets them.
  // Returns the first error; the others are printed.
  absl::Status Play(const std::string& title, int at_once);

  rpc::Client& client(const std::string& service) { return *clients_.at(service); }
  int64_t calls() const { return calls_; }

 private:
  friend class Story;
  const Year& year_;
  Cast& cast_;
  const absl::Time end_;
  std::map<std::string, std::unique_ptr<rpc::Client>> clients_;
  std::vector<std::pair<std::string, std::function<absl::Status(Story&)>>> stories_;
  std::atomic<int64_t> calls_{0};
};

// One line of events, told in order by one thread.
class Story {
 public:
  Story(Stage& stage, std::string id) : stage_(stage), id_(std::move(id)) {}

  // A call by `who` at `when` (past work). The request id is made of the story's id and the step, so that
  // telling the story again does nothing twice. Tried again while the service is busy or away, for a minute
  // at most. CANCELLED, and the story is over, when the stage's end has come. `method` as in
  // "opinion.v1.OpinionService.SubmitOpinion". Whoever has no subject calls without a token, and so when it
  // is.
  template <typename Reply, typename Request>
  absl::StatusOr<Reply> Do(const Player& who, absl::Time when, const std::string& method, Request request) {
    Reply reply;
    if (absl::Status status = Send(who, when, method, request, reply); !status.ok()) return status;
    return reply;
  }

  // Sends `count` rows made by `row` in one client stream; tried again as Do is. Rows carry their own request
  // id.
  absl::Status Import(const Player& who, absl::Time when, const std::string& method, int count,
                      const std::function<const google::protobuf::Message*(int)>& row,
                      google::protobuf::Message& reply);

  // Asks again until `there` holds for the answer: what another service does follows by its event log. At
  // most 30 s.
  template <typename Reply, typename Request>
  absl::StatusOr<Reply> Await(const Player& who, const std::string& method, const Request& request,
                              const std::function<bool(const Reply&)>& there) {
    Reply reply;
    absl::Status status = Wait(who, method, request, reply, [&] { return there(reply); });
    if (!status.ok()) return status;
    return reply;
  }

  // Makes the attempt until it succeeds, as Do does. What fails says that it was `method`.
  absl::Status Persist(const std::string& method, const std::function<absl::Status()>& attempt);

  // A UUID that belongs to this story and `what`.
  std::string Uuid(const std::string& what) const;
  Stage& stage() { return stage_; }

 private:
  absl::Status Send(const Player& who, absl::Time when, const std::string& method,
                    google::protobuf::Message& request, google::protobuf::Message& reply);
  absl::Status Wait(const Player& who, const std::string& method, const google::protobuf::Message& request,
                    google::protobuf::Message& reply, const std::function<bool()>& there);

  Stage& stage_;
  const std::string id_;
  int step_ = 0;
};

}  // namespace firstfloor::demo

#endif  // FIRSTFLOOR_DEPLOY_DEMO_STAGE_H_
