# mercato_service(<name> [LIBRARIES …])
# The same three targets for each service:
#   <name>_core          everything but main.cpp, so that tests can link it
#   <name>-service       the process (and <name>-service-failpoints, see mercato/failpoint)
#   <name>_unit_tests / <name>_integration_tests   when tests/unit, tests/integration hold sources
include_guard(GLOBAL)
include(MercatoTests)

function(mercato_service name)
  cmake_parse_arguments(arg "" "" "LIBRARIES" ${ARGN})
  set(root "${CMAKE_CURRENT_SOURCE_DIR}")
  file(STRINGS "${root}/VERSION" version LIMIT_COUNT 1)

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${root}/src/*.cpp")
  list(REMOVE_ITEM sources "${root}/src/main.cpp")
  add_library(${name}_core STATIC ${sources})
  target_include_directories(${name}_core PUBLIC "${root}/src")
  target_link_libraries(${name}_core
    PUBLIC mercato::error mercato::settings mercato::log mercato::metrics mercato::tracing
           mercato::clock mercato::id mercato::json mercato::crypto mercato::http mercato::auth
           mercato::db mercato::redis mercato::events mercato::idempotency mercato::resilience
           mercato::process ${arg_LIBRARIES}
    PRIVATE mercato_build_rules)

  add_executable(${name}-service "${root}/src/main.cpp")
  target_link_libraries(${name}-service PRIVATE ${name}_core mercato_build_rules)
  if(MERCATO_FAILPOINTS)
    add_executable(${name}-service-failpoints "${root}/src/main.cpp")
    target_link_libraries(${name}-service-failpoints
      PRIVATE mercato_failpoints ${name}_core mercato_build_rules)
  endif()
  # The migrations and the API document travel inside the binary: one file to deploy.
  mercato_embed(${name}_core "${root}" ${version})

  file(GLOB unit CONFIGURE_DEPENDS "${root}/tests/unit/*.cpp")
  if(unit AND BUILD_TESTING)
    mercato_tests(${name}_unit_tests LABEL unit SOURCES ${unit} LIBRARIES ${name}_core)
  endif()
  file(GLOB integration CONFIGURE_DEPENDS "${root}/tests/integration/*.cpp")
  if(integration AND BUILD_TESTING)
    mercato_tests(${name}_integration_tests LABEL integration SOURCES ${integration}
                  LIBRARIES ${name}_core)
    target_compile_definitions(${name}_integration_tests PRIVATE
      SERVICE_BINARY="$<TARGET_FILE:${name}-service>")
    add_dependencies(${name}_integration_tests ${name}-service)
  endif()
endfunction()

# Generates embedded_files.cpp with the service's migrations/*.sql, openapi.yaml and VERSION as
# the function `embedded_files()` declared in <mercato/process/embedded_files.hpp>.
function(mercato_embed target root version)
  file(GLOB files CONFIGURE_DEPENDS "${root}/migrations/*.sql" "${root}/openapi.yaml")
  set(output "${CMAKE_CURRENT_BINARY_DIR}/embedded_files.cpp")
  add_custom_command(OUTPUT "${output}"
    COMMAND ${CMAKE_COMMAND} "-DROOT=${root}" "-DOUTPUT=${output}" "-DVERSION=${version}"
            -P "${MERCATO_SHARED_DIR}/cmake/embed_files.cmake"
    DEPENDS ${files} "${root}/VERSION" "${MERCATO_SHARED_DIR}/cmake/embed_files.cmake"
    COMMENT "Embedding migrations and API document of ${target}" VERBATIM)
  # Compiled into each binary, not only into the library: it is asked for by mercato::process,
  # which the linker looks at after the library.
  target_sources(${target} PUBLIC "${output}")
  set_source_files_properties("${output}" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
