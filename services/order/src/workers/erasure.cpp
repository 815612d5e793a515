#include "workers/erasure.hpp"

#include <exception>

#include <mercato/log/log.hpp>

namespace order::workers {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBatch = 100;

}  // namespace

Erasure::Erasure(storage::PgInactiveUsers& users, std::chrono::seconds keep_addresses)
    : users_(users),
      keep_addresses_(keep_addresses),
      loop_("erasure", [this] { return erase(); }) {}

std::chrono::milliseconds Erasure::erase() {
  const auto due = users_.list_due(kBatch);
  for (const auto& user : due) {
    try {
      users_.erase_due(user, keep_addresses_);
    } catch (const std::exception& error) {
      // Else nobody who comes after would ever be looked after.
      mercato::log::error("a deleted user could not be forgotten, it will be tried again",
                          {{"user_id", user.str()}, {"error", error.what()}});
      users_.postpone(user);
    }
  }
  return due.size() == kBatch ? 0ms : 5'000ms;
}

}  // namespace order::workers
