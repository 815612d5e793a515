#pragma once

#include <string_view>

namespace mercato::process {

/// Publishes build_info and what the kernel knows of this process: CPU time, resident memory, open
/// files, start time. To be called once.
void publish_process_metrics(std::string_view service, std::string_view version);

}  // namespace mercato::process
