#pragma once

/// Named places at which a process can be made to die, stop or dawdle, to see what the others make
/// of it. They exist only in the variants that the CMake option MERCATO_FAILPOINTS adds
/// (`order-service-failpoints` beside `order-service`); elsewhere the macro is nothing at all.
///
/// A point's name is `kind:what:where`, for example `sql:settle_checkout:before`. One point is
/// armed through the environment: MERCATO_FAILPOINT=NAME@HIT=ACTION, where HIT counts from 1 and
/// ACTION is `kill` (SIGKILL), `stop` (SIGSTOP) or `sleep:MILLISECONDS`. With
/// MERCATO_FAILPOINT_LOG=FILE each point appends its name to FILE when it is first reached.
#ifdef MERCATO_FAILPOINTS

#include <string_view>

namespace mercato::failpoint {

/// From any thread.
void reached(std::string_view kind, std::string_view what, std::string_view where);

}  // namespace mercato::failpoint

#define MERCATO_FAILPOINT(kind, what, where) ::mercato::failpoint::reached(kind, what, where)
#else
#define MERCATO_FAILPOINT(kind, what, where) static_cast<void>(0)
#endif
