#include "workers/erasure.hpp"

namespace order::workers {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBatch = 100;

}  // namespace

Erasure::Erasure(storage::PgInactiveUsers& users, std::chrono::seconds keep_addresses)
    : loop_("erasure", [&users, keep_addresses] {
        return users.erase_due(keep_addresses, kBatch) == kBatch ? 0ms : 5'000ms;
      }) {}

}  // namespace order::workers
