#include <support/catch.hpp>

#include <mercato/http/problem.hpp>

#include "http/client_network.hpp"
#include "http/etag.hpp"

using namespace user::api;
namespace http = mercato::http;

TEST_CASE("one customer of a network is one address", "[client_network]") {
  CHECK(client_network("192.0.2.7") == "192.0.2.7");
  CHECK(client_network("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(client_network("2001:db8:1:2::1") == client_network("2001:db8:1:2:ffff::9"));
  CHECK(client_network("2001:db8:1:3::1") != client_network("2001:db8:1:2::1"));
  CHECK(client_network("::1") == "::/64");
  CHECK(client_network("nonsense") == "nonsense");
}

TEST_CASE("an answer that the client has is not sent again", "[etag]") {
  const auto status = [](const char* if_none_match, http::Method method = http::Method::get) {
    http::Request request;
    request.method = method;
    request.headers.set("If-None-Match", if_none_match);
    return with_etag(http::json_response({{"a", 1}}), "7", request).status;
  };
  CHECK(status("\"7\"") == 304);
  CHECK(status("W/\"7\"") == 304);
  CHECK(status("\"6\" ,\t\"7\"") == 304);
  CHECK(status("*") == 304);
  CHECK(status("\"6\"") == 200);
  CHECK(status("7") == 200);
  CHECK(status(" , ") == 200);
  CHECK(status("\"7\"", http::Method::patch) == 200);
}
