#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "books.hpp"
#include "records.hpp"
#include "webhooks.hpp"

namespace psp {

/// The append-only file that holds everything that happened, one JSON object a line. A line is
/// handed to the kernel before its request is answered, so that it outlives the process, killed at
/// any instant (though not the machine). From any thread.
class Journal {
 public:
  /// Throws std::system_error if the file cannot be used.
  explicit Journal(const std::string& path);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Applies every line to `books` and returns the events that were not delivered yet, in order. A
  /// torn last line was never answered for, and is cut off. Throws std::runtime_error for any other
  /// line that makes no sense. Before the first append.
  [[nodiscard]] std::vector<Delivery> replay(Books& books);

  /// Throws std::system_error; the request must then not be answered with success.
  void append(const Record& record);
  /// If it cannot be written, the event is sent once more after the next start.
  void append_delivered(const std::string& event) noexcept;

 private:
  void write(const std::string& line);

  std::string path_;
  std::mutex mutex_;
  int fd_;
};

}  // namespace psp
