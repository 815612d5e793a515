#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mercato::crypto {

/// What one side of TLS (1.2 or 1.3) trusts and shows. Copyable, immutable, any thread.
class TlsContext {
 public:
  /// Trusts the authorities in a PEM file, or the system's if it is empty. Throws
  /// std::invalid_argument if the file holds none.
  [[nodiscard]] static TlsContext client(const std::string& authorities_file);
  /// Shows a certificate (with its chain) from PEM files. Throws std::invalid_argument if they do
  /// not fit each other.
  [[nodiscard]] static TlsContext server(const std::string& certificate_file,
                                         const std::string& key_file);

 private:
  friend class TlsSession;
  struct Impl;
  explicit TlsContext(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// One TLS connection without a socket: the caller carries what it wants sent, and gives it what
/// came. So that deadlines, signals and system calls stay the caller's business. One thread.
class TlsSession {
 public:
  /// `peer_name`: what the other side's certificate must be for, a host name or an IP address; for
  /// a server, "" (clients show no certificate).
  TlsSession(const TlsContext& context, const std::string& peer_name);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  enum class Progress {
    done,
    needs_input,  // after take_output() was sent: receive() more, and try again
    ended,        // the other side said that it is over
    failed,       // no TLS, no trust, or tampered with: nothing more can be done here
  };

  [[nodiscard]] Progress handshake();
  /// Ciphertext from the network.
  void receive(std::string_view bytes);
  /// Ciphertext for the network, if there is any; "" if not. To be sent whatever the progress was.
  [[nodiscard]] std::string take_output();

  [[nodiscard]] Progress write(std::string_view plain);
  struct Read {
    Progress progress = Progress::failed;
    std::size_t count = 0;
  };
  /// Up to `size` bytes of plain text.
  [[nodiscard]] Read read(char* bytes, std::size_t size);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mercato::crypto
