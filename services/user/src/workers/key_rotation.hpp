#pragma once

#include <mercato/process/service.hpp>

#include "security/signing_keys.hpp"
#include "storage/pg_signing_key_repository.hpp"

namespace user::workers {

/// Keeps this process's signing keys as the database has them, and sees to it that there always is
/// a next one. Every replica does so; what the database holds at a time is the same for all.
class KeyRotation {
 public:
  KeyRotation(storage::PgSigningKeyRepository& repository, security::SigningKeys& keys);

  void start() { loop_.start(); }
  void stop() { loop_.stop(); }

 private:
  std::chrono::milliseconds step();

  storage::PgSigningKeyRepository& repository_;
  security::SigningKeys& keys_;
  mercato::process::Loop loop_;
};

}  // namespace user::workers
