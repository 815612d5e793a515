#include "mercato/redis/connection.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mercato::redis {
namespace {

Reply to_reply(const redisReply& raw) {
  Reply reply;
  switch (raw.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      reply.type = Reply::Type::text;
      reply.text.assign(raw.str, raw.len);
      break;
    case REDIS_REPLY_ERROR:
      reply.type = Reply::Type::error;
      reply.text.assign(raw.str, raw.len);
      break;
    case REDIS_REPLY_INTEGER:
      reply.type = Reply::Type::integer;
      reply.integer = raw.integer;
      break;
    case REDIS_REPLY_ARRAY:
      reply.type = Reply::Type::array;
      for (std::size_t i = 0; i < raw.elements; ++i) {
        reply.items.push_back(to_reply(*raw.element[i]));
      }
      break;
    default:
      break;  // nil; RESP2 has no other
  }
  return reply;
}

/// As it goes over the wire; false without memory for it.
bool append(std::string& outgoing, const std::vector<std::string>& command) {
  std::vector<const char*> arguments;
  std::vector<std::size_t> lengths;
  for (const auto& argument : command) {
    arguments.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  char* formatted = nullptr;
  const auto length = redisFormatCommandArgv(&formatted, static_cast<int>(command.size()),
                                             arguments.data(), lengths.data());
  if (length < 0) return false;
  outgoing.append(formatted, static_cast<std::size_t>(length));
  redisFreeCommand(formatted);
  return true;
}

Deadline after(std::chrono::milliseconds duration) {
  return Deadline(std::chrono::steady_clock::now() + duration);
}

bool succeeded(const std::optional<std::vector<Reply>>& replies) {
  return replies && std::none_of(replies->begin(), replies->end(), [](const Reply& reply) {
           return reply.type == Reply::Type::error;
         });
}

}  // namespace

void Connection::FreeReader::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

Connection::Connection(std::unique_ptr<net::Transport> transport)
    : transport_(std::move(transport)), reader_(redisReaderCreate()) {}

std::unique_ptr<Connection> Connection::open(const Address& address,
                                             const std::vector<net::SocketAddress>& places,
                                             const crypto::TlsContext* tls,
                                             std::chrono::milliseconds connect_timeout,
                                             std::chrono::milliseconds command_timeout) {
  std::unique_ptr<Connection> connection;
  for (const auto& place : places) {
    auto opened = net::Transport::open(place, tls, address.host, after(connect_timeout));
    if (!opened.transport) continue;
    connection.reset(new Connection(std::move(opened.transport)));
    break;
  }
  if (!connection || !connection->reader_) return nullptr;

  std::vector<std::vector<std::string>> greeting;
  if (!address.password.empty()) {
    greeting.push_back({"AUTH"});
    if (!address.username.empty()) greeting.back().push_back(address.username);
    greeting.back().push_back(address.password);
  }
  if (address.database != 0) greeting.push_back({"SELECT", std::to_string(address.database)});
  if (!greeting.empty() && !succeeded(connection->run(greeting, command_timeout))) return nullptr;
  return connection;
}

std::optional<std::vector<Reply>> Connection::run(
    const std::vector<std::vector<std::string>>& commands, std::chrono::milliseconds timeout) {
  const auto deadline = after(timeout);
  spent_ = true;  // until the last reply is in
  std::string outgoing;
  for (const auto& command : commands) {
    if (!append(outgoing, command)) return std::nullopt;
  }
  if (!transport_->send(outgoing, deadline).whole) return std::nullopt;
  std::vector<Reply> replies;
  while (replies.size() < commands.size()) {
    void* raw = nullptr;
    if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK) return std::nullopt;
    if (raw == nullptr) {
      if (!receive_more(deadline)) return std::nullopt;
      continue;
    }
    const std::unique_ptr<void, decltype(&freeReplyObject)> owner(raw, &freeReplyObject);
    replies.push_back(to_reply(*static_cast<const redisReply*>(raw)));
  }
  spent_ = false;
  return replies;
}

bool Connection::receive_more(Deadline deadline) {
  std::array<char, 16 * 1024> bytes;
  const auto received = transport_->receive(bytes.data(), bytes.size(), deadline);
  if (received.count <= 0) return false;
  return redisReaderFeed(reader_.get(), bytes.data(), static_cast<std::size_t>(received.count)) ==
         REDIS_OK;
}

}  // namespace mercato::redis
