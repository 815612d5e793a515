#include "mercato/db/watch.hpp"

#include <system_error>

#include <support/catch.hpp>

TEST_CASE("a socket that cannot be watched is no session's", "[db]") {
  CHECK_THROWS_AS(mercato::db::WatchedSocket(-1), std::system_error);
}
