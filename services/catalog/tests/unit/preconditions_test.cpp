#include <support/catch.hpp>

#include <mercato/error/error.hpp>

#include "http/preconditions.hpp"

using namespace catalog;
using mercato::ErrorKind;
using mercato::http::Request;

namespace {

Product product(std::int64_t version, std::int64_t available) {
  Product made;
  made.version = version;
  made.available = available;
  return made;
}

Request having(const std::string& header, const std::string& value) {
  Request request;
  request.headers.set(header, value);
  return request;
}

bool may_write(const std::string& tag, const Product& current) {
  try {
    api::if_match(having("If-Match", tag))(current);
    return true;
  } catch (const mercato::Error& error) {
    CHECK(error.kind() == ErrorKind::precondition_failed);
    return false;
  }
}

ErrorKind kind_without(const Request& request) {
  try {
    static_cast<void>(api::if_match(request));
  } catch (const mercato::Error& error) {
    return error.kind();
  }
  return ErrorKind::internal;
}

}  // namespace

TEST_CASE("an ETag changes with every edit and every sale", "[preconditions]") {
  CHECK(api::etag_of({ProductId(), 3, 12}) == "\"3-12\"");
  CHECK(api::etag_of({ProductId(), 4, 12}) != api::etag_of({ProductId(), 3, 12}));
  CHECK(api::etag_of({ProductId(), 3, 11}) != api::etag_of({ProductId(), 3, 12}));
}

TEST_CASE("an edit needs If-Match", "[preconditions]") {
  CHECK(kind_without(Request()) == ErrorKind::precondition_required);
  CHECK(kind_without(having("If-Match", " ")) == ErrorKind::precondition_required);
}

TEST_CASE("a sale never spoils an edit, another edit does", "[preconditions]") {
  CHECK(may_write("\"3-12\"", product(3, 12)));
  CHECK(may_write("\"3-12\"", product(3, 0)));
  CHECK(may_write("W/\"3-12\"", product(3, 0)));
  CHECK(may_write("\"1-1\", \"3-12\"", product(3, 0)));
  CHECK(may_write("*", product(9, 9)));
  CHECK_FALSE(may_write("\"3-12\"", product(4, 12)));
  CHECK_FALSE(may_write("\"33-12\"", product(3, 12)));
  CHECK_FALSE(may_write("\"\"", product(3, 12)));
  CHECK_FALSE(may_write("\"*\"", product(3, 12)));  // a tag, no wildcard
  CHECK_FALSE(may_write("W/*", product(3, 12)));
  CHECK_FALSE(may_write("W/\"*\"", product(3, 12)));
}
