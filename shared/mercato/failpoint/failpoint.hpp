#pragma once

/// Named places at which a process can be made to die, stop or dawdle, to see what the others make
/// of it, and a clock that can be made to be wrong. They exist only in the variants that the CMake
/// option MERCATO_FAILPOINTS adds (`order-service-failpoints` beside `order-service`); elsewhere
/// the macros are nothing at all.
///
/// A point's name is `kind:what:where`, for example `sql:settle_checkout:before`. Points are armed
/// through the environment: MERCATO_FAILPOINT=NAME@HIT=ACTION, several of them separated by `;`,
/// where HIT counts from 1 and ACTION is `kill` (SIGKILL), `stop` (SIGSTOP) or
/// `sleep:MILLISECONDS`. MERCATO_CLOCK_OFFSET_S says by how many seconds the clock is wrong. With
/// MERCATO_FAILPOINT_LOG=FILE each point appends its name to FILE when it is first reached, and
/// before an armed one acts.
///
/// With MERCATO_FAILPOINT_SOCKET=PATH the process also listens on that Unix socket, to be told
/// while it runs. A line is a command, and is answered by `ok` or `what?`:
///     arm NAME@HIT=ACTION[;…]     these, and no others
///     clock SECONDS
#ifdef MERCATO_FAILPOINTS

#include <chrono>
#include <string_view>

namespace mercato::failpoint {

/// From any thread.
void reached(std::string_view kind, std::string_view what, std::string_view where);
[[nodiscard]] std::chrono::seconds clock_offset();

}  // namespace mercato::failpoint

#define MERCATO_FAILPOINT(kind, what, where) ::mercato::failpoint::reached(kind, what, where)
#define MERCATO_CLOCK_OFFSET ::mercato::failpoint::clock_offset()
#else
#define MERCATO_FAILPOINT(kind, what, where) static_cast<void>(0)
#define MERCATO_CLOCK_OFFSET ::std::chrono::seconds(0)
#endif
