#pragma once

#include <httplib.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "mercato/clock/clock.hpp"
#include "mercato/net/transport.hpp"

namespace mercato::http::outbound {

/// The connection of one exchange as httplib sees it: what it writes is gathered and sent at once
/// when it first reads. Remembers what classifying a failure needs. Lives on the stack of one
/// exchange.
class ExchangeStream final : public httplib::Stream {
 public:
  ExchangeStream(net::Transport& transport, Deadline deadline)
      : transport_(transport), deadline_(deadline) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* bytes, size_t size) override;
  ssize_t write(const char* bytes, size_t size) override;
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  // httplib refuses descriptors above FD_SETSIZE though it never selects on ours: show it none.
  socket_t socket() const override { return 0; }

  /// The head of the answer is complete: only its body, whose length is checked, may follow.
  void head_complete() { in_head_ = false; }

  [[nodiscard]] bool anything_sent() const { return anything_sent_; }
  [[nodiscard]] bool anything_received() const { return received_ > 0; }
  [[nodiscard]] bool timed_out() const { return timed_out_; }
  [[nodiscard]] bool has_leftover() const { return begin_ != end_; }

 private:
  bool send_all();
  ssize_t fill();
  bool keeps_status_lines_short(std::string_view bytes);

  net::Transport& transport_;
  Deadline deadline_;
  std::string outgoing_;
  bool flushed_ = false;
  bool in_head_ = true;
  bool in_status_line_ = true;
  std::size_t line_bytes_ = 0;
  bool anything_sent_ = false;
  bool timed_out_ = false;
  std::size_t received_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::array<char, 8192> buffer_;  // not cleared for each exchange
};

}  // namespace mercato::http::outbound
