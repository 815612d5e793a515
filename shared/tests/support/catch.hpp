#pragma once

#include <string>

// Catch2 v2 (Debian 12) is one header, v3 (Debian 13) is split; tests include this and see either.
// Assertions and INFO are for the test's own thread: neither version can stand them on two. What
// another thread finds wrong, it throws or returns.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_all.hpp>
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
inline auto ContainsSubstring(const std::string& text) {
  return Catch::Matchers::Contains(text);
}
#endif
