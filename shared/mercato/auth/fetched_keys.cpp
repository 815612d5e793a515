#include "mercato/auth/fetched_keys.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include "mercato/log/log.hpp"
#include "mercato/threads/waiting.hpp"

namespace mercato::auth {
namespace {

constexpr std::chrono::milliseconds kPatience{1'000};
constexpr std::size_t kMaxWaiting = 2;
constexpr std::size_t kMaxBytes = std::size_t{256} * 1024;

http::ClientOptions client_options(std::vector<std::string> origins) {
  http::ClientOptions options;
  options.name = "token_issuer";
  options.base_urls = std::move(origins);
  options.total_timeout = std::chrono::milliseconds(2'000);
  options.max_connections = 1;
  // This loop is its own retry and its own pause.
  options.max_tries = 1;
  options.breaker_failures = 0;
  options.max_response_bytes = kMaxBytes;
  return options;
}

}  // namespace

FetchedKeys::Location FetchedKeys::parse(std::string_view urls) {
  Location location;
  while (!urls.empty()) {
    const auto url = urls.substr(0, urls.find(','));
    urls.remove_prefix(std::min(urls.size(), url.size() + 1));
    const auto scheme = url.find("://");
    const auto slash = scheme == std::string_view::npos ? scheme : url.find('/', scheme + 3);
    if (slash == std::string_view::npos) {
      throw std::invalid_argument("not the URL of a key set: " + std::string(url));
    }
    const auto path = url.substr(slash);
    if (!location.path.empty() && location.path != path) {
      throw std::invalid_argument("the URLs of one key set differ in their paths");
    }
    location.path = path;
    location.origins.emplace_back(url.substr(0, slash));
  }
  return location;
}

FetchedKeys::FetchedKeys(const std::string& urls, std::shared_ptr<KeySetStore> store,
                         FetchPace pace)
    : FetchedKeys(parse(urls), std::move(store), pace) {}

FetchedKeys::FetchedKeys(Location location, std::shared_ptr<KeySetStore> store, FetchPace pace)
    : pace_(pace),
      path_(std::move(location.path)),
      client_(client_options(std::move(location.origins))),
      store_(std::move(store)),
      thread_([this] { run(); }) {}

FetchedKeys::~FetchedKeys() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  fetched_.notify_all();
  thread_.join();
}

std::shared_ptr<const KeySet> FetchedKeys::current() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

std::shared_ptr<const KeySet> FetchedKeys::other_than(const KeySet* seen) {
  std::unique_lock lock(mutex_);
  if (keys_.get() != seen) return keys_;
  if (stopping_ || waiting_ >= kMaxWaiting) return nullptr;
  // Without any keys the loop is trying all the time: there is nothing to ask it for.
  if (seen != nullptr && !wanted_) {
    if (std::chrono::steady_clock::now() - last_fetch_ < pace_.between_wanted) return nullptr;
    wanted_ = true;
    wake_.notify_all();
  }
  const threads::Waiting waiting;
  ++waiting_;
  const auto before = fetches_;
  fetched_.wait_for(lock, kPatience, [&] {
    return stopping_ || keys_.get() != seen || (seen != nullptr && fetches_ != before);
  });
  --waiting_;
  return keys_.get() != seen ? keys_ : nullptr;
}

void FetchedKeys::run() {
  for (;;) {
    if (!current()) load_from_store();
    const bool succeeded = fetch();
    std::unique_lock lock(mutex_);
    wanted_ = false;
    ++fetches_;
    fetched_.notify_all();
    auto pause = pace_.refresh;
    if (!succeeded) pause = keys_ ? pace_.after_failure : pace_.without_keys;
    wake_.wait_for(lock, pause, [this] { return stopping_ || wanted_; });
    if (stopping_) return;
  }
}

void FetchedKeys::load_from_store() {
  if (!store_) return;
  try {
    const auto jwks = store_->load();
    if (!jwks) return;
    stored_ = *jwks;
    adopt(*jwks);
    log::info("token keys loaded from the store");
  } catch (const std::exception& error) {
    log::warn("no token keys from the store", {{"error", error.what()}});
  }
}

bool FetchedKeys::fetch() {
  {
    const std::lock_guard lock(mutex_);
    last_fetch_ = std::chrono::steady_clock::now();
  }
  http::ClientRequest request;
  request.path = path_;
  request.idempotent = true;
  try {
    const auto outcome = client_.call(request);
    const auto* const answered = std::get_if<http::Answered>(&outcome);
    if (answered == nullptr || answered->response.status != 200) {
      log::warn("token keys cannot be fetched");
      return false;
    }
    save_to_store(adopt(answered->response.body));
    return true;
  } catch (const std::exception& error) {
    log::warn("token keys cannot be used", {{"error", error.what()}});
    return false;
  }
}

std::string FetchedKeys::adopt(const std::string& jwks) {
  auto keys = std::make_shared<const KeySet>(KeySet::parse(jwks));
  // Whoever publishes no key at all is mistaken: nobody could sign in any more.
  if (keys->keys().empty()) throw std::invalid_argument("a key set without a usable key");
  auto text = keys->to_jwks();
  const std::lock_guard lock(mutex_);
  // The same keys stay the same object, on which the verified tokens hang.
  if (!keys_ || keys_->to_jwks() != text) keys_ = std::move(keys);
  return text;
}

void FetchedKeys::save_to_store(const std::string& jwks) {
  if (!store_ || jwks == stored_) return;
  try {
    store_->save(jwks);
    stored_ = jwks;
  } catch (const std::exception& error) {
    log::warn("token keys cannot be stored", {{"error", error.what()}});
  }
}

}  // namespace mercato::auth
