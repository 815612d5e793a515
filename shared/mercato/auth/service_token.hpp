#pragma once

namespace mercato::auth {

// What a service token says of itself, so that it can never pass for an access token.
constexpr const char* kServiceTokenType = "svc+jwt";
constexpr const char* kServiceScope = "internal";

}  // namespace mercato::auth
