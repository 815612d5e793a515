#include <mercato/metrics/metrics.hpp>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <support/catch.hpp>
#include <support/http_peer.hpp>

#include "http_client_fixture.hpp"

using namespace mercato;
using namespace mercato::http;
using namespace mercato::test;
using namespace std::chrono_literals;

TEST_CASE("a call brings back status, headers and body", "[http_client][integration]") {
  const HttpPeer peer([](const PeerRequest& request) {
    return PeerAnswer{201,
                      request.method + " " + request.target + " " + request.body,
                      {{"Content-Type", "text/plain"}, {"Location", "/x/1"}}};
  });
  Client client(options({peer.url()}));
  auto request = post("{\"a\":1}");
  request.path = "/x?y=%20z";
  const auto outcome = client.call(request);
  REQUIRE(status_of(outcome) == 201);
  const auto& response = std::get<Answered>(outcome).response;
  CHECK(response.body == "POST /x?y=%20z {\"a\":1}");
  CHECK(response.content_type == "text/plain");
  CHECK(response.headers.get("location") == "/x/1");
  CHECK(peer.requests().front().header("Content-Type") == "application/json");
}

TEST_CASE("every method arrives as itself", "[http_client][integration]") {
  const HttpPeer peer([](const PeerRequest& request) { return PeerAnswer{200, request.method}; });
  Client client(options({peer.url()}));
  for (const auto method : {Method::get, Method::post, Method::put, Method::patch, Method::del}) {
    auto request = get();
    request.method = method;
    const auto outcome = client.call(request);
    REQUIRE(status_of(outcome) == 200);
    CHECK(std::get<Answered>(outcome).response.body == name(method));
  }
}

TEST_CASE("calls one after the other share a connection", "[http_client][integration]") {
  const HttpPeer peer(ok);
  Client client(options({peer.url()}));
  for (int i = 0; i < 10; ++i) CHECK(status_of(client.call(get())) == 200);
  CHECK(peer.connections() == 1);
}

TEST_CASE("answers without a body leave the connection usable", "[http_client][integration]") {
  const HttpPeer peer([](const PeerRequest& request) {
    return PeerAnswer{request.target == "/x" ? 204 : 304, "", {}};
  });
  Client client(options({peer.url()}));
  for (int i = 0; i < 3; ++i) {
    CHECK(status_of(client.call(get("/x"))) == 204);
    CHECK(status_of(client.call(get("/y"))) == 304);
  }
  CHECK(peer.connections() == 1);
}

TEST_CASE("a large body goes there and back whole", "[http_client][integration]") {
  const HttpPeer peer([](const PeerRequest& request) { return PeerAnswer{200, request.body}; });
  Client client(options({peer.url()}));
  std::string body(3'000'000, 'x');
  for (std::size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 26);
  const auto outcome = client.call(post(body));
  REQUIRE(status_of(outcome) == 200);
  CHECK(std::get<Answered>(outcome).response.body == body);
}

TEST_CASE("an answer in chunks is put together", "[http_client][integration]") {
  RawPeer peer(
      always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
             "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
  Client client(options({peer.url()}));
  const auto outcome = client.call(get());
  REQUIRE(status_of(outcome) == 200);
  CHECK(std::get<Answered>(outcome).response.body == "abcde");
}

TEST_CASE("a name is looked up", "[http_client][integration]") {
  const HttpPeer peer(ok);
  Client client(options({"http://localhost:" + std::to_string(peer.port())}));
  CHECK(status_of(client.call(get())) == 200);
  CHECK_THAT(peer.requests().front().header("Host"), ContainsSubstring("localhost:"));
}

TEST_CASE("a deadline that has passed sends nothing", "[http_client][integration]") {
  const HttpPeer peer(ok);
  Client client(options({peer.url()}));
  auto request = get();
  request.deadline = Deadline::in(0ms);
  CHECK(not_sent(client.call(request)));
  CHECK(peer.requests().empty());
}

TEST_CASE("a connection closed while idle is not used again", "[http_client][integration]") {
  HttpPeer peer(ok);
  Client client(options({peer.url()}));
  CHECK(status_of(client.call(post())) == 200);
  peer.close_connections();
  CHECK(status_of(client.call(post())) == 200);
  CHECK(peer.connections() == 2);
}

TEST_CASE("no more connections are open than allowed", "[http_client][integration]") {
  std::promise<void> over;
  auto ended = over.get_future().share();
  const HttpPeer peer([&](const PeerRequest&) {
    ended.wait();
    return PeerAnswer{200, "{}"};
  });
  auto narrow = options({peer.url()});
  narrow.max_connections = 2;
  Client client(narrow);
  std::vector<std::future<int>> calls;
  for (int i = 0; i < 2; ++i) {
    calls.push_back(std::async(std::launch::async, [&] { return status_of(client.call(get())); }));
  }
  REQUIRE(peer.await_requests(2));
  auto impatient = post();
  impatient.deadline = Deadline::in(50ms);
  CHECK(not_sent(client.call(impatient)));
  calls.push_back(std::async(std::launch::async, [&] { return status_of(client.call(get())); }));
  over.set_value();
  for (auto& call : calls) CHECK(call.get() == 200);
  CHECK(peer.connections() == 2);
}

TEST_CASE("many threads may call at once", "[http_client][integration]") {
  const HttpPeer peer([](const PeerRequest& request) { return PeerAnswer{200, request.target}; });
  auto wide = options({peer.url()});
  wide.max_connections = 4;
  Client client(wide);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const auto path = "/" + std::to_string(t) + "/" + std::to_string(i);
        const auto outcome = client.call(get(path));
        if (status_of(outcome) != 200 || std::get<Answered>(outcome).response.body != path) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(peer.connections() <= 4);
}

TEST_CASE("calls are counted by how they ended", "[http_client][integration]") {
  const HttpPeer peer(ok);
  auto counted = options({peer.url()});
  counted.name = "counted";
  Client client(counted);
  (void)client.call(get());
  CHECK_THAT(
      metrics::registry().scrape(),
      ContainsSubstring(
          "http_client_request_duration_seconds_count{outcome=\"succeeded\",peer=\"counted\"} 1"));
}
