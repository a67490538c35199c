#include "common/redis/client.h"

#include <hiredis/hiredis.h>
#include <openssl/evp.h>
#include <poll.h>

#include <chrono>
#include <functional>
#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/error/error.h"
#include "common/redis/connect.h"
#include "common/telemetry/work.h"

namespace firstfloor::redis {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPauseAfterFailure = std::chrono::milliseconds(500);
constexpr char kUnknownScript[] = "NOSCRIPT";

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using RawReply = std::unique_ptr<redisReply, FreeReply>;

const absl::Status& NotThere() {
  static const absl::Status* const status = new absl::Status(
      error::Make(absl::StatusCode::kUnavailable, "REDIS_UNAVAILABLE", "Redis is not there"));
  return *status;
}

// The first word of an error is its kind; what follows may quote arguments.
absl::string_view KindOf(const redisReply& error) {
  const absl::string_view text(error.str, error.len);
  return text.substr(0, text.find(' '));
}

// Kinds of errors by which a server says that it can't serve for now, or no longer.
bool MeansNotThere(absl::string_view kind) {
  for (const absl::string_view one : {"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "OOM", "MISCONF",
                                      "NOAUTH", "BUSY", "TRYAGAIN", "NOREPLICAS"}) {
    if (kind == one) return true;
  }
  return false;
}

Reply Convert(const redisReply& raw) {
  Reply reply;
  switch (raw.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      reply.kind = Reply::Kind::kText;
      reply.text.assign(raw.str, raw.len);
      break;
    case REDIS_REPLY_INTEGER:
      reply.kind = Reply::Kind::kInteger;
      reply.integer = raw.integer;
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = Reply::Kind::kList;
      for (size_t i = 0; i < raw.elements; ++i) reply.list.push_back(Convert(*raw.element[i]));
      break;
    default:
      break;
  }
  return reply;
}

// A server that went away, or answered too late, leaves bytes or an end to be read before anything was asked.
bool IsStale(const redisContext& context) {
  pollfd one{.fd = context.fd, .events = POLLIN, .revents = 0};
  return poll(&one, 1, 0) != 0;
}

std::string Sha1(absl::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<char*>(digest), size));
}

}  // namespace

struct Client::Impl {
  explicit Impl(Config c) : config(std::move(c)) {}

  bool EnsureConnected() {
    if (context != nullptr && IsStale(*context)) context.reset();
    if (context != nullptr) return true;
    if (config.endpoint.empty() || Clock::now() < retry_at) return false;
    context = Connect(config);
    if (context == nullptr) GiveUpForNow();
    return context != nullptr;
  }

  void GiveUpForNow() {
    context.reset();
    healthy = false;
    retry_at = Clock::now() + kPauseAfterFailure;
  }

  // Null when there is no answer.
  RawReply Exchange(absl::Span<const std::string> args) {
    if (!EnsureConnected()) return nullptr;
    words.clear();
    sizes.clear();
    for (const std::string& arg : args) {
      words.push_back(arg.data());
      sizes.push_back(arg.size());
    }
    RawReply reply(static_cast<redisReply*>(
        redisCommandArgv(context.get(), static_cast<int>(args.size()), words.data(), sizes.data())));
    // After a failure, a timeout included, hiredis can't tell which reply belongs to which command.
    if (reply == nullptr) GiveUpForNow();
    return reply;
  }

  absl::StatusOr<Reply> Judge(const RawReply& raw) {
    if (raw == nullptr) return NotThere();
    if (raw->type != REDIS_REPLY_ERROR) {
      healthy = true;
      return Convert(*raw);
    }
    const absl::string_view kind = KindOf(*raw);
    if (MeansNotThere(kind)) {
      GiveUpForNow();
      return NotThere();
    }
    return error::Make(absl::StatusCode::kInternal, "REDIS_REFUSED",
                       absl::StrCat("Redis refused a command: ", kind));
  }

  const std::string& DigestOf(absl::string_view lua) {
    auto found = digests.find(lua);
    if (found == digests.end()) found = digests.emplace(lua, Sha1(lua)).first;
    return found->second;
  }

  const Config config;
  Context context;
  Clock::time_point retry_at{};
  bool healthy = false;
  std::map<std::string, std::string, std::less<>> digests;
  std::vector<const char*> words;
  std::vector<size_t> sizes;
};

Client::Client(Config config) : impl_(std::make_unique<Impl>(std::move(config))) {}

Client::~Client() = default;

absl::StatusOr<Reply> Client::Command(absl::Span<const std::string> args) {
  const telemetry::Span span = telemetry::StatementSpan("redis", args.empty() ? "" : args[0]);
  return impl_->Judge(impl_->Exchange(args));
}

absl::StatusOr<Reply> Client::Script(absl::string_view lua, absl::Span<const std::string> keys,
                                     absl::Span<const std::string> args) {
  const telemetry::Span span = telemetry::StatementSpan("redis", "EVALSHA");
  std::vector<std::string> words = {"EVALSHA", impl_->DigestOf(lua), absl::StrCat(keys.size())};
  words.insert(words.end(), keys.begin(), keys.end());
  words.insert(words.end(), args.begin(), args.end());
  RawReply reply = impl_->Exchange(words);
  if (reply != nullptr && reply->type == REDIS_REPLY_ERROR && KindOf(*reply) == kUnknownScript) {
    words[0] = "EVAL";
    words[1] = std::string(lua);
    reply = impl_->Exchange(words);
  }
  return impl_->Judge(reply);
}

std::string Client::Key(absl::string_view key) const { return absl::StrCat(impl_->config.prefix, key); }

bool Client::healthy() const { return impl_->healthy; }

}  // namespace firstfloor::redis
