#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <support/await.hpp>
#include <support/catch.hpp>

#include "mercato/net/resolver.hpp"

using namespace mercato;
using namespace std::chrono_literals;
using net::Resolver;
using net::SocketAddress;

namespace {

constexpr auto kPatience = 10s;

SocketAddress literal(const std::string& host) {
  return SocketAddress::literal(host, 1).value();
}

/// The system's resolver as it is with its servers away: it does not answer until it is let.
struct Silence {
  [[nodiscard]] std::vector<SocketAddress> look_up() {
    std::unique_lock lock(mutex);
    asked = true;
    changed.notify_all();
    changed.wait(lock, [this] { return over; });
    return {literal("10.0.0.1")};
  }
  void await_question() {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, kPatience, [this] { return asked; }));
  }
  void end() {
    const std::lock_guard lock(mutex);
    over = true;
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  bool asked = false;
  bool over = false;
};

Resolver::LookUp silent(const std::shared_ptr<Silence>& silence) {
  return [silence](const std::string&, std::uint16_t) { return silence->look_up(); };
}

}  // namespace

TEST_CASE("a literal address is known at once and never looked up", "[net]") {
  std::atomic<bool> looked_up{false};
  const Resolver resolver({{"10.0.0.1", 1}, {"::1", 1}}, [&](const std::string&, std::uint16_t) {
    looked_up = true;
    return std::vector<SocketAddress>();
  });
  const auto known = resolver.known();
  REQUIRE(known);
  CHECK(*known == Resolver::Addresses{{literal("10.0.0.1")}, {literal("::1")}});
  CHECK_FALSE(looked_up);
}

TEST_CASE("nobody waits longer for a name than they want", "[net]") {
  const auto silence = std::make_shared<Silence>();
  const Resolver resolver({{"name", 1}}, silent(silence));
  silence->await_question();
  CHECK_FALSE(resolver.known());
  CHECK_FALSE(resolver.await(Deadline::in(1ms)));
  silence->end();
  const auto known = resolver.await(Deadline::in(kPatience));
  REQUIRE(known);
  CHECK(*known == Resolver::Addresses{{literal("10.0.0.1")}});
}

TEST_CASE("a name that cannot be looked up hides no other one", "[net]") {
  const auto silence = std::make_shared<Silence>();
  const Resolver resolver({{"silent", 1}, {"found", 1}, {"10.0.0.3", 1}},
                          [silence](const std::string& name, std::uint16_t) {
                            return name == "found" ? std::vector{literal("10.0.0.2")}
                                                   : silence->look_up();
                          });
  silence->await_question();
  CHECK(test::await([&] {
    return *resolver.known() ==
           Resolver::Addresses{{}, {literal("10.0.0.2")}, {literal("10.0.0.3")}};
  }));
  silence->end();
}

TEST_CASE("a look-up that does not end holds up nobody's end", "[net]") {
  const auto silence = std::make_shared<Silence>();
  {
    const Resolver resolver({{"name", 1}}, silent(silence));
    silence->await_question();
  }
  silence->end();
}

TEST_CASE("a name is looked up again until it is known, and keeps its last addresses", "[net]") {
  const auto asked_a = std::make_shared<std::atomic<int>>();
  const auto asked_b = std::make_shared<std::atomic<int>>();
  const Resolver resolver(
      {{"a", 1}, {"b", 1}},
      [=](const std::string& name, std::uint16_t) -> std::vector<SocketAddress> {
        // The first time one of them is found, the second time the other.
        if (name == "a" && ++*asked_a == 1) return {literal("10.0.0.1")};
        if (name == "b" && ++*asked_b == 2) return {literal("10.0.0.2")};
        return {};
      });
  const auto first = resolver.await(Deadline::in(kPatience));
  REQUIRE(first);
  CHECK(first->front() == std::vector{literal("10.0.0.1")});
  REQUIRE(test::await([&] { return resolver.known() != first; }));
  CHECK(*resolver.known() == Resolver::Addresses{{literal("10.0.0.1")}, {literal("10.0.0.2")}});
}
