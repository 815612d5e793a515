#include "clients/smtp_mailer.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <mercato/id/uuid.hpp>

#include "clients/mail_text.hpp"

namespace user::clients {
namespace {

constexpr long kConnectTimeoutMs = 5'000;
constexpr long kTotalTimeoutMs = 30'000;

/// "Shop <no-reply@example.com>" → "<no-reply@example.com>"
std::string envelope_address(std::string_view header) {
  const auto open = header.find('<');
  if (open == std::string_view::npos) return "<" + std::string(header) + ">";
  return std::string(header.substr(open, header.find('>') - open + 1));
}

std::size_t read_text(char* buffer, std::size_t size, std::size_t count, void* rest) {
  auto& text = *static_cast<std::string_view*>(rest);
  const auto part = text.substr(0, size * count);
  std::memcpy(buffer, part.data(), part.size());
  text.remove_prefix(part.size());
  return part.size();
}

/// Whether to break off. libcurl asks at least once a second, whatever the server does.
int is_late(void* finish_by, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  using Steady = std::chrono::steady_clock;
  const auto& at = *static_cast<const std::atomic<Steady::time_point>*>(finish_by);
  return Steady::now() >= at.load() ? 1 : 0;
}

/// What a reply means for the mail, if it means no to sender, recipient or text (RFC 5321 section
/// 4.2.1). 421 is the server's good-bye, to whatever it was told.
std::optional<Mailer::Outcome> refusal(long reply) {
  if (reply >= 500 && reply < 600) return Mailer::Outcome::refused;
  if (reply >= 400 && reply < 500 && reply != 421) return Mailer::Outcome::refused_now;
  return std::nullopt;
}

/// One conversation with the server, and how to set it up; what libcurl says no to is a bug here.
class Conversation {
 public:
  Conversation() : handle_(::curl_easy_init(), ::curl_easy_cleanup) {
    if (!handle_) throw std::runtime_error("libcurl cannot be used");
  }
  template <class Value>
  void set(CURLoption option, Value value) {
    if (const auto code = ::curl_easy_setopt(handle_.get(), option, value); code != CURLE_OK) {
      throw std::logic_error(::curl_easy_strerror(code));
    }
  }
  void set(CURLoption option, const std::string& text) { set(option, text.c_str()); }
  CURLcode run() { return ::curl_easy_perform(handle_.get()); }
  /// The code of the server's last reply; 0 if there was none.
  long reply() {
    long code = 0;
    ::curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &code);
    return code;
  }

 private:
  std::unique_ptr<CURL, void (*)(CURL*)> handle_;
};

}  // namespace

SmtpMailer::SmtpMailer(SmtpOptions options) : options_(std::move(options)) {
  const auto begins_with = [&](std::string_view scheme) {
    return options_.url.rfind(scheme, 0) == 0;
  };
  if (!begins_with("smtp://") && !begins_with("smtps://")) {
    throw std::invalid_argument("SMTP_URL must begin with smtp:// or smtps://");
  }
  static const auto initialised = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) throw std::runtime_error("libcurl cannot be used");
}

Mailer::Outcome SmtpMailer::send(const Mail& mail) {
  const auto text = mail_text(mail, options_.from, mercato::Uuid::v7().str());
  std::string_view rest = text;
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> recipients(
      ::curl_slist_append(nullptr, ("<" + mail.to + ">").c_str()), ::curl_slist_free_all);

  Conversation conversation;
  conversation.set(CURLOPT_URL, options_.url);
  conversation.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  conversation.set(CURLOPT_NOSIGNAL, 1L);
  conversation.set(CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  conversation.set(CURLOPT_TIMEOUT_MS, kTotalTimeoutMs);
  conversation.set(CURLOPT_NOPROGRESS, 0L);
  conversation.set(CURLOPT_XFERINFOFUNCTION, &is_late);
  conversation.set(CURLOPT_XFERINFODATA, static_cast<void*>(&finish_by_));
  // An enumerator up to some release of libcurl, a long since then; it is read as a long.
  const long use_tls = options_.require_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE;
  conversation.set(CURLOPT_USE_SSL, use_tls);
  if (!options_.authorities_file.empty()) {
    conversation.set(CURLOPT_CAINFO, options_.authorities_file);
  }
  if (!options_.user.empty()) {
    conversation.set(CURLOPT_USERNAME, options_.user);
    conversation.set(CURLOPT_PASSWORD, options_.password);
  }
  conversation.set(CURLOPT_MAIL_FROM, envelope_address(options_.from));
  conversation.set(CURLOPT_MAIL_RCPT, recipients.get());
  conversation.set(CURLOPT_READFUNCTION, &read_text);
  conversation.set(CURLOPT_READDATA, static_cast<void*>(&rest));
  conversation.set(CURLOPT_UPLOAD, 1L);
  const auto result = conversation.run();
  if (result == CURLE_OK) return Outcome::taken;
  const bool of_this_mail =
      result == CURLE_SEND_ERROR || (result == CURLE_WEIRD_SERVER_REPLY && rest.empty());
  if (const auto outcome = refusal(conversation.reply()); of_this_mail && outcome) return *outcome;
  // The error is libcurl's own sentence: what the server said might hold anything.
  throw std::runtime_error(std::string("the mail server: ") + ::curl_easy_strerror(result));
}

}  // namespace user::clients
