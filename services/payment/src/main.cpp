#include <mercato/process/service.hpp>

int main(int argc, char** argv) {
  mercato::process::Service service;
  service.name = "payment";
  return mercato::process::run(service, argc, argv);
}
