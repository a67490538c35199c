// The statements of one transaction, as seen in a database, to be sent again with ids of their own.
#ifndef FIRSTFLOOR_TESTS_BENCH_BARE_SCRIPT_H_
#define FIRSTFLOOR_TESTS_BENCH_BARE_SCRIPT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace firstfloor::bench {

struct ScriptValue {
  enum class Kind { kNull, kNumber, kText };
  Kind kind = Kind::kNull;
  std::string text;
  // Another one in every transaction: 16 bytes, or a name that ends with a UUID. The same value in one
  // transaction is replaced by the same new one.
  bool fresh = false;
};

struct Statement {
  std::string sql;
  std::vector<ScriptValue> values;  // of its placeholders
};

// Between START TRANSACTION and COMMIT.
using Script = std::vector<Statement>;

// The texts of the statements in the last committed transaction of a MariaDB general log that holds one
// beginning with `landmark`, with placeholders where literals stood. Empty if there is none.
std::vector<std::string> LastTransaction(const std::string& log, absl::string_view landmark);

std::string ToJson(const Script& script);
Script FromJson(const std::string& json);

}  // namespace firstfloor::bench

#endif  // FIRSTFLOOR_TESTS_BENCH_BARE_SCRIPT_H_
