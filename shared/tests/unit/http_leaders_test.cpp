#include <array>
#include <thread>

#include <support/await.hpp>
#include <support/catch.hpp>

#include "mercato/http/inbound/leaders.hpp"

using mercato::http::inbound::Leaders;
using mercato::test::await;

namespace {

void answer_without_waiting(Leaders& leaders) {
  for (std::uint32_t i = 0; i < Leaders::kWithoutWaiting; ++i) leaders.lead();
}

/// Of four workers, two of which lead, the two that follow. The test is the other two.
struct TwoOfFour {
  TwoOfFour() {
    answer_without_waiting(leaders);
    leaders.listens();
    for (auto& follower : followers) follower = std::thread([this] { leaders.lead(); });
    REQUIRE(await([&] { return leaders.followers() == 2; }));
    CHECK(leaders.hears());
  }
  ~TwoOfFour() {
    leaders.dismiss();
    for (auto& follower : followers) follower.join();
  }

  Leaders leaders{4, 2};
  std::array<std::thread, 2> followers;
};

}  // namespace

TEST_CASE("all workers listen until nobody has waited for long", "[http]") {
  Leaders leaders(4, 2);
  answer_without_waiting(leaders);
  leaders.step_in();
  leaders.step_back();
  leaders.listens();
  answer_without_waiting(leaders);  // returns: it began anew
  CHECK(leaders.followers() == 0);
}

TEST_CASE("as many as may lead do not follow", "[http]") {
  TwoOfFour workers;
  workers.leaders.lead();
  CHECK(workers.leaders.followers() == 2);
}

TEST_CASE("who would be the only one to listen does not follow", "[http]") {
  Leaders leaders(4, 2);
  answer_without_waiting(leaders);
  leaders.lead();
  CHECK(leaders.followers() == 0);
}

TEST_CASE("a follower leads when a leader waits and nobody listens", "[http]") {
  TwoOfFour workers;
  workers.leaders.step_in();
  CHECK(workers.leaders.followers() == 1);
  workers.leaders.step_back();
  workers.leaders.step_in();  // three lead by now: two are left
  CHECK(workers.leaders.followers() == 1);
}

TEST_CASE("a follower sleeps on while somebody listens", "[http]") {
  TwoOfFour workers;
  workers.leaders.listens();
  workers.leaders.step_in();
  CHECK(workers.leaders.followers() == 2);
  CHECK_FALSE(workers.leaders.keep_going());
  CHECK(workers.leaders.hears());
}

TEST_CASE("leaders that wait without a word are replaced one by one", "[http]") {
  TwoOfFour workers;
  CHECK(workers.leaders.keep_going());
  CHECK(workers.leaders.followers() == 1);
  CHECK(workers.leaders.keep_going());
  CHECK(workers.leaders.followers() == 0);
  CHECK_FALSE(workers.leaders.keep_going());
}

TEST_CASE("nobody follows once they are dismissed", "[http]") {
  Leaders leaders(4, 2);
  answer_without_waiting(leaders);
  leaders.listens();
  leaders.dismiss();
  leaders.lead();
  CHECK(leaders.followers() == 0);
}
