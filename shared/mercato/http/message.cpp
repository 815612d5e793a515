#include "mercato/http/message.hpp"

#include <algorithm>
#include <stdexcept>

#include "mercato/http/inbound/server_internals.hpp"
#include "mercato/http/syntax.hpp"

namespace mercato::http {

std::string_view name(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::del: return "DELETE";
  }
  return "GET";
}

void Headers::set(std::string_view name, std::string value) {
  std::erase_if(entries_,
                [&](const auto& entry) { return syntax::equal_ignoring_case(entry.first, name); });
  add(name, std::move(value));
}

void Headers::add(std::string_view name, std::string value) {
  entries_.emplace_back(std::string(name), std::move(value));
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const auto& [key, value] : entries_) {
    if (syntax::equal_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      entries_.begin(), entries_.end(),
      [&](const auto& entry) { return syntax::equal_ignoring_case(entry.first, name); }));
}

std::string_view Request::path_parameter(std::string_view name) const {
  for (const auto& [key, value] : path_parameters) {
    if (key == name) return value;
  }
  throw std::logic_error("route " + route + " has no path parameter " + std::string(name));
}

Uuid Request::path_uuid(std::string_view name) const {
  const auto id = Uuid::parse(path_parameter(name));
  if (!id) throw not_found();
  return *id;
}

std::optional<FieldError> Request::query_mistake(std::string_view name) const {
  const auto& malformed = malformed_parameters;
  if (std::find(malformed.begin(), malformed.end(), name) != malformed.end()) {
    return FieldError{"?" + std::string(name), "invalid_format",
                      "Must be UTF-8 text without control characters, percent-encoded."};
  }
  const auto times = std::count_if(query_parameters.begin(), query_parameters.end(),
                                   [&](const auto& parameter) { return parameter.first == name; });
  if (times < 2) return std::nullopt;
  return FieldError{"?" + std::string(name), "invalid_format", "Must be there only once."};
}

std::optional<std::string_view> Request::query(std::string_view name) const {
  if (auto mistake = query_mistake(name)) throw invalid_query({std::move(*mistake)});
  for (const auto& [key, value] : query_parameters) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Completer::Completer() : state_(std::make_shared<State>()) {}

void Completer::complete(Response response) const {
  std::function<void(Response)> deliver;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->completed) return;
    state_->completed = true;
    if (!state_->deliver) {
      // The handler has not returned yet: the server finds the answer here when it parks.
      state_->early = std::move(response);
      return;
    }
    deliver = std::move(state_->deliver);
  }
  deliver(std::move(response));
}

bool Completer::completed() const {
  const std::lock_guard lock(state_->mutex);
  return state_->completed;
}

bool Completer::abandoned() const {
  const std::lock_guard lock(state_->mutex);
  return state_->abandoned;
}

StreamWriter::StreamWriter() : state_(std::make_shared<State>()) {}

bool StreamWriter::write(std::string_view bytes) const {
  std::function<void()> wake;
  bool accepted = true;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->closed) return false;
    if (state_->pending.size() + state_->in_flight + bytes.size() > State::kMaxBehindBytes) {
      state_->closed = true;
      state_->overflowed = true;
      accepted = false;
    } else {
      state_->pending.append(bytes);
    }
    wake = state_->take_wake();
  }
  if (wake) wake();
  return accepted;
}

void StreamWriter::close() const {
  std::function<void()> wake;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->closed) return;
    state_->closed = true;
    wake = state_->take_wake();
  }
  if (wake) wake();
}

bool StreamWriter::closed() const {
  const std::lock_guard lock(state_->mutex);
  return state_->closed;
}

void StreamWriter::on_close(std::function<void()> callback) const {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->ended) {
      state_->on_close.push_back(std::move(callback));
      return;
    }
  }
  callback();
}

}  // namespace mercato::http
