#include "smtp_peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace user::test {
namespace {

using mercato::test::Socket;

constexpr std::chrono::seconds kPatience{60};  // longer than a mailer's

/// Listens on a free port of 127.0.0.1.
int listen_somewhere(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd, raw, size) != 0 || ::listen(fd, 8) != 0 || ::getsockname(fd, raw, &size) != 0) {
    throw std::runtime_error("cannot listen");
  }
  port = ntohs(address.sin_port);
  return fd;
}

/// Lines as they come in.
class Lines {
 public:
  explicit Lines(const Socket& socket) : socket_(socket) {}

  /// Without its CR LF; nothing at the end.
  std::optional<std::string> next() {
    for (;;) {
      if (const auto end = buffer_.find("\r\n"); end != std::string::npos) {
        auto line = buffer_.substr(0, end);
        buffer_.erase(0, end + 2);
        return line;
      }
      const auto more = socket_.receive(kPatience);
      if (!more || more->empty()) return std::nullopt;
      buffer_ += *more;
    }
  }

 private:
  const Socket& socket_;
  std::string buffer_;
};

std::string in_brackets(const std::string& line) {
  const auto open = line.find('<');
  return line.substr(open, line.find('>') - open + 1);
}

}  // namespace

SmtpPeer::SmtpPeer() : listener_(listen_somewhere(port_)), thread_([this] { serve(); }) {}

SmtpPeer::~SmtpPeer() {
  stopping_ = true;
  listener_.shut_down();
  thread_.join();
}

std::vector<SmtpPeer::Mail> SmtpPeer::mails() const {
  const std::lock_guard lock(mutex_);
  return mails_;
}

void SmtpPeer::refuse_recipients(const std::string& prefix, const std::string& reply) {
  const std::lock_guard lock(mutex_);
  refused_prefix_ = prefix;
  refusal_ = reply;
}

std::string SmtpPeer::refusal_of(const std::string& recipient) const {
  const std::lock_guard lock(mutex_);
  return recipient.rfind(refused_prefix_, 0) == 0 ? refusal_ : "";
}

void SmtpPeer::serve() {
  while (!stopping_) {
    const int fd = ::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) converse(Socket(fd));
  }
}

void SmtpPeer::converse(const Socket& socket) {
  Lines lines(socket);
  Mail mail;
  socket.send("220 peer\r\n");
  while (const auto line = lines.next()) {
    const std::string_view verb = std::string_view(*line).substr(0, 4);
    if (verb == "EHLO") {
      socket.send("250-peer\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n");
    } else if (verb == "AUTH") {
      mail.credentials = line->size() > 11 ? line->substr(11) : "";
      if (mail.credentials.empty()) {
        socket.send("334 \r\n");
        mail.credentials = lines.next().value_or("");
      }
      socket.send("235 welcome\r\n");
    } else if (verb == "MAIL" && hangs_) {
      ++left_hanging_;
    } else if (verb == "MAIL") {
      mail.from = in_brackets(*line);
      socket.send("250 fine\r\n");
    } else if (verb == "RCPT") {
      mail.to = in_brackets(*line);
      const auto refusal = refusal_of(mail.to);
      if (!refusal.empty()) ++refused_;
      socket.send((refusal.empty() ? "250 fine" : refusal) + "\r\n");
    } else if (verb == "DATA") {
      socket.send("354 go on\r\n");
      for (auto text = lines.next(); text && *text != "."; text = lines.next()) {
        mail.text += *text + "\r\n";
      }
      {
        const std::lock_guard lock(mutex_);
        mails_.push_back(mail);
      }
      socket.send("250 taken\r\n");
    } else {
      socket.send(verb == "QUIT" ? "221 bye\r\n" : "502 what?\r\n");
      if (verb == "QUIT") return;
    }
  }
}

}  // namespace user::test
