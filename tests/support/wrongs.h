// What is wrong, place by place, so that one run of a test shows all of it.
#ifndef FIRSTFLOOR_TESTS_SUPPORT_WRONGS_H_
#define FIRSTFLOOR_TESTS_SUPPORT_WRONGS_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/descriptor.h"

namespace firstfloor::testing {

// Fails the test at its end if anything was added.
class Wrongs {
 public:
  Wrongs() = default;
  Wrongs(const Wrongs&) = delete;
  Wrongs& operator=(const Wrongs&) = delete;
  ~Wrongs() {
    const size_t shown = std::min(list_.size(), kMostShown);
    EXPECT_TRUE(list_.empty()) << list_.size() << " wrong:\n"
                               << absl::StrJoin(list_.begin(), list_.begin() + shown, "\n");
  }
  void Add(const std::string& where, const std::string& what) { list_.push_back(where + ": " + what); }
  void Add(const google::protobuf::MethodDescriptor& method, const std::string& what,
           const absl::Status& got) {
    Add(method.full_name(), absl::StrCat(what, ": ", got.ToString().substr(0, 300)));
  }

 private:
  static constexpr size_t kMostShown = 60;
  std::vector<std::string> list_;
};

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_SUPPORT_WRONGS_H_
