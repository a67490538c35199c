#include "common/area/registry.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "common/error/error.h"
#include "common/error/macros.h"

namespace firstfloor::area {
namespace {

constexpr absl::string_view kHeader = "code,name,level_name,households,successor";
constexpr size_t kColumns = 5;

absl::Status Unusable(absl::string_view where, absl::string_view why) {
  return error::Make(absl::StatusCode::kInvalidArgument, "AREA_REGISTRY_INVALID",
                     absl::StrCat("area registry ", where, ": ", why));
}

absl::Status UnusableLine(int line, absl::string_view why) {
  return Unusable(absl::StrCat("line ", line), why);
}

// Tells one state of a file from another. nullopt if there is no file.
using Version = std::tuple<ino_t, off_t, int64_t, int64_t>;

std::optional<Version> VersionOf(const std::string& file) {
  struct stat found;
  if (stat(file.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  return Version(found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
}

absl::StatusOr<std::string> Read(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.is_open() || text.bad()) return Unusable(file, "cannot be read");
  return text.str();
}

// Fields of one CSV line; a field may stand in double quotes, where "" is one quote. nullopt if a quote is
// left open or text follows a closing one.
std::optional<std::vector<std::string>> Fields(absl::string_view line) {
  std::vector<std::string> fields;
  for (bool more = true; more;) {
    std::string field;
    if (absl::ConsumePrefix(&line, "\"")) {
      size_t quote;
      while ((quote = line.find('"')) != absl::string_view::npos) {
        absl::StrAppend(&field, line.substr(0, quote));
        line.remove_prefix(quote + 1);
        if (!absl::ConsumePrefix(&line, "\"")) break;
        field.push_back('"');
      }
      if (quote == absl::string_view::npos || (!line.empty() && line.front() != ',')) return std::nullopt;
    } else {
      field = std::string(line.substr(0, line.find(',')));
      line.remove_prefix(field.size());
    }
    fields.push_back(std::move(field));
    more = absl::ConsumePrefix(&line, ",");
  }
  return fields;
}

absl::StatusOr<Area> ParseArea(absl::string_view text, int line) {
  std::optional<std::vector<std::string>> fields = Fields(text);
  if (!fields.has_value()) return UnusableLine(line, "quotes do not match");
  if (fields->size() != kColumns) return UnusableLine(line, "has not five fields");
  Area area{
      .code = (*fields)[0], .name = (*fields)[1], .level_name = (*fields)[2], .successor = (*fields)[4]};
  if (!LevelOf(area.code).has_value()) return UnusableLine(line, "malformed code");
  if (area.name.empty() || area.level_name.empty()) return UnusableLine(line, "name or level_name is empty");
  if (!absl::SimpleAtoi((*fields)[3], &area.households) || area.households < 0) {
    return UnusableLine(line, "households is not a number of 0 or more");
  }
  return area;
}

// What one state of the file says. Immutable once made.
class Content {
 public:
  static absl::StatusOr<std::unique_ptr<const Content>> Parse(absl::string_view text) {
    auto content = std::make_unique<Content>();
    RETURN_IF_ERROR(content->AddLines(text));
    RETURN_IF_ERROR(content->CheckReferences());
    content->Order();
    return content;
  }

  const Area* Find(absl::string_view code) const {
    const auto found = by_code_.find(code);
    return found == by_code_.end() ? nullptr : &areas_[found->second];
  }

  std::vector<Area> Below(absl::string_view code, Level level) const {
    const auto [from, to] = CoverRange(code);
    const auto before = [](const Area& area, const std::string& bound) { return area.code < bound; };
    const auto begin = std::lower_bound(areas_.begin(), areas_.end(), from, before);
    const auto end = std::lower_bound(begin, areas_.end(), to, before);
    std::vector<Area> below;
    std::copy_if(begin, end, std::back_inserter(below),
                 [level](const Area& area) { return LevelOf(area.code) == level; });
    return below;
  }

  size_t size() const { return areas_.size(); }

 private:
  absl::Status AddLines(absl::string_view text) {
    absl::ConsumePrefix(&text, "\xEF\xBB\xBF");  // spreadsheets begin UTF-8 files with it
    bool header_seen = false;
    int number = 0;
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      ++number;
      absl::ConsumeSuffix(&line, "\r");
      if (line.empty() || line.front() == '#') continue;
      if (header_seen) {
        RETURN_IF_ERROR(Add(line, number));
      } else if (line != kHeader) {
        return UnusableLine(number, absl::StrCat("the header is not ", kHeader));
      }
      header_seen = true;
    }
    if (areas_.empty()) return UnusableLine(number, "the file ends without an area");
    return absl::OkStatus();
  }

  absl::Status Add(absl::string_view text, int line) {
    ASSIGN_OR_RETURN(Area area, ParseArea(text, line));
    if (!by_code_.try_emplace(area.code, areas_.size()).second) {
      return UnusableLine(line, absl::StrCat(area.code, " is there already"));
    }
    areas_.push_back(std::move(area));
    lines_.push_back(line);
    return absl::OkStatus();
  }

  absl::Status CheckReferences() const {
    for (size_t i = 0; i < areas_.size(); ++i) {
      const Area& area = areas_[i];
      for (const std::string& ancestor : SelfAndAncestors(area.code)) {
        if (LevelOf(ancestor) >= Level::kDistrict && Find(ancestor) == nullptr) {
          return UnusableLine(lines_[i], absl::StrCat(area.code, " lacks its ancestor ", ancestor));
        }
      }
      if (area.successor.empty()) continue;
      if (area.successor == area.code || Find(area.successor) == nullptr) {
        return UnusableLine(lines_[i],
                            absl::StrCat("the successor of ", area.code, " is not another area here"));
      }
    }
    return absl::OkStatus();
  }

  void Order() {
    std::sort(areas_.begin(), areas_.end(), [](const Area& a, const Area& b) { return a.code < b.code; });
    for (size_t i = 0; i < areas_.size(); ++i) by_code_[areas_[i].code] = i;
    lines_.clear();
  }

  std::vector<Area> areas_;
  std::vector<int> lines_;  // where areas_[i] stood, until all is checked
  absl::flat_hash_map<std::string, size_t> by_code_;
};

}  // namespace

struct Registry::Impl {
  std::string file;
  absl::Mutex reloading;  // held while the file is read; look-ups do not want it
  std::optional<Version> version ABSL_GUARDED_BY(reloading);
  mutable absl::Mutex mutex;
  std::unique_ptr<const Content> content ABSL_GUARDED_BY(mutex);
};

absl::StatusOr<std::unique_ptr<Registry>> Registry::Load(const std::string& file) {
  auto impl = std::make_unique<Impl>();
  impl->file = file;
  auto registry = std::unique_ptr<Registry>(new Registry(std::move(impl)));
  RETURN_IF_ERROR(registry->Reload());
  return registry;
}

Registry::Registry(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Registry::~Registry() = default;

bool Registry::Knows(absl::string_view code) const {
  absl::ReaderMutexLock lock(&impl_->mutex);
  return impl_->content->Find(code) != nullptr;
}

std::optional<Area> Registry::Find(absl::string_view code) const {
  absl::ReaderMutexLock lock(&impl_->mutex);
  const Area* area = impl_->content->Find(code);
  return area == nullptr ? std::nullopt : std::optional<Area>(*area);
}

std::vector<Area> Registry::Below(absl::string_view code, Level level) const {
  absl::ReaderMutexLock lock(&impl_->mutex);
  return impl_->content->Below(code, level);
}

size_t Registry::size() const {
  absl::ReaderMutexLock lock(&impl_->mutex);
  return impl_->content->size();
}

absl::Status Registry::Reload() {
  absl::MutexLock reloading(&impl_->reloading);
  // Taken before reading: a write that comes in between is then seen by the next reload.
  const std::optional<Version> version = VersionOf(impl_->file);
  if (!version.has_value()) return Unusable(impl_->file, "is not a file");
  if (version == impl_->version) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string text, Read(impl_->file));
  ASSIGN_OR_RETURN(std::unique_ptr<const Content> content, Content::Parse(text));
  {
    absl::MutexLock lock(&impl_->mutex);
    impl_->content.swap(content);
  }
  impl_->version = version;
  return absl::OkStatus();
}

}  // namespace firstfloor::area
