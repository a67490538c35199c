// Which method a path means, from the google.api.http options of the services.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_ROUTES_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_ROUTES_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "services/gateway/field_value.h"
#include "services/gateway/path_template.h"

namespace google::api {
class HttpRule;
}

namespace firstfloor::gateway {

// One binding of one method.
struct Route {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::string peer;       // the program that answers
  std::string http_verb;  // "GET", …; "*" for any
  PathTemplate path;
  int binding = 0;  // 0 for the rule itself, then the additional ones

  bool whole_body = false;                                      // body: "*"
  const google::protobuf::FieldDescriptor* body = nullptr;      // body: "field"
  const google::protobuf::FieldDescriptor* response = nullptr;  // response_body
  std::string media_type;                                       // of `response`, a text; "": JSON
  std::vector<FieldPath> variables;                             // in the order of path.variables()

  bool takes_body() const { return whole_body || body != nullptr; }
  const google::protobuf::Message& request() const;  // prototypes
  const google::protobuf::Message& reply() const;
  std::string Name() const { return method->full_name(); }
};

class Routes {
 public:
  // The annotated methods of the services whose programs are among `peers`. "firstfloor.opinion.v1" is served
  // by "opinion"; EventLogService, which every program has for its own log, is below "/v1/opinion" and so on.
  static absl::StatusOr<Routes> Of(const std::vector<const google::protobuf::ServiceDescriptor*>& services,
                                   const std::set<std::string>& peers);

  // INVALID_ARGUMENT, naming the method, for an option that breaks the rules of google.api.http, two that
  // mean the same path, or a media type of what is no text.
  absl::Status Add(const google::protobuf::MethodDescriptor& method, const google::api::HttpRule& rule,
                   const std::string& peer, const std::string& prefix = "");
  // Every annotated method of the service. Paths "/v1/…" become "/v1<prefix>/…".
  absl::Status Add(const google::protobuf::ServiceDescriptor& service, const std::string& peer,
                   const std::string& prefix = "");

  struct Found {
    const Route* route = nullptr;  // null: none
    PathTemplate::Bindings bindings;
    std::set<std::string> allowed;  // with no route: methods that the path has; empty: it is unknown
  };
  // HEAD means GET where it has no binding of its own.
  Found Find(absl::string_view http_verb, const Path& path) const;

  const std::vector<std::unique_ptr<Route>>& all() const { return routes_; }

 private:
  absl::Status AddBinding(const google::protobuf::MethodDescriptor& method, const google::api::HttpRule& rule,
                          const std::string& peer, const std::string& prefix, int binding);
  void Collect(const Path& path, std::vector<Found>& matches) const;

  std::vector<std::unique_ptr<Route>> routes_;
  // By verb of the path and number of segments; those that end in ** by verb alone.
  absl::flat_hash_map<std::string, std::vector<const Route*>> by_length_;
  absl::flat_hash_map<std::string, std::vector<const Route*>> open_ended_;
  std::map<std::string, const Route*> by_shape_;  // "GET v1/opinions/*"
};

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_ROUTES_H_
