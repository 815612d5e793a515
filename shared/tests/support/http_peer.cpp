#include "support/http_peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <sstream>
#include <stdexcept>
#include <utility>

namespace mercato::test {
namespace {

using namespace std::chrono_literals;

// Longer than any test: an idle connection is the client's to close.
constexpr auto kPatience = 60s;

Socket listen_on(std::uint16_t port) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.fd(), 128) != 0) {
    throw std::runtime_error("cannot listen on port " + std::to_string(port));
  }
  return socket;
}

std::uint16_t port_of(const Socket& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

PeerRequest to_request(MessageReader::Message message) {
  PeerRequest request;
  std::istringstream(message.start_line) >> request.method >> request.target;
  request.headers = std::move(message.headers);
  request.body = std::move(message.body);
  return request;
}

std::string serialize(const PeerAnswer& answer) {
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " Status\r\n";
  for (const auto& [name, value] : answer.headers) text += name + ": " + value + "\r\n";
  text += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n";
  return text + answer.body;
}

}  // namespace

HttpPeer::HttpPeer(Handler handler, std::uint16_t port)
    : handler_(std::move(handler)), listener_(listen_on(port)), port_(port_of(listener_)) {
  acceptor_ = std::thread([this] { accept_all(); });
}

HttpPeer::~HttpPeer() {
  stopping_ = true;
  listener_.shut_down();
  acceptor_.join();
  close_connections();
  for (auto& connection : connections_) connection.thread.join();
}

void HttpPeer::accept_all() {
  while (!stopping_) {
    const int fd = ::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const std::lock_guard lock(mutex_);
    auto& connection = connections_.emplace_back(Connection{Socket(fd), {}});
    connection.thread = std::thread([this, &connection] { serve(connection.socket); });
  }
}

void HttpPeer::serve(const Socket& socket) {
  MessageReader reader(socket);
  while (auto message = reader.read(MessageReader::Kind::request, kPatience)) {
    const PeerRequest request = to_request(std::move(*message));
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    arrived_.notify_all();
    if (!answer(socket, request)) break;
  }
  socket.shut_down();
}

bool HttpPeer::answer(const Socket& socket, const PeerRequest& request) {
  const PeerAnswer answer = handler_(request);
  const std::string bytes = serialize(answer);
  switch (answer.fault) {
    case PeerAnswer::Fault::none:
      return socket.send(bytes);
    case PeerAnswer::Fault::drop:
      return false;
    case PeerAnswer::Fault::reset:
      socket.abort();
      return false;
    case PeerAnswer::Fault::half:
      socket.send(std::string_view(bytes).substr(0, bytes.size() - (answer.body.size() + 1) / 2));
      return false;
  }
  return false;
}

std::vector<PeerRequest> HttpPeer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool HttpPeer::await_requests(std::size_t count, std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  return arrived_.wait_for(lock, timeout, [&] { return requests_.size() >= count; });
}

std::size_t HttpPeer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

void HttpPeer::close_connections() {
  const std::lock_guard lock(mutex_);
  for (const auto& connection : connections_) connection.socket.shut_down();
}

}  // namespace mercato::test
