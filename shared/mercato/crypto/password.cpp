#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "mercato/crypto/crypto.hpp"
#include "mercato/crypto/sodium.hpp"

namespace mercato::crypto {
namespace {

// OWASP's first choice of parameters for Argon2id with one lane.
constexpr std::size_t kMemoryBytes = std::size_t{19} * 1024 * 1024;
constexpr unsigned long long kPasses = 2;

}  // namespace

std::string hash_password(std::string_view password) {
  require_sodium();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), kPasses, kMemoryBytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::runtime_error("no memory to hash a password");
  }
  return hash.data();
}

bool verify_password(std::string_view password, const std::string& hash) {
  require_sodium();
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

}  // namespace mercato::crypto

// The sanitizers have an mmap() of their own; 32-bit kernels have no such call.
#if !defined(MERCATO_SANITIZED) && defined(SYS_mmap)
namespace {

constexpr std::size_t kHugePageBytes = std::size_t{2} * 1024 * 1024;

void* system_mmap(void* address, std::size_t bytes, int protection, int flags, int file,
                  ::off_t offset) {
  // NOLINTNEXTLINE: what the system call returns is an address
  return reinterpret_cast<void*>(
      ::syscall(SYS_mmap, address, bytes, protection, flags, file, offset));
}

/// Fresh memory that begins with a huge page, and consists of such where the kernel has them.
void* map_with_huge_pages(std::size_t bytes, int protection, int flags) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));  // not 4 KiB everywhere
  bytes = (bytes + page - 1) / page * page;
  void* const all =
      system_mmap(nullptr, bytes + kHugePageBytes, protection, flags & ~MAP_POPULATE, -1, 0);
  if (all == MAP_FAILED) return all;
  const auto address = reinterpret_cast<std::uintptr_t>(all);
  const auto skipped = (kHugePageBytes - address % kHugePageBytes) % kHugePageBytes;
  auto* const memory = static_cast<char*>(all) + skipped;
  if (skipped > 0) ::munmap(all, skipped);
  if (skipped < kHugePageBytes) ::munmap(memory + bytes, kHugePageBytes - skipped);
  ::madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

}  // namespace

/// In the place of the C library's, for every library that this program links: libsodium maps the
/// 19 MiB of each hash anew and lets nobody else provide them. Page by page they cost 4,864 faults,
/// and those up to five times the CPU of the hash itself (docs/adr/0017).
extern "C" void* mmap(void* address, std::size_t bytes, int protection, int flags, int file,
                      ::off_t offset) noexcept {
  const bool fresh = address == nullptr && (flags & MAP_ANONYMOUS) != 0;
  if (fresh && bytes >= mercato::crypto::kMemoryBytes) {
    return map_with_huge_pages(bytes, protection, flags);
  }
  return system_mmap(address, bytes, protection, flags, file, offset);
}
#endif
