#include "common/testing/erasing.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/erasure/erasures.h"
#include "common/testing/traces.h"

namespace firstfloor::testing {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "erasing: %s\n", what.c_str());
  std::abort();
}

template <typename T>
T Must(absl::StatusOr<T> result, const std::string& what) {
  if (!result.ok()) Die(absl::StrCat(what, ": ", result.status().ToString()));
  return *std::move(result);
}

std::string Method(const std::string& program, const std::string& name) {
  return absl::StrCat("firstfloor.", program, ".v1.OperationsService.", name);
}

}  // namespace

As Administrator(const std::string& area) {
  return {.role = api::v1::ROLE_DISTRICT_ADMIN, .area = area, .subject = "administrator"};
}

type::v1::EraseSubjectRequest ErasureOf(const std::string& subject, const std::string& area) {
  type::v1::EraseSubjectRequest request;
  request.set_area(area);
  request.set_subject(subject);
  request.set_basis(type::v1::ERASURE_BASIS_CONSENT_WITHDRAWN);
  request.set_reference("2026-17");
  request.set_request_id(RequestId());
  return request;
}

absl::StatusOr<type::v1::Erasure> Erase(Suite& suite, const std::string& program,
                                        const type::v1::EraseSubjectRequest& request) {
  return suite.Call<type::v1::Erasure>(Method(program, "EraseSubject"), request,
                                       Administrator(request.area()));
}

type::v1::Erasure Done(Suite& suite, const std::string& program, const type::v1::Erasure& erasure) {
  type::v1::GetErasureRequest request;
  request.set_name(erasure.name());
  const absl::Time deadline = absl::Now() + kPatience;
  while (absl::Now() < deadline) {
    const auto now =
        suite.Call<type::v1::Erasure>(Method(program, "GetErasure"), request, Administrator(erasure.area()));
    if (now.ok() && now->state() == type::v1::ERASURE_STATE_DONE) return *now;
    absl::SleepFor(absl::Milliseconds(5));
  }
  Die(absl::StrCat(erasure.name(), " of ", program, " does not end"));
}

std::vector<std::string> TracesIn(Suite& suite, const std::string& program, const std::string& subject,
                                  const std::vector<std::string>& words) {
  program::House& house = suite.house(program);
  db::Connection connection(suite.database(program));
  return TracesOf(connection, house.erasures().plan(), *house.environment().keyring, subject, words);
}

std::string FiguresOf(Suite& suite, const std::string& program) {
  db::Connection connection(suite.database(program));
  const absl::Time deadline = absl::Now() + kPatience;
  while (true) {
    const db::Rows behind =
        Must(connection.Query("SELECT (SELECT COUNT(*) FROM event_log WHERE seq IS NULL) + "
                              "(SELECT COUNT(*) FROM log_position WHERE (name LIKE '%/statistics' OR name "
                              "LIKE '%/figures') AND seq < "
                              "(SELECT seq FROM log_position WHERE name = 'log_head'))"),
             "positions");
    if (behind.front().Int(0) == 0) break;
    if (absl::Now() > deadline) Die("the statistics do not catch up");
    absl::SleepFor(absl::Milliseconds(10));
  }
  std::string figures;
  for (const db::Row& row :
       Must(connection.Query("SELECT series, area, CAST(day AS CHAR), value FROM statistic "
                             "ORDER BY series, area, day"),
            "figures")) {
    absl::StrAppend(&figures, row.Text(0), " ", row.Text(1), " ", row.Text(2), ": ", row.Int(3), "\n");
  }
  return figures;
}

void CopySchema(MariaDb& server, const std::string& from, const std::string& to) {
  db::Connection root(server.Root());
  const db::Value schema[] = {from};
  for (const db::Row& row :
       Must(root.Query(
                "SELECT TABLE_NAME, GROUP_CONCAT('`', COLUMN_NAME, '`') FROM information_schema.COLUMNS"
                " WHERE TABLE_SCHEMA = ? AND IFNULL(GENERATION_EXPRESSION, '') = '' GROUP BY TABLE_NAME",
                schema),
            "tables")) {
    const std::string source = absl::StrCat("`", from, "`.`", row.Text(0), "`");
    const std::string copy = absl::StrCat("`", to, "`.`", row.Text(0), "`");
    for (const std::string& sql :
         {absl::StrCat("DROP TABLE IF EXISTS ", copy), absl::StrCat("CREATE TABLE ", copy, " LIKE ", source),
          absl::StrCat("INSERT INTO ", copy, " (", row.Text(1), ") SELECT ", row.Text(1), " FROM ",
                       source)}) {
      if (const absl::Status done = root.ExecuteText(sql); !done.ok()) Die(done.ToString());
    }
  }
}

}  // namespace firstfloor::testing
