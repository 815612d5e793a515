#pragma once

#include <mercato/db/pool.hpp>

#include "domain/saga.hpp"

namespace order::storage {

/// Does `write`, which is a step of a saga. What a constraint refuses then breaks an invariant, and
/// would be refused again and again: BrokenInvariant.
template <class F>
auto keeping_invariants(F&& write) -> decltype(write()) {
  try {
    return write();
  } catch (const mercato::db::ConstraintViolation& violation) {
    throw BrokenInvariant(violation.what());
  }
}

}  // namespace order::storage
