#include "mercato/http/inbound/connection.hpp"

#include <sys/epoll.h>
#include <unistd.h>

namespace mercato::http::inbound {

Connection::Taken Connection::take(ConnectionId id, std::uint32_t new_events) {
  const std::lock_guard lock(mutex);
  if (generation != id.generation) return Taken::elsewhere;
  events |= new_events;
  if (holder == Holder::late) return Taken::late;
  if (holder != Holder::parked) return Taken::elsewhere;
  holder = Holder::owned;
  absorb_events();
  return Taken::mine;
}

bool Connection::take_parked() {
  const std::lock_guard lock(mutex);
  if (holder != Holder::parked) return false;
  holder = Holder::owned;
  absorb_events();
  return true;
}

bool Connection::park() {
  const std::lock_guard lock(mutex);
  if (events != 0) {
    absorb_events();
    return false;
  }
  holder = Holder::parked;
  return true;
}

bool Connection::hold_late() {
  const std::lock_guard lock(mutex);
  holder = Holder::late;
  return events == 0;
}

void Connection::take_back() {
  const std::lock_guard lock(mutex);
  holder = Holder::owned;
  absorb_events();
}

void Connection::look_at_events() {
  const std::lock_guard lock(mutex);
  absorb_events();
}

void Connection::absorb_events() {
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable = true;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) peer_ended = true;
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) peer_gone = true;
  events = 0;
}

ConnectionTable::ConnectionTable(std::size_t capacity)
    : capacity_(capacity), chunks_((capacity + kChunkSlots - 1) / kChunkSlots) {
  free_.reserve(capacity);  // so that release() cannot fail
}

ConnectionTable::~ConnectionTable() {
  for (std::uint32_t slot = 0; slot < created_; ++slot) {
    if (at(slot).fd >= 0) ::close(at(slot).fd);
  }
  for (auto& chunk : chunks_) delete chunk.load();
}

Connection& ConnectionTable::at(std::uint32_t slot) const {
  return (*chunks_[slot / kChunkSlots].load(std::memory_order_acquire))[slot % kChunkSlots];
}

Connection* ConnectionTable::acquire(int fd) {
  std::uint32_t slot = created_;
  {
    const std::lock_guard lock(free_mutex_);
    if (!free_.empty()) {
      slot = free_.back();
      free_.pop_back();
    }
  }
  if (slot == created_) {
    if (created_ == capacity_) return nullptr;
    auto& chunk = chunks_[slot / kChunkSlots];
    if (chunk.load(std::memory_order_relaxed) == nullptr) {
      chunk.store(new Chunk, std::memory_order_release);
    }
    ++created_;
  }
  size_.fetch_add(1, std::memory_order_relaxed);
  Connection& connection = at(slot);
  const std::lock_guard lock(connection.mutex);
  connection.holder = Connection::Holder::owned;
  connection.events = 0;
  connection.slot = slot;
  connection.fd = fd;
  connection.phase = Phase::idle;
  connection.readable = connection.peer_ended = connection.peer_gone = false;
  connection.armed_for_write = connection.empty_line_came = connection.idle_time_runs = false;
  connection.linger_bytes = 0;
  return &connection;
}

void ConnectionTable::release(Connection& connection) {
  connection.work.reset();
  connection.tls.reset();
  connection.set_deadline(Steady::time_point::max());
  const std::uint32_t slot = connection.slot;
  {
    const std::lock_guard lock(connection.mutex);
    connection.holder = Connection::Holder::unused;
    ++connection.generation;
    ::close(connection.fd);
    connection.fd = -1;
  }
  const std::lock_guard lock(free_mutex_);
  free_.push_back(slot);
  size_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace mercato::http::inbound
