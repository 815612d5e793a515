#pragma once

#include <openssl/err.h>

#include <memory>
#include <stdexcept>

namespace mercato::crypto {

/// Owns an object of OpenSSL's: `using Key = Owned<EVP_PKEY, EVP_PKEY_free>;`
template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
template <class T, auto release>
using Owned = std::unique_ptr<T, Release<release>>;

// OpenSSL keeps a queue of errors for each thread: nothing of ours may be left in it, or the next
// one to look would take it for his own.

/// For failures that only a lack of memory or a broken installation explains.
inline void require(bool worked, const char* what) {
  if (worked) return;
  ERR_clear_error();
  throw std::runtime_error(what);
}

/// For failures that are the input's fault.
[[noreturn]] inline void refuse(const char* what) {
  ERR_clear_error();
  throw std::invalid_argument(what);
}

}  // namespace mercato::crypto
