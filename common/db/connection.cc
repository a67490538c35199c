#include "common/db/connection.h"

#include <cppconn/connection.h>
#include <cppconn/exception.h>
#include <cppconn/parameter_metadata.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>
#include <mysql_connection.h>
#include <mysql_driver.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <list>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "common/db/errors.h"
#include "common/error/macros.h"
#include "common/telemetry/work.h"

namespace firstfloor::db {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMostStatements = 256;
constexpr size_t kMostBytesKept = 256 * 1024;
constexpr size_t kDateTimeSize = 26;
constexpr int kColumnsChanged = 2057;  // error number of the client library

// READ COMMITTED: statements lock the rows they find and no gaps between them, so that inserts do not
// deadlock with range reads; what must not change between two statements is read FOR UPDATE anyway.
constexpr const char* kSessionSettings[] = {
    "SET time_zone = '+00:00', innodb_lock_wait_timeout = 2, sql_mode = "
    "'STRICT_ALL_TABLES,STRICT_TRANS_TABLES,"
    "NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"};

enum class Kind { kInteger, kDouble, kWholeDecimal, kDecimal, kDateTime, kText };

struct Prepared {
  std::string sql;
  std::unique_ptr<sql::PreparedStatement> statement;
  size_t parameters = 0;
  std::vector<Kind> columns;
};

sql::mysql::MySQL_Driver& Driver() {
  static sql::mysql::MySQL_Driver* const driver = sql::mysql::get_driver_instance();
  return *driver;
}

int WholeSeconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Seconds(absl::Ceil(duration, absl::Seconds(1))));
}

sql::ConnectOptionsMap OptionsOf(const Config& config) {
  sql::ConnectOptionsMap options;
  options["hostName"] = sql::SQLString(config.endpoint);
  options["userName"] = sql::SQLString(config.user);
  options["password"] = sql::SQLString(config.password);
  if (!config.schema.empty()) options["schema"] = sql::SQLString(config.schema);
  options["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
  options["OPT_CONNECT_TIMEOUT"] = WholeSeconds(config.connect_timeout);
  options["OPT_READ_TIMEOUT"] = WholeSeconds(config.read_timeout);
  options["OPT_WRITE_TIMEOUT"] = WholeSeconds(config.read_timeout);
  options["OPT_RECONNECT"] = false;
  options["CLIENT_FOUND_ROWS"] = true;
  options["CLIENT_MULTI_STATEMENTS"] = true;
  return options;
}

Kind KindOf(sql::ResultSetMetaData& columns, unsigned int column) {
  switch (columns.getColumnType(column)) {
    case sql::DataType::BIT:
    case sql::DataType::TINYINT:
    case sql::DataType::SMALLINT:
    case sql::DataType::MEDIUMINT:
    case sql::DataType::INTEGER:
    case sql::DataType::BIGINT:
    case sql::DataType::YEAR:
      return Kind::kInteger;
    case sql::DataType::REAL:
    case sql::DataType::DOUBLE:
      return Kind::kDouble;
    case sql::DataType::DECIMAL:
    case sql::DataType::NUMERIC:
      return columns.getScale(column) == 0 ? Kind::kWholeDecimal : Kind::kDecimal;
    case sql::DataType::TIMESTAMP:
      return Kind::kDateTime;
    default:
      return Kind::kText;
  }
}

std::vector<Kind> KindsOf(sql::ResultSetMetaData& columns) {
  std::vector<Kind> kinds;
  for (unsigned int i = 1; i <= columns.getColumnCount(); ++i) kinds.push_back(KindOf(columns, i));
  return kinds;
}

std::string Taken(sql::SQLString text) { return std::move(*text.operator->()); }

std::string InDateTimeForm(std::string text) {
  if (text.size() == kDateTimeSize) return text;
  if (text.find('.') == std::string::npos) text += '.';
  text.resize(kDateTimeSize, '0');
  return text;
}

Value::Variant ReadCell(const sql::ResultSet& rows, unsigned int column, Kind kind) {
  if (rows.isNull(column)) return nullptr;
  switch (kind) {
    case Kind::kInteger:
      return rows.getInt64(column);
    case Kind::kDouble:
      return static_cast<double>(rows.getDouble(column));
    case Kind::kWholeDecimal:
      return int64_t{std::strtoll(rows.getString(column).c_str(), nullptr, 10)};
    case Kind::kDecimal:
      return std::strtod(rows.getString(column).c_str(), nullptr);
    case Kind::kDateTime:
      return InDateTimeForm(Taken(rows.getString(column)));
    case Kind::kText:
      break;
  }
  return Taken(rows.getString(column));
}

// Strings go as they are: a placeholder's bytes are not converted between equal character sets, and
// compared with a binary column as bytes.
struct Binder {
  sql::PreparedStatement& statement;
  unsigned int position;

  void operator()(std::nullptr_t) const { statement.setNull(position, sql::DataType::SQLNULL); }
  void operator()(int64_t number) const { statement.setInt64(position, number); }
  void operator()(double number) const { statement.setDouble(position, number); }
  void operator()(const std::string& text) const { statement.setString(position, text); }
};

size_t BytesOf(const Value::Variant& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? 0 : text->size();
}

// Writes a value as a literal. Text goes as bytes, like a placeholder's: what a column of text makes of them
// is what their characters are.
struct AppendLiteral {
  sql::mysql::MySQL_Connection& connection;
  std::string& text;

  void operator()(std::nullptr_t) const { text += "NULL"; }
  void operator()(int64_t number) const { absl::StrAppend(&text, number); }
  void operator()(double number) const { absl::StrAppendFormat(&text, "%.17g", number); }
  void operator()(const std::string& bytes) const {
    const sql::SQLString escaped = connection.escapeString(sql::SQLString(bytes.data(), bytes.size()));
    absl::StrAppend(&text, "_binary'", absl::string_view(escaped.c_str(), escaped.length()), "'");
  }
};

}  // namespace

struct Connection::Impl {
  explicit Impl(Config c) : config(std::move(c)) {}

  const Config config;
  bool broken = false;
  Clock::time_point last_used;
  // In this order, so that statements go before the connection they belong to.
  std::unique_ptr<sql::Connection> native;
  std::unique_ptr<sql::Statement> text;
  std::list<Prepared> prepared;  // most recently used first
  absl::flat_hash_map<absl::string_view, std::list<Prepared>::iterator> by_sql;

  void Drop() {
    by_sql.clear();
    prepared.clear();
    text.reset();
    native.reset();
  }

  // May throw, like all that follows.
  void Connect() {
    if (native != nullptr) return;
    sql::ConnectOptionsMap options = OptionsOf(config);
    native.reset(Driver().connect(options));
    text.reset(native->createStatement());
    for (const char* setting : kSessionSettings) text->execute(setting);
    broken = false;
    last_used = Clock::now();
  }

  Prepared& Prepare(absl::string_view sql) {
    if (const auto known = by_sql.find(sql); known != by_sql.end()) {
      prepared.splice(prepared.begin(), prepared, known->second);
      return prepared.front();
    }
    std::unique_ptr<sql::PreparedStatement> statement(
        native->prepareStatement(sql::SQLString(sql.data(), sql.size())));
    const size_t parameters = statement->getParameterMetaData()->getParameterCount();
    if (prepared.size() == kMostStatements) ForgetLast();
    prepared.push_front({std::string(sql), std::move(statement), parameters, {}});
    by_sql[prepared.front().sql] = prepared.begin();
    return prepared.front();
  }

  void ForgetLast() {
    by_sql.erase(prepared.back().sql);
    prepared.pop_back();
  }

  void ForgetFirst() {
    by_sql.erase(prepared.front().sql);
    prepared.pop_front();
  }

  // Returns the number of bytes bound. The count is checked because the driver would take a missing
  // parameter from the statement's previous use.
  static size_t Bind(Prepared& prepared, absl::Span<const Value> params) {
    if (params.size() != prepared.parameters) {
      throw sql::InvalidArgumentException(absl::StrCat("the statement has ", prepared.parameters,
                                                       " placeholders and was given ", params.size(),
                                                       " values"));
    }
    size_t bytes = 0;
    for (size_t i = 0; i < params.size(); ++i) {
      bytes += BytesOf(params[i].get());
      std::visit(Binder{*prepared.statement, static_cast<unsigned int>(i + 1)}, params[i].get());
    }
    return bytes;
  }

  // Adds the number of bytes read to `bytes`. The kinds of the columns are looked up once a statement.
  static Rows ReadRows(Prepared& prepared, sql::ResultSet& result, size_t& bytes) {
    if (prepared.columns.empty()) prepared.columns = KindsOf(*result.getMetaData());
    Rows rows;
    rows.reserve(result.rowsCount());
    while (result.next()) {
      std::vector<Value::Variant> cells;
      cells.reserve(prepared.columns.size());
      for (const Kind kind : prepared.columns) {
        cells.push_back(ReadCell(result, static_cast<unsigned int>(cells.size() + 1), kind));
        bytes += BytesOf(cells.back());
      }
      rows.emplace_back(std::move(cells));
    }
    return rows;
  }

  Rows QueryOnce(absl::string_view sql, absl::Span<const Value> params) {
    Prepared& statement = Prepare(sql);
    size_t bytes = Bind(statement, params);
    Rows rows;
    {
      const std::unique_ptr<sql::ResultSet> result(statement.statement->executeQuery());
      rows = ReadRows(statement, *result, bytes);
    }
    if (bytes > kMostBytesKept) ForgetFirst();
    return rows;
  }

  // A migration may have added columns to what the statement reads: then it is prepared anew.
  Rows Query(absl::string_view sql, absl::Span<const Value> params) {
    try {
      return QueryOnce(sql, params);
    } catch (const sql::SQLException& exception) {
      if (exception.getErrorCode() != kColumnsChanged) throw;
      ForgetFirst();
    }
    return QueryOnce(sql, params);
  }

  int64_t Execute(absl::string_view sql, absl::Span<const Value> params) {
    Prepared& statement = Prepare(sql);
    const size_t bytes = Bind(statement, params);
    const int64_t matched = statement.statement->executeUpdate();
    if (bytes > kMostBytesKept) ForgetFirst();
    return matched;
  }

  // Results are read and dropped: unread ones would stand in the way of the next statement.
  void ExecuteText(absl::string_view sql) {
    bool has_rows = text->execute(sql::SQLString(sql.data(), sql.size()));
    while (has_rows) {
      const std::unique_ptr<sql::ResultSet> unread(text->getResultSet());
      has_rows = text->getMoreResults();
    }
  }

  void AppendWithLiterals(const Statement& statement, std::string& text) {
    const AppendLiteral append{dynamic_cast<sql::mysql::MySQL_Connection&>(*native), text};
    absl::string_view rest = statement.sql;
    for (const Value& value : statement.params) {
      const size_t placeholder = FirstPlaceholder(rest);
      absl::StrAppend(&text, rest.substr(0, placeholder));
      rest.remove_prefix(placeholder + 1);
      std::visit(append, value.get());
    }
    absl::StrAppend(&text, rest);
  }

  // The driver answers for the first statement; for each of the others it is asked, and throws if it failed.
  void ExecuteTogether(absl::Span<const Statement> statements) {
    std::string all;
    for (const Statement& statement : statements) {
      if (!all.empty()) all.push_back(';');
      AppendWithLiterals(statement, all);
    }
    text->execute(sql::SQLString(all.data(), all.size()));
    for (size_t i = 1; i < statements.size(); ++i) text->getMoreResults();
  }

  // Errors of the client library (2000–2999) and of the driver itself (0) leave a connection in a state
  // that nobody vouches for.
  absl::Status Failed(const sql::SQLException& exception) {
    const int error = exception.getErrorCode();
    absl::Status status = FromErrno(error, exception.getSQLState(), exception.what());
    if (ConnectionLost(status) || error == 0 || (error >= 2000 && error < 3000)) {
      broken = true;
      Drop();
    }
    return status;
  }

  // Runs `work` on a live connection. No exception of the driver leaves this class.
  template <typename Work>
  absl::Status Guarded(Work&& work) {
    try {
      Connect();
      work();
      last_used = Clock::now();
      return absl::OkStatus();
    } catch (const sql::SQLException& exception) {
      return Failed(exception);
    } catch (const std::exception& exception) {
      return Failed(sql::SQLException(exception.what()));
    }
  }
};

void InitDriver() { Driver(); }

Connection::Connection(Config config) : impl_(std::make_unique<Impl>(std::move(config))) {}

Connection::~Connection() = default;

absl::Status Connection::Connect() {
  if (impl_->native != nullptr) return absl::OkStatus();
  const absl::Status status = impl_->Guarded([] {});
  if (!status.ok()) Discard();
  return status;
}

absl::StatusOr<Rows> Connection::Query(absl::string_view sql, absl::Span<const Value> params) {
  RETURN_IF_ERROR(Connect());
  const telemetry::Span span = telemetry::StatementSpan("sql", sql);
  Rows rows;
  RETURN_IF_ERROR(impl_->Guarded([&] { rows = impl_->Query(sql, params); }));
  return rows;
}

absl::StatusOr<int64_t> Connection::Execute(absl::string_view sql, absl::Span<const Value> params) {
  RETURN_IF_ERROR(Connect());
  const telemetry::Span span = telemetry::StatementSpan("sql", sql);
  int64_t matched = 0;
  RETURN_IF_ERROR(impl_->Guarded([&] { matched = impl_->Execute(sql, params); }));
  return matched;
}

absl::Status Connection::ExecuteText(absl::string_view sql) {
  RETURN_IF_ERROR(Connect());
  const telemetry::Span span = telemetry::StatementSpan("sql", sql);
  return impl_->Guarded([&] { impl_->ExecuteText(sql); });
}

absl::Status Connection::ExecuteTogether(absl::Span<const Statement> statements) {
  RETURN_IF_ERROR(Connect());
  if (statements.empty()) return absl::OkStatus();
  const telemetry::Span span = telemetry::StatementSpan("sql", statements.back().sql);
  return impl_->Guarded([&] { impl_->ExecuteTogether(statements); });
}

const Config& Connection::config() const { return impl_->config; }

bool Connection::broken() const { return impl_->broken; }

void Connection::Discard() { impl_->Drop(); }

void Connection::Refresh(absl::Duration idle) {
  if (impl_->native == nullptr) return;
  if (Clock::now() - impl_->last_used < absl::ToChronoNanoseconds(idle)) return;
  if (!ExecuteText("DO 0").ok()) Discard();
}

}  // namespace firstfloor::db
