#include <arpa/inet.h>

#include <string>

#include <support/catch.hpp>

#include "mercato/http/inbound/pipeline.hpp"

using namespace mercato;
using http::inbound::Exchange;
using http::inbound::Pipeline;

namespace {

/// The client's address, as far as a peer at `address` is believed that it speaks for another.
std::string client_behind(const char* address, const http::ServerOptions& options) {
  const http::Router router;
  const Pipeline pipeline(router, options);
  http::inbound::Head head;
  head.fields.push_back({"X-Forwarded-For", "198.51.100.9, 203.0.113.7"});
  sockaddr_in6 peer{};
  peer.sin6_family = AF_INET6;
  REQUIRE(inet_pton(AF_INET6, address, &peer.sin6_addr) == 1);
  Exchange exchange;
  pipeline.identify(exchange, head, peer);
  return exchange.request.remote_address;
}

}  // namespace

TEST_CASE("a gateway is believed whom it speaks for", "[http]") {
  http::ServerOptions options;
  CHECK(client_behind("::ffff:10.1.2.3", options) == "203.0.113.7");
  CHECK(client_behind("2001:db8::1", options) == "2001:db8::1");
  options.gateways = {net::Network::parse("2001:db8::/32").value()};
  CHECK(client_behind("2001:db8::1", options) == "203.0.113.7");
  CHECK(client_behind("2001:db9::1", options) == "2001:db9::1");
}
