// Path templates of google.api.http: "/v1/{name=opinions/*}:triage".
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_PATH_TEMPLATE_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_PATH_TEMPLATE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/gateway/url.h"

namespace firstfloor::gateway {

//     Template = "/" Segments [ Verb ] ;
//     Segments = Segment { "/" Segment } ;
//     Segment  = "*" | "**" | LITERAL | Variable ;
//     Variable = "{" FieldPath [ "=" Segments ] "}" ;
//     FieldPath = IDENT { "." IDENT } ;
//     Verb     = ":" LITERAL ;
class PathTemplate {
 public:
  enum class Kind { kLiteral, kOne, kMany };  // text, "*", "**"
  struct Segment {
    Kind kind;
    std::string literal;
  };
  struct Variable {
    std::string field_path;
    size_t begin;  // its segments: [begin, end)
    size_t end;
  };
  // A variable's field path and what it stands for in a path.
  using Bindings = std::vector<std::pair<std::string, std::string>>;

  // INVALID_ARGUMENT, saying why, if `text` does not follow the grammar. "**" can only be the last segment.
  static absl::StatusOr<PathTemplate> Parse(absl::string_view text);

  // Nothing if the path does not match. A variable of one segment is decoded wholly; in a variable of several
  // "%2F" stays, for it is no separator there.
  std::optional<Bindings> Match(const Path& path) const;

  const std::vector<Segment>& segments() const { return segments_; }
  const std::vector<Variable>& variables() const { return variables_; }
  const std::string& verb() const { return verb_; }  // "" if none
  // True if it ends in "**" and so matches paths of any greater length.
  bool open_ended() const { return segments_.back().kind == Kind::kMany; }
  // Equal for templates that match the same paths: "v1/opinions/*:triage".
  std::string Shape() const;
  // True if this template says more than `other` where both match the same path.
  bool MoreSpecificThan(const PathTemplate& other) const;

 private:
  friend class TemplateParser;
  std::vector<Segment> segments_;
  std::vector<Variable> variables_;
  std::string verb_;
};

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_PATH_TEMPLATE_H_
