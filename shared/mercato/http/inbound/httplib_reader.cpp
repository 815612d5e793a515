#include "mercato/http/inbound/httplib_reader.hpp"

#include <httplib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "mercato/http/syntax.hpp"

namespace mercato::http::inbound {
namespace {

/// What httplib reads from: a head in memory. What it writes is dropped: it would compress, cut to
/// ranges and add headers as it likes, and it cannot answer later, so response_writer answers.
class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(std::string_view bytes) : rest_(bytes) {}

  bool is_readable() const override { return !rest_.empty(); }
  bool is_writable() const override { return true; }
  ssize_t read(char* buffer, size_t size) override {
    if (size == 1 && !rest_.empty()) {  // as httplib reads lines
      *buffer = rest_.front();
      rest_.remove_prefix(1);
      return 1;
    }
    const std::size_t count = std::min(size, rest_.size());
    std::memcpy(buffer, rest_.data(), count);
    rest_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char*, size_t size) override { return static_cast<ssize_t>(size); }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  // httplib refuses descriptors above FD_SETSIZE though it never selects on ours: show it none.
  socket_t socket() const override { return 0; }

 private:
  std::string_view rest_;
};

// httplib puts these into every request; what a client sends under these names is dropped.
constexpr std::array<std::string_view, 4> kAddedByHttplib = {"REMOTE_ADDR", "REMOTE_PORT",
                                                             "LOCAL_ADDR", "LOCAL_PORT"};

bool is_added_by_httplib(std::string_view name) {
  return std::any_of(kAddedByHttplib.begin(), kAddedByHttplib.end(), [&](std::string_view added) {
    return syntax::equal_ignoring_case(added, name);
  });
}

/// Percent-encodes what httplib may not like though clients send it: 0.11 refuses a second question
/// mark, which a query may well hold (RFC 3986 section 3.4), and bytes above ASCII are in no RFC.
void append_target(std::string& text, std::string_view target) {
  bool in_query = false;
  for (const char c : target) {
    if (static_cast<unsigned char>(c) >= 0x80 || (c == '?' && in_query)) {
      syntax::append_percent_encoded(text, c);
    } else {
      text.push_back(c);
    }
    in_query = in_query || c == '?';
  }
}

/// Whether httplib hands it over as it is: 0.11 loses empty fields, all versions percent-decode
/// values, and an Idempotency-Key may still hold anything. It reads a line byte by byte, which for
/// a bearer token costs as much as the rest of a head: what is long is left out too.
bool is_read_by_httplib(const Field& field) {
  constexpr std::size_t kMaxBytes = 40;
  return !field.value.empty() && field.name.size() + field.value.size() <= kMaxBytes &&
         field.value.find('%') == std::string_view::npos && syntax::is_field_value(field.value);
}

/// Ranges are not served, and would be refused when malformed; Expect is answered by the
/// connection.
bool is_kept(const Field& field) {
  return !syntax::equal_ignoring_case(field.name, "Range") &&
         !syntax::equal_ignoring_case(field.name, "Expect") && !is_added_by_httplib(field.name);
}

/// The head in the one form that httplib reads as we do.
std::string canonical(const Head& head) {
  std::string text;
  text.reserve(512);
  text.append(head.method).append(" ");
  append_target(text, head.target);
  text.append(" HTTP/1.1\r\n");
  for (const auto& field : head.fields) {
    if (!is_kept(field) || !is_read_by_httplib(field)) continue;
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return text.append("\r\n");
}

void add_other_fields(const Head& head, Headers& headers) {
  for (const auto& field : head.fields) {
    if (is_kept(field) && !is_read_by_httplib(field)) {
      headers.add(field.name, std::string(field.value));
    }
  }
}

/// Several lines of one name become one, in the order in which they were sent.
void join_lines(const Head& head, Headers& headers) {
  for (const auto& first : head.fields) {
    if (headers.count(first.name) < 2) continue;
    std::string joined;
    for (const auto& field : head.fields) {
      if (!syntax::equal_ignoring_case(field.name, first.name)) continue;
      joined.append(joined.empty() ? "" : ", ").append(field.value);
    }
    headers.set(first.name, std::move(joined));
  }
}

HttplibReader::Message message_of(httplib::Request& request) {
  HttplibReader::Message message;
  message.method = std::move(request.method);
  message.target = std::move(request.target);
  for (auto& [name, value] : request.headers) {
    if (!is_added_by_httplib(name)) message.headers.add(name, std::move(value));
  }
  return message;
}

}  // namespace

class HttplibReader::Parser : public httplib::Server {
 public:
  Parser() {
    // Handled before any of its own routing: files, bodies and regular expressions.
    set_pre_routing_handler([](const httplib::Request&, httplib::Response& response) {
      response.status = 204;
      return HandlerResponse::Handled;
    });
    set_exception_handler([](const httplib::Request&, httplib::Response&, std::exception_ptr) {});
    // httplib builds its tables at first use: better here than under the first requests at once.
    parse("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  }

  std::optional<Message> parse(std::string_view bytes) {
    std::optional<Message> message;
    MemoryStream stream(bytes);
    bool closed = false;
    process(*this, stream, closed,
            [&](httplib::Request& request) { message = message_of(request); });
    return message;
  }

 private:
  /// process_request is protected, and differs: 0.11 asks the stream for the addresses, 0.18 takes
  /// them as arguments. Closing is asked for because it is the cheaper answer to drop.
  template <class Server>
  static void process(Server& server, httplib::Stream& stream, bool& closed,
                      const std::function<void(httplib::Request&)>& setup) {
    const bool close = true;
    const std::string none;
    if constexpr (requires { server.process_request(stream, close, closed, setup); }) {
      server.process_request(stream, close, closed, setup);
    } else {
      server.process_request(stream, none, 0, none, 0, close, closed, setup);
    }
  }
};

HttplibReader::HttplibReader() : parser_(std::make_unique<Parser>()) {}
HttplibReader::~HttplibReader() = default;

std::optional<HttplibReader::Message> HttplibReader::read(const Head& head) const {
  auto message = parser_->parse(canonical(head));
  if (!message) return std::nullopt;
  add_other_fields(head, message->headers);
  join_lines(head, message->headers);
  return message;
}

}  // namespace mercato::http::inbound
