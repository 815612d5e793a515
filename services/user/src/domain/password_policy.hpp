#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace user {

constexpr std::size_t kMinPasswordLength = 12;  // in characters
constexpr std::size_t kMaxPasswordLength = 128;

/// A password that somebody chooses, in valid UTF-8.
struct NewPassword {
  std::string text;
  std::string spelling;  // the same for all spellings of it, as the key of an e-mail address is
};

/// What makes a new password weak, as a sentence for its owner; nothing if it will do. As NIST SP
/// 800-63B section 5.1.1.2 advises, length counts and composition does not; what guessers try first
/// is refused: the e-mail address, keyboard runs, repetitions, and popular words that were padded
/// to the length. `email_key`: the account's, the same for all spellings of the address.
[[nodiscard]] std::optional<std::string> weakness_of(const NewPassword& password,
                                                     std::string_view email_key);

/// Whether it is among the passwords that guessers try first.
[[nodiscard]] bool is_common_password(std::string_view password);

}  // namespace user
