#include "services/gateway/path_template.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/error/macros.h"

namespace firstfloor::gateway {

// Reads a template from left to right.
class TemplateParser {
 public:
  explicit TemplateParser(absl::string_view text) : text_(text), rest_(text) {}

  absl::StatusOr<PathTemplate> Parse() {
    if (!Take('/')) return Wrong("must begin with /");
    RETURN_IF_ERROR(Segments(/*inside_variable=*/false));
    if (Take(':')) {
      made_.verb_ = std::string(Literal());
      if (made_.verb_.empty()) return Wrong("has an empty verb");
    }
    if (!rest_.empty()) return Wrong(absl::StrCat("has something unexpected at \"", rest_, "\""));
    const auto last = std::prev(made_.segments_.end());
    const bool early = std::any_of(made_.segments_.begin(), last, [](const PathTemplate::Segment& segment) {
      return segment.kind == PathTemplate::Kind::kMany;
    });
    if (early) return Wrong("has ** before its end");
    return std::move(made_);
  }

 private:
  absl::Status Wrong(absl::string_view why) const {
    return absl::InvalidArgumentError(absl::StrCat("path template ", text_, " ", why));
  }
  bool Take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  template <typename Accepts>
  absl::string_view TakeWhile(Accepts accepts) {
    const size_t length =
        static_cast<size_t>(std::find_if_not(rest_.begin(), rest_.end(), accepts) - rest_.begin());
    const absl::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }
  absl::string_view Literal() {
    return TakeWhile([](unsigned char c) {
      constexpr absl::string_view kMarks = "-_.~!$&'()+,;@%";
      return absl::ascii_isalnum(c) || kMarks.find(static_cast<char>(c)) != absl::string_view::npos;
    });
  }

  absl::Status Segments(bool inside_variable) {
    do {
      RETURN_IF_ERROR(OneSegment(inside_variable));
    } while (Take('/'));
    return absl::OkStatus();
  }

  absl::Status OneSegment(bool inside_variable) {
    if (Take('*')) {
      made_.segments_.push_back({Take('*') ? PathTemplate::Kind::kMany : PathTemplate::Kind::kOne, ""});
      return absl::OkStatus();
    }
    if (Take('{')) return inside_variable ? Wrong("has a variable inside a variable") : Variable();
    const absl::string_view literal = Literal();
    if (literal.empty()) return Wrong("has an empty segment");
    const std::optional<std::string> decoded = PercentDecode(literal);
    if (!decoded) return Wrong("has a malformed escape");
    made_.segments_.push_back({PathTemplate::Kind::kLiteral, *decoded});
    return absl::OkStatus();
  }

  absl::Status Variable() {
    PathTemplate::Variable variable{.field_path = "", .begin = made_.segments_.size(), .end = 0};
    do {
      const absl::string_view ident =
          TakeWhile([](unsigned char c) { return absl::ascii_isalnum(c) || c == '_'; });
      if (ident.empty() || absl::ascii_isdigit(static_cast<unsigned char>(ident.front()))) {
        return Wrong("has a variable that is no field path");
      }
      absl::StrAppend(&variable.field_path, variable.field_path.empty() ? "" : ".", ident);
    } while (Take('.'));
    if (Take('=')) {
      RETURN_IF_ERROR(Segments(/*inside_variable=*/true));
    } else {
      made_.segments_.push_back({PathTemplate::Kind::kOne, ""});
    }
    if (!Take('}')) return Wrong("has a variable that does not end");
    variable.end = made_.segments_.size();
    for (const PathTemplate::Variable& other : made_.variables_) {
      if (other.field_path == variable.field_path) return Wrong("binds a field twice");
    }
    made_.variables_.push_back(std::move(variable));
    return absl::OkStatus();
  }

  absl::string_view text_;
  absl::string_view rest_;
  PathTemplate made_;
};

absl::StatusOr<PathTemplate> PathTemplate::Parse(absl::string_view text) {
  return TemplateParser(text).Parse();
}

std::optional<PathTemplate::Bindings> PathTemplate::Match(const Path& path) const {
  if (path.verb != verb_ || path.has_verb == verb_.empty()) return std::nullopt;
  const size_t fixed = segments_.size() - (open_ended() ? 1 : 0);
  if (path.segments.size() < fixed || (path.segments.size() > fixed && !open_ended())) return std::nullopt;
  for (size_t i = 0; i < path.segments.size(); ++i) {
    if (path.segments[i].empty()) return std::nullopt;
    if (i >= fixed || segments_[i].kind != Kind::kLiteral) continue;
    if (path.segments[i] != segments_[i].literal && PercentDecode(path.segments[i]) != segments_[i].literal) {
      return std::nullopt;
    }
  }

  Bindings bindings;
  for (const Variable& variable : variables_) {
    const bool to_the_end = variable.end == segments_.size() && open_ended();
    const auto begin = path.segments.begin() + static_cast<ptrdiff_t>(variable.begin);
    const auto end =
        to_the_end ? path.segments.end() : path.segments.begin() + static_cast<ptrdiff_t>(variable.end);
    const bool one = variable.end - variable.begin == 1 && segments_[variable.begin].kind != Kind::kMany;
    std::optional<std::string> value =
        PercentDecode(absl::StrJoin(begin, end, "/"), one ? Keep::kNothing : Keep::kSlashes);
    if (!value) return std::nullopt;
    bindings.emplace_back(variable.field_path, *std::move(value));
  }
  return bindings;
}

std::string PathTemplate::Shape() const {
  const std::string path = absl::StrJoin(segments_, "/", [](std::string* out, const Segment& segment) {
    switch (segment.kind) {
      case Kind::kLiteral:
        return absl::StrAppend(out, segment.literal);
      case Kind::kOne:
        return absl::StrAppend(out, "*");
      case Kind::kMany:
        return absl::StrAppend(out, "**");
    }
  });
  return verb_.empty() ? path : absl::StrCat(path, ":", verb_);
}

bool PathTemplate::MoreSpecificThan(const PathTemplate& other) const {
  const size_t common = std::min(segments_.size(), other.segments_.size());
  for (size_t i = 0; i < common; ++i) {
    if (segments_[i].kind != other.segments_[i].kind) return segments_[i].kind < other.segments_[i].kind;
  }
  return segments_.size() > other.segments_.size();
}

}  // namespace firstfloor::gateway
