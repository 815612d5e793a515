#include "workers/key_rotation.hpp"

namespace user::workers {
namespace {

// A replica knows of a new key this long after another one made it, at the latest.
constexpr std::chrono::seconds kEvery{30};

}  // namespace

KeyRotation::KeyRotation(storage::PgSigningKeyRepository& repository, security::SigningKeys& keys)
    : repository_(repository), keys_(keys), loop_("key-rotation", [this] { return step(); }) {}

std::chrono::milliseconds KeyRotation::step() {
  repository_.rotate();
  keys_.replace(repository_.list());
  return kEvery;
}

}  // namespace user::workers
