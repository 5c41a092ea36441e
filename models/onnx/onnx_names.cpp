#include "models/onnx/onnx_names.hpp"

#include <fmt/format.h>

namespace adjoint {
namespace {

constexpr std::size_t kLongestQuote = 80;

}  // namespace

std::string onnx_quoted(const std::string& name) {
  std::string text = name.substr(0, kLongestQuote);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f' || c == '"') c = '?';
  return fmt::format("\"{}{}\"", text, name.size() > kLongestQuote ? "..." : "");
}

std::string onnx_place(const std::string& op, const std::string& node, std::int64_t opset) {
  return fmt::format("the operator {} (node {}, opset {})", onnx_quoted(op), onnx_quoted(node),
                     opset);
}

}  // namespace adjoint
