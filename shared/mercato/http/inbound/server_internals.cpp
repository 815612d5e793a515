#include "mercato/http/inbound/server_internals.hpp"

#include "mercato/log/log.hpp"

namespace mercato::http {

std::optional<Response> ServerInternals::attach(const Completer& completer,
                                                std::function<void(Response)> deliver) {
  auto& state = *completer.state_;
  const std::lock_guard lock(state.mutex);
  if (state.completed) return std::move(state.early);
  state.deliver = std::move(deliver);
  return std::nullopt;
}

bool ServerInternals::claim(const Completer& completer) {
  auto& state = *completer.state_;
  const std::lock_guard lock(state.mutex);
  if (state.completed) return false;
  state.completed = true;
  state.deliver = nullptr;
  return true;
}

void ServerInternals::abandon(const Completer& completer) {
  auto& state = *completer.state_;
  const std::lock_guard lock(state.mutex);
  state.abandoned = true;
}

void ServerInternals::attach(const StreamWriter& writer, std::function<void()> wake) {
  auto& state = *writer.state_;
  const std::lock_guard lock(state.mutex);
  state.wake = std::move(wake);
}

bool ServerInternals::hear(const StreamWriter& writer) {
  auto& state = *writer.state_;
  const std::lock_guard lock(state.mutex);
  state.woken = false;
  return !state.overflowed;
}

ServerInternals::Taken ServerInternals::take(const StreamWriter& writer) {
  auto& state = *writer.state_;
  const std::lock_guard lock(state.mutex);
  state.in_flight = state.pending.size();
  return {std::exchange(state.pending, {}), state.closed};
}

void ServerInternals::set_in_flight(const StreamWriter& writer, std::size_t bytes) {
  auto& state = *writer.state_;
  const std::lock_guard lock(state.mutex);
  state.in_flight = bytes;
}

void ServerInternals::end(const StreamWriter& writer) {
  std::vector<std::function<void()>> callbacks;
  {
    auto& state = *writer.state_;
    const std::lock_guard lock(state.mutex);
    if (state.ended) return;
    state.closed = true;
    state.ended = true;
    state.wake = nullptr;
    state.pending.clear();
    callbacks = std::exchange(state.on_close, {});
  }
  for (const auto& callback : callbacks) {
    try {
      callback();
    } catch (const std::exception& error) {
      log::error("a stream's on_close callback failed", {{"error", error.what()}});
    }
  }
}

}  // namespace mercato::http
