# Writes OUTPUT, C++ that holds SQL files as raw strings. PLAN: "|MIGRATION|0001_init|a.sql|b.sql|MIGRATION|…".
# Literals stay below 16 KB, which every compiler takes, and are cut at line ends.
set(most 15000)

function(append_literals text result)
  set(literals)
  string(LENGTH "${text}" left)
  while(left GREATER most)
    string(SUBSTRING "${text}" 0 ${most} piece)
    string(FIND "${piece}" "\n" end REVERSE)
    if(end EQUAL -1)
      message(FATAL_ERROR "a line of SQL is longer than ${most} bytes")
    endif()
    math(EXPR end "${end} + 1")
    string(SUBSTRING "${text}" 0 ${end} piece)
    string(SUBSTRING "${text}" ${end} -1 text)
    string(APPEND literals "R\"sql(${piece})sql\"\n")
    string(LENGTH "${text}" left)
  endwhile()
  string(APPEND literals "R\"sql(${text})sql\"\n")
  set(${result} "${${result}}${literals}" PARENT_SCOPE)
endfunction()

string(SUBSTRING "${PLAN}" 1 -1 PLAN)
string(REPLACE "|" ";" words "${PLAN}")
set(body)
set(named FALSE)
foreach(word IN LISTS words)
  if(word STREQUAL "MIGRATION")
    if(body)
      string(APPEND body "},\n")
    endif()
    set(named TRUE)
  elseif(named)
    if(NOT word MATCHES "^0*([1-9][0-9]*)_[a-z0-9_]+$")
      message(FATAL_ERROR "a migration is named like 0001_init, not ${word}")
    endif()
    string(APPEND body "{${CMAKE_MATCH_1}, \"${word}\",\n")
    set(named FALSE)
  else()
    file(READ "${word}" text)
    append_literals("${text}" body)
  endif()
endforeach()
string(APPEND body "},\n")

file(WRITE "${OUTPUT}" "// Made by cmake/migrations.cmake.
#include \"common/db/schema/migrations.h\"

namespace firstfloor::schema {

absl::Span<const db::Migration> Migrations() {
  static constexpr db::Migration kMigrations[] = {
${body}  };
  return kMigrations;
}

}  // namespace firstfloor::schema
")
