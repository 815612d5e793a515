#include <support/catch.hpp>

#include <array>
#include <vector>

#include "mercato/http/inbound/connection.hpp"
#include "mercato/http/inbound/ready_queue.hpp"

using namespace mercato::http;
using namespace std::chrono_literals;
using inbound::Connection;
using inbound::ReadyQueue;
using Pushed = ReadyQueue::Pushed;

namespace {

constexpr auto kOutside = 300ms;

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
  ReadyQueue queue(8, kOutside);
  const ReadyQueue::Time start{};
  REQUIRE(queue.push(connections[0], Urgency::read, start));
  REQUIRE(queue.push(connections[1], Urgency::read, start + 1ms));
  REQUIRE(queue.push(connections[2], Urgency::begin, start + ReadyQueue::kHeadStart));
  REQUIRE(queue.push(connections[3], Urgency::finish, start + 2 * ReadyQueue::kHeadStart + 2ms));
  CHECK(queue.size() == 4);
  // The first came so much earlier that no head start makes up for it.
  CHECK(all(connections, [&] { return queue.pop(start + 2s); }) == std::vector<long>{2, 0, 1, 3});
  CHECK(queue.size() == 0);
}

TEST_CASE("a crowd that fits in waits as long as it takes", "[http]") {
  std::array<Connection, 4> connections;
  ReadyQueue queue(4, kOutside);
  const ReadyQueue::Time start{};
  for (auto& each : connections) REQUIRE(queue.push(each, Urgency::begin, start));
  CHECK(queue.pop_refused(start + 1h) == nullptr);
  CHECK(queue.size() == 4);
}

TEST_CASE("after one too many, who waited long is refused until all is calm", "[http]") {
  std::array<Connection, 4> connections;
  ReadyQueue queue(3, kOutside);
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
  CHECK(all(connections, [&] { return queue.pop(calm); }) == std::vector<long>{1, 0});
}

TEST_CASE("while some are refused, who came last is next, but for what finishes something",
          "[http]") {
  std::array<Connection, 4> connections;
  ReadyQueue queue(4, kOutside);
  const ReadyQueue::Time start{};
  queue.refuse_for_a_while(start);
  REQUIRE(queue.push(connections[0], Urgency::begin, start));
  REQUIRE(queue.push(connections[1], Urgency::begin, start + 1ms));
  REQUIRE(queue.push(connections[2], Urgency::finish, start));
  REQUIRE(queue.push(connections[3], Urgency::finish, start + 1ms));
  CHECK(all(connections, [&] { return queue.pop(start + 2ms); }) == std::vector<long>{2, 3, 1, 0});
}

TEST_CASE("who finds no room waits for it, but not for ever", "[http]") {
  std::array<Connection, 4> connections;
  ReadyQueue queue(4, kOutside);
  const ReadyQueue::Time start{};
  bool room = false;
  const ReadyQueue::HasRoom has_room = [&] { return room; };
  REQUIRE(queue.push_outside(connections[0], has_room, start) == Pushed::first);
  REQUIRE(queue.push_outside(connections[1], has_room, start + 2ms) == Pushed::behind_others);
  REQUIRE(queue.push(connections[2], Urgency::begin, start + 1ms));
  CHECK(queue.size() == 1);
  CHECK(queue.outside() == 2);
  CHECK_FALSE(queue.lets_in(start + 2ms));
  CHECK(all(connections, [&] { return queue.pop(start + 2ms); }) == std::vector<long>{2});

  CHECK(queue.lets_in(start + kOutside));
  CHECK(all(connections, [&] { return queue.pop(start + kOutside); }) ==
        std::vector<long>{0});

  room = true;
  REQUIRE(queue.push(connections[2], Urgency::begin, start + 3ms));
  CHECK(queue.lets_in(start + 3ms));
  CHECK(all(connections, [&] { return queue.pop(start + 3ms); }) == std::vector<long>{1, 2});
  CHECK(queue.outside() == 0);
  CHECK_FALSE(queue.lets_in(start + 1h));
}

TEST_CASE("who waits for room is in nobody's way, and is refused like the others", "[http]") {
  std::array<Connection, 4> connections;
  ReadyQueue queue(1, kOutside);
  const ReadyQueue::Time start{};
  bool room = false;
  const ReadyQueue::HasRoom has_room = [&] { return room; };
  REQUIRE(queue.push_outside(connections[0], has_room, start) == Pushed::first);
  REQUIRE(queue.push(connections[1], Urgency::begin, start));
  CHECK(queue.push_outside(connections[2], has_room, start) == Pushed::full);
  CHECK(all(connections, [&] { return queue.pop_refused(start + ReadyQueue::kPatience); }) ==
        std::vector<long>{1, 0});

  // All is not calm yet: who came last is let in first.
  const auto later = start + ReadyQueue::kPatience;
  ReadyQueue crowd(2, kOutside);
  crowd.refuse_for_a_while(start);
  REQUIRE(crowd.push_outside(connections[0], has_room, start) == Pushed::first);
  REQUIRE(crowd.push_outside(connections[1], has_room, later) == Pushed::behind_others);
  CHECK(crowd.pop(later) == nullptr);
  room = true;
  CHECK(crowd.pop(later) == &connections[1]);
  CHECK(crowd.pop_refused(later) == &connections[0]);
  CHECK(crowd.empty());
}
