#include <support/catch.hpp>

#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "mercato/metrics/metrics.hpp"
#include "mercato/net/socket_address.hpp"
#include "mercato/redis/client.hpp"
#include "support/await.hpp"
#include "support/redis_server.hpp"

using namespace mercato;
using namespace std::chrono_literals;
using redis::Reply;
using test::RedisServer;

namespace {

/// Patient, since after one late answer a client does without Redis for a while.
redis::ClientOptions client_options(const RedisServer& server) {
  redis::ClientOptions options;
  options.url = server.url();
  options.connect_timeout = options.command_timeout = 10s;
  return options;
}

}  // namespace

TEST_CASE("a command's reply comes back with its type", "[redis]") {
  redis::Client client(client_options(RedisServer::shared()));
  const std::string bytes("a\0b\r\n", 5);
  CHECK(client.command({"SET", "types", bytes})->text == "OK");
  CHECK(client.command({"GET", "types"})->text == bytes);
  CHECK(client.command({"GET", "absent"})->type == Reply::Type::nil);
  CHECK(client.command({"INCR", "types:n"})->integer == 1);
  CHECK(client.command({"MGET", "types", "absent"})->items.size() == 2);
  CHECK(client.command({"NONSENSE"})->type == Reply::Type::error);
  CHECK(client.reachable());
}

TEST_CASE("a pipeline's replies come in order", "[redis]") {
  redis::Client client(client_options(RedisServer::shared()));
  const auto replies = client.pipeline({{"SET", "p", "1"}, {"INCR", "p"}, {"BAD"}, {"GET", "p"}});
  REQUIRE(replies);
  REQUIRE(replies->size() == 4);
  CHECK((*replies)[1].integer == 2);
  CHECK((*replies)[2].type == Reply::Type::error);
  CHECK((*replies)[3].text == "2");
  CHECK(client.pipeline({})->empty());
}

TEST_CASE("a blocking command may take longer than others", "[redis]") {
  // Redis says so when two seconds have passed, or a little later, but never before.
  auto hasty = client_options(RedisServer::shared());
  hasty.command_timeout = 1'900ms;
  redis::Client client(hasty);
  const auto nothing = client.blocking_command({"BLPOP", "empty-list", "2"}, 2s);
  REQUIRE(nothing);
  CHECK(nothing->type == Reply::Type::nil);
  CHECK(client.reachable());
}

TEST_CASE("threads share few connections", "[redis]") {
  auto few = client_options(RedisServer::shared());
  few.max_connections = 2;
  redis::Client client(few);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n) static_cast<void>(client.command({"INCR", "shared"}));
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(client.command({"GET", "shared"})->text == "400");
}

TEST_CASE("the figure says what is known of Redis", "[redis]") {
  const auto figure = [] {
    const auto scraped = mercato::metrics::registry().scrape();
    const auto at = scraped.find("\nredis_up ");
    return at == std::string::npos ? std::string() : scraped.substr(at + 10, 1);
  };
  RedisServer server;
  redis::Client client(client_options(server));
  CHECK(figure() == "1");  // nobody asked yet: no reason to wake anybody
  CHECK(client.command({"PING"}));
  CHECK(figure() == "1");
  server.kill();
  CHECK_FALSE(client.command({"PING"}));
  CHECK(figure() == "0");
}

TEST_CASE("without Redis nothing comes back, and at once", "[redis]") {
  redis::Client none(redis::ClientOptions{});
  CHECK_FALSE(none.command({"PING"}));
  CHECK_FALSE(none.reachable());
}

TEST_CASE("a Redis that is killed and started again is used again", "[redis]") {
  RedisServer server;
  redis::Client client(client_options(server));
  REQUIRE(client.command({"PING"}));
  server.kill();
  CHECK_FALSE(client.command({"PING"}));
  CHECK_FALSE(client.reachable());
  server.restart();
  CHECK(test::await([&] { return client.command({"PING"}).has_value(); }));
  CHECK(client.reachable());
}

TEST_CASE("a restart between two commands is not noticed", "[redis]") {
  RedisServer server;
  redis::Client client(client_options(server));
  REQUIRE(client.command({"PING"}));
  server.restart();
  CHECK(client.command({"PING"}).has_value());
}

TEST_CASE("a frozen Redis costs one command its time, and the next ones nothing", "[redis]") {
  RedisServer server;
  auto hasty = client_options(server);
  hasty.command_timeout = 500ms;
  redis::Client client(hasty);
  REQUIRE(test::await([&] { return client.command({"PING"}).has_value(); }));
  server.freeze();
  CHECK_FALSE(client.command({"PING"}));
  // At half a second each they would take twenty. One a second may ask again, and take its time.
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 40; ++i) CHECK_FALSE(client.command({"PING"}));
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
  server.thaw();
  CHECK(test::await([&] { return client.command({"SET", "late", "no"}).has_value(); }));
  std::optional<Reply> late;
  REQUIRE(test::await([&] { return (late = client.command({"GET", "late"})).has_value(); }));
  CHECK(late->text == "no");
}

TEST_CASE("a password and a database are given at connecting", "[redis]") {
  RedisServer server;
  redis::Client admin(client_options(server));
  REQUIRE(admin.command({"CONFIG", "SET", "requirepass", "s3cret"}));
  auto right = client_options(server);
  right.url = "redis://:s3cret@127.0.0.1:" + std::to_string(server.port()) + "/2";
  redis::Client client(right);
  CHECK(client.command({"SET", "k", "v"})->text == "OK");
  auto wrong = right;
  wrong.url = "redis://:wrong@127.0.0.1:" + std::to_string(server.port());
  CHECK_FALSE(redis::Client(wrong).command({"PING"}));
}

TEST_CASE("a Redis that is known by name is found", "[redis]") {
  redis::ClientOptions by_name;
  by_name.url = "redis://localhost:" + std::to_string(RedisServer::shared().port());
  redis::Client client(by_name);
  CHECK(test::await([&] { return client.command({"PING"}).has_value(); }));
}

TEST_CASE("a command does not wait for a resolver that does not answer", "[redis]") {
  const auto& server = RedisServer::shared();
  std::promise<std::vector<net::SocketAddress>> silence;
  redis::ClientOptions by_name;
  by_name.url = "redis://redis";
  by_name.look_up = [answer = silence.get_future().share()](const std::string&, std::uint16_t) {
    return answer.get();
  };
  redis::Client client(by_name);
  CHECK_FALSE(client.command({"PING"}));
  CHECK_FALSE(client.reachable());
  silence.set_value({*net::SocketAddress::literal("127.0.0.1", server.port())});
  CHECK(test::await([&] { return client.command({"PING"}).has_value(); }));
}

TEST_CASE("Redis is spoken to by TLS where its URL says so", "[redis][tls]") {
  const test::TestCertificate certificate;
  const RedisServer server(&certificate);
  redis::ClientOptions trusting;
  trusting.url = server.tls_url();
  trusting.authorities_file = certificate.authority_file();
  trusting.connect_timeout = trusting.command_timeout = 5s;
  redis::Client client(trusting);
  const std::string large(300'000, 'x');
  REQUIRE(client.command({"SET", "large", large}));
  const auto read = client.command({"GET", "large"});
  REQUIRE(read);
  CHECK(read->text == large);
  const auto both = client.pipeline({{"SET", "a", "1"}, {"INCR", "a"}});
  REQUIRE(both);
  CHECK(both->back().integer == 2);
  const auto nothing = client.blocking_command({"BLPOP", "empty-list", "0.1"}, 100ms);
  REQUIRE(nothing);
  CHECK(nothing->type == Reply::Type::nil);
  // All of it on two connections, which were idle in between.
  const auto clients = client.command({"INFO", "clients"});
  REQUIRE(clients);
  CHECK(clients->text.find("connected_clients:2") != std::string::npos);
}

TEST_CASE("a Redis that an unknown authority vouches for is not spoken to", "[redis][tls]") {
  const test::TestCertificate certificate;
  const RedisServer server(&certificate);
  redis::ClientOptions doubting;
  doubting.url = server.tls_url();
  doubting.authorities_file = certificate.stranger_file();
  redis::Client client(doubting);
  CHECK_FALSE(client.command({"PING"}));
  CHECK_FALSE(client.reachable());
}
