#include "mercato/auth/watched_files.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace mercato::auth {

std::string read_file(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (file) content << file.rdbuf();
  if (!file || !content) throw std::runtime_error("cannot read " + path);
  return content.str();
}

}  // namespace mercato::auth
