# What every Mercato build tree agrees on: the language, the warnings and the sanitizers.
include_guard(GLOBAL)

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
set(MERCATO_SANITIZE "" CACHE STRING "Comma separated sanitizers, for example address,undefined")

add_library(mercato_build_rules INTERFACE)
target_compile_options(mercato_build_rules INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Wcast-align -Woverloaded-virtual -Wnull-dereference -Wduplicated-cond
  -Wlogical-op -Wuseless-cast -Wformat=2
  $<$<BOOL:${MERCATO_WARNINGS_AS_ERRORS}>:-Werror>)
# At -O2 these fire inside the standard library on g++ 12 to 14: reported, but no reason to fail.
include(CheckCXXCompilerFlag)
foreach(warning IN ITEMS maybe-uninitialized restrict null-dereference stringop-overflow
                         stringop-overread array-bounds dangling-reference)
  check_cxx_compiler_flag("-Werror -W${warning}" mercato_has_${warning})
  if(mercato_has_${warning})
    target_compile_options(mercato_build_rules INTERFACE -Wno-error=${warning})
  endif()
endforeach()
target_compile_features(mercato_build_rules INTERFACE cxx_std_20)

if(MERCATO_SANITIZE)
  add_compile_options(-fsanitize=${MERCATO_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MERCATO_SANITIZE})
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

include(CTest)
