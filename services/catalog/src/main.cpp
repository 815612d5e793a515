#include <mercato/process/service.hpp>

#include "app.hpp"
#include "settings.hpp"

int main(int argc, char** argv) {
  mercato::process::Service service;
  service.name = "catalog";
  service.settings = catalog::settings_table();
  service.make_app = catalog::make_app;
  return mercato::process::run(service, argc, argv);
}
