#pragma once

#include <cstddef>
#include <string_view>

namespace user::api {

constexpr std::size_t kMaxEmailLength = 254;  // in bytes, so in characters as well

/// Whether a text looks like an address that mail can be sent to: `local@domain.tld`, as long as
/// RFC 5321 section 4.5.3.1 allows, letters of any script (RFC 6531). Quoted local parts and
/// address literals are refused: nobody has one, and attackers like them. So is what cannot be
/// seen, by which two addresses could look the same. `text` is valid UTF-8.
[[nodiscard]] bool is_email_address(std::string_view text);

}  // namespace user::api
