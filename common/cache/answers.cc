#include "common/cache/answers.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "common/telemetry/metrics.h"

namespace firstfloor::cache {
namespace {

// An answer is stored as "<microseconds since 1970, UTC> <bytes>".

// How long one caller may take to recompute before another one tries.
constexpr absl::Duration kRecomputing = absl::Seconds(5);
// For how many lives an old answer is better than none.
constexpr int kLives = 10;

// KEYS: answer, recomputing. ARGV: now, life (microseconds), token, milliseconds to recompute.
// Returns the answer ("" if there is none) and what to do: see Advice.
constexpr char kAsk[] = R"(
local stored = redis.call('GET', KEYS[1])
if stored then
  local as_of = tonumber(string.match(stored, '^%-?%d+'))
  if as_of and tonumber(ARGV[1]) - as_of < tonumber(ARGV[2]) then return {stored, 0} end
end
if redis.call('SET', KEYS[2], ARGV[3], 'NX', 'PX', ARGV[4]) then return {stored or '', 1} end
return {stored or '', 2})";

// KEYS: answer, recomputing. ARGV: new answer ("" if there is none), its time, milliseconds to keep it,
// token. An answer that was computed later stays.
constexpr char kTell[] = R"(
if ARGV[1] ~= '' then
  local stored = redis.call('GET', KEYS[1])
  local as_of = stored and tonumber(string.match(stored, '^%-?%d+'))
  if not as_of or as_of <= tonumber(ARGV[2]) then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3]) end
end
if redis.call('GET', KEYS[2]) == ARGV[4] then redis.call('DEL', KEYS[2]) end
return 0)";

// KEYS: bucket. ARGV: tokens per second, burst, cost. Returns the microseconds to wait, 0 if it was spent. A
// cost above the burst is had from a full bucket, and leaves a debt.
constexpr char kSpend[] = R"(
local rate, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(bucket[1]) or burst, tonumber(bucket[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local missing = math.min(cost, burst) - tokens
if missing > 0 then return math.ceil(missing / rate * 1000000) end
tokens = tokens - cost
redis.call('HSET', KEYS[1], 'tokens', string.format('%.9f', tokens), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate * 1000) + 1000)
return 0)";

enum class Advice { kFresh = 0, kRecompute = 1, kOthersRecompute = 2 };

struct Asked {
  std::string stored;
  Advice advice;
};

std::string RandomToken() {
  thread_local std::mt19937_64 random{std::random_device()()};
  return absl::StrCat(absl::Hex(random()), absl::Hex(random()));
}

// Failures that say nothing about the question: an old answer is better.
bool IsPassing(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable || status.code() == absl::StatusCode::kAborted ||
         status.code() == absl::StatusCode::kDeadlineExceeded ||
         status.code() == absl::StatusCode::kResourceExhausted;
}

// How dear answers were had.
void Count(const std::string& outcome) {
  telemetry::GetCounter("firstfloor_answers_total", "Shared answers given, by how they were had.",
                        {{"outcome", outcome}})
      .Add();
}

class Shelf {
 public:
  Shelf(redis::Client& redis, absl::string_view key, absl::Duration life, absl::Time now)
      : redis_(redis), life_(life), now_(now), token_(RandomToken()) {
    const std::string answer = redis.Key(absl::StrCat("answer:", key));
    keys_ = {answer, answer + ":recomputing"};
  }

  absl::StatusOr<Asked> Ask() {
    const auto reply =
        redis_.Script(kAsk, keys_,
                      {absl::StrCat(absl::ToUnixMicros(now_)), absl::StrCat(absl::ToInt64Microseconds(life_)),
                       token_, absl::StrCat(absl::ToInt64Milliseconds(kRecomputing))});
    if (!reply.ok()) return reply.status();
    if (reply->list.size() != 2) return absl::InternalError("Redis answered something else than was asked");
    return Asked{reply->list[0].text, static_cast<Advice>(reply->list[1].integer)};
  }

  void Tell(const std::string& bytes) {
    const std::string as_of = absl::StrCat(absl::ToUnixMicros(now_));
    Finish(absl::StrCat(as_of, " ", bytes));
  }

  void GiveUp() { Finish(""); }

 private:
  // If Redis is gone meanwhile, others compute for themselves: nothing to be done about it here.
  void Finish(const std::string& stored) {
    const int64_t keep = std::max<int64_t>(absl::ToInt64Milliseconds(life_ * kLives), 1);
    redis_.Script(kTell, keys_, {stored, absl::StrCat(absl::ToUnixMicros(now_)), absl::StrCat(keep), token_})
        .IgnoreError();
  }

  redis::Client& redis_;
  const absl::Duration life_;
  const absl::Time now_;
  const std::string token_;
  std::vector<std::string> keys_;
};

// False if `stored` is none, or not one of ours.
bool Parse(std::string stored, Answer& answer) {
  const size_t space = stored.find(' ');
  int64_t micros = 0;
  if (space == std::string::npos || !absl::SimpleAtoi(stored.substr(0, space), &micros)) return false;
  answer.as_of = absl::FromUnixMicros(micros);
  answer.bytes = stored.erase(0, space + 1);
  return true;
}

}  // namespace

absl::StatusOr<Answer> Shared(redis::Client& redis, absl::string_view key, absl::Duration life,
                              absl::Time now, absl::FunctionRef<absl::StatusOr<std::string>()> compute) {
  Shelf shelf(redis, key, life, now);
  absl::StatusOr<Asked> asked = shelf.Ask();
  Answer old;
  const bool has_old = asked.ok() && Parse(std::move(asked->stored), old);
  if (has_old && asked->advice != Advice::kRecompute) {
    Count(asked->advice == Advice::kFresh ? "hit" : "stale");
    return old;
  }

  absl::StatusOr<std::string> computed = compute();
  if (computed.ok()) {
    Count(asked.ok() ? "computed" : "computed_without_redis");
    if (asked.ok()) shelf.Tell(*computed);
    return Answer{*std::move(computed), now};
  }
  if (asked.ok()) shelf.GiveUp();
  if (has_old && IsPassing(computed.status())) {
    Count("stale");
    return old;
  }
  return computed.status();
}

bool Spend(redis::Client& redis, absl::string_view key, double per_second, double burst, double cost,
           absl::Duration& wait) {
  wait = absl::ZeroDuration();
  const std::string bucket = redis.Key(absl::StrCat("bucket:", key));
  const auto reply = redis.Script(
      kSpend, {bucket},
      {absl::StrFormat("%.9f", per_second), absl::StrFormat("%.9f", burst), absl::StrFormat("%.9f", cost)});
  if (!reply.ok()) return true;
  wait = absl::Microseconds(reply->integer);
  return wait == absl::ZeroDuration();
}

}  // namespace firstfloor::cache
