#include "mercato/http/router.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <stdexcept>

#include "mercato/http/inbound/target.hpp"

namespace mercato::http {
namespace {

constexpr std::size_t kMethods = 5;

std::size_t index_of(Method method) {
  return static_cast<std::size_t>(method);
}

std::optional<Method> method_of(std::string_view text) {
  if (text == "HEAD") return Method::get;
  for (const Method method : {Method::get, Method::post, Method::put, Method::patch, Method::del}) {
    if (text == name(method)) return method;
  }
  return std::nullopt;
}

std::vector<std::string_view> split_segments(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.empty() || path.front() != '/') return segments;
  path.remove_prefix(1);
  while (true) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

struct Route {
  Method method;
  std::string path;
  RouteOptions options;
  Handler handler;
  std::vector<std::string> parameter_names;
  std::size_t index;
};

/// One segment's place in the tree. Parameter names belong to the route: two routes may call the
/// same segment by different names.
struct Node {
  std::map<std::string, Node, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::array<std::unique_ptr<Route>, kMethods> routes;

  [[nodiscard]] bool is_end() const {
    return std::any_of(routes.begin(), routes.end(),
                       [](const auto& route) { return route != nullptr; });
  }
};

/// The node of a path, and the segments that stood for parameters on the way to it. Recursion is as
/// deep as the tree, not as the path.
const Node* find(const Node& node, const std::vector<std::string_view>& segments, std::size_t at,
                 std::vector<std::string_view>& values) {
  if (at == segments.size()) return node.is_end() ? &node : nullptr;
  if (const auto literal = node.literals.find(segments[at]); literal != node.literals.end()) {
    if (const Node* found = find(literal->second, segments, at + 1, values)) return found;
  }
  if (!node.parameter || segments[at].empty()) return nullptr;
  values.push_back(segments[at]);
  if (const Node* found = find(*node.parameter, segments, at + 1, values)) return found;
  values.pop_back();
  return nullptr;
}

std::string allowed_methods(const Node& node) {
  std::string allow;
  for (const auto& route : node.routes) {
    if (!route) continue;
    if (!allow.empty()) allow += ", ";
    allow += name(route->method);
    if (route->method == Method::get) allow += ", HEAD";
  }
  return allow;
}

}  // namespace

struct Router::Impl {
  Node root;
  std::vector<const Route*> declared;
};

Router::Router() : impl_(std::make_unique<Impl>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(Method method, std::string_view path, RouteOptions options, Handler handler) {
  const auto segments = split_segments(path);
  if (segments.empty()) throw std::logic_error("a route's path begins with a slash");
  std::vector<std::string> names;
  Node* node = &impl_->root;
  for (const auto segment : segments) {
    if (is_parameter(segment)) {
      names.emplace_back(segment.substr(1, segment.size() - 2));
      if (!node->parameter) node->parameter = std::make_unique<Node>();
      node = node->parameter.get();
    } else {
      node = &node->literals[std::string(segment)];
    }
  }
  auto& slot = node->routes[index_of(method)];
  if (slot) throw std::logic_error("route declared twice: " + std::string(path));
  slot =
      std::make_unique<Route>(Route{method, std::string(path), std::move(options),
                                    std::move(handler), std::move(names), impl_->declared.size()});
  impl_->declared.push_back(slot.get());
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  Match match;
  std::vector<std::string_view> values;
  const auto segments = split_segments(path);
  const Node* node = segments.empty() ? nullptr : find(impl_->root, segments, 0, values);
  if (!node) return match;

  const auto known = method_of(method);
  const Route* route = known ? node->routes[index_of(*known)].get() : nullptr;
  if (!route) {
    match.allow = allowed_methods(*node);
    return match;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto value = inbound::decode_component(values[i]);
    if (!value) return match;
    match.parameters.emplace_back(route->parameter_names[i], std::move(*value));
  }
  match.options = &route->options;
  match.handler = &route->handler;
  match.route = route->path;
  match.index = route->index;
  return match;
}

std::vector<std::pair<std::string, RouteOptions>> Router::routes() const {
  std::vector<std::pair<std::string, RouteOptions>> all;
  for (const Route* route : impl_->declared) {
    all.emplace_back(std::string(name(route->method)) + " " + route->path, route->options);
  }
  return all;
}

}  // namespace mercato::http
