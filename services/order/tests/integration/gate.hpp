#pragma once

#include <atomic>
#include <future>
#include <optional>
#include <string>

#include <support/await.hpp>

#include "deployment.hpp"

namespace order::test {

/// Lets no request of a kind through until told so: a neighbour that is frozen, or a moment that is
/// held for something else to happen in it.
class Gate {
 public:
  Gate() = default;
  ~Gate() {
    if (!is_open_) open();
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// For Neighbours::meddle().
  Neighbours::Meddle closed(std::string what) {
    return [this, what](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
      if (request.target.find(what) == std::string::npos) return std::nullopt;
      reached_.store(true);
      opened_.wait();
      return std::nullopt;
    };
  }
  bool await_reached() {
    return mercato::test::await([this] { return reached_.load(); });
  }
  void open() {
    is_open_ = true;
    open_.set_value();
  }

 private:
  std::atomic<bool> reached_{false};
  bool is_open_ = false;
  std::promise<void> open_;
  std::shared_future<void> opened_ = open_.get_future().share();
};

}  // namespace order::test
