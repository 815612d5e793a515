# mercato_fuzz(<folder>/<name>.cpp LIBRARIES …)
# A libFuzzer program, and a ctest under the label "fuzz" that runs it for FUZZ_SECONDS (10 unless
# set), beginning with the inputs in <folder>/corpus/<name>. Only with the preset "fuzz", since
# it takes clang; all of them are built by the target "fuzzers".
include_guard(GLOBAL)

function(mercato_fuzz source)
  if(NOT MERCATO_SANITIZE MATCHES "fuzzer-no-link")
    return()
  endif()
  cmake_parse_arguments(arg "" "" "LIBRARIES" ${ARGN})
  cmake_path(GET source STEM name)
  cmake_path(GET source PARENT_PATH folder)
  add_executable(fuzz_${name} ${source})
  target_link_libraries(fuzz_${name} PRIVATE mercato_build_rules ${arg_LIBRARIES})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
  add_dependencies(fuzzers fuzz_${name})
  # What it finds on its way stays out of the corpus, which people keep; what breaks it is kept.
  add_test(NAME fuzz_${name} COMMAND sh -c "found=$(mktemp -d) && trap 'rm -rf $found' EXIT && \
    $<TARGET_FILE:fuzz_${name}> -max_total_time=\${FUZZ_SECONDS:-10} -timeout=5 -max_len=20000 \
      -rss_limit_mb=1024 -print_final_stats=1 \
      -artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/${name}- $found \
      ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/corpus/${name}")
  set_tests_properties(fuzz_${name} PROPERTIES LABELS fuzz)
endfunction()
