#include <mercato/auth/authenticator.hpp>
#include <mercato/auth/fetched_keys.hpp>
#include <mercato/auth/pg_key_set_store.hpp>
#include <mercato/auth/token_cache.hpp>
#include <mercato/auth/watched_files.hpp>
#include <mercato/error/error.hpp>

#include <atomic>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <support/await.hpp>
#include <support/catch.hpp>
#include <support/http_peer.hpp>
#include <support/postgres_server.hpp>
#include <support/test_keys.hpp>

using namespace mercato;
using namespace mercato::auth;
using namespace std::chrono_literals;
using test::HttpPeer;
using test::PeerAnswer;
using test::PeerRequest;
using test::TestKeys;

namespace {

class MemoryStore : public KeySetStore {
 public:
  std::optional<std::string> load() override {
    const std::lock_guard lock(mutex_);
    return jwks_;
  }
  void save(const std::string& jwks) override {
    const std::lock_guard lock(mutex_);
    jwks_ = jwks;
  }

 private:
  std::mutex mutex_;
  std::optional<std::string> jwks_;
};

// The token issuer, as far as anybody needs it.
struct Issuer {
  TestKeys keys{{"alpha", "beta"}};
  std::atomic<int> status{200};
  HttpPeer peer{[this](const PeerRequest&) { return PeerAnswer{status, keys.jwks()}; }};

  AuthenticatorOptions options(std::shared_ptr<KeySetStore> store = nullptr) const {
    AuthenticatorOptions options;
    options.service = "beta";
    options.token_issuer = TestKeys::kIssuer;
    options.token_audience = TestKeys::kAudience;
    options.jwks_url = peer.url() + "/.well-known/jwks.json";
    options.service_key_set_file = keys.environment("beta").at("SERVICE_KEY_SET_FILE");
    options.store = std::move(store);
    return options;
  }
};

http::Request with(const std::string& authorization) {
  http::Request request;
  request.headers = {{"Authorization", authorization}};
  return request;
}

// "" if it was let in.
std::string code_of(Authenticator& authenticator, const http::Request& request,
                    http::Access access) {
  try {
    (void)authenticator.authenticate(request, access);
    return "";
  } catch (const Error& error) {
    return error.code();
  }
}

const Uuid kSubject = Uuid::v7();

}  // namespace

TEST_CASE("a signed-in caller is known by the token", "[auth][integration]") {
  const Issuer issuer;
  Authenticator authenticator(issuer.options());
  for (int i = 0; i < 2; ++i) {  // the second time from the cache
    const auto caller =
        authenticator.authenticate(with(issuer.keys.bearer(kSubject)), http::Access::subject);
    CHECK(caller.kind == http::Caller::Kind::subject);
    CHECK(caller.subject == kSubject);
    CHECK(caller.role == "customer");
    CHECK_FALSE(caller.session_id.empty());
    CHECK(caller.expires_at > system_clock().now());
  }
}

TEST_CASE("routes for nobody in particular look at no token", "[auth][integration]") {
  const Issuer issuer;
  Authenticator authenticator(issuer.options());
  const auto caller = authenticator.authenticate(with("Bearer nonsense"), http::Access::anonymous);
  CHECK(caller.kind == http::Caller::Kind::nobody);
}

TEST_CASE("without exactly one bearer token nobody is let in", "[auth][integration]") {
  const Issuer issuer;
  Authenticator authenticator(issuer.options());
  const auto good = issuer.keys.bearer(kSubject);
  const auto token = good.substr(7);
  for (const auto access : {http::Access::subject, http::Access::admin, http::Access::peer}) {
    CHECK(code_of(authenticator, http::Request(), access) == "unauthenticated");
    for (const std::string& bad :
         {std::string(), std::string("Bearer"), std::string("Bearer "), token, "Basic " + token,
          "Bearer" + token, std::string("Bearer   "), good + " ", good + "," + good,
          "Bearer " + good}) {
      INFO(bad);
      CHECK(code_of(authenticator, with(bad), access) == "unauthenticated");
    }
    auto twice = with(good);
    twice.headers.add("authorization", good);
    CHECK(code_of(authenticator, twice, access) == "unauthenticated");
  }
  CHECK(code_of(authenticator, with("bEaReR " + token), http::Access::subject).empty());
  CHECK(code_of(authenticator, with("Bearer   " + token), http::Access::subject).empty());
}

TEST_CASE("an admin's route is for admins", "[auth][integration]") {
  const Issuer issuer;
  Authenticator authenticator(issuer.options());
  CHECK(code_of(authenticator, with(issuer.keys.bearer(kSubject, "customer")),
                http::Access::admin) == "forbidden");
  CHECK(code_of(authenticator, with(issuer.keys.bearer(kSubject, "admin")), http::Access::admin)
            .empty());
  CHECK(code_of(authenticator, with(issuer.keys.bearer(kSubject, "admin")), http::Access::subject)
            .empty());
}

TEST_CASE("a token that ran out is refused, from the cache as well", "[auth][integration]") {
  const Issuer issuer;
  Authenticator authenticator(issuer.options());
  CHECK(code_of(authenticator, with(issuer.keys.bearer(kSubject, "customer", -1s)),
                http::Access::subject) == "unauthenticated");
  const auto brief = issuer.keys.bearer(kSubject, "customer", 2s);
  CHECK(code_of(authenticator, with(brief), http::Access::subject).empty());
  CHECK(test::await([&] {
    return code_of(authenticator, with(brief), http::Access::subject) == "unauthenticated";
  }));
}

TEST_CASE("a token that lacks what a caller consists of is refused", "[auth][integration]") {
  const Issuer issuer;
  Authenticator authenticator(issuer.options());
  const auto now = system_clock().now();
  Claims claims;
  claims.issuer = TestKeys::kIssuer;
  claims.audience = TestKeys::kAudience;
  claims.subject = kSubject.str();
  claims.issued_at = claims.not_before = now;
  claims.expires_at = now + 1min;
  claims.other = {{"role", "customer"}, {"sid", "session"}};
  const auto code = [&] {
    return code_of(authenticator, with("Bearer " + issuer.keys.sign(claims)),
                   http::Access::subject);
  };
  CHECK(code().empty());
  SECTION("no role") {
    claims.other.erase("role");
  }
  SECTION("no session") {
    claims.other.erase("sid");
  }
  SECTION("a role that is no text") {
    claims.other["role"] = 1;
  }
  SECTION("no subject") {
    claims.subject.clear();
  }
  SECTION("a subject that is no id") {
    claims.subject = "root";
  }
  CHECK(code() == "unauthenticated");
}

TEST_CASE("peers and subjects cannot pass for each other", "[auth][integration]") {
  const Issuer issuer;
  Authenticator authenticator(issuer.options());
  const auto subject = with(issuer.keys.bearer(kSubject, "admin"));
  const auto peer = with(issuer.keys.peer_bearer("alpha", "beta"));
  for (int i = 0; i < 2; ++i) {
    const auto caller = authenticator.authenticate(peer, http::Access::peer);
    CHECK(caller.kind == http::Caller::Kind::peer);
    CHECK(caller.peer == "alpha");
    CHECK(code_of(authenticator, subject, http::Access::peer) == "unauthenticated");
    CHECK(code_of(authenticator, peer, http::Access::subject) == "unauthenticated");
    CHECK(code_of(authenticator, peer, http::Access::admin) == "unauthenticated");
    CHECK(code_of(authenticator, subject, http::Access::subject).empty());
  }
  CHECK(code_of(authenticator, with(issuer.keys.peer_bearer("alpha", "alpha")),
                http::Access::peer) == "unauthenticated");
}

TEST_CASE("as long as no key was ever seen, nobody can be judged", "[auth][integration]") {
  Issuer issuer;
  issuer.status = 503;
  Authenticator authenticator(issuer.options());
  CHECK(code_of(authenticator, with(issuer.keys.bearer(kSubject)), http::Access::subject) ==
        "unavailable");
  issuer.status = 200;
  CHECK(test::await([&] {
    return code_of(authenticator, with(issuer.keys.bearer(kSubject)), http::Access::subject)
        .empty();
  }));
}

TEST_CASE("the last good keys outlive a restart while the issuer is down", "[auth][integration]") {
  Issuer issuer;
  const auto store = std::make_shared<MemoryStore>();
  {
    Authenticator authenticator(issuer.options(store));
    REQUIRE(test::await([&] { return store->load().has_value(); }));
  }
  issuer.status = 500;
  Authenticator authenticator(issuer.options(store));
  CHECK(code_of(authenticator, with(issuer.keys.bearer(kSubject)), http::Access::subject).empty());
}

TEST_CASE("strangers who make up keys cause one fetch and no waiting line", "[auth][integration]") {
  const Issuer issuer;
  Authenticator authenticator(issuer.options());
  CHECK(code_of(authenticator, with(issuer.keys.bearer(kSubject)), http::Access::subject).empty());
  const TestKeys strangers({"alpha"});
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto code =
            code_of(authenticator, with(strangers.bearer(kSubject)), http::Access::subject);
        if (code == "unauthenticated") ++refused;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(refused == 160);
  CHECK(issuer.peer.requests().size() <= 2);
}

TEST_CASE("a key that is new is fetched when it is first met", "[auth][integration]") {
  const TestKeys before({"alpha"});
  const TestKeys after({"alpha"});
  std::atomic<bool> rotated{false};
  const HttpPeer peer([&](const PeerRequest& request) {
    return PeerAnswer{request.target == "/keys" ? 200 : 404, (rotated ? after : before).jwks()};
  });
  FetchPace pace;
  pace.between_wanted = 50ms;
  FetchedKeys keys(peer.url() + "/keys", nullptr, pace);
  const auto first = keys.other_than(nullptr);
  REQUIRE(first != nullptr);
  CHECK(keys.current() == first);
  rotated = true;
  std::shared_ptr<const KeySet> second;
  REQUIRE(test::await([&] { return (second = keys.other_than(first.get())) != nullptr; }));
  CHECK(second->to_jwks() == KeySet::parse(after.jwks()).to_jwks());
  CHECK(keys.other_than(first.get()) == second);
}

TEST_CASE("keys that did not change stay the same object", "[auth][integration]") {
  const TestKeys published({"alpha"});
  const HttpPeer peer([&](const PeerRequest&) { return PeerAnswer{200, published.jwks()}; });
  FetchPace pace;
  pace.refresh = 1ms;
  FetchedKeys keys(peer.url() + "/keys", nullptr, pace);
  const auto first = keys.other_than(nullptr);
  REQUIRE(peer.await_requests(5));
  CHECK(keys.current() == first);
}

TEST_CASE("an answer that holds no keys leaves the last good ones in place",
          "[auth][integration]") {
  const TestKeys published({"alpha"});
  const std::string nonsense = GENERATE(as<std::string>(), "{\"keys\":[]}", "<html>", "");
  std::atomic<int> asked{0};
  const HttpPeer peer([&](const PeerRequest&) {
    return PeerAnswer{200, ++asked == 1 ? published.jwks() : nonsense};
  });
  FetchPace pace;
  pace.refresh = pace.after_failure = 1ms;
  FetchedKeys keys(peer.url() + "/keys", nullptr, pace);
  const auto first = keys.other_than(nullptr);
  REQUIRE(first != nullptr);
  REQUIRE(peer.await_requests(5));
  CHECK(keys.current() == first);
}

TEST_CASE("where keys are fetched from must be a URL with a path", "[auth][integration]") {
  for (const std::string bad : {"", "keys", "http://127.0.0.1", "ftp://127.0.0.1/keys",
                                "http://127.0.0.1/a,http://127.0.0.1/b"}) {
    INFO(bad);
    CHECK_THROWS_AS(FetchedKeys(bad, nullptr), std::invalid_argument);
  }
}

TEST_CASE("the database keeps the last key set", "[auth][integration]") {
  const auto url = test::PostgresServer::shared().create_database();
  test::PostgresServer::sql(
      url,
      "CREATE TABLE trusted_key_set (id int PRIMARY KEY CHECK (id = 1), jwks text NOT NULL, "
      "saved_at timestamptz NOT NULL DEFAULT now())");
  db::PoolOptions options;
  options.url = url;
  options.size = 1;
  db::Pool pool(options);
  PgKeySetStore store(pool);
  CHECK_FALSE(store.load());
  store.save("{\"keys\":[]}");
  store.save("{\"keys\":[1]}");
  CHECK(store.load() == "{\"keys\":[1]}");
}

TEST_CASE("the issuer itself needs no fetch, and withdrawing a key ends what it signed",
          "[auth][integration]") {
  const Issuer issuer;
  auto keys = std::make_shared<const KeySet>(KeySet::parse(issuer.keys.jwks()));
  auto options = issuer.options();
  options.jwks_url.clear();
  options.own_keys = [&] { return keys; };
  Authenticator authenticator(options);
  const auto request = with(issuer.keys.bearer(kSubject));
  CHECK(code_of(authenticator, request, http::Access::subject).empty());
  CHECK(code_of(authenticator, request, http::Access::subject).empty());
  keys = std::make_shared<const KeySet>();
  CHECK(code_of(authenticator, request, http::Access::subject) == "unauthenticated");
  CHECK(issuer.peer.requests().empty());
}

TEST_CASE("a service proves who it is with its own key", "[auth][integration]") {
  const Issuer issuer;
  const auto files = issuer.keys.environment("alpha");
  ServiceTokens tokens("alpha", files.at("SERVICE_KEY_FILE"), files.at("SERVICE_KEY_SET_FILE"));
  Authenticator authenticator(issuer.options());
  const auto authorization = tokens.authorization("beta");
  CHECK(authenticator.authenticate(with(authorization), http::Access::peer).peer == "alpha");
  CHECK(tokens.authorization("beta") == authorization);
  CHECK(tokens.authorization("gamma") != authorization);
  CHECK(code_of(authenticator, with(tokens.authorization("gamma")), http::Access::peer) ==
        "unauthenticated");
}

TEST_CASE("a key that nobody knows, or that is another's, signs nothing", "[auth][integration]") {
  const TestKeys keys({"alpha", "beta"});
  const TestKeys others({"alpha"});
  const auto alpha = keys.environment("alpha");
  const auto stranger = others.environment("alpha").at("SERVICE_KEY_FILE");
  const auto set = alpha.at("SERVICE_KEY_SET_FILE");
  CHECK_THROWS_AS(ServiceTokens("alpha", stranger, set), std::runtime_error);
  CHECK_THROWS_AS(ServiceTokens("beta", alpha.at("SERVICE_KEY_FILE"), set), std::runtime_error);
  CHECK_THROWS_AS(ServiceTokens("alpha", "/does/not/exist", set), std::runtime_error);
}

TEST_CASE("files are taken over when they change to something that makes sense",
          "[auth][integration]") {
  const test::TempDirectory directory;
  const auto path = directory.path() + "/number";
  const auto write = [&](const std::string& text) { std::ofstream(path) << text; };
  write("1");
  WatchedFiles<int> file(
      {path}, [](const auto& contents) { return std::stoi(contents[0]); }, 0ms);
  const auto first = file.get();
  CHECK(*first == 1);
  write("nonsense");
  CHECK(file.get() == first);
  write("2");
  CHECK(*file.get() == 2);
  CHECK(*first == 1);
}

TEST_CASE("the cache forgets tokens that expire, lose their keys or are too many",
          "[auth][integration]") {
  TokenCache cache(16);
  const auto keys = std::make_shared<const KeySet>();
  const KeySet others;
  const auto now = system_clock().now();
  http::Caller caller;
  caller.role = "customer";
  caller.expires_at = now + 1s;
  cache.insert("token", keys, caller);
  CHECK(cache.find("token", *keys, now)->role == "customer");
  CHECK_FALSE(cache.find("other", *keys, now));
  CHECK_FALSE(cache.find("token", *keys, now + 1s));
  cache.insert("token", keys, caller);
  CHECK_FALSE(cache.find("token", others, now));
  for (int i = 0; i < 1000; ++i) cache.insert(std::to_string(i), keys, caller);
  int kept = 0;
  for (int i = 0; i < 1000; ++i) kept += cache.find(std::to_string(i), *keys, now) ? 1 : 0;
  CHECK(kept <= 16);
  CHECK(kept > 0);
}
