#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "mercato/auth/authenticator.hpp"
#include "mercato/auth/jwt.hpp"
#include "mercato/http/client.hpp"

namespace mercato::auth {

/// How often a key set is fetched.
struct FetchPace {
  std::chrono::milliseconds refresh{60'000};
  std::chrono::milliseconds after_failure{5'000};
  std::chrono::milliseconds without_keys{250};
  std::chrono::milliseconds between_wanted{10'000};  // at the wish of a request
};

/// The token issuer's key set, fetched by a thread of this object: at once, then again and again,
/// and when a request meets an unknown key. The last good set is used until there is a better one,
/// and kept in the store across restarts. From any thread.
class FetchedKeys {
 public:
  /// `urls`: one URL, or several of the same path separated by commas. Throws std::invalid_argument
  /// for a bad one. `store` may be null.
  FetchedKeys(const std::string& urls, std::shared_ptr<KeySetStore> store, FetchPace pace = {});
  ~FetchedKeys();
  FetchedKeys(const FetchedKeys&) = delete;
  FetchedKeys& operator=(const FetchedKeys&) = delete;

  /// Null until the first set was seen.
  [[nodiscard]] std::shared_ptr<const KeySet> current() const;
  /// For a request that `seen` does not serve: a different set, if one can be had within a second.
  /// Null if not, and at once for all but a few requests at a time: strangers who make up key ids
  /// must not hold the workers.
  [[nodiscard]] std::shared_ptr<const KeySet> other_than(const KeySet* seen);

 private:
  struct Location {
    std::vector<std::string> origins;  // "http://host:port"
    std::string path;
  };
  using SteadyTime = std::chrono::steady_clock::time_point;

  static Location parse(std::string_view urls);
  FetchedKeys(Location location, std::shared_ptr<KeySetStore> store, FetchPace pace);
  void run();
  void load_from_store();
  bool fetch();
  /// Returns the set in the form in which it is stored; throws std::invalid_argument if unusable.
  std::string adopt(const std::string& jwks);
  void save_to_store(const std::string& jwks);

  FetchPace pace_;
  std::string path_;
  http::Client client_;
  std::shared_ptr<KeySetStore> store_;
  std::string stored_;  // what the store holds; the thread's own

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable fetched_;
  std::shared_ptr<const KeySet> keys_;
  bool wanted_ = false;
  bool stopping_ = false;
  SteadyTime last_fetch_{};
  std::size_t waiting_ = 0;
  std::size_t fetches_ = 0;
  std::thread thread_;
};

}  // namespace mercato::auth
