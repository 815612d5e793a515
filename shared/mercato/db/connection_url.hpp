#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mercato::db {

/// `url` with more parameters in its query (libpq's connection URIs); later ones win. Throws
/// std::invalid_argument if it is no postgresql:// URL.
[[nodiscard]] std::string with_parameters(
    std::string_view url, const std::vector<std::pair<std::string, std::string>>& parameters);

/// `url` as all our connections open it: a name to be found by in pg_stat_activity, two seconds to
/// connect, a dead peer noticed by the kernel, UTC. `session` are the settings ("lock_timeout", in
/// the server's notation) that every session starts with. Throws std::invalid_argument if libpq
/// would not take the URL, without a word of it, since it may hold a password.
[[nodiscard]] std::string connection_url(
    std::string_view url, const std::string& application_name,
    const std::vector<std::pair<std::string, std::string>>& session = {});

}  // namespace mercato::db
