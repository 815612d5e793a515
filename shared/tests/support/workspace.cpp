#include "support/workspace.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <set>
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
  // on its port.
  static std::mutex mutex;
  static std::mt19937 random{std::random_device{}()};
  static std::set<std::uint16_t> given;
  std::uniform_int_distribution<std::uint16_t> candidates(15'000, 31'999);
  const std::lock_guard lock(mutex);
  for (int tries = 0; tries < 1'000; ++tries) {
    const std::uint16_t port = candidates(random);
    if (can_bind(port) && given.insert(port).second) return port;
  }
  throw std::runtime_error("no free port");
}

}  // namespace mercato::test
