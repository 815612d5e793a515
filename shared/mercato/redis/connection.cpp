#include "mercato/redis/connection.hpp"

#include <hiredis/hiredis.h>
#include <poll.h>

#include <algorithm>

namespace mercato::redis {
namespace {

timeval to_timeval(std::chrono::milliseconds duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  timeval value{};
  value.tv_sec = seconds.count();
  value.tv_usec = std::chrono::microseconds(duration - seconds).count();
  return value;
}

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

bool append(redisContext* context, const std::vector<std::string>& command) {
  std::vector<const char*> arguments;
  std::vector<std::size_t> lengths;
  for (const auto& argument : command) {
    arguments.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  return redisAppendCommandArgv(context, static_cast<int>(command.size()), arguments.data(),
                                lengths.data()) == REDIS_OK;
}

bool succeeded(const std::optional<std::vector<Reply>>& replies) {
  return replies && std::none_of(replies->begin(), replies->end(), [](const Reply& reply) {
           return reply.type == Reply::Type::error;
         });
}

}  // namespace

std::unique_ptr<Connection> Connection::open(const Address& address,
                                             std::chrono::milliseconds connect_timeout,
                                             std::chrono::milliseconds command_timeout) {
  redisContext* const context =
      redisConnectWithTimeout(address.host.c_str(), address.port, to_timeval(connect_timeout));
  if (context == nullptr) return nullptr;
  std::unique_ptr<Connection> connection(new Connection(context));
  if (context->err != 0) return nullptr;

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

Connection::~Connection() {
  redisFree(context_);
}

bool Connection::fit() const {
  pollfd idle{context_->fd, POLLIN, 0};
  return !spent_ && ::poll(&idle, 1, 0) == 0;
}

std::optional<std::vector<Reply>> Connection::run(
    const std::vector<std::vector<std::string>>& commands, std::chrono::milliseconds timeout) {
  set_timeout(timeout);
  spent_ = true;  // until the last reply is in
  for (const auto& command : commands) {
    if (!append(context_, command)) return std::nullopt;
  }
  std::vector<Reply> replies;
  while (replies.size() < commands.size()) {
    void* raw = nullptr;
    if (redisGetReply(context_, &raw) != REDIS_OK || raw == nullptr) return std::nullopt;
    const std::unique_ptr<void, decltype(&freeReplyObject)> owner(raw, &freeReplyObject);
    replies.push_back(to_reply(*static_cast<const redisReply*>(raw)));
  }
  spent_ = false;
  return replies;
}

void Connection::set_timeout(std::chrono::milliseconds timeout) {
  if (timeout == timeout_) return;
  redisSetTimeout(context_, to_timeval(timeout));
  timeout_ = timeout;
}

}  // namespace mercato::redis
