#include "mercato/failpoint/failpoint.hpp"

#ifdef MERCATO_FAILPOINTS

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace mercato::failpoint {
namespace {

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// What happens at a point, after how many more visits.
struct Plan {
  std::size_t visits = 1;
  std::string action;
};

/// `NAME@HIT=ACTION`, separated by `;`.
std::map<std::string, Plan> parse_plans(const std::string& text) {
  std::map<std::string, Plan> plans;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ';');) {
    const auto equals = part.rfind('=');
    const auto at = part.rfind('@', equals);
    if (equals == std::string::npos || at == std::string::npos) throw std::invalid_argument(part);
    plans[part.substr(0, at)] = {std::stoul(part.substr(at + 1, equals - at - 1)),
                                 part.substr(equals + 1)};
  }
  return plans;
}

void act(const std::string& action) {
  static constexpr std::string_view kSleep = "sleep:";
  if (action == "kill") ::kill(::getpid(), SIGKILL);
  if (action == "stop") ::kill(::getpid(), SIGSTOP);
  if (action.compare(0, kSleep.size(), kSleep) == 0) {
    std::this_thread::sleep_for(
        std::chrono::milliseconds(std::stoul(action.substr(kSleep.size()))));
  }
}

/// What was armed, and what was reached so far. One per process.
class Points {
 public:
  void arm(const std::string& text) {
    auto plans = parse_plans(text);
    const std::lock_guard lock(mutex_);
    armed_ = std::move(plans);
  }

  void reached(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto armed = armed_.find(name);
    const bool acts = armed != armed_.end() && --armed->second.visits == 0;
    if (!log_.empty() && (seen_.insert(name).second || acts)) {
      std::ofstream(log_, std::ios::app) << name << '\n' << std::flush;
    }
    if (!acts) return;
    const auto action = armed->second.action;
    armed_.erase(armed);
    act(action);
  }

 private:
  const std::string log_ = setting("MERCATO_FAILPOINT_LOG");
  std::mutex mutex_;
  std::map<std::string, Plan> armed_;
  std::set<std::string> seen_;
};

/// Never destroyed: threads may reach points until the process is gone.
Points& points() {
  static auto& instance = *new Points;
  return instance;
}

std::atomic<std::int64_t>& offset_s() {
  static std::atomic<std::int64_t> seconds{0};
  return seconds;
}

bool obey(const std::string& line) {
  try {
    const auto blank = line.find(' ');
    const auto command = line.substr(0, blank);
    const auto rest = blank == std::string::npos ? std::string() : line.substr(blank + 1);
    if (command == "arm") {
      points().arm(rest);
    } else if (command == "clock") {
      offset_s() = std::stoll(rest);
    } else {
      return false;
    }
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

/// One line, one answer, for each that connects.
void listen_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) throw std::invalid_argument(path);
  std::copy(path.begin(), path.end(), address.sun_path);
  ::unlink(path.c_str());
  const int door = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // The sockets API takes every kind of address as the one that it is not.
  if (::bind(door, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(door, 8) != 0) {
    throw std::runtime_error("cannot listen on " + path);
  }
  std::thread([door] {
    for (int caller = 0; (caller = ::accept(door, nullptr, nullptr)) >= 0; ::close(caller)) {
      std::string line;
      for (char letter = 0; ::read(caller, &letter, 1) == 1 && letter != '\n';) line += letter;
      const std::string_view answer = obey(line) ? "ok\n" : "what?\n";
      static_cast<void>(::send(caller, answer.data(), answer.size(), MSG_NOSIGNAL));
    }
  }).detach();
}

/// What the environment says, once, before anything else is done with points.
void begin() {
  static const bool begun = [] {
    points().arm(setting("MERCATO_FAILPOINT"));
    const auto offset = setting("MERCATO_CLOCK_OFFSET_S");
    if (!offset.empty()) offset_s() = std::stoll(offset);
    const auto socket = setting("MERCATO_FAILPOINT_SOCKET");
    if (!socket.empty()) listen_to(socket);
    return true;
  }();
  static_cast<void>(begun);
}

/// Ids are cut out of paths, so that a point is a place and not an occasion.
std::string without_ids(std::string_view text) {
  std::string shape;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find_first_of("/?", begin), text.size());
    const auto part = text.substr(begin, end - begin);
    const bool is_id = part.size() >= 20 && part.find_first_of("0123456789") != part.npos;
    shape += is_id ? "{id}" : part;
    if (end < text.size() && text[end] == '?') break;
    if (end < text.size()) shape += text[end];
    begin = end + 1;
  }
  return shape;
}

}  // namespace

void reached(std::string_view kind, std::string_view what, std::string_view where) {
  begin();
  points().reached(std::string(kind) + ':' + without_ids(what) + ':' + std::string(where));
}

std::chrono::seconds clock_offset() {
  begin();
  return std::chrono::seconds(offset_s().load());
}

}  // namespace mercato::failpoint

#endif
