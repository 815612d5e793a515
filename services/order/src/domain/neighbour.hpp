#pragma once

#include <string>

namespace order {

/// A neighbour was not reached, or did not say what became of the request: neither yes nor no. The
/// only thing to do is to ask again.
struct NoAnswer {
  std::string reason;
  bool sent = true;  // false: the neighbour certainly did not act
};

/// It is done, whether by this call or by an earlier one.
struct Done {};

/// The neighbour was told before that this order is being undone, and refuses to take part.
struct Withdrawn {};

}  // namespace order
