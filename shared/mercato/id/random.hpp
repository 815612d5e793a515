#pragma once

#include <cstdint>
#include <span>

namespace mercato {

/// Fills `bytes` with random bytes of the kernel (getrandom), good enough for ids and secrets.
/// Each thread draws from a small buffer of its own, so that an id does not cost a system call.
/// Throws std::system_error if the kernel has none, which it does not do once booted.
void fill_random(std::span<std::uint8_t> bytes);

}  // namespace mercato
