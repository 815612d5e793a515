// Checkouts by the million, each world from a seed of its own.
//
// usage: order-simulation [--checkouts N] [--seed S] [--world SEED]
//   --world runs that one world alone: the way to look at a violation again.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "simulation/world.hpp"

namespace {

using order::simulation::Counts;
using order::simulation::Violation;
using order::simulation::World;

constexpr std::uint64_t kCheckoutsAWorld = 40;

struct Options {
  std::uint64_t checkouts = 1'000'000;
  std::uint64_t seed = 1;
  bool one_world = false;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const auto value = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--checkouts") == 0) options.checkouts = value;
    if (std::strcmp(argv[i], "--seed") == 0) options.seed = value;
    if (std::strcmp(argv[i], "--world") == 0) {
      options.seed = value;
      options.one_world = true;
    }
  }
  return options;
}

/// False if the world broke an invariant.
bool live_through(std::uint64_t seed, Counts& sums) {
  World world(seed);
  try {
    const auto counts = world.run(kCheckoutsAWorld);
    sums.checkouts += counts.checkouts;
    sums.crashes += counts.crashes;
    sums.faults += counts.faults;
    sums.steps += counts.steps;
    return true;
  } catch (const Violation& violation) {
    std::printf("BROKEN  %s\n%sagain with: order-simulation --world %llu\n", violation.what(),
                violation.order ? world.story_of(*violation.order).c_str() : "",
                static_cast<unsigned long long>(seed));
    return false;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse(argc, argv);
  const auto begin = std::chrono::steady_clock::now();
  Counts sums;
  for (auto seed = options.seed; sums.checkouts < options.checkouts; ++seed) {
    if (!live_through(seed, sums)) return EXIT_FAILURE;
    if (options.one_world) break;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%llu checkouts in %.0f s: %llu steps, %llu faults, %llu deaths, no violation "
              "(below %.2g each with 95 %% confidence)\n",
              static_cast<unsigned long long>(sums.checkouts), took.count(),
              static_cast<unsigned long long>(sums.steps),
              static_cast<unsigned long long>(sums.faults),
              static_cast<unsigned long long>(sums.crashes),
              3.0 / static_cast<double>(sums.checkouts));
  return EXIT_SUCCESS;
}
