#include "mercato/http/inbound/thread.hpp"

#include <system_error>
#include <utility>

namespace mercato::http::inbound {
namespace {

constexpr std::size_t kStackBytes = 1024 * 1024;
constexpr std::size_t kMaxNameBytes = 15;

void* run_body(void* body) {
  (*static_cast<std::function<void()>*>(body))();
  return nullptr;
}

}  // namespace

Thread::Thread(const std::string& name, std::function<void()> body) : body_(std::move(body)) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  const int error = pthread_create(&thread_, &attributes, &run_body, &body_);
  pthread_attr_destroy(&attributes);
  if (error != 0) throw std::system_error(error, std::generic_category(), "pthread_create");
  pthread_setname_np(thread_, name.substr(0, kMaxNameBytes).c_str());
}

Thread::~Thread() {
  pthread_join(thread_, nullptr);
}

}  // namespace mercato::http::inbound
