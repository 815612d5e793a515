#include <support/catch.hpp>

#include <array>
#include <vector>

#include "mercato/http/inbound/connection.hpp"
#include "mercato/http/inbound/ready_queue.hpp"

using namespace mercato::http;
using namespace std::chrono_literals;
using inbound::Connection;
using inbound::ReadyQueue;

namespace {

/// The numbers of the connections that `next` takes out, until it finds none.
template <class Next>
std::vector<long> all(const std::array<Connection, 4>& connections, Next&& next) {
  std::vector<long> taken;
  while (const Connection* connection = next()) taken.push_back(connection - connections.data());
  return taken;
}

}  // namespace

TEST_CASE("who waits longest is next, with a head start for what is urgent", "[http]") {
  std::array<Connection, 4> connections;
  ReadyQueue queue(8);
  const ReadyQueue::Time start{};
  REQUIRE(queue.push(connections[0], Urgency::read, start));
  REQUIRE(queue.push(connections[1], Urgency::read, start + 1ms));
  REQUIRE(queue.push(connections[2], Urgency::begin, start + ReadyQueue::kHeadStart));
  REQUIRE(queue.push(connections[3], Urgency::finish, start + 2 * ReadyQueue::kHeadStart + 2ms));
  CHECK(queue.size() == 4);
  // The first came so much earlier that no head start makes up for it.
  CHECK(all(connections, [&] { return queue.pop(); }) == std::vector<long>{2, 0, 1, 3});
  CHECK(queue.size() == 0);
}

TEST_CASE("a crowd that fits in waits as long as it takes", "[http]") {
  std::array<Connection, 4> connections;
  ReadyQueue queue(4);
  const ReadyQueue::Time start{};
  for (auto& each : connections) REQUIRE(queue.push(each, Urgency::begin, start));
  CHECK(queue.pop_refused(start + 1h) == nullptr);
  CHECK(queue.size() == 4);
}

TEST_CASE("after one too many, who waited long is refused until all is calm", "[http]") {
  std::array<Connection, 4> connections;
  ReadyQueue queue(3);
  const ReadyQueue::Time start{};
  REQUIRE(queue.push(connections[0], Urgency::begin, start));
  REQUIRE(queue.push(connections[1], Urgency::finish, start));
  REQUIRE(queue.push(connections[2], Urgency::read, start));
  CHECK_FALSE(queue.push(connections[3], Urgency::read, start));
  const auto refused_at = [&](ReadyQueue::Time now) {
    return all(connections, [&] { return queue.pop_refused(now); });
  };
  CHECK(refused_at(start + ReadyQueue::kPatience - 1ms).empty());
  // Reads go first, and what finishes something stays.
  CHECK(refused_at(start + ReadyQueue::kPatience) == std::vector<long>{2, 0});
  CHECK(queue.size() == 1);

  // A second without a refusal, counted from the last one: all is as before.
  const auto calm = start + ReadyQueue::kPatience + ReadyQueue::kCalm;
  REQUIRE(queue.push(connections[0], Urgency::begin, start));
  CHECK(refused_at(calm).empty());
  CHECK(all(connections, [&] { return queue.pop(); }) == std::vector<long>{1, 0});
}
