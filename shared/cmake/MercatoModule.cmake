# mercato_module(<folder> [PUBLIC lib…] [PRIVATE lib…])
# One target per folder of shared/mercato, named mercato::<folder>. The sources are the .cpp files
# in and below the folder, so that adding a file needs no second edit.
include_guard(GLOBAL)

function(mercato_module name)
  cmake_parse_arguments(arg "" "" "PUBLIC;PRIVATE" ${ARGN})
  set(folder "${MERCATO_SHARED_DIR}/mercato/${name}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cpp")
  if(NOT sources)  # a folder of headers only still makes a library, so that all link alike
    set(sources "${CMAKE_CURRENT_BINARY_DIR}/${name}_headers_only.cpp")
    file(CONFIGURE OUTPUT "${sources}" CONTENT "")
  endif()
  add_library(mercato_${name} STATIC ${sources})
  add_library(mercato::${name} ALIAS mercato_${name})
  set_target_properties(mercato_${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(mercato_${name} PUBLIC "${MERCATO_SHARED_DIR}")
  target_link_libraries(mercato_${name}
    PUBLIC ${arg_PUBLIC} Threads::Threads
    PRIVATE mercato_build_rules ${arg_PRIVATE})
endfunction()

# mercato_pkg(<target> <pkg-config module>)
# An imported target mercato_pkg_<name>; its headers count as system headers, so that our
# warnings speak of our code only.
function(mercato_pkg name module)
  if(NOT TARGET PkgConfig::${name})
    pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
  endif()
endfunction()
