# What every Mercato build tree agrees on: the language, the warnings and the sanitizers. Included
# by each project, alone or inside another: variables belong to a directory, targets are made once.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
# Release keeps line tables: a stack trace from production is worth more than the disk it costs.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1 -D_GLIBCXX_ASSERTIONS")

option(MERCATO_WARNINGS_AS_ERRORS "Treat warnings as errors" ON)
option(MERCATO_FAILPOINTS "Add <service>-service-failpoints, which can be made to die" OFF)
# The libraries' large headers cost more than our own code: all files of a library or program are
# compiled as one, so that they are parsed once, in 3.5 minutes of CPU instead of 6 in eights.
# Whoever develops has a launcher such as ccache, and compiles what changed only.
set(one_by_one OFF)
if(CMAKE_CXX_COMPILER_LAUNCHER OR NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  set(one_by_one ON)
endif()
option(MERCATO_ONE_BY_ONE "Compile each file by itself" ${one_by_one})
if(NOT MERCATO_ONE_BY_ONE)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 0)
endif()
set(MERCATO_SANITIZE "" CACHE STRING "Comma separated sanitizers, for example address,undefined")

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
include(CTest)

if(TARGET mercato_build_rules)
  return()
endif()

add_library(mercato_build_rules INTERFACE)
target_compile_features(mercato_build_rules INTERFACE cxx_std_20)
target_compile_options(mercato_build_rules INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Wcast-align -Woverloaded-virtual -Wnull-dereference -Wformat=2
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond;-Wlogical-op;-Wuseless-cast>
  $<$<BOOL:${MERCATO_WARNINGS_AS_ERRORS}>:-Werror>)
set(has_dangling_reference OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
  set(has_dangling_reference ON)
endif()
# At -O2 these fire inside the standard library on g++ 12 to 14: reported, but no reason to fail.
target_compile_options(mercato_build_rules INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized;-Wno-error=restrict>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-error=stringop-overflow;-Wno-error=stringop-overread>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-error=null-dereference;-Wno-error=array-bounds>
  $<$<BOOL:${has_dangling_reference}>:-Wno-error=dangling-reference>)

# -Wnull-dereference as well, in dozens of files: whoever builds once is spared what is not about
# us; whoever develops, which a ccache shows, may see it.
if(NOT "${CMAKE_CXX_COMPILER_LAUNCHER}" MATCHES "ccache")
  target_compile_options(mercato_build_rules INTERFACE -Wno-null-dereference)
endif()

# What a file calls its own looks to these as if a header had said it.
if(NOT MERCATO_ONE_BY_ONE)
  target_compile_options(mercato_build_rules INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage> -Wno-shadow)
endif()

if(MERCATO_SANITIZE)
  target_compile_options(mercato_build_rules INTERFACE
    -fsanitize=${MERCATO_SANITIZE} -fno-omit-frame-pointer)
  target_compile_definitions(mercato_build_rules INTERFACE MERCATO_SANITIZED)
  target_link_options(mercato_build_rules INTERFACE -fsanitize=${MERCATO_SANITIZE})
endif()
