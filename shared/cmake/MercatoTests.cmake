# mercato_tests(<target> LABEL unit|integration|architecture SOURCES … [LIBRARIES …] [PROPERTIES …])
# A Catch2 binary whose cases are run by ctest under one label: unit tests case by case, each as
# "<target>: <sentence>". Integration tests start servers of their own on free ports, so they may
# run side by side.
include_guard(GLOBAL)
if(BUILD_TESTING)
  find_package(Catch2 REQUIRED)
  include(Catch)
endif()

# Tests are compiled once and run once: optimising them costs more than it gives. Internal, as each
# directory that defines tests has to see it.
set(MERCATO_TEST_OPTIONS $<$<CONFIG:Release>:-O0> CACHE INTERNAL "How tests are compiled")
# A sanitizer makes three to ten of a second.
set(timeout_s 600)
if(MERCATO_SANITIZE)
  set(timeout_s 1200)
endif()
set(MERCATO_TEST_TIMEOUT_S ${timeout_s} CACHE INTERNAL "What an integration test may take")

function(mercato_tests name)
  cmake_parse_arguments(arg "" "LABEL" "SOURCES;LIBRARIES;PROPERTIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES UNITY_BUILD_BATCH_SIZE 8)
  target_link_libraries(${name} PRIVATE mercato_build_rules mercato::test_support ${arg_LIBRARIES})
  target_compile_options(${name} PRIVATE ${MERCATO_TEST_OPTIONS})
  if(arg_LABEL STREQUAL "unit")
    catch_discover_tests(${name} TEST_PREFIX "${name}: "
                         PROPERTIES LABELS unit ${arg_PROPERTIES})
  else()
    # One process for all cases: the servers are started once, not once a case.
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL}
                         TIMEOUT ${MERCATO_TEST_TIMEOUT_S} ${arg_PROPERTIES})
  endif()
endfunction()
