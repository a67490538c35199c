# How the parts of the house are declared. One call a library, a test, a program.
add_library(firstfloor_warnings INTERFACE)
target_compile_options(firstfloor_warnings INTERFACE -Wall -Wextra -Wpedantic -Werror)

# firstfloor_library(NAME SOURCES … DEPS …): a static library of common/.
function(firstfloor_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE firstfloor_warnings)
endfunction()

# firstfloor_test(NAME LABEL SOURCES … DEPS …): one test program, which is one CTest test (its servers start once).
function(firstfloor_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} firstfloor_warnings GTest::gtest GTest::gmock GTest::gtest_main)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABEL}" TIMEOUT ${ARG_TIMEOUT})
  if(ARG_LABEL MATCHES "fault|scenario|bench")
    set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE)  # they load the machine, and measure
  endif()
endfunction()

# firstfloor_migrations(TARGET MIGRATION 0001_init SQL a.sql b.sql MIGRATION 0002_x SQL c.sql …): a library
# that defines Migrations() of common/db/schema/migrations.h. Several files make one migration, in their
# order: rooms of common/ contribute tables. Made anew when a file changes.
function(firstfloor_migrations target)
  set(script ${PROJECT_SOURCE_DIR}/cmake/migrations.cmake)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${target}.cc)
  set(plan)
  set(files)
  set(expected MIGRATION)
  foreach(word IN LISTS ARGN)
    if(word STREQUAL MIGRATION OR word STREQUAL SQL)
      set(expected ${word})
    elseif(expected STREQUAL MIGRATION)
      string(APPEND plan "|MIGRATION|${word}")
    else()
      get_filename_component(file ${word} ABSOLUTE)
      string(APPEND plan "|${file}")
      list(APPEND files ${file})
    endif()
  endforeach()
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} "-DPLAN=${plan}" -P ${script}
    DEPENDS ${files} ${script}
    COMMENT "Compiling migrations of ${target}"
    VERBATIM)
  firstfloor_library(${target} SOURCES ${output} DEPS ff_db)
endfunction()

# firstfloor_service(NAME SOURCES … MIGRATIONS MIGRATION 0001_x SQL … ): the program NAME and the library
# ff_service_NAME that the program and its tests share. The tables of common/ go before the first migration.
function(firstfloor_service name)
  cmake_parse_arguments(ARG "" "" "SOURCES;TABLES;MIGRATIONS" ${ARGN})
  set(common ${PROJECT_SOURCE_DIR}/common)
  firstfloor_migrations(${name}_migrations
    MIGRATION 0001_init
    SQL ${common}/db/schema/position.sql ${common}/events/schema/events.sql ${common}/rpc/schema/rpc.sql
        ${common}/statistics/schema/statistics.sql ${common}/timers/schema/timers.sql ${ARG_TABLES}
    ${ARG_MIGRATIONS})
  firstfloor_library(ff_service_${name} SOURCES ${ARG_SOURCES}
    DEPS ff_program ff_statistics ff_timers ff_calendar ff_privacy ff_resource ff_rpc ${name}_migrations)
  target_precompile_headers(ff_service_${name} PRIVATE <string> <vector> <functional>
    <firstfloor/events/v1/event.pb.h> <absl/status/statusor.h> <common/program/house.h>)
  add_executable(${name} main.cc)
  target_link_libraries(${name} PRIVATE ff_service_${name} firstfloor_warnings)
endfunction()
