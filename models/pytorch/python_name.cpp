#include "models/pytorch/python_name.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace adjoint {
namespace {

/// Sorted: Python's keywords and the built-in names that the file uses, its own names, and the
/// attributes of torch.nn.Module, which an attribute of that name would hide or be hidden by.
constexpr std::array<std::string_view, 123> kTakenByPython{"Exception",
                                                           "F",
                                                           "False",
                                                           "FrozenBatchNorm",
                                                           "None",
                                                           "OrderedDict",
                                                           "SlopesBelowZero",
                                                           "T_destination",
                                                           "True",
                                                           "add_module",
                                                           "and",
                                                           "apply",
                                                           "as",
                                                           "assert",
                                                           "async",
                                                           "average_inside",
                                                           "await",
                                                           "bfloat16",
                                                           "bicubic",
                                                           "break",
                                                           "buffers",
                                                           "bytearray",
                                                           "call_super_init",
                                                           "children",
                                                           "class",
                                                           "compile",
                                                           "continue",
                                                           "cpu",
                                                           "cuda",
                                                           "def",
                                                           "del",
                                                           "depth_to_space",
                                                           "double",
                                                           "dump_patches",
                                                           "elif",
                                                           "else",
                                                           "enumerate",
                                                           "eval",
                                                           "except",
                                                           "extra_repr",
                                                           "finally",
                                                           "first_maximum",
                                                           "float",
                                                           "for",
                                                           "forward",
                                                           "from",
                                                           "get_buffer",
                                                           "get_extra_state",
                                                           "get_parameter",
                                                           "get_submodule",
                                                           "global",
                                                           "half",
                                                           "if",
                                                           "import",
                                                           "in",
                                                           "int",
                                                           "ipu",
                                                           "is",
                                                           "json",
                                                           "lambda",
                                                           "len",
                                                           "load",
                                                           "load_state_dict",
                                                           "max",
                                                           "min",
                                                           "modules",
                                                           "mtia",
                                                           "named_buffers",
                                                           "named_children",
                                                           "named_modules",
                                                           "named_parameters",
                                                           "nn",
                                                           "noisy",
                                                           "nonlocal",
                                                           "not",
                                                           "open",
                                                           "or",
                                                           "os",
                                                           "parameters",
                                                           "pass",
                                                           "print",
                                                           "raise",
                                                           "range",
                                                           "read_safetensors",
                                                           "register_backward_hook",
                                                           "register_buffer",
                                                           "register_forward_hook",
                                                           "register_forward_pre_hook",
                                                           "register_full_backward_hook",
                                                           "register_full_backward_pre_hook",
                                                           "register_load_state_dict_post_hook",
                                                           "register_load_state_dict_pre_hook",
                                                           "register_module",
                                                           "register_parameter",
                                                           "register_state_dict_post_hook",
                                                           "register_state_dict_pre_hook",
                                                           "requires_grad_",
                                                           "return",
                                                           "same_padding",
                                                           "sample",
                                                           "self",
                                                           "set_extra_state",
                                                           "set_submodule",
                                                           "share_memory",
                                                           "space_to_depth",
                                                           "state_dict",
                                                           "sum",
                                                           "super",
                                                           "symmetric_padding",
                                                           "to",
                                                           "to_empty",
                                                           "torch",
                                                           "train",
                                                           "training",
                                                           "transposed_to",
                                                           "try",
                                                           "type",
                                                           "while",
                                                           "with",
                                                           "xpu",
                                                           "yield",
                                                           "zero_grad",
                                                           "zip"};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

}  // namespace

std::vector<std::string> python_names(const Model& model) {
  std::vector<std::string> names;
  for (const Node& node : model.nodes()) {
    std::string name = node.name;
    std::ranges::replace_if(
        name, [](char c) { return !is_word(c); }, '_');
    // A leading underscore might meet a private attribute of torch.nn.Module.
    if (name.empty() || name[0] == '_') name = "layer" + name;
    if (std::isdigit(static_cast<unsigned char>(name[0]))) name = "layer_" + name;
    while (std::ranges::binary_search(kTakenByPython, name) || std::ranges::count(names, name) > 0)
      name += '_';
    names.push_back(name);
  }
  return names;
}

std::string python_class(const std::string& name) {
  std::string result;
  bool starts = true;
  for (char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte)) result += starts ? static_cast<char>(std::toupper(byte)) : c;
    starts = !std::isalnum(byte);
  }
  if (result.empty() || std::isdigit(static_cast<unsigned char>(result[0])))
    result = "Model" + result;
  if (std::ranges::binary_search(kTakenByPython, result)) result += "Model";
  return result;
}

}  // namespace adjoint
