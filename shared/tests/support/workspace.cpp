#include "support/workspace.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bitset>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <stdexcept>

namespace mercato::test {
namespace {

bool can_bind(std::uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = listener >= 0 && ::bind(listener, reinterpret_cast<const sockaddr*>(&address),
                                             sizeof address) == 0;
  if (listener >= 0) ::close(listener);
  return bound;
}

/// Claims of this process on ports, against all others that run tests: locks of single bytes of one
/// file, a byte a port. A bind alone would not do, since a port is free until the server that it is
/// for listens, and again while that server is killed. The kernel gives them up with the process.
class PortClaims {
 public:
  PortClaims() {
    const auto path = std::filesystem::temp_directory_path() /
                      ("mercato-test-ports-" + std::to_string(::geteuid()));
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file_ < 0) throw std::runtime_error("cannot open " + path.string());
  }

  /// False if another process has claimed it. What this process has claimed it may claim again.
  [[nodiscard]] bool claim(std::uint16_t port) const {
    struct flock byte {};
    byte.l_type = F_WRLCK;
    byte.l_whence = SEEK_SET;
    byte.l_start = port;
    byte.l_len = 1;
    return ::fcntl(file_, F_SETLK, &byte) == 0;
  }

 private:
  int file_ = -1;
};

}  // namespace

TempDirectory::TempDirectory(const std::string& owner) {
  path_ = (std::filesystem::temp_directory_path() / "mercato-test-XXXXXX").string();
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make " + path_);
  const passwd* const account =
      ::geteuid() == 0 && !owner.empty() ? ::getpwnam(owner.c_str()) : nullptr;
  if (account != nullptr && ::chown(path_.c_str(), account->pw_uid, account->pw_gid) != 0) {
    throw std::runtime_error("cannot give away " + path_);
  }
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDirectory::write(const std::string& name, std::string_view content) const {
  const std::string path = path_ + "/" + name;
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  return path;
}

std::uint16_t free_port() {
  // Below the range that outgoing connections draw from, so that a server can stop and start again
  // on its port; above the ports of installations.
  constexpr std::uint16_t kFirst = 20'000;
  constexpr std::size_t kCount = 12'000;
  static std::mutex mutex;
  static std::mt19937 random{std::random_device{}()};
  static const PortClaims claims;
  static std::bitset<kCount> given;
  std::uniform_int_distribution<std::size_t> candidates(0, kCount - 1);
  const std::lock_guard lock(mutex);
  for (int tries = 0; tries < 1'000; ++tries) {
    const auto candidate = candidates(random);
    const auto port = static_cast<std::uint16_t>(kFirst + candidate);
    if (given.test(candidate) || !claims.claim(port)) continue;
    given.set(candidate);
    if (can_bind(port)) return port;
  }
  throw std::runtime_error("no free port");
}

}  // namespace mercato::test
