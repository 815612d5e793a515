#include <optional>
#include <string>

#include <support/catch.hpp>

#include <mercato/json/or_null.hpp>

using mercato::json::dump;
using mercato::json::or_null;

namespace {

struct Shelf {
  std::string name;
  [[nodiscard]] std::size_t length() const { return name.size(); }
};

}  // namespace

TEST_CASE("what is not there is null in JSON", "[json]") {
  CHECK(dump(or_null(std::optional<int>(0))) == "0");
  CHECK(dump(or_null(std::optional<std::string>(""))) == R"("")");
  CHECK(dump(or_null(std::optional<std::string>())) == "null");
}

TEST_CASE("of what is there, a part may be taken", "[json]") {
  const std::optional<Shelf> shelf(Shelf{"top"});
  CHECK(dump(or_null(shelf, &Shelf::name)) == R"("top")");
  CHECK(dump(or_null(shelf, &Shelf::length)) == "3");
  CHECK(dump(or_null(shelf, [](const Shelf& each) { return each.name + "!"; })) == R"("top!")");
  CHECK(dump(or_null(std::optional<Shelf>(), &Shelf::name)) == "null");
}
