#include <mercato/http/stranger_client.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <string>

#include <support/catch.hpp>
#include <support/http_peer.hpp>

#include "http_client_fixture.hpp"

using namespace mercato;
using namespace mercato::http;
using namespace mercato::test;
using namespace std::chrono_literals;

namespace {

StrangerClientOptions on_loopback() {
  StrangerClientOptions options;
  options.callable = Callable::internet_and_loopback;
  options.plain_http = true;
  options.total_timeout = 2s;
  return options;
}

StrangerRequest hello(const std::string& url) {
  return {.url = url, .headers = {{"webhook-id", "1"}}, .body = "{\"a\":1}"};
}

}  // namespace

TEST_CASE("a stranger gets what was said to him and nothing of ours",
          "[stranger_client][integration]") {
  const HttpPeer peer([](const PeerRequest&) { return PeerAnswer{202, "thanks"}; });
  const StrangerClient client(on_loopback());
  CHECK(status_of(client.post(hello(peer.url() + "/hook?a=1"))) == 202);
  const auto heard = peer.requests().at(0);
  CHECK(heard.method == "POST");
  CHECK(heard.target == "/hook?a=1");
  CHECK(heard.body == "{\"a\":1}");
  CHECK(heard.header("webhook-id") == "1");
  CHECK(heard.header("Host") == "127.0.0.1:" + std::to_string(peer.port()));
  for (const auto* const ours : {"Authorization", "X-Request-Deadline-Ms", "traceparent"}) {
    CHECK(heard.header(ours).empty());
  }
}

TEST_CASE("the head of a stranger's answer is enough, whatever follows",
          "[stranger_client][integration]") {
  const std::string answer =
      GENERATE(as<std::string>(), "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nuntil the end",
               "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nnever all of it",
               "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  INFO(answer);
  RawPeer peer(always(answer));
  const StrangerClient client(on_loopback());
  CHECK(status_of(client.post(hello(peer.url()))) == 200);
}

TEST_CASE("a redirect is an answer, not a place to go to", "[stranger_client][integration]") {
  std::atomic<int> led_astray{0};
  const HttpPeer elsewhere([&](const PeerRequest&) {
    ++led_astray;
    return PeerAnswer{};
  });
  const HttpPeer peer([&](const PeerRequest&) {
    return PeerAnswer{307, "", {{"Location", elsewhere.url() + "/admin"}}};
  });
  const StrangerClient client(on_loopback());
  CHECK(status_of(client.post(hello(peer.url()))) == 307);
  CHECK(led_astray == 0);
}

TEST_CASE("a stranger who is silent, drips or talks nonsense costs the deadline at most",
          "[stranger_client][integration]") {
  auto options = on_loopback();
  options.total_timeout = 300ms;
  const StrangerClient client(options);
  RawPeer nonsense(always("garbage\r\n\r\n"));
  CHECK(std::holds_alternative<Unknown>(client.post(hello(nonsense.url()))));
  std::promise<void> over;
  const HttpPeer silent([end = over.get_future().share()](const PeerRequest&) {
    end.wait();
    return PeerAnswer{};
  });
  const auto begin = std::chrono::steady_clock::now();
  CHECK(std::holds_alternative<Unknown>(client.post(hello(silent.url()))));
  CHECK(std::chrono::steady_clock::now() - begin < 15s);
  over.set_value();
}

TEST_CASE("only addresses that are allowed are called, also when a name leads to others",
          "[stranger_client][integration]") {
  std::atomic<int> called{0};
  const HttpPeer peer([&](const PeerRequest&) {
    ++called;
    return PeerAnswer{};
  });
  StrangerClientOptions options;
  options.plain_http = true;
  const StrangerClient client(options);
  const auto port = ":" + std::to_string(peer.port());
  for (const auto* const host :
       {"127.0.0.1", "localhost", "LOCALHOST.", "2130706433", "0x7f.1", "[::1]", "[::]", "0.0.0.0",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"}) {
    INFO(host);
    const auto url = std::string("http://") + host + port + "/";
    CHECK(client.refusal(url));
    CHECK(std::holds_alternative<NotSent>(client.post(hello(url))));
  }
  CHECK(called == 0);
}

TEST_CASE("a URL says where it leads, and nothing else", "[stranger_client][integration]") {
  const StrangerClient client{StrangerClientOptions{}};
  CHECK_FALSE(client.refusal("https://8.8.8.8"));
  CHECK_FALSE(client.refusal("https://8.8.8.8:8443/a/b?c=d"));
  CHECK_FALSE(client.refusal("https://does-not-exist.invalid/hook"));
  for (const auto* const bad : {"",
                                "8.8.8.8",
                                "/hook",
                                "https://",
                                "https:///hook",
                                "ftp://8.8.8.8/",
                                "file:///etc/passwd",
                                "https://me@8.8.8.8/",
                                "https://8.8.8.8@127.0.0.1/",
                                "https://8.8.8.8/#a",
                                "https://8.8.8.8:0/",
                                "https://8.8.8.8:99999/",
                                "https://8.8.8.8/a b",
                                "https://8.8.8.8/\r\nX: 1",
                                "http://8.8.8.8/",
                                "https://10.0.0.1/",
                                "https://169.254.169.254/latest/meta-data",
                                "https://shop.localhost/",
                                "https://printer.local/",
                                "https://metadata.google.internal/"}) {
    INFO(bad);
    CHECK(client.refusal(bad));
  }
}
