#include "journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <map>
#include <stdexcept>
#include <system_error>
#include <unordered_map>

#include <mercato/log/log.hpp>

#include "stripe_json.hpp"

namespace psp {
namespace {

std::system_error system_error(const std::string& path) {
  return {errno, std::generic_category(), path};
}

/// The records read so far whose event nobody took delivery of.
class Undelivered {
 public:
  void add(std::size_t line, const Record& record) {
    if (!record.event) return;
    line_of_[record.event->id] = line;
    records_[line] = record;
  }
  void remove(const std::string& event) {
    const auto line = line_of_.find(event);
    if (line == line_of_.end()) return;
    records_.erase(line->second);
    line_of_.erase(line);
  }
  [[nodiscard]] std::vector<Delivery> deliveries() const {
    std::vector<Delivery> left;
    for (const auto& [line, record] : records_) {
      left.push_back({record.event->id, render_event(record)});
    }
    return left;
  }

 private:
  std::unordered_map<std::string, std::size_t> line_of_;
  std::map<std::size_t, Record> records_;
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
      undelivered.add(line_number, *line.record);
      books.apply(*line.record);
    } catch (const std::exception& error) {
      throw std::runtime_error(path_ + ":" + std::to_string(line_number) +
                               " is damaged: " + error.what());
    }
  }
  return undelivered.deliveries();
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
