#include "mercato/log/log.hpp"

#include <poll.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <climits>
#include <cmath>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "mercato/clock/clock.hpp"
#include "mercato/json/json.hpp"

namespace mercato::log {
namespace {

constexpr std::size_t kMaxTextBytes = 1024;
// A pipe with room at all has room for this much, and takes it in one piece (POSIX, write()).
constexpr std::size_t kMaxLineBytes = PIPE_BUF;
constexpr std::string_view kCut = R"(,"cut":true)";
constexpr int kOff = static_cast<int>(Level::error) + 1;

/// Standard output, for which nobody waits: whoever reads it may have stopped, and a line is worth
/// less than the request that it is about.
class StandardOutput : public spdlog::sinks::base_sink<std::mutex> {
 public:
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    line_.assign(message.payload.begin(), message.payload.end()).append(1, '\n');
    pollfd room{STDOUT_FILENO, POLLOUT, 0};
    const bool taken = ::poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0 &&
                       ::write(STDOUT_FILENO, line_.data(), line_.size()) ==
                           static_cast<ssize_t>(line_.size());
    if (!taken) ++dropped_;
  }
  void flush_() override {}

 private:
  std::string line_;
  std::atomic<std::uint64_t> dropped_{0};
};

struct Output {
  std::atomic<int> level{kOff};
  std::string service;  // the quoted name; written by start() only
  const std::shared_ptr<StandardOutput> sink = std::make_shared<StandardOutput>();
  std::shared_ptr<spdlog::logger> logger;  // none until start()
};

Output& output() {
  static auto* const instance = new Output;  // never destroyed: threads may log until the very end
  return *instance;
}

/// `,"trace_id":"…","request_id":"…"` of the request this thread works for.
std::string& thread_ids() {
  thread_local std::string ids;
  return ids;
}

void append_quoted(std::string& out, std::string_view text) {
  text = text.substr(0, kMaxTextBytes);
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
  });
  if (plain) {
    out.append(1, '"').append(text).append(1, '"');
  } else {
    out.append(json::dump(json::Value(std::string(text))));
  }
}

std::string quoted(std::string_view text) {
  std::string result;
  append_quoted(result, text);
  return result;
}

bool is_sensitive(std::string_view name) {
  constexpr std::array<std::string_view, 10> kSensitive = {
      "authorization", "password", "passwd",     "token",       "secret",
      "cookie",        "api_key",  "credential", "private_key", "database_url"};
  constexpr std::size_t kShortest = 5;
  if (name.size() < kShortest) return false;
  std::string plain(name);
  for (char& c : plain) {
    if (c == '-') c = '_';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::any_of(kSensitive.begin(), kSensitive.end(), [&](std::string_view word) {
    return plain.find(word) != std::string::npos;
  });
}

std::string member(std::string_view name, std::string_view value_json) {
  std::string text;
  text.reserve(name.size() + value_json.size() + 3);
  append_quoted(text, name);
  return text.append(1, ':').append(value_json);
}

std::string text_member(std::string_view name, std::string_view value) {
  if (is_sensitive(name)) return member(name, R"("[redacted]")");
  std::string text;
  text.reserve(name.size() + value.size() + 5);
  append_quoted(text, name);
  append_quoted(text.append(1, ':'), value);
  return text;
}

template <class Number>
std::string number_text(Number value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return {digits.data(), end};
}

std::string_view name_of(Level level) {
  constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warn", "error"};
  return kNames.at(static_cast<std::size_t>(level));
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) noexcept {
  try {
    if (!enabled(level) || !output().logger) return;
    std::string line;
    line.reserve(512);
    line.append(R"({"ts":")").append(to_rfc3339(system_clock().now()));
    line.append(R"(","level":")").append(name_of(level));
    line.append(R"(","service":)").append(output().service);
    line.append(R"(,"msg":)").append(quoted(message)).append(thread_ids());
    bool cut = false;
    for (const Field& field : fields) {
      const auto size = line.size() + 1 + field.json().size() + kCut.size() + 2;
      cut = cut || size > kMaxLineBytes;
      if (size <= kMaxLineBytes) line.append(1, ',').append(field.json());
    }
    if (cut) line.append(kCut);
    line.append(1, '}');
    output().logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  } catch (...) {
    // A line that cannot be written must not take the request down with it.
    return;
  }
}

}  // namespace

Field::Field(std::string_view name, std::string_view value)
    : json_(text_member(name, value)) {}
Field::Field(std::string_view name, long long value) : json_(member(name, number_text(value))) {}
Field::Field(std::string_view name, unsigned long long value)
    : json_(member(name, number_text(value))) {}
Field::Field(std::string_view name, double value)
    : json_(member(name, std::isfinite(value) ? number_text(value) : "null")) {}
Field::Field(std::string_view name, bool value) : json_(member(name, value ? "true" : "false")) {}

void start(std::string_view service, Level level) {
  auto& out = output();
  out.service = quoted(service);
  out.logger = std::make_shared<spdlog::logger>(std::string(service), out.sink);
  set_level(level);
}

std::uint64_t dropped_lines() {
  return output().sink->dropped();
}

void set_level(Level level) {
  output().level = static_cast<int>(level);
}

bool enabled(Level level) {
  return static_cast<int>(level) >= output().level.load(std::memory_order_acquire);
}

Level parse_level(std::string_view name) {
  for (const Level level : {Level::debug, Level::info, Level::warn, Level::error}) {
    if (name == name_of(level)) return level;
  }
  throw std::invalid_argument("unknown log level");
}

void debug(std::string_view message, std::initializer_list<Field> fields) noexcept {
  write(Level::debug, message, fields);
}
void info(std::string_view message, std::initializer_list<Field> fields) noexcept {
  write(Level::info, message, fields);
}
void warn(std::string_view message, std::initializer_list<Field> fields) noexcept {
  write(Level::warn, message, fields);
}
void error(std::string_view message, std::initializer_list<Field> fields) noexcept {
  write(Level::error, message, fields);
}

Scope::Scope(std::string_view trace_id, std::string_view request_id)
    : previous_(std::move(thread_ids())) {
  auto& ids = thread_ids();
  ids.clear();
  if (!trace_id.empty()) ids.append(R"(,"trace_id":)").append(quoted(trace_id));
  if (!request_id.empty()) ids.append(R"(,"request_id":)").append(quoted(request_id));
}

Scope::~Scope() {
  thread_ids() = std::move(previous_);
}

}  // namespace mercato::log
