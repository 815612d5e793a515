#include <atomic>
#include <string>

#include <support/await.hpp>
#include <support/catch.hpp>
#include <support/http_peer.hpp>

#include "http_client_fixture.hpp"

using namespace mercato;
using namespace mercato::http;
using namespace mercato::test;
using namespace std::chrono_literals;

TEST_CASE("an idempotent call is tried again after a transient refusal",
          "[http_client][integration]") {
  std::atomic<int> heard{0};
  const HttpPeer peer([&](const PeerRequest&) {
    return ++heard < 3 ? PeerAnswer{503, "{}"} : PeerAnswer{200, "{}"};
  });
  auto patient = options({peer.url()});
  patient.max_tries = 3;
  Client client(patient);
  CHECK(status_of(client.call(get())) == 200);
  CHECK(heard == 3);
}

TEST_CASE("a refusal that stays is the answer in the end", "[http_client][integration]") {
  std::atomic<int> heard{0};
  const HttpPeer peer([&](const PeerRequest&) {
    ++heard;
    return PeerAnswer{503, "{}", {{"Retry-After", "0"}}};
  });
  auto patient = options({peer.url()});
  patient.max_tries = 3;
  Client client(patient);
  CHECK(status_of(client.call(get())) == 503);
  CHECK(heard == 3);
  CHECK(status_of(client.call(post())) == 503);
  CHECK(heard == 4);
}

TEST_CASE("a neighbour that asks for time gets no second call from a waiting thread",
          "[http_client][integration]") {
  const HttpPeer peer([](const PeerRequest&) {
    return PeerAnswer{503, "{}", {{"Retry-After", "1"}}};
  });
  auto patient = options({peer.url()});
  patient.max_tries = 3;
  Client client(patient);
  CHECK(status_of(client.call(get())) == 503);
  CHECK(peer.requests().size() == 1);
}

TEST_CASE("an answer of the neighbour's own is never asked for twice",
          "[http_client][integration]") {
  const int status = GENERATE(400, 404, 409, 429, 500);
  const HttpPeer peer([&](const PeerRequest&) { return PeerAnswer{status, "{}"}; });
  auto patient = options({peer.url()});
  patient.max_tries = 3;
  Client client(patient);
  CHECK(status_of(client.call(get())) == status);
  CHECK(peer.requests().size() == 1);
}

TEST_CASE("what one try left open a later refusal does not settle", "[http_client][integration]") {
  std::atomic<int> heard{0};
  const HttpPeer peer([&](const PeerRequest&) {
    PeerAnswer answer{503, "{}"};
    if (++heard == 1) answer.fault = PeerAnswer::Fault::half;
    return answer;
  });
  auto patient = options({peer.url()});
  patient.max_tries = 2;
  Client client(patient);
  CHECK(unknown(client.call(get())));
  CHECK(heard == 2);
}

TEST_CASE("retries end when their budget does", "[http_client][integration]") {
  std::atomic<int> heard{0};
  const HttpPeer peer([&](const PeerRequest&) {
    ++heard;
    return PeerAnswer{503, "{}"};
  });
  auto patient = options({peer.url()});
  patient.max_tries = 3;
  patient.breaker_failures = 0;
  Client client(patient);
  for (int i = 0; i < 20; ++i) CHECK(status_of(client.call(get())) == 503);
  CHECK(heard <= 20 + 10 + 2);
  CHECK(heard >= 20 + 10);
}

TEST_CASE("the breaker opens, spares the neighbour, and closes when it is back",
          "[http_client][integration]") {
  std::atomic<int> status{503};
  const HttpPeer peer([&](const PeerRequest&) { return PeerAnswer{status, "{}"}; });
  auto brittle = options({peer.url()});
  brittle.breaker_failures = 3;
  brittle.breaker_open = 100ms;
  Client client(brittle);
  for (int i = 0; i < 3; ++i) CHECK(status_of(client.call(get())) == 503);
  CHECK_FALSE(client.available());
  CHECK(not_sent(client.call(get())));
  CHECK(peer.requests().size() == 3);
  status = 200;
  REQUIRE(await([&] { return client.available(); }));
  CHECK(status_of(client.call(get())) == 200);
  CHECK(status_of(client.call(get())) == 200);
  CHECK(client.available());
}

TEST_CASE("calls go round the addresses of a neighbour", "[http_client][integration]") {
  const HttpPeer first(ok);
  const HttpPeer second(ok);
  Client client(options({first.url(), second.url()}));
  for (int i = 0; i < 10; ++i) CHECK(status_of(client.call(get())) == 200);
  CHECK(first.requests().size() == 5);
  CHECK(second.requests().size() == 5);
}

TEST_CASE("an address that is down costs no call", "[http_client][integration]") {
  const HttpPeer alive(ok);
  Client client(
      options({"http://127.0.0.1:" + std::to_string(port_without_listener()), alive.url()}));
  for (int i = 0; i < 10; ++i) CHECK(status_of(client.call(post())) == 200);
  CHECK(alive.requests().size() == 10);
}

TEST_CASE("a retry goes to another address without waiting as the first one asked",
          "[http_client][integration]") {
  const HttpPeer busy([](const PeerRequest&) {
    return PeerAnswer{503, "{}", {{"Retry-After", "60"}}};
  });
  const HttpPeer free(ok);
  auto patient = options({busy.url(), free.url()});
  patient.max_tries = 2;
  Client client(patient);
  for (int i = 0; i < 6; ++i) CHECK(status_of(client.call(get())) == 200);
}
