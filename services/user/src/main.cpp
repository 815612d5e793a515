#include <mercato/process/service.hpp>

int main(int argc, char** argv) {
  mercato::process::Service service;
  service.name = "user";
  return mercato::process::run(service, argc, argv);
}
