#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mercato::test {

/// A directory under the system's temporary one, removed with everything in it by the destructor.
class TempDirectory {
 public:
  /// Owned by the system user `owner` if this process may give it away.
  explicit TempDirectory(const std::string& owner = {});
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Writes a file and returns its path.
  std::string write(const std::string& name, std::string_view content) const;

 private:
  std::string path_;
};

/// A TCP port of 127.0.0.1 that was free just now. As long as this process lives no other that asks
/// here, or asks deploy/local/free_port.py, is given it, and this one is not given it twice.
[[nodiscard]] std::uint16_t free_port();

}  // namespace mercato::test
