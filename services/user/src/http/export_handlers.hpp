#pragma once

#include <mercato/http/router.hpp>

#include "domain/export_me.hpp"
#include "http/lane.hpp"

namespace user::api {

/// One's own data over HTTP. From any thread; does not own what it is given.
///
/// The lane is what keeps the services from waiting for each other in a circle: the order service
/// asks this one during a checkout, and an export asks the order service, but no worker of this one
/// ever waits for an export.
class ExportHandlers {
 public:
  ExportHandlers(ExportMe& export_me, Lane& lane) : export_me_(export_me), lane_(lane) {}

  mercato::http::Answer export_me(const mercato::http::Request& request);

 private:
  ExportMe& export_me_;
  Lane& lane_;
};

}  // namespace user::api
