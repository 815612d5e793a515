#pragma once

#include <netinet/in.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mercato/crypto/tls.hpp"
#include "mercato/http/inbound/exchange.hpp"
#include "mercato/http/inbound/ingress_filter.hpp"

namespace mercato::http::inbound {

using Steady = std::chrono::steady_clock;

/// Names a connection in epoll and in queues: the slot it uses, and which of the slot's successive
/// connections it is. An id that outlived its connection matches nothing.
struct ConnectionId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;

  [[nodiscard]] std::uint64_t packed() const {
    return (static_cast<std::uint64_t>(generation) << 32U) | slot;
  }
  [[nodiscard]] static ConnectionId unpack(std::uint64_t packed) {
    return {static_cast<std::uint32_t>(packed), static_cast<std::uint32_t>(packed >> 32U)};
  }
};

/// What a connection holds only while a request is on it; a parked idle one has none.
struct Work {
  explicit Work(const HeadLimits& limits) : scanner(limits) {}

  std::string input;  // bytes read and not yet consumed
  HeadScanner scanner;
  Steady::time_point first_byte;
  std::unique_ptr<Exchange> exchange;
  std::size_t body_filled = 0;
  std::size_t body_reserved = 0;  // counted in Engine::buffered_bytes
  std::string output;             // bytes to send, of which `sent` are on their way
  std::size_t sent = 0;
  std::size_t encrypted = 0;  // with TLS: how much of the output is ciphertext already
  bool close_after = false;
};

/// What the connection waits for, or does.
enum class Phase : std::uint8_t { idle, head, body, ready, writing, lingering, late };

/// One accepted socket. It is small, since tens of thousands may be parked.
///
/// At any time it has one owner: the thread that works on it, the queue it waits in, or, while
/// parked, nobody. The mutex guards `holder`, `generation` and `events`; the rest is the owner's.
/// The socket stays registered in epoll, edge-triggered, for its whole life, so that parking is
/// no system call; an event that comes while somebody owns the connection is left in `events`.
struct Connection {
  enum class Holder : std::uint8_t { unused, parked, owned, late };

  std::mutex mutex;
  Holder holder = Holder::unused;
  std::uint32_t generation = 0;
  std::uint32_t events = 0;

  std::uint32_t slot = 0;
  int fd = -1;
  Phase phase = Phase::idle;
  bool readable = false;    // a read may give more than EAGAIN
  bool peer_ended = false;  // the client said that it sends no more
  bool peer_gone = false;   // the client closed both ways, or reset
  bool armed_for_write = false;
  bool empty_line_came = false;  // after the last request
  bool idle_time_runs = false;   // the deadline is that of an idle connection
  std::uint32_t linger_bytes = 0;  // to be read yet, after the last answer, before it is closed
  sockaddr_in6 peer{};  // IPv4 as v4-mapped
  std::unique_ptr<crypto::TlsSession> tls;  // where the server speaks TLS
  std::unique_ptr<Work> work;

  [[nodiscard]] ConnectionId id() const { return {slot, generation}; }

  enum class Taken : std::uint8_t { mine, elsewhere, late };
  /// An event came for connection `id` of this slot: makes the caller its owner if it is parked.
  [[nodiscard]] Taken take(ConnectionId id, std::uint32_t new_events);
  /// Makes the caller the owner of a parked connection; false if somebody else has it.
  [[nodiscard]] bool take_parked();
  /// The owner lets go; false, and still the owner, if events came in the meantime.
  [[nodiscard]] bool park();
  /// The keeper's, until take_back(): events are to be passed on to it. False if some came already.
  [[nodiscard]] bool hold_late();
  void take_back();
  /// Learns what the events say that came since the owner last looked.
  void look_at_events();

  /// When the one who waits for the client loses patience, or does if there is a hurry. Asked by
  /// the sweep without the lock.
  void set_deadline(Steady::time_point at) { set_deadline(at, at); }
  void set_deadline(Steady::time_point at, Steady::time_point in_a_hurry) {
    deadline_.store(at, std::memory_order_relaxed);
    hurried_deadline_.store(in_a_hurry, std::memory_order_relaxed);
  }
  [[nodiscard]] bool is_overdue(Steady::time_point now, bool in_a_hurry = false) const {
    const auto& deadline = in_a_hurry ? hurried_deadline_ : deadline_;
    return deadline.load(std::memory_order_relaxed) <= now;
  }

 private:
  void absorb_events();

  std::atomic<Steady::time_point> deadline_{Steady::time_point::max()};
  std::atomic<Steady::time_point> hurried_deadline_{Steady::time_point::max()};
};

/// All connections, in slots that are allocated in chunks and never given back, so that a late
/// event can look at a slot without owning it. acquire() and for_each() belong to one thread.
class ConnectionTable {
 public:
  explicit ConnectionTable(std::size_t capacity);
  ~ConnectionTable();
  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;

  /// A slot for an accepted socket, owned by the caller; nullptr when all are taken.
  [[nodiscard]] Connection* acquire(int fd);
  /// Closes the socket and frees the slot; the caller is its owner.
  void release(Connection& connection);
  [[nodiscard]] Connection& at(std::uint32_t slot) const;
  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_relaxed); }

  template <class Visitor>
  void for_each(Visitor&& visit) {
    for (std::uint32_t slot = 0; slot < created_; ++slot) visit(at(slot));
  }

 private:
  static constexpr std::size_t kChunkSlots = 256;
  using Chunk = std::array<Connection, kChunkSlots>;

  std::size_t capacity_;
  std::vector<std::atomic<Chunk*>> chunks_;
  std::uint32_t created_ = 0;
  std::atomic<std::size_t> size_{0};
  std::mutex free_mutex_;
  std::vector<std::uint32_t> free_;
};

}  // namespace mercato::http::inbound
