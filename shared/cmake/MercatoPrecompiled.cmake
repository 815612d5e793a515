# mercato_precompile(<target>)        for code that ships
# mercato_precompile_tests(<target>)  for tests
# The libraries' large headers are parsed once for each of the two sets of compiler flags, not once
# a file: half of a clean build was spent on them. Only headers that are not ours are in here, so
# that an edit never rebuilds everything, and every file still includes what it uses.
include_guard(GLOBAL)

# Off under a launcher: ccache does better without, since what it keeps would depend on the
# precompiled file, which differs from one checkout to the next.
if(CMAKE_CXX_COMPILER_LAUNCHER)
  option(MERCATO_PRECOMPILE "Precompile the libraries' headers" OFF)
else()
  option(MERCATO_PRECOMPILE "Precompile the libraries' headers" ON)
endif()

set(MERCATO_PRECOMPILED_HEADERS
  <algorithm> <array> <atomic> <chrono> <condition_variable> <functional> <map> <memory> <mutex>
  <optional> <span> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector>
  <nlohmann/json.hpp> <pqxx/result> <pqxx/row>)

# What each user of a precompiled header must be compiled like, and an empty file to compile.
function(mercato_precompiled_library name)
  cmake_parse_arguments(arg "" "" "HEADERS;LIBRARIES;OPTIONS" ${ARGN})
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "")
  add_library(${name} STATIC "${source}")
  target_link_libraries(${name} PRIVATE mercato_build_rules ${arg_LIBRARIES})
  target_compile_options(${name} PRIVATE ${arg_OPTIONS})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
endfunction()

function(mercato_precompile target)
  if(MERCATO_PRECOMPILE)
    if(NOT TARGET mercato_precompiled)
      mercato_precompiled_library(mercato_precompiled
        HEADERS ${MERCATO_PRECOMPILED_HEADERS}
        LIBRARIES nlohmann_json::nlohmann_json PkgConfig::pqxx Threads::Threads)
    endif()
    target_precompile_headers(${target} REUSE_FROM mercato_precompiled)
  endif()
endfunction()

function(mercato_precompile_tests target)
  if(MERCATO_PRECOMPILE)
    if(NOT TARGET mercato_precompiled_tests)
      mercato_precompiled_library(mercato_precompiled_tests
        HEADERS ${MERCATO_PRECOMPILED_HEADERS} "${MERCATO_SHARED_DIR}/tests/support/catch.hpp"
        LIBRARIES nlohmann_json::nlohmann_json PkgConfig::pqxx Threads::Threads Catch2::Catch2
        OPTIONS ${MERCATO_TEST_OPTIONS})
    endif()
    target_precompile_headers(${target} REUSE_FROM mercato_precompiled_tests)
  endif()
endfunction()
