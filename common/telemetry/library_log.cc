#include "common/telemetry/library_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/seldom.h"

namespace firstfloor::telemetry {
namespace {

constexpr std::chrono::seconds kPause(5);
constexpr size_t kLongestWord = 200;

// The word that follows `mark`, "" if there is none.
std::string WordAfter(absl::string_view mark, absl::string_view text) {
  const size_t found = text.find(mark);
  if (found == text.npos) return "";
  text = text.substr(found + mark.size(), kLongestWord);
  const auto end = std::find_if_not(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '.';
  });
  return std::string(text.begin(), end);
}

class LibraryLog {
 public:
  explicit LibraryLog(const std::string& library)
      : message_(library + " has a problem"),
        problems_(GetCounter("firstfloor_library_problems_total",
                             "What a library had to say, whether or not it was written to the log.",
                             {{"library", library}})) {}

  void Note(Severity severity, absl::string_view file, int line, const std::string& about) {
    problems_.Add();
    const std::string place = Place(file, line);
    const int64_t times = Due(place);
    if (times > 0) Log(severity, message_, {{"place", place}, {"about", about}, {"times", times}});
  }

  void NoteTheLast(absl::string_view file, int line) {
    Log(Severity::kError, message_ + " and ends the program", {{"place", Place(file, line)}});
    FlushLogs();
  }

 private:
  static std::string Place(absl::string_view file, int line) {
    return absl::StrCat(file.substr(file.rfind('/') + 1), ":", line);
  }

  int64_t Due(const std::string& place) {
    const std::lock_guard lock(mutex_);
    return places_.try_emplace(place, kPause).first->second.Due();
  }

  const std::string message_;
  Counter& problems_;
  std::mutex mutex_;
  std::map<std::string, Seldom> places_;  // as many as the library's source has
};

void FromGrpc(gpr_log_func_args* said) {
  static auto* const log = new LibraryLog("gRPC");
  if (absl::StartsWith(said->message, "assertion failed")) return log->NoteTheLast(said->file, said->line);
  const Severity severity = said->severity == GPR_LOG_SEVERITY_DEBUG  ? Severity::kDebug
                            : said->severity == GPR_LOG_SEVERITY_INFO ? Severity::kInfo
                                                                      : Severity::kWarning;
  log->Note(severity, said->file, said->line, WordAfter("SSL_ERROR_SSL: error:", said->message));
}

void FromProtobuf(google::protobuf::LogLevel level, const char* file, int line, const std::string& message) {
  static auto* const log = new LibraryLog("protobuf");
  if (level == google::protobuf::LOGLEVEL_FATAL) return log->NoteTheLast(file, line);
  log->Note(level == google::protobuf::LOGLEVEL_INFO ? Severity::kInfo : Severity::kWarning, file, line,
            WordAfter("String field '", message));
}

}  // namespace

void TakeOverLibraryLogs() {
  gpr_set_log_function(FromGrpc);
  google::protobuf::SetLogHandler(FromProtobuf);
}

}  // namespace firstfloor::telemetry
