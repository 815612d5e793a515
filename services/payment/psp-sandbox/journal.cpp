#include "journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <map>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <mercato/log/log.hpp>

namespace psp {
namespace {

std::system_error system_error(const std::string& path) {
  return {errno, std::generic_category(), path};
}

/// Events of the lines read so far that nobody took delivery of.
class Undelivered {
 public:
  void add(const Record& record) {
    for (const auto& event : record.events) {
      at_.emplace(event.id, deliveries_.size());
      deliveries_.push_back({event.id, render_event(event, record)});
    }
  }
  void remove(const std::string& event) {
    const auto found = at_.find(event);
    if (found == at_.end()) return;
    deliveries_[found->second].body = {};
    at_.erase(found);
  }
  [[nodiscard]] std::vector<Delivery> take() {
    std::vector<Delivery> left;
    for (auto& delivery : deliveries_) {
      if (!delivery.body.empty()) left.push_back(std::move(delivery));
    }
    return left;
  }

 private:
  std::map<std::string, std::size_t> at_;
  std::vector<Delivery> deliveries_;
};

}  // namespace

Journal::Journal(const std::string& path)
    : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
  if (fd_ < 0) throw system_error(path_);
}

Journal::~Journal() { ::close(fd_); }

std::vector<Delivery> Journal::replay(Books& books) {
  std::ifstream file(path_, std::ios::binary);
  Undelivered undelivered;
  std::string text;
  std::size_t line_number = 0;
  off_t whole = 0;
  while (std::getline(file, text)) {
    if (file.eof()) {  // no line break: the process died while writing it
      mercato::log::warn("cut a torn line off the journal", {{"bytes", text.size()}});
      if (::ftruncate(fd_, whole) != 0) throw system_error(path_);
      break;
    }
    ++line_number;
    whole += static_cast<off_t>(text.size()) + 1;
    try {
      const auto line = parse_line(text);
      if (!line.delivered.empty()) undelivered.remove(line.delivered);
      if (!line.record) continue;
      undelivered.add(*line.record);
      books.apply(*line.record);
    } catch (const std::exception& error) {
      throw std::runtime_error(path_ + ":" + std::to_string(line_number) +
                               " is damaged: " + error.what());
    }
  }
  return undelivered.take();
}

void Journal::append(const Record& record) { write(to_line(record)); }

void Journal::append_delivered(const std::string& event) noexcept {
  try {
    write(delivered_line(event));
  } catch (const std::exception& error) {
    mercato::log::error("the journal cannot be written", {{"error", error.what()}});
  }
}

void Journal::write(const std::string& line) {
  const std::lock_guard lock(mutex_);
  const auto size = static_cast<ssize_t>(line.size());
  const auto written = ::write(fd_, line.data(), line.size());
  if (written == size) return;
  // Half a line would make the next one unreadable.
  const auto failure = system_error(path_);
  if (written > 0) {
    const off_t end = ::lseek(fd_, 0, SEEK_END);
    if (end < written || ::ftruncate(fd_, end - written) != 0) throw system_error(path_);
  }
  throw failure;
}

}  // namespace psp
