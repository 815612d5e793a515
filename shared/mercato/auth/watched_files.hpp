#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "mercato/log/log.hpp"

namespace mercato::auth {

/// Throws std::runtime_error if it cannot be read.
[[nodiscard]] std::string read_file(const std::string& path);

/// Something made of files that deployment may replace while we run: looked at again, when asked
/// for, at most every `look_every`. The object stays the same while the files do, and while a new
/// version of them makes no sense. From any thread.
template <class T>
class WatchedFiles {
 public:
  using Parse = std::function<T(const std::vector<std::string>& contents)>;

  /// Throws what reading and `parse` throw.
  WatchedFiles(std::vector<std::string> paths, Parse parse,
               std::chrono::milliseconds look_every = std::chrono::seconds(5))
      : paths_(std::move(paths)),
        parse_(std::move(parse)),
        look_every_(look_every),
        contents_(read()) {
    object_ = std::make_shared<const T>(parse_(contents_));
  }

  [[nodiscard]] std::shared_ptr<const T> get() {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now - looked_at_ >= look_every_) {
      looked_at_ = now;
      reload();
    }
    return object_;
  }

 private:
  [[nodiscard]] std::vector<std::string> read() const {
    std::vector<std::string> contents;
    for (const auto& path : paths_) contents.push_back(read_file(path));
    return contents;
  }

  void reload() {
    try {
      auto contents = read();
      if (contents == contents_) return;
      contents_ = std::move(contents);
      object_ = std::make_shared<const T>(parse_(contents_));
      log::info("took over changed files", {{"path", paths_.front()}});
    } catch (const std::exception& error) {
      log::error("kept the old version of files that cannot be used",
                 {{"path", paths_.front()}, {"error", error.what()}});
    }
  }

  std::vector<std::string> paths_;
  Parse parse_;
  std::chrono::milliseconds look_every_;
  std::mutex mutex_;
  std::vector<std::string> contents_;
  std::shared_ptr<const T> object_;
  std::chrono::steady_clock::time_point looked_at_ = std::chrono::steady_clock::now();
};

}  // namespace mercato::auth
