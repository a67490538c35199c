#include "tests/bench/similar/judged.h"

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/error/macros.h"

namespace firstfloor::bench {
namespace {

using Json = nlohmann::json;

// Calls `take` with each line. What a line lacks is an error that names it.
absl::Status ForEachLine(const std::string& file, const std::function<absl::Status(const Json&)>& take) {
  std::ifstream in(file);
  if (!in.is_open()) return absl::NotFoundError(absl::StrCat(file, " cannot be read"));
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const auto unusable = [&](const std::string& why) {
      return absl::InvalidArgumentError(absl::StrCat(file, " line ", number, ": ", why));
    };
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) return unusable("is not a JSON object");
    try {
      if (const absl::Status taken = take(json); !taken.ok()) return unusable(std::string(taken.message()));
    } catch (const Json::exception& e) {
      return unusable(e.what());
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Corpus> ReadMessages(const std::string& file) {
  Corpus corpus;
  RETURN_IF_ERROR(ForEachLine(file, [&](const Json& line) {
    Citizen message{line.at("id"), line.at("user"), line.at("title"), line.at("body"), absl::UnixEpoch()};
    std::string why;
    if (!absl::ParseTime(absl::RFC3339_full, line.at("time").get<std::string>(), &message.time, &why)) {
      return absl::InvalidArgumentError(why);
    }
    if (!corpus.places.emplace(message.id, corpus.messages.size()).second) {
      return absl::InvalidArgumentError("the id stands twice");
    }
    corpus.messages.push_back(std::move(message));
    return absl::OkStatus();
  }));
  return corpus;
}

absl::StatusOr<std::vector<JudgedPair>> ReadPairs(const std::string& file, const Corpus& corpus) {
  std::vector<JudgedPair> pairs;
  RETURN_IF_ERROR(ForEachLine(file, [&](const Json& line) {
    const auto a = corpus.places.find(line.at("a").get<std::string>());
    const auto b = corpus.places.find(line.at("b").get<std::string>());
    if (a == corpus.places.end() || b == corpus.places.end()) {
      return absl::InvalidArgumentError("no message has that id");
    }
    pairs.push_back({a->second, b->second, line.at("same").get<int>() != 0, line.at("weight")});
    return absl::OkStatus();
  }));
  return pairs;
}

absl::StatusOr<std::vector<Categorised>> ReadCategorised(const std::string& file,
                                                         const std::string& category_key) {
  std::vector<Categorised> messages;
  RETURN_IF_ERROR(ForEachLine(file, [&](const Json& line) {
    messages.push_back({line.at("title"), line.at("body"), line.at(category_key)});
    return absl::OkStatus();
  }));
  return messages;
}

}  // namespace firstfloor::bench
