# Writes ${OUTPUT}: a table of ${ROOT}/migrations/*.sql and ${ROOT}/openapi.yaml as raw literals.
# A raw literal holds at most 64 KiB portably, so that long files are cut into neighbours.
file(GLOB migrations RELATIVE "${ROOT}" "${ROOT}/migrations/*.sql")
list(SORT migrations)
set(files ${migrations})
if(EXISTS "${ROOT}/openapi.yaml")
  list(APPEND files openapi.yaml)
endif()

set(rows "")
foreach(file IN LISTS files)
  file(READ "${ROOT}/${file}" hex HEX)
  string(LENGTH "${hex}" length)
  set(literals "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${hex}" ${at} 64 piece)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" piece "${piece}")
    string(APPEND literals "\n     \"${piece}\"")
    math(EXPR at "${at} + 64")
  endwhile()
  if(NOT literals)
    set(literals "\"\"")
  endif()
  math(EXPR bytes "${length} / 2")
  string(APPEND rows "    {\"${file}\", std::string_view(${literals}, ${bytes})},\n")
endforeach()

file(WRITE "${OUTPUT}" "// Generated from the service's migrations and API document.
#include <mercato/process/embedded_files.hpp>

namespace mercato::process {

const std::vector<EmbeddedFile>& embedded_files() {
  static const std::vector<EmbeddedFile> files = {
${rows}  };
  return files;
}

std::string_view service_version() { return \"${VERSION}\"; }

}  // namespace mercato::process
")
