#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mercato::process {

/// The sockets on which a process accepts connections. Plain descriptors: who owns them is said
/// below.
struct ListeningSockets {
  int api = -1;
  int health = -1;
};

/// The process that serves now, as its successor sees it. Both accept from the same sockets until
/// relieve(), so that no connection in the backlog is lost; a successor that ends before has
/// changed nothing. Used by one thread.
class Predecessor {
 public:
  /// Asks whoever answers at the Unix socket `path` for its sockets. Nothing if nobody does, or if
  /// it belongs to another user.
  [[nodiscard]] static std::optional<Predecessor> find(const std::string& path);

  Predecessor(Predecessor&& other) noexcept;
  Predecessor& operator=(Predecessor&& other) noexcept;
  ~Predecessor();

  /// Open in this process; the caller owns them.
  [[nodiscard]] ListeningSockets sockets() const { return sockets_; }
  /// From now on its successor serves: the predecessor lets its connections go and ends.
  void relieve();

 private:
  Predecessor(int connection, ListeningSockets sockets)
      : connection_(connection), sockets_(sockets) {}

  int connection_;
  ListeningSockets sockets_;
};

/// Waits at the Unix socket `path` for a successor of this process, and hands it the sockets. Binds
/// beside the path and moves into place, so that whoever waited there before is replaced at once.
/// `relieved` is called, once and on a thread of this object, when a successor has taken over.
/// Throws std::runtime_error if there is no way to wait at `path`.
class Succession {
 public:
  Succession(const std::string& path, ListeningSockets sockets, std::function<void()> relieved);
  ~Succession();
  Succession(const Succession&) = delete;
  Succession& operator=(const Succession&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mercato::process
