#include "mercato/process/handover.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "mercato/log/log.hpp"

namespace mercato::process {
namespace {

constexpr char kHere = 'H';   // from the predecessor, with the sockets
constexpr char kRelief = 'R';  // from the successor
constexpr std::size_t kSockets = 2;
constexpr int kBacklog = 4;

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

/// A Unix socket's address holds 107 characters, fewer than a path may have: the folder is opened,
/// and the name goes by its descriptor.
class Address {
 public:
  explicit Address(const std::string& path)
      : folder_(::open(folder_of(path).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    const std::string text = "/proc/self/fd/" + std::to_string(folder_.get()) + "/" +
                             std::filesystem::path(path).filename().string();
    if (folder_.get() < 0) fail("cannot open the folder of " + path);
    if (text.size() >= sizeof address_.sun_path) throw std::runtime_error("too long: " + path);
    address_.sun_family = AF_UNIX;
    std::memcpy(address_.sun_path, text.c_str(), text.size() + 1);
  }
  [[nodiscard]] const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&address_);
  }
  static constexpr socklen_t size() { return sizeof(sockaddr_un); }

 private:
  static std::string folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
  }
  Descriptor folder_;
  sockaddr_un address_{};
};

int unix_socket() {
  return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/// Whether the other end runs as the same user. A listening socket is worth as much as the service.
bool is_own(int connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}

/// One byte with descriptors beside it (unix(7), SCM_RIGHTS).
struct Parcel {
  Parcel() {
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
  }
  char byte = kHere;
  iovec content{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kSockets)> control{};
  msghdr message{};
};

bool send_sockets(int connection, const ListeningSockets& sockets) {
  Parcel parcel;
  cmsghdr* header = CMSG_FIRSTHDR(&parcel.message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * kSockets);
  const std::array<int, kSockets> descriptors{sockets.api, sockets.health};
  std::memcpy(CMSG_DATA(header), descriptors.data(), sizeof descriptors);
  return ::sendmsg(connection, &parcel.message, MSG_NOSIGNAL) == 1;
}

std::optional<ListeningSockets> receive_sockets(int connection) {
  Parcel parcel;
  if (::recvmsg(connection, &parcel.message, MSG_CMSG_CLOEXEC) != 1) return std::nullopt;
  const cmsghdr* header = CMSG_FIRSTHDR(&parcel.message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(sizeof(int) * kSockets)) {
    return std::nullopt;
  }
  std::array<int, kSockets> descriptors{};
  std::memcpy(descriptors.data(), CMSG_DATA(header), sizeof descriptors);
  return ListeningSockets{descriptors[0], descriptors[1]};
}

void limit_waiting(int connection) {
  const timeval two_seconds{2, 0};
  ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &two_seconds, sizeof two_seconds);
}

}  // namespace

std::optional<Predecessor> Predecessor::find(const std::string& path) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  const Address address(path);
  Descriptor connection(unix_socket());
  if (::connect(connection.get(), address.get(), Address::size()) != 0) return std::nullopt;
  if (!is_own(connection.get())) return std::nullopt;
  limit_waiting(connection.get());
  const auto sockets = receive_sockets(connection.get());
  if (!sockets) return std::nullopt;
  return Predecessor(connection.release(), *sockets);
}

Predecessor::Predecessor(Predecessor&& other) noexcept
    : connection_(std::exchange(other.connection_, -1)), sockets_(other.sockets_) {}

Predecessor& Predecessor::operator=(Predecessor&& other) noexcept {
  std::swap(connection_, other.connection_);
  sockets_ = other.sockets_;
  return *this;
}

Predecessor::~Predecessor() {
  if (connection_ >= 0) ::close(connection_);
}

void Predecessor::relieve() {
  if (::send(connection_, &kRelief, 1, MSG_NOSIGNAL) != 1) {
    log::warn("the predecessor was gone before it was relieved");
  }
}

struct Succession::Impl {
  Impl(const std::string& path, ListeningSockets given, std::function<void()> callback)
      : sockets(given), relieved(std::move(callback)) {
    const std::string aside = path + ".new";
    ::unlink(aside.c_str());
    const Address address(aside);
    if (::bind(waiting.get(), address.get(), Address::size()) != 0 ||
        ::listen(waiting.get(), kBacklog) != 0) {
      fail("cannot wait for a successor at " + path);
    }
    if (std::rename(aside.c_str(), path.c_str()) != 0) fail("cannot move to " + path);
    thread = std::thread([this] { run(); });
  }

  ~Impl() {
    const std::uint64_t one = 1;
    if (::write(stop.get(), &one, sizeof one) < 0) log::warn("could not wake the succession");
    thread.join();
  }

  void run() {
    while (readable(waiting.get())) {
      const Descriptor successor(::accept4(waiting.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (successor.get() < 0 || !is_own(successor.get())) continue;
      if (!send_sockets(successor.get(), sockets)) continue;
      log::info("a successor has the listening sockets");
      // It says so when it serves; its end closes the connection, and we go on.
      char byte = 0;
      if (!readable(successor.get())) return;
      if (::recv(successor.get(), &byte, 1, 0) == 1 && byte == kRelief) return relieved();
      log::warn("the successor ended before it served");
    }
  }

  /// Waits; false when this object ends.
  bool readable(int fd) const {
    std::array<pollfd, 2> sockets_to_poll{{{fd, POLLIN, 0}, {stop.get(), POLLIN, 0}}};
    while (::poll(sockets_to_poll.data(), sockets_to_poll.size(), -1) < 0) {
      if (errno != EINTR) return false;
    }
    return sockets_to_poll[1].revents == 0;
  }

  ListeningSockets sockets;
  std::function<void()> relieved;
  Descriptor waiting{unix_socket()};
  Descriptor stop{::eventfd(0, EFD_CLOEXEC)};
  std::thread thread;
};

Succession::Succession(const std::string& path, ListeningSockets sockets,
                       std::function<void()> relieved)
    : impl_(std::make_unique<Impl>(path, sockets, std::move(relieved))) {}

Succession::~Succession() = default;

}  // namespace mercato::process
