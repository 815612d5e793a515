#include "mercato/failpoint/failpoint.hpp"

#ifdef MERCATO_FAILPOINTS

#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace mercato::failpoint {
namespace {

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// What MERCATO_FAILPOINT says, and how often the point was reached. One per process.
class Armed {
 public:
  Armed() {
    const auto text = setting("MERCATO_FAILPOINT");
    const auto equals = text.rfind('=');
    const auto at = text.rfind('@', equals);
    if (equals == std::string::npos || at == std::string::npos) return;
    name_ = text.substr(0, at);
    hit_ = std::stoul(text.substr(at + 1, equals - at - 1));
    action_ = text.substr(equals + 1);
  }

  void reached(const std::string& name) {
    const std::lock_guard lock(mutex_);
    if (!log_.empty() && seen_.insert(name).second) {
      std::ofstream(log_, std::ios::app) << name << '\n' << std::flush;
    }
    if (name == name_ && ++hits_ == hit_) act();
  }

 private:
  void act() const {
    static constexpr std::string_view kSleep = "sleep:";
    if (action_ == "kill") ::kill(::getpid(), SIGKILL);
    if (action_ == "stop") ::kill(::getpid(), SIGSTOP);
    if (action_.compare(0, kSleep.size(), kSleep) == 0) {
      std::this_thread::sleep_for(
          std::chrono::milliseconds(std::stoul(action_.substr(kSleep.size()))));
    }
  }

  std::string name_;
  std::string action_;
  std::size_t hit_ = 1;
  const std::string log_ = setting("MERCATO_FAILPOINT_LOG");
  std::mutex mutex_;
  std::size_t hits_ = 0;
  std::set<std::string> seen_;
};

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
  static Armed armed;
  armed.reached(std::string(kind) + ':' + without_ids(what) + ':' + std::string(where));
}

}  // namespace mercato::failpoint

#endif
