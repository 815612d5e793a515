#pragma once

#include <string_view>
#include <vector>

namespace mercato::process {

/// A file compiled into the binary, by its path inside the service's folder.
struct EmbeddedFile {
  std::string_view path;
  std::string_view content;
};

// Defined by the build from the service's own files (shared/cmake/MercatoService.cmake).
[[nodiscard]] const std::vector<EmbeddedFile>& embedded_files();
[[nodiscard]] std::string_view service_version();

}  // namespace mercato::process
