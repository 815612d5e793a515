#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <support/socket.hpp>

namespace user::test {

/// A mail server that takes every mail, one connection after the other, and remembers them. Signing
/// in is offered; whatever is given is taken.
class SmtpPeer {
 public:
  struct Mail {
    std::string credentials;  // what AUTH PLAIN sent, in base64
    std::string from;         // of the envelope, in angle brackets
    std::string to;
    std::string text;
  };

  SmtpPeer();
  ~SmtpPeer();
  SmtpPeer(const SmtpPeer&) = delete;
  SmtpPeer& operator=(const SmtpPeer&) = delete;

  [[nodiscard]] std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::vector<Mail> mails() const;
  /// The next mails are refused with that reply; with an empty one they are taken again.
  void refuse(const std::string& reply) { refuse_recipients("<", reply); }
  /// Those to recipients, in angle brackets, that begin like this.
  void refuse_recipients(const std::string& prefix, const std::string& reply);
  [[nodiscard]] int refused() const { return refused_; }
  /// Who wants to send a mail gets no reply.
  void hang() { hangs_ = true; }
  [[nodiscard]] int left_hanging() const { return left_hanging_; }

 private:
  void serve();
  void converse(const mercato::test::Socket& socket);
  std::string refusal_of(const std::string& recipient) const;

  std::uint16_t port_ = 0;
  mercato::test::Socket listener_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> refused_{0};
  std::atomic<bool> hangs_{false};
  std::atomic<int> left_hanging_{0};
  mutable std::mutex mutex_;
  std::string refused_prefix_;
  std::string refusal_;
  std::vector<Mail> mails_;
  std::thread thread_;
};

}  // namespace user::test
