#include "support/redis_server.hpp"

#include <signal.h>

#include <chrono>
#include <stdexcept>
#include <utility>
#include <vector>

#include "support/await.hpp"
#include "support/socket.hpp"

namespace mercato::test {
namespace {

using namespace std::chrono_literals;

bool answers(std::uint16_t port) {
  auto socket = Socket::connect(port, 500ms);
  return socket && socket->send("PING\r\n") && socket->receive(500ms) == "+PONG\r\n";
}

}  // namespace

RedisServer::RedisServer(const TestCertificate* certificate)
    : certificate_(certificate), port_(free_port()) {
  if (certificate_ != nullptr) tls_port_ = free_port();
  start();
}
RedisServer::~RedisServer() {
  kill();
}

RedisServer& RedisServer::shared() {
  static RedisServer server;
  return server;
}

std::string RedisServer::url() const {
  return "redis://127.0.0.1:" + std::to_string(port_);
}

std::string RedisServer::tls_url() const {
  return "rediss://127.0.0.1:" + std::to_string(tls_port_);
}

void RedisServer::start() {
  std::vector<std::string> arguments{"/usr/bin/redis-server", "--port", std::to_string(port_),
                                     "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                                     "--dir", directory_.path()};
  if (certificate_ != nullptr) {
    for (const auto& word :
         {std::string("--tls-port"), std::to_string(tls_port_), std::string("--tls-auth-clients"),
          std::string("no"), std::string("--tls-cert-file"), certificate_->certificate_file(),
          std::string("--tls-key-file"), certificate_->key_file(),
          std::string("--tls-ca-cert-file"), certificate_->authority_file()}) {
      arguments.push_back(word);
    }
  }
  process_.emplace(Command{
      .arguments = std::move(arguments),
      .environment = {},
      .log_path = directory_.path() + "/log",
      .run_as = {}});
  if (!await([this] { return !process_->running() || answers(port_); }) || !process_->running()) {
    throw std::runtime_error("Redis does not start:\n" + tail_of(directory_.path() + "/log"));
  }
}

void RedisServer::freeze() {
  process_->signal(SIGSTOP);
}
void RedisServer::thaw() {
  process_->signal(SIGCONT);
}
void RedisServer::kill() {
  process_.reset();
}

void RedisServer::restart() {
  kill();
  start();
}

}  // namespace mercato::test
