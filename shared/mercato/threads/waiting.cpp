#include "mercato/threads/waiting.hpp"

namespace mercato::threads {
namespace {

thread_local Understudy* understudy_of_this_thread = nullptr;
thread_local int depth = 0;

}  // namespace

void set_understudy(Understudy* understudy) noexcept {
  understudy_of_this_thread = understudy;
}

Waiting::Waiting() noexcept {
  if (depth++ == 0 && understudy_of_this_thread != nullptr) understudy_of_this_thread->step_in();
}

Waiting::~Waiting() {
  if (--depth == 0 && understudy_of_this_thread != nullptr) understudy_of_this_thread->step_back();
}

}  // namespace mercato::threads
