#pragma once

#include <chrono>
#include <mutex>
#include <vector>

#include <mercato/process/service.hpp>

#include "domain/capture_payment.hpp"

namespace order::workers {

/// Captures that went through, written down several with one commit: nobody waits for the note, and
/// a process that dies before it is written captures again, which changes nothing. The first after
/// a pause is written at once, the next ones every 20 ms. From any thread.
class CompletedCaptures {
 public:
  explicit CompletedCaptures(CapturePayment& capture);
  /// Writes down what is left.
  ~CompletedCaptures();
  CompletedCaptures(const CompletedCaptures&) = delete;
  CompletedCaptures& operator=(const CompletedCaptures&) = delete;

  void add(CapturedOrder captured);

 private:
  [[nodiscard]] std::chrono::milliseconds write_down();

  CapturePayment& capture_;
  std::mutex mutex_;
  std::vector<CapturedOrder> captured_;
  bool pausing_ = true;  // nothing came for a while: the next one is worth waking up for
  mercato::process::Loop loop_;
};

}  // namespace order::workers
