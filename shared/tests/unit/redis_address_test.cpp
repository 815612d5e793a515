#include <support/catch.hpp>

#include <stdexcept>

#include "mercato/redis/address.hpp"

using mercato::redis::Address;

TEST_CASE("an address of Redis is read from its URL", "[redis]") {
  const auto plain = Address::parse("redis://localhost");
  CHECK(plain.host == "localhost");
  CHECK(plain.port == 6379);
  CHECK(plain.database == 0);
  CHECK(plain.password.empty());

  const auto full = Address::parse("redis://me:p%40ss@10.0.0.1:7000/3");
  CHECK(full.username == "me");
  CHECK(full.password == "p@ss");
  CHECK(full.host == "10.0.0.1");
  CHECK(full.port == 7000);
  CHECK(full.database == 3);

  CHECK_FALSE(full.tls);

  const auto sealed = Address::parse("rediss://cache.internal:6390");
  CHECK(sealed.tls);
  CHECK(sealed.host == "cache.internal");
  CHECK(sealed.port == 6390);

  const auto v6 = Address::parse("redis://:secret@[::1]:6380/");
  CHECK(v6.host == "::1");
  CHECK(v6.port == 6380);
  CHECK(v6.username.empty());
}

TEST_CASE("what is no address of Redis is refused without being repeated", "[redis]") {
  for (const char* const url : {"http://h", "redis://", "rediss://", "redis://h:port",
                                "redis://h:70000", "redis://secret@h", "redis://h/x",
                                "redis://:%4@h"}) {
    CAPTURE(url);
    CHECK_THROWS_AS(Address::parse(url), std::invalid_argument);
  }
}
