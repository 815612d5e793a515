#pragma once

#include <string>

#include "domain/account_tokens.hpp"

namespace user::clients {

/// The whole mail as RFC 5322 writes it, with a date and a Message-ID of `id`; UTF-8 as it is (RFC
/// 6531, RFC 6532). `from` is what the header says. Recipient and subject hold no line break.
[[nodiscard]] std::string mail_text(const Mailer::Mail& mail, const std::string& from,
                                    const std::string& id);

}  // namespace user::clients
