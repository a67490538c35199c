// load: calls one method of a server and prints one line of JSON about how that went.
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/resource/table.h"
#include "firstfloor/events/v1/event_log_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "tests/bench/load/load.h"

ABSL_FLAG(std::string, target, "127.0.0.1:7002", "address of the server");
ABSL_FLAG(std::string, method, "firstfloor.opinion.v1.OpinionService.GetOpinion", "full name of the method");
ABSL_FLAG(std::string, request, "", "the request as protobuf text; a request_id is made anew for each call");
ABSL_FLAG(std::string, token_file, "", "file with one token a line, taken in turn");
ABSL_FLAG(std::string, metadata, "", "key=value,… sent along");
ABSL_FLAG(std::string, tls_ca_file, "", "authority of the server's certificate; empty: no TLS");
ABSL_FLAG(int, connections, 2, "connections");
ABSL_FLAG(int, in_flight, 32, "calls in flight (closed loop)");
ABSL_FLAG(double, rate, 0, "calls a second (open loop); 0: closed loop");
ABSL_FLAG(absl::Duration, warm_up, absl::Seconds(1), "time before it counts");
ABSL_FLAG(absl::Duration, measured, absl::Seconds(5), "time that counts");

namespace firstfloor::bench {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

int Fail(const std::string& why) {
  std::cerr << "load: " << why << "\n";
  return 2;
}

std::vector<std::string> Lines(const std::string& file) {
  std::ifstream in(file);
  std::stringstream content;
  content << in.rdbuf();
  return absl::StrSplit(content.str(), '\n', absl::SkipWhitespace());
}

// Serializes copies of a request, each with a request_id of its own if there is such a field.
std::function<std::string(uint64_t)> Copies(std::shared_ptr<const Message> request) {
  const FieldDescriptor* id = request->GetDescriptor()->FindFieldByName("request_id");
  if (id == nullptr) return [bytes = request->SerializeAsString()](uint64_t) { return bytes; };
  return [request, id](uint64_t) {
    const std::unique_ptr<Message> copy(request->New());
    copy->CopyFrom(*request);
    copy->GetReflection()->SetString(copy.get(), id, resource::NewUuid());
    return copy->SerializeAsString();
  };
}

int Main() {
  const std::string name = absl::GetFlag(FLAGS_method);
  // The programs whose methods can be called are those that this line keeps in the program.
  opinion::v1::GetOpinionRequest::descriptor();
  events::v1::GetHeadRequest::descriptor();
  const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  if (method == nullptr) return Fail(absl::StrCat("no method ", name));
  const std::shared_ptr<Message> request(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(method->input_type())->New());
  if (!google::protobuf::TextFormat::ParseFromString(absl::GetFlag(FLAGS_request), request.get())) {
    return Fail("--request is no text of the method's request");
  }
  Plan plan;
  plan.address = absl::GetFlag(FLAGS_target);
  plan.tls.ca = absl::GetFlag(FLAGS_tls_ca_file);
  plan.method = absl::StrCat("/", method->service()->full_name(), "/", method->name());
  plan.request = Copies(request);
  plan.tokens = Lines(absl::GetFlag(FLAGS_token_file));
  for (const absl::string_view part :
       absl::StrSplit(absl::GetFlag(FLAGS_metadata), ',', absl::SkipWhitespace())) {
    plan.metadata.push_back(absl::StrSplit(part, absl::MaxSplits('=', 1)));
  }
  plan.connections = absl::GetFlag(FLAGS_connections);
  plan.in_flight = absl::GetFlag(FLAGS_in_flight);
  plan.rate = absl::GetFlag(FLAGS_rate);
  plan.warm_up = absl::GetFlag(FLAGS_warm_up);
  plan.measured = absl::GetFlag(FLAGS_measured);
  const Result result = Run(plan);
  std::cout << AsJson(plan, result) << "\n";
  return result.failed() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace firstfloor::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "load --target=HOST:PORT --method=NAME --request=TEXT [--rate=N | --in_flight=N]");
  absl::ParseCommandLine(argc, argv);
  return firstfloor::bench::Main();
}
