#include "workers/reservation_expiry.hpp"

namespace catalog::workers {

constexpr std::size_t kMostAtOnce = 100;

ReservationExpiry::ReservationExpiry(ReservationStore& reservations)
    : loop_("expiry", [&reservations] {
        const auto freed = reservations.expire(kMostAtOnce);
        return std::chrono::milliseconds(freed == kMostAtOnce ? 0 : 1'000);
      }) {}

}  // namespace catalog::workers
