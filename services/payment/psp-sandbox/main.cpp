#include <mercato/process/service.hpp>

#include "sandbox.hpp"

int main(int argc, char** argv) {
  mercato::process::Service service;
  service.name = "psp-sandbox";
  service.settings = psp::settings_table();
  service.make_app = psp::make_sandbox;
  service.has_database = false;
  return mercato::process::run(service, argc, argv);
}
