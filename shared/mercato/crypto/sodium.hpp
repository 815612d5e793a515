#pragma once

#include <sodium.h>

namespace mercato::crypto {

/// To be called before anything else of libsodium; initialises it once. Throws std::runtime_error
/// if the system has no source of randomness.
void require_sodium();

}  // namespace mercato::crypto
