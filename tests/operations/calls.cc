#include "tests/operations/calls.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/time/clock.h"
#include "common/resource/table.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"

namespace firstfloor::testing {

std::string StaffToken(Programs& programs) {
  return programs.Token({{api::v1::ROLE_COMMUNITY_STAFF, kCommunity}}, "staff-1");
}

rpc::CallOptions As(const std::string& token, absl::Duration patience) {
  rpc::CallOptions options;
  options.deadline = absl::Now() + patience;
  options.token = token;
  return options;
}

opinion::v1::Opinion Submit(rpc::Client& client, const std::string& token) {
  opinion::v1::SubmitOpinionRequest request;
  opinion::v1::Opinion& opinion = *request.mutable_opinion();
  opinion.set_area(kBuilding);
  opinion.set_channel(opinion::v1::OPINION_CHANNEL_HOTLINE);
  opinion.set_kind(opinion::v1::OPINION_KIND_PROBLEM);
  opinion.set_text("The light in the stairwell is broken.");
  request.set_request_id(resource::NewUuid());
  opinion::v1::SubmitOpinionResponse response;
  const absl::Status status =
      client.Ask("firstfloor.opinion.v1.OpinionService.SubmitOpinion", request, response, As(token));
  if (!status.ok()) {
    std::fprintf(stderr, "an opinion was refused: %s\n", status.ToString().c_str());
    std::abort();
  }
  return response.opinion();
}

absl::StatusOr<opinion::v1::Opinion> Get(rpc::Client& client, const std::string& name,
                                         const std::string& token) {
  opinion::v1::GetOpinionRequest request;
  request.set_name(name);
  opinion::v1::Opinion opinion;
  const absl::Status status =
      client.Ask("firstfloor.opinion.v1.OpinionService.GetOpinion", request, opinion, As(token));
  if (!status.ok()) return status;
  return opinion;
}

Prober::Prober(std::function<absl::Status()> attempt)
    : attempt_(std::move(attempt)), thread_([this] {
        while (!stopping_) {
          const absl::Status status = attempt_();
          ++calls_;
          if (status.ok()) continue;
          if (failures_++ == 0) first_failure_ = status.ToString();
        }
      }) {}

Prober::~Prober() { Stop(); }

void Prober::Stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Replace(const std::string& file, absl::string_view text) {
  std::ofstream(file + ".new") << text;
  std::filesystem::permissions(file + ".new", std::filesystem::status(file).permissions());
  std::filesystem::rename(file + ".new", file);
}

std::string Content(const std::string& file) {
  std::stringstream content;
  content << std::ifstream(file).rdbuf();
  return content.str();
}

}  // namespace firstfloor::testing
