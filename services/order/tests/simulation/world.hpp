#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "unit/shop.hpp"

namespace order::simulation {

/// An invariant of docs/life-of-an-order.md does not hold: what() names it.
class Violation : public std::runtime_error {
 public:
  explicit Violation(const std::string& what) : std::runtime_error(what) {}
  Violation(const std::string& what, OrderId concerned)
      : std::runtime_error(what), order(concerned) {}

  std::optional<OrderId> order;
};

/// kill -9: not an exception that any code may catch.
struct Crash {};

/// How much was done in a world.
struct Counts {
  std::uint64_t checkouts = 0;
  std::uint64_t crashes = 0;
  std::uint64_t faults = 0;  // calls that were lost, unanswered or late
  std::uint64_t steps = 0;
};

/// One shop in one thread whose every decision comes from a seed: who does what next, which call is
/// lost, answered in vain or arrives late, and when the process dies. Inside a call to a neighbour
/// anything else may happen first, as if another thread did it. The invariants are checked after
/// every step. The same seed makes the same world.
class World {
 public:
  explicit World(std::uint64_t seed);

  /// Lets things happen until `checkouts` were begun, then heals everything, lets it come to rest,
  /// and checks what must be true then. Throws Violation.
  Counts run(std::uint64_t checkouts);

  /// What happened to an order so far, a line for each step.
  [[nodiscard]] std::string story_of(OrderId id) const;

 private:
  /// A fake neighbour's fault for the next call; also where other things happen, and crashes.
  test::Fault meet_fault(std::function<void()> late);
  void meddle_with_the_store();
  void act();
  void act_and_survive(const std::function<void()>& action);

  void place();
  void ask_again();
  void cancel();
  void refund();
  void ship_or_deliver();
  void run_one_saga();
  void let_a_late_call_arrive();
  void let_a_hold_run_out();
  void let_an_authorisation_run_out();
  void die();

  void check_always() const;
  void check_at_rest();
  [[nodiscard]] test::FakeStock::Held reservation_of(OrderId id) const;
  void remember(const PlaceOrderCommand& command, const Answer& answer);

  [[nodiscard]] bool chance(double probability);
  [[nodiscard]] std::size_t below(std::size_t count);
  [[nodiscard]] std::optional<OrderId> some_order();

  std::mt19937_64 dice_;
  test::Shop shop_;
  std::vector<ProductId> products_;
  std::map<ProductId, std::int64_t> first_stock_;
  std::vector<PlaceOrderCommand> commands_;
  std::map<std::string, Answer> answers_;  // by key: what a client was told
  std::vector<OrderId> shipped_, delivered_, cancelled_;
  std::deque<std::function<void()>> late_;
  std::uint64_t requests_ = 0;  // to place an order, new or again
  Counts counts_;
  double trouble_ = 0.15;  // how often a call goes wrong
  int depth_ = 0;          // of things that happen inside of others
};

}  // namespace order::simulation
