#pragma once

namespace mercato::threads {

/// Somebody who wants to know when a thread stands still, since another could have its place in
/// the meantime. Called on that thread, and must not throw.
class Understudy {
 public:
  virtual ~Understudy() = default;
  virtual void step_in() noexcept = 0;
  virtual void step_back() noexcept = 0;
};

/// Of the calling thread, until it is set anew; nullptr for nobody, as at the beginning.
void set_understudy(Understudy* understudy) noexcept;

/// To be held while the thread may stand still for somebody else: a database, another service, a
/// lock that is held for as long as one of those takes. One within another counts as the outer.
/// Costs next to nothing on a thread without an understudy.
class Waiting {
 public:
  Waiting() noexcept;
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
};

}  // namespace mercato::threads
