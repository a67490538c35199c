// The running suite with rows of every kind in it, made by one person in one community.
#ifndef FIRSTFLOOR_TESTS_INTEGRATION_REAL_ROWS_H_
#define FIRSTFLOOR_TESTS_INTEGRATION_REAL_ROWS_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/support/caller.h"
#include "tests/support/programs.h"

namespace firstfloor {

inline constexpr char kCommunity[] = "340111400";
inline constexpr char kElsewhere[] = "340104400";

class RealRows : public ::testing::Test {
 public:
  static void SetUpTestSuite();
  static void TearDownTestSuite();

  static testing::Programs& programs();
  static testing::Caller& caller();

  // The least that the method asks for, about the rows there are and, if it takes an area, the community.
  static std::unique_ptr<google::protobuf::Message> RequestFor(
      const std::string& program, const google::protobuf::MethodDescriptor& method);
  // Every name that the request cannot do without is that of a real row, and there is one.
  static bool NamesRealRows(const std::string& program, const google::protobuf::Message& request);
};

}  // namespace firstfloor

#endif  // FIRSTFLOOR_TESTS_INTEGRATION_REAL_ROWS_H_
