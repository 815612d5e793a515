#include "workers/webhook_queue.hpp"

#include <mercato/clock/clock.hpp>

namespace order::workers {
namespace {

using mercato::redis::Reply;

constexpr const char* kKey = "order.webhooks.due";

/// "<endpoint>/<lane>"
std::optional<WebhookEndpointId> endpoint_of(const std::string& member) {
  return WebhookEndpointId::parse(member.substr(0, member.find('/')));
}

std::string now_ms() {
  const auto now = mercato::system_clock().now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace

void WebhookQueue::push(WebhookEndpointId endpoint, std::size_t lanes) {
  std::vector<std::string> command{"ZADD", kKey, "NX"};
  std::vector<std::string> members;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    members.push_back(endpoint.str() + "/" + std::to_string(lane));
    command.push_back(now_ms());
    command.push_back(members.back());
  }
  const auto reply = redis_.command(command);
  if (reply && reply->type == Reply::Type::integer) return;
  {
    const std::lock_guard lock(mutex_);
    local_.insert(members.begin(), members.end());
  }
  arrived_.notify_one();
}

std::optional<WebhookEndpointId> WebhookQueue::pop(std::chrono::seconds patience) {
  auto member = pop_local(std::chrono::milliseconds(0));
  if (!member) {
    const auto reply =
        redis_.blocking_command({"BZPOPMIN", kKey, std::to_string(patience.count())}, patience);
    if (!reply || reply->type == Reply::Type::error) {
      member = pop_local(patience);
    } else if (reply->type == Reply::Type::array && reply->items.size() == 3) {
      member = reply->items[1].text;
    }
  }
  return member ? endpoint_of(*member) : std::nullopt;
}

std::optional<std::string> WebhookQueue::pop_local(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  if (!arrived_.wait_for(lock, patience, [this] { return !local_.empty(); })) return std::nullopt;
  return std::move(local_.extract(local_.begin()).value());
}

}  // namespace order::workers
